"""Child of the bench: `request.json` through the mixer deployment on the embedded stack; leaves `report.json`."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from deployments import stack


def main(folder: Path) -> None:
    os.environ["PREFECT_HOME"] = str(folder / "prefect")
    with stack.running() as running:
        stack.connect(running.port)
        from deployments.follow import RunStatus, follow, trigger

        began = time.monotonic()
        started: list[float] = []

        def listener(look: RunStatus) -> None:
            if look.state.is_running() and not started:
                started.append(time.monotonic() - began)

        run = trigger("mixer/mixer", json.loads((folder / "request.json").read_text()))
        state = follow(run, listener)
        if not state.is_completed():
            raise SystemExit(state.message)
    report = json.loads((folder / "outputs" / "default" / str(run) / "report.json").read_text())
    report["trigger_seconds"] = started[0]
    (folder / "report.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
