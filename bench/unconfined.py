"""Child of the bench: as `bench.render`, with nothing confined. As a module of its own (`python -m bench.unconfined FD FILTER`)
it stands in for the process that forks readers, whose children are not confined either."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench.render import main as render
from reel.confinement import parent, program, zygote


def started(
    _options: Sequence[str],
    command: Sequence[str],
    *,
    pass_fds: Iterable[int] = (),
    env: Mapping[str, str] | None = None,
    **popen: Any,
) -> subprocess.Popen[bytes]:
    """What `reel.confinement.program.start_helped` starts, without its helper."""
    return subprocess.Popen(command, pass_fds=tuple(pass_fds), env={} if env is None else env, **popen)


def main() -> None:
    if len(sys.argv) == 3:
        with patch.object(zygote, "seal", lambda *_: None):
            zygote.main()
        return
    with (
        patch.object(program, "start_helped", started),
        patch.object(parent, "start_helped", started),
        patch.object(parent, "ZYGOTE", "bench.unconfined"),
    ):
        render(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
