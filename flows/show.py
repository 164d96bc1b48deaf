"""What the Prefect UI shows of a finished generation: tables, links, pictures and a summary."""

from __future__ import annotations

import base64
import logging
from pathlib import Path

from prefect.artifacts import (
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_table_artifact,
)

from reel.artefact import Artefact
from reel.errors import ReelError
from reel.perform.publish import mismatch_pictures
from reel.perform.worker import Worker
from reel.plan.step import Plan
from reel.report import Report, words
from reel.report.markdown import to_markdown

log = logging.getLogger(__name__)

LINK_SECONDS = 7 * 24 * 3600
"""How long links to outputs in a bucket hold: the longest that S3 allows."""

MOST_PICTURE_BYTES = 500_000
"""Of a picture that goes into the database as a data URI."""


def report(report: Report, plan: Plan, artefacts: dict[str, Artefact], beat_plot: bytes | None, worker: Worker) -> None:
    """All artifacts of a generation. Its outputs are published by now: what cannot be shown fails nothing."""
    try:
        _show(report, plan, artefacts, worker)
        if beat_plot:
            _show_bytes(beat_plot, "png", "beats", "Music, its beats, and where pictures change")
    except Exception as error:  # noqa: BLE001 - whatever the server has against it
        log.warning("the report could not be shown in Prefect: %s", error)


def mismatch(error: ReelError) -> None:
    """What did not prove to be as asked: what was asked for beside what was made. What cannot be shown changes nothing."""
    for number, picture in enumerate(error.evidence.pictures):
        try:
            _show_bytes(picture, "jpeg", f"mismatch-{number}", f"Asked for (left) and made (right): {error}")
        except Exception as failure:  # noqa: BLE001 - whatever the server has against it
            log.warning("the pictures could not be shown in Prefect: %s", failure)


def _show(report: Report, plan: Plan, artefacts: dict[str, Artefact], worker: Worker) -> None:
    create_table_artifact(outputs_table(report, worker), key="outputs", description="What was delivered")
    create_table_artifact(steps_table(report), key="steps", description="What was made, and what was there already")
    create_markdown_artifact(to_markdown(report), key="report", description="The generation in short")
    page = worker.outputs.url(f"{report.generation}/report.html", LINK_SECONDS)
    create_link_artifact(page, key="report-page", link_text="Report with pictures", description="HTML report")
    for number, (what, picture) in enumerate(mismatch_pictures(plan, artefacts, worker)):
        _show_bytes(picture, "jpeg", f"mismatch-{number}", f"Asked for (left) and made (right): {what}")
    for name, key in (("poster.jpg", "poster"), ("sprite.jpg", "contact-sheet")):
        output = next((output for output in plan.outputs if output.name.endswith(f"/{name}")), None)
        if output:
            _show_picture(worker.store.open(artefacts[output.step], output.file), key, output.name)


def _show_picture(path: Path, key: str, name: str) -> None:
    _show_bytes(path.read_bytes(), "jpeg", key, name)


def _show_bytes(data: bytes, kind: str, key: str, description: str) -> None:
    if len(data) <= MOST_PICTURE_BYTES:
        uri = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
        create_image_artifact(uri, key=key, description=description)


def outputs_table(report: Report, worker: Worker) -> list[dict[str, object]]:
    """A row for each variant."""
    return [
        {
            "video": output.video.name,
            "seconds": output.measured["seconds"],
            "MB": round(output.video.bytes / 1e6, 2),
            "size": f"{output.measured['width']}x{output.measured['height']}",
            "similarity": output.manifest.get("similarity", ""),
            "on beats": words.on_beats(output),
            "warnings": "; ".join(output.warnings) or "none",
            "path": output.video.path,
            "url": worker.outputs.url(f"{report.generation}/{output.video.name}", LINK_SECONDS),
        }
        for output in report.outputs
    ]


def steps_table(report: Report) -> list[dict[str, object]]:
    """A row for each kind of step."""
    return [
        {
            "steps": row.kind,
            "made": row.steps - row.reused,
            "reused": row.reused,
            "seconds": row.seconds,
            "seconds saved": row.saved_seconds,
            "MB": round(row.bytes / 1e6, 2),
        }
        for row in report.steps
    ]
