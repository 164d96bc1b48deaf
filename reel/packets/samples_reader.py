"""The child process that reads single frames and stretches of sound: `python -m reel.packets.samples_reader ORDER > SAMPLES`.

The order is JSON: the limits of `reel.packets.reader`, `output_bytes`, and `files`. Each of them names an open descriptor `fd`,
`demuxer`, `stream` and either `moments` (with `size`, `start`, `rate`, `even`, `alpha`, `seekable`) or `begins` (with
`samples`). Times are texts of fractions, on the file's clock.

What goes out is a line of JSON, and behind it bytes that it speaks of. Light on purpose, as `reel.packets.reader` is: what
frames mean is left to who asked.
"""

from __future__ import annotations

import json
import sys

from reel.packets.reader import confine


def main() -> None:
    order = json.loads(sys.argv[1])
    confine(order["parent"], order["cpu_seconds"], order["output_bytes"])
    from reel.packets.sampling import samples_of

    reply, data = samples_of(order["files"])
    sys.stdout.buffer.write(json.dumps(reply).encode() + b"\n")
    sys.stdout.buffer.writelines(data)


if __name__ == "__main__":
    main()
