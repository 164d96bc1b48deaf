"""The process that reads no file, and forks a confined child for each question (`python -m reel.confinement.zygote`).

Starting Python and the libraries that read media takes a third of a second, forking some milliseconds. And a process that has
read one tenant's file must never read another's: so a child reads the files of one question and ends.

A question is one message of open descriptors: the line, the order, where to answer, where errors go, and the files. The order
is JSON: `module` (whose `answer(order, files, out)` is called in the child) and `preload`, which are imported here, once, as
they are ours; `order`; `reads` and `writes`, paths of further files and of folders; and the limits `memory_bytes`,
`output_bytes` and `cpu_seconds`. How the child ended is written to the line, which is a pipe,
as `subprocess` counts it; a line that nobody reads any more ends its child. The process has one thread, or forking would not
be safe, nor confining whole.
"""

from __future__ import annotations

import base64
import gc
import importlib
import json
import os
import resource
import select
import signal
import socket
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any

from reel.confinement.executable import MACHINE_FILES, SYSTEM_FILES
from reel.confinement.kernel import seal
from reel.confinement.program import GRACE_SECONDS
from reel.confinement.python import python_files
from reel.orphans import end_with

MOST_FILES = 250
"""That the kernel passes over a socket at a time."""


class Zygote:
    """Forks, and keeps account of whom it forked."""

    def __init__(self, asked: socket.socket, filter_of_calls: bytes, expected: Sequence[str]) -> None:
        """`expected`: modules that questions are put to soon, imported while none is there."""
        self._asked = asked
        self._filter = filter_of_calls
        self._expected = list(expected)
        self._children: dict[int, tuple[int, int]] = {}
        """By handle: number and line."""
        self._poll = select.poll()
        self._poll.register(asked, select.POLLIN)

    def serve(self) -> None:
        """Answer until nobody asks any more."""
        while True:
            happened = self._poll.poll(0 if self._expected else None)
            if not happened:
                _imported([self._expected.pop()])  # what goes wrong is said to whoever asks for it
            for descriptor, _ in happened:
                if descriptor in self._children:
                    self._reap(descriptor)
                elif descriptor != self._asked.fileno():
                    self._call_off(descriptor)
                elif not self._take():
                    return

    def _take(self) -> bool:
        message, files, _, _ = socket.recv_fds(self._asked, 1, MOST_FILES + 4)
        if not message:
            return False
        line, *others = files
        number = self._fork(_order_in(others.pop(0)), others)
        for file in others:
            os.close(file)
        handle = os.pidfd_open(number)
        self._children[handle] = (number, line)
        self._poll.register(handle, select.POLLIN)
        self._poll.register(line, 0)  # only that nobody reads it any more
        return True

    def _fork(self, order: dict[str, Any], others: Sequence[int]) -> int:
        failed = _imported([*order["preload"], order["module"]])
        if number := os.fork():
            return number
        try:
            output, errors, *files = others
            os.dup2(output, 1)
            os.dup2(errors, 2)
            os.write(2, failed.encode())
            if not failed:
                self._confine(order, files)
                with os.fdopen(1, "wb", closefd=False) as out:
                    sys.modules[order["module"]].answer(order["order"], files, out)
        except BaseException:  # noqa: BLE001 - whatever it is, this process ends here, and says why
            failed = traceback.format_exc()
            os.write(2, failed.encode())
        os._exit(1 if failed else 0)

    def _confine(self, order: dict[str, Any], files: Sequence[int]) -> None:
        """In the child: it has its own files and nobody else's."""
        kept = sorted({0, 1, 2, *files, resource.getrlimit(resource.RLIMIT_NOFILE)[0]})
        for before, after in pairwise(kept):
            if before + 1 < after:
                os.closerange(before + 1, after)
        end_with(os.getppid())
        for what, soft, hard in (
            # What is held privately; reserved addresses, of which threads have many, count for the second alone.
            (resource.RLIMIT_DATA, order["memory_bytes"], order["memory_bytes"]),
            (resource.RLIMIT_AS, 2 * order["memory_bytes"], 2 * order["memory_bytes"]),
            (resource.RLIMIT_FSIZE, order["output_bytes"], order["output_bytes"]),
            # Soft below hard, so that too long (SIGXCPU) does not look like too large (SIGKILL of the kernel).
            (resource.RLIMIT_CPU, order["cpu_seconds"], order["cpu_seconds"] + GRACE_SECONDS),
        ):
            resource.setrlimit(what, (soft, hard))
        reads = (*files, *order["reads"], *python_files(), *SYSTEM_FILES, *MACHINE_FILES)
        seal(reads, order["writes"], self._filter)

    def _reap(self, handle: int) -> None:
        number, line = self._children.pop(handle)
        _, status, usage = os.wait4(number, 0)
        self._poll.unregister(handle)
        os.close(handle)
        with suppress(KeyError):  # called off, and no longer looked at
            self._poll.unregister(line)
        with suppress(BrokenPipeError):
            os.write(line, b"%d %.6f" % (os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime))
        os.close(line)

    def _call_off(self, line: int) -> None:
        for handle, (_, its_line) in self._children.items():
            if its_line == line:
                self._poll.unregister(line)
                signal.pidfd_send_signal(handle, signal.SIGKILL)


def _order_in(file: int) -> Any:
    """The question itself, which may be longer than a message."""
    with os.fdopen(file, "rb") as opened:
        opened.seek(0)
        return json.load(opened)


def _imported(modules: Sequence[str]) -> str:
    """Import modules that are not imported yet; what went wrong."""
    environment = dict(os.environ)
    try:
        if missing := [module for module in modules if module not in sys.modules]:
            for module in missing:
                importlib.import_module(module)
            gc.collect()
            gc.freeze()  # or each child would copy all that was imported, by counting what refers to it
    except ImportError:
        return traceback.format_exc()
    finally:
        # OpenCV notes there where its libraries lie, which is for children that nobody here may have.
        os.environ.clear()
        os.environ.update(environment)
    return ""


def main() -> None:
    # It ends with whom it works for, and before that only for its own reasons: Ctrl-C and a cancel are told to a whole group.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    line, filter_of_calls, *expected = sys.argv[1:]
    Zygote(socket.socket(fileno=int(line)), base64.b64decode(filter_of_calls), expected).serve()


if __name__ == "__main__":
    main()
