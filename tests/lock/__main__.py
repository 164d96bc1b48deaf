"""Renew the locks of operations that have another key, and of codecs that have other rules; lock new ones. Ends with 1 where
`rules` are to be raised first.

python -m tests.lock
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from reel.make.worker import make_worker
from reel.settings import Settings
from tests.lock import codecs
from tests.lock.locks import LOCKED_CODECS, complaint, perform_all, read_lock, write_lock


def main() -> int:
    return max(_lock_codecs(), _lock_operations())


def _lock_codecs() -> int:
    refused = 0
    for name, found in codecs.told().items():
        locked = read_lock(name, LOCKED_CODECS)
        wrong = codecs.complaint(name, found, locked)
        if wrong and (locked is None or found["rules"] > locked["rules"] or _adds(found, locked)):
            write_lock(name, found, LOCKED_CODECS)
            sys.stdout.write(f"locked {name}, rules {found['rules']}\n")
        elif wrong:
            refused = 1
            sys.stdout.write(f"{wrong}\n")
    return refused


def _adds(found: dict[str, Any], locked: dict[str, Any]) -> bool:
    """Whether all that is locked still holds, and more is said."""
    return found["rules"] == locked["rules"] and locked["commands"].items() <= found["commands"].items()


def _lock_operations() -> int:
    refused = 0
    with tempfile.TemporaryDirectory(prefix="reel-lock-") as folder:
        worker = make_worker(Settings(home=Path(folder, "home")))
        for operation, found in perform_all(worker, Path(folder)):
            name, locked = operation.operation, read_lock(operation.operation)
            wrong = complaint(operation, found, locked)
            if wrong and (locked is None or (found["rules"] >= locked["rules"] and found["key"] != locked["key"])):
                write_lock(name, found)
                sys.stdout.write(f"locked {name}, rules {found['rules']}\n")
            elif wrong:
                refused = 1
                sys.stdout.write(f"{wrong}\n")
    return refused


if __name__ == "__main__":
    sys.exit(main())
