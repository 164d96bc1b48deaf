"""`make run REQUEST=my.json`: one request of your own through Prefect, followed to its end."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console

from deployments import stack
from reel.control.documents import read_document
from reel.errors import ReelError


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("request", type=Path, help="a JSON file; its relative paths count from its folder")
    path: Path = parser.parse_args().request
    console = Console()
    try:
        document = read_document(path)
    except (ReelError, OSError) as error:
        console.print(str(error), style="red", soft_wrap=True, highlight=False)
        sys.exit(2)
    with stack.running() as running:
        stack.connect(running.port, running.auth)
        from deployments.follow import trigger  # Prefect reads the address of its server when it is imported
        from deployments.present import watch

        completed = watch(trigger(f"{document['kind']}/{document['kind']}", document), running, console)
    sys.exit(0 if completed else 1)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
