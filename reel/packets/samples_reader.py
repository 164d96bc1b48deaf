"""The process that reads single frames and stretches of sound: `python -m reel.packets.samples_reader SOCKET PARENT`.

Starting Python and PyAV takes a third of a second, and a proof has dozens of small questions. So one process is started, which
never reads a file itself: for each question it forks a child, which is confined, reads the files of that question and no
others, and ends. Forking takes some milliseconds. The process has one thread, or forking would not be safe.

A question is a line of JSON, the limits of `reel.confinement.parent`, `output_bytes` and `files`, together with open
descriptors: where to answer, where errors go, the child's end of a socket, and the files, in their order. The child sends its
number over that socket at once, and `done` at the end; it is closed when the child is gone, however it went. What is answered
is a line of JSON, `files` and the `seconds` of processor that it took, and behind it the bytes that it speaks of (see
`_samples_of`).
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
import time
import traceback
from typing import Any

from reel.confinement.child import confine
from reel.orphans import end_with
from reel.packets.sampling import frames_of
from reel.packets.sampling_sound import decoded_sounds

MOST_FILES = 250
"""That the kernel passes over a socket at a time."""
QUESTION_BYTES = 1 << 20


def main() -> None:
    end_with(int(sys.argv[2]))
    asked = socket.socket(fileno=int(sys.argv[1]))
    # The kernel takes children away by itself, and nobody asks how they ended.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.freeze()
    while True:
        question, files, _, _ = socket.recv_fds(asked, QUESTION_BYTES, MOST_FILES + 3)
        if not question:
            return
        if os.fork() == 0:
            asked.close()
            _answer(json.loads(question), files)
        for file in files:
            os.close(file)


def _answer(order: dict[str, object], descriptors: list[int]) -> None:
    """In the child: answer and end."""
    output, errors, line, *files = descriptors
    os.dup2(errors, 2)
    with socket.socket(fileno=line) as told:
        try:
            told.sendall(b"%d\n" % os.getpid())
            confine(os.getppid(), int(str(order["cpu_seconds"])), int(str(order["output_bytes"])))
            orders = order["files"]
            assert isinstance(orders, list)
            reply, data = _samples_of([{**each, "fd": fd} for each, fd in zip(orders, files, strict=True)])
            with os.fdopen(output, "wb") as out:
                out.write(json.dumps({"files": reply, "seconds": time.process_time()}).encode() + b"\n")
                out.writelines(data)
            told.sendall(b"done")
        except BaseException:  # noqa: BLE001 - whatever it is, this process ends here, and says why
            traceback.print_exc()
    os._exit(0)


def _samples_of(files: list[dict[str, Any]]) -> tuple[list[Any], list[bytes]]:
    """For each file a reply, and the bytes that the replies speak of, one after another.

    Of a picture the reply is a list with, for each moment, the number of a frame; and a list of frames: format, width, height,
    time, and for each plane its bytes and bytes per line. Of sound: for each begin, time, channels and samples of each block.
    """
    replies: list[Any] = []
    data: list[bytes] = []
    for order in files:
        reply, found = frames_of(order) if "moments" in order else decoded_sounds(order)
        replies.append(reply)
        data += found
    return replies, data


if __name__ == "__main__":
    main()
