"""`make run REQUEST=my.json`: one request of your own through Prefect, followed to its end."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from deployments import stack
from reel.errors import ReelError
from reel.fetch import resolve
from reel.request import parse_request


def with_absolute_assets(document: Any, base: Path) -> Any:
    """The request with every asset as an absolute path: a worker has another working folder."""
    if isinstance(document, list):
        return [with_absolute_assets(part, base) for part in document]
    if not isinstance(document, dict):
        return document
    return {
        name: str(resolve(value, base)) if name in ("asset", "soundtrack") else with_absolute_assets(value, base)
        for name, value in document.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("request", type=Path, help="a JSON file; its relative paths count from its folder")
    path: Path = parser.parse_args().request
    console = Console()
    try:
        request = parse_request(path.read_text("utf-8"))
        document = with_absolute_assets(request.model_dump(mode="json", by_alias=True), path.resolve().parent)
    except (ReelError, OSError) as error:
        console.print(str(error), style="red", soft_wrap=True, highlight=False)
        sys.exit(2)
    with stack.running() as running:
        stack.connect(running.port)
        from deployments.follow import trigger  # Prefect reads the address of its server when it is imported
        from deployments.present import watch

        completed = watch(trigger(f"{request.kind}/{request.kind}", document), running, console)
    sys.exit(0 if completed else 1)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
