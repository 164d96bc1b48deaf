"""Renew the locks of operations that have another key, and lock new ones; ends with 1 where `rules` are to be raised first.

python -m tests.lock
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from reel.make.worker import make_worker
from reel.settings import Settings
from tests.lock.locks import complaint, perform_all, read_lock, write_lock


def main() -> int:
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
