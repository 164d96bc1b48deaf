"""Starts a command again whenever it dies, where no systemd does: `python -m deployments.keep python -m deployments.worker ...`

One that ends by itself with success is done. SIGTERM and Ctrl-C are handed on, and end it; so does our own death.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time

from reel.orphans import end_with_parent
from reel.patience import Policy, doubling

AGAIN = Policy(doubling(1.0, 30.0))
"""When it is started again: each time twice as long after, as what dies at once will do so again."""
STEADY_SECONDS = 60.0
"""After so long it counts as having worked."""


class Supervisor:
    """A command that is kept running until we are told to end."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._child: subprocess.Popen[bytes] | None = None
        self._told = False

    def tell(self, number: int, _: object) -> None:
        """Hand a signal on, and start nothing any more."""
        self._told = True
        if self._child and self._child.poll() is None:
            self._child.send_signal(number)

    def run(self) -> int:
        """Run it to an end that is meant; its exit code."""
        deaths = 0
        while True:
            began = time.monotonic()
            self._child = subprocess.Popen(self._command, preexec_fn=_tie)  # noqa: PLW1509 - one system call
            if self._told:  # meanwhile
                self._child.terminate()
            code = self._child.wait()
            if code == 0 or self._told:
                return max(code, 0)
            deaths = 1 if time.monotonic() - began > STEADY_SECONDS else deaths + 1
            pause = AGAIN.delay_seconds(deaths)
            print(f"{' '.join(self._command)} ended with {code}; it is started again in {pause:g} s", flush=True)
            time.sleep(pause)
            if self._told:
                return 0


def _tie() -> None:
    end_with_parent(signal.SIGTERM)


def main() -> None:
    kept = Supervisor(sys.argv[1:])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, kept.tell)
    sys.exit(kept.run())


if __name__ == "__main__":
    main()
