"""What the Prefect UI shows of a generation: in short, tables, links, pictures; of one that failed, why.

Pictures are addresses, so that the database of Prefect holds none. Where outputs lie in a folder that no server shows to
browsers (`REEL_OUTPUTS_URL`), there are none, and the table of outputs says where the files are.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from prefect.artifacts import (
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_table_artifact,
)

from reel.artefact import Artefact
from reel.control.outputs import mismatch_pictures, output_address, show_picture
from reel.control.stores import Stores, these_stores
from reel.errors import ReelError
from reel.plan.step import Plan
from reel.report import Report, words
from reel.report.markdown import failure_markdown, to_markdown
from reel.report.roles import first_of
from reel.words import shortened

log = logging.getLogger(__name__)

MOST_LETTERS = 300
"""Of what stands on the card of an artifact."""


def report(
    report: Report, plan: Plan, artefacts: Mapping[str, Artefact], beat_plot: bytes | None, stores: Stores
) -> None:
    """All artifacts of a generation. Its outputs are published by now: what cannot be shown fails nothing."""
    with _courtesy():
        _in_short(report, stores)
        _pictures(report, stores)
        for number, (what, picture) in enumerate(mismatch_pictures(plan, artefacts, stores)):
            address = show_picture(report.generation, f"mismatch-{number}.jpg", picture, stores)
            _image(address, f"mismatch-{number}", f"Asked for (left) and made (right): {what}")
        if beat_plot:
            address = show_picture(report.generation, "beats.png", beat_plot, stores)
            _image(address, "beats", "Music, its beats, and where pictures change")
        create_table_artifact(outputs_table(report, stores), key="outputs", description="What was delivered")
        create_table_artifact(steps_table(report), key="steps", description="What was made, and what was there already")


def evidence(error: ReelError, folder: str) -> None:
    """Put what was asked for beside what was made where the page of a failed run finds it, and note it on the error."""
    with _courtesy():
        pictures = enumerate(error.evidence.pictures)
        seen = [show_picture(folder, f"failure-{number}.jpg", picture, these_stores()) for number, picture in pictures]
        error.evidence = replace(error.evidence, addresses=tuple(address for address in seen if address))


def failure(error: ReelError) -> None:
    """Why a run failed."""
    with _courtesy():
        text = failure_markdown(error, error.evidence.addresses)
        create_markdown_artifact(text, key="failure", description=shortened(str(error), MOST_LETTERS))


@contextmanager
def _courtesy() -> Iterator[None]:
    """What cannot be shown changes nothing else."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever the server has against it
        log.warning("not all could be shown in Prefect: %s", error)


def _in_short(report: Report, stores: Stores) -> None:
    page = _address(report, "report.html", stores)
    videos = [each.file.name for output in report.outputs for each in words.delivered(output)]
    addresses = {name: _address(report, name, stores) for name in videos}
    known = {name: address for name, address in {**addresses, "report.html": page}.items() if address}
    create_markdown_artifact(to_markdown(report, known), key="report", description="The generation in short")
    if page:
        create_link_artifact(page, key="report-page", link_text="Report with pictures", description="HTML report")


def _pictures(report: Report, stores: Stores) -> None:
    """The poster and the contact sheet of the first video that has one."""
    files = [file.name for output in report.outputs for file in output.files]
    for key, name in (("poster", first_of("poster", files)), ("contact-sheet", first_of("sprite", files))):
        if name:
            _image(_address(report, name, stores), key, name)


def _image(address: str | None, key: str, description: str) -> None:
    if address:
        create_image_artifact(address, key=key, description=description)


def _address(report: Report, name: str, stores: Stores) -> str | None:
    return output_address(f"{report.generation}/{name}", stores)


def outputs_table(report: Report, stores: Stores) -> list[dict[str, object]]:
    """A row for each video."""
    return [
        {
            "video": each.file.name,
            "seconds": output.measured["seconds"],
            "MB": round(each.bytes / 1e6, 2),
            "picture": each.what,
            "similarity": output.manifest.get("similarity", ""),
            "on beats": words.on_beats(output),
            "warnings": "; ".join(output.warnings) or "none",
            "path": each.file.path,
            "url": _address(report, each.file.name, stores) or "",
        }
        for output in report.outputs
        for each in words.delivered(output)
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
