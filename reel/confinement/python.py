"""What Python and our own code are made of, for children that import some of it when they are confined already."""

from __future__ import annotations

import sys
import sysconfig
from functools import cache
from pathlib import Path

import reel


@cache
def python_files() -> tuple[str, ...]:
    """Folders of the standard library, of installed packages and of ours; not the one that ours lies in, where the state of an
    installation may lie as well."""
    paths = sysconfig.get_paths()
    folders = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    libraries = [sysconfig.get_config_var("LIBDIR") or "", str(Path(sys.prefix) / "pyvenv.cfg")]
    ours = str(Path(reel.__file__).parent)
    return tuple(dict.fromkeys(path for path in (*folders, *libraries, ours) if path))
