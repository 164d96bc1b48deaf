"""Builds the helper that confines programs: `python -m tests.confinement.building FOLDER`.

That is where `zig` of the wheel ziglang lies. It writes the files beside their source, and their digests.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from reel.confinement import helper

FOLDER = Path(helper.__file__).parent
SUMS = FOLDER / "SHA256SUMS"
VERSION = "0.17.0"
"""Of ziglang; another one may build other bytes."""
MACHINES = {"x86_64": "x86", "aarch64": "aarch64"}
"""Each with the name of its headers."""
FLAGS = (
    "-Os", "-s", "-static", "-nostdlib", "-ffreestanding",
    # Nothing but what is in the source: no runtime that checks, unwinds or names the build.
    "-fno-stack-protector", "-fno-sanitize=undefined", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables",
    "-fomit-frame-pointer", "-Wl,--build-id=none",
    "-Wall", "-Wextra", "-Werror",
)  # fmt: skip


def compiler() -> Path | None:
    """The folder in which `zig` of the right version lies: `REEL_ZIG`, or that of the wheel where it is installed."""
    if named := os.environ.get("REEL_ZIG"):
        return _of_version(Path(named))
    found = importlib.util.find_spec("ziglang")
    return _of_version(Path(found.origin).parent) if found and found.origin else None


def _of_version(folder: Path) -> Path | None:
    said = subprocess.run([folder / "zig", "version"], capture_output=True, check=True, text=True).stdout
    return folder if said.strip() == VERSION else None


def build(zig: Path, machine: str, output: Path) -> None:
    """Build the helper for one kind of machine."""
    headers = zig / "lib" / "libc" / "include"
    included = [
        word for name in (f"{MACHINES[machine]}-linux-any", "any-linux-any") for word in ("-isystem", headers / name)
    ]
    command = [zig / "zig", "cc", "-target", f"{machine}-linux-musl", *FLAGS, *included, "-o", output, "confine.c"]
    subprocess.run(command, cwd=FOLDER, check=True)


def digests(folder: Path) -> str:
    """As `sha256sum` writes them."""
    names = [f"confine-{machine}" for machine in MACHINES] + ["confine.c"]
    sources = {name: folder / name if name != "confine.c" else FOLDER / name for name in names}
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n" for name, path in sources.items())


def main(zig: str) -> None:
    for machine in MACHINES:
        build(Path(zig), machine, FOLDER / f"confine-{machine}")
    SUMS.write_text(digests(FOLDER))


if __name__ == "__main__":
    main(sys.argv[1])
