"""The worker that is attacked: one order a line, one answer a line. `python -m tests.attack.victim FOLDER`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import NoneType
from typing import Any

from reel.errors import ReelError
from reel.fetch.roots import Roots
from reel.generate.render import plan, render
from reel.limits import USUAL
from reel.make.worker import Worker, make_worker
from reel.settings import settings
from reel.web import check_url, get

HONEST = {
    "kind": "template",
    "resolution": "480p",
    "timeline": {"tracks": [{"clips": [{"type": "colour", "colour": "#204060", "duration": 2}]}]},
}
"""What somebody else has made meanwhile."""


def answer(order: Mapping[str, Any], base: Path, worker: Worker) -> dict[str, str]:
    """What came of an order: `well`, or the name of the class of its error, and the error's words."""
    try:
        match order["what"]:
            case "plan":
                plan(order["document"], base=base, worker=worker)
            case "render":
                render(order["document"], base=base, worker=worker)
            case "all":
                with ThreadPoolExecutor(len(order["documents"]) + 1) as threads:
                    honest = threads.submit(render, HONEST, base=base, worker=worker)
                    bombs = [threads.submit(render, each, base=base, worker=worker) for each in order["documents"]]
                    honest.result()
                    assert all(isinstance(bomb.exception(), ReelError | NoneType) for bomb in bombs)
            case "check":
                check_url(order["url"], "webhook.url", resolve=True)
            case "get":
                with get(order["url"], "asset", {}, until=time.monotonic() + 20) as answered:
                    b"".join(answered.blocks())
    except ReelError as error:
        return {"class": type(error).__name__, "said": str(error)}
    except BaseException as error:  # noqa: BLE001 - whatever it is, nobody has named it
        return {"class": f"unnamed: {type(error).__name__}", "said": str(error)[:2000]}
    return {"class": "well", "said": ""}


def main(folder: Path) -> None:
    worker = make_worker(settings())
    # As a tenant with a folder of its own has it.
    worker = replace(worker, limits=USUAL, roots=Roots(files=(str(folder / "assets"),), said_by="the attack"))
    say({"class": "ready", "said": ""})
    for line in sys.stdin:
        say(answer(json.loads(line), folder / "assets", worker))


def say(told: Mapping[str, str]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
