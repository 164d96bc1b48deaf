"""Starts a command again whenever it dies, where no systemd does: `python -m deployments.keep python -m deployments.worker ...`

One that ends by itself with success is done. SIGTERM and Ctrl-C are handed on, and end it; so does our own death. With
`--begun` in front of the command, what ends soon after its first start with an error is not started again: it cannot work here.
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

BEGUN = "--begun"


class Supervisor:
    """A command that is kept running until we are told to end."""

    def __init__(self, command: list[str], *, begun: bool = False) -> None:
        self._command = command
        self._begun = begun
        """Whether it is kept only once it has worked."""
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
            is_steady = time.monotonic() - began > STEADY_SECONDS
            if self._begun and deaths == 0 and not is_steady and code > 0:  # by a signal, it was killed
                return code
            deaths = 1 if is_steady else deaths + 1
            pause = AGAIN.delay_seconds(deaths)
            print(f"{' '.join(self._command)} ended with {code}; it is started again in {pause:g} s", flush=True)
            time.sleep(pause)
            if self._told:
                return 0


def _tie() -> None:
    end_with_parent(signal.SIGTERM)


def main() -> None:
    begun = sys.argv[1] == BEGUN
    kept = Supervisor(sys.argv[2 if begun else 1 :], begun=begun)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, kept.tell)
    sys.exit(kept.run())


if __name__ == "__main__":
    main()
