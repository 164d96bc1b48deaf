"""What the page shows of one variant. Pure: from a report, and from what was published, to values for the template."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from reel.report.playing import Playing, playing_of
from reel.report.plots import Plot, plots_of
from reel.report.roles import first_of, role_of
from reel.report.variants import OutputReport
from reel.report.videos import SHOWN_AS_PICTURES, OutputFile

SHOWN_PICTURES = ("poster", "thumbnail", "preview")
SIZED = re.compile(r"^(.*/(?:poster|thumbnail-\d+))(?:-\d+)?\.\w+$")
"""The name of a picture that may be there in several widths."""

READ_ENDINGS = ("/analysis.json", "/thumbnails.json", "/sprite.vtt")


def is_read(name: str) -> bool:
    """Whether the page is told by what is in a published file: analyses, values of quality, storyboards."""
    return name.endswith(READ_ENDINGS) or (role_of(name) == "quality" and "/quality" in name)


@dataclass(frozen=True)
class Published:
    """What the page is made of beside the report, by the names of files."""

    pictures: Mapping[str, bytes] = field(default_factory=dict)
    """Small JPEGs, which the page has inside."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Of files that `is_read` names."""


@dataclass(frozen=True)
class Part:
    """A clip in the strip of a variant."""

    field: str
    name: str
    hue: float
    frames: int
    seconds: float
    speed: float


@dataclass(frozen=True)
class Picture:
    """A still or moving picture beside the page."""

    name: str
    seconds: float | None
    """Of the video, where it is known."""


@dataclass(frozen=True)
class Card:
    """A variant."""

    output: OutputReport
    strip: tuple[Part, ...]
    playing: Playing
    still: str | None
    """What is shown as a picture: an animation, or a sheet of stills that was made instead of a video."""
    poster: str | None
    sheet: str | None
    """As `data:` addresses."""
    cues: str
    """Of the storyboard."""
    pictures: tuple[Picture, ...]
    scenes: tuple[Mapping[str, Any], ...]
    stretches: tuple[tuple[str, tuple[Mapping[str, Any], ...]], ...]
    """What is black, frozen or silent, as far as anything is."""
    plots: tuple[Plot, ...]
    curves: tuple[tuple[str, str], ...]
    """Of ladders whose rungs were chosen by trying: of each, what is said to who does not see it, and its `data:` address."""


def card_of(output: OutputReport, clips: Mapping[str, Mapping[str, Any]], published: Published) -> Card:
    """A variant that plays clips, which go by the fields that name them."""
    names = [file.name for file in _files(output)]
    texts = {name: published.texts[name] for name in names if name in published.texts}
    documents = {name: json.loads(text) for name, text in texts.items() if name.endswith(".json")}
    analysis = next((each for name, each in documents.items() if name.endswith("/analysis.json")), None)
    measured = [each for name, each in documents.items() if role_of(name) == "quality"]
    playing = playing_of(names)
    inside = {name: picture for name, picture in published.pictures.items() if name in names}
    return Card(
        output=output,
        strip=tuple(_strip(output, clips)),
        playing=playing,
        still=output.video.name if not playing.shows and _is_still(output.video.name) else None,
        poster=data_uri(inside.get(first_of("poster", inside) or "")),
        sheet=data_uri(inside.get(first_of("sprite", inside) or "")),
        cues=texts.get(playing.storyboard or "", ""),
        pictures=tuple(_pictures(names, documents)),
        scenes=tuple(analysis["scenes"]) if analysis else (),
        stretches=tuple((what, tuple(analysis[what])) for what in ("black", "frozen", "silent") if analysis[what])
        if analysis
        else (),
        plots=tuple(plots_of([*([analysis] if analysis else []), *measured])),
        curves=tuple(_curves(inside)),
    )


def _curves(pictures: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    for name, picture in pictures.items():
        if role_of(name) == "curve":
            ladder = name.rpartition("/")[0]
            told = f"VMAF over bits of each size that was tried for {ladder}; red dots are its rungs"
            yield told, data_uri(picture) or ""


def _files(output: OutputReport) -> list[OutputFile]:
    """The files of a variant, larger videos before smaller ones."""
    ranked = sorted(
        (*output.videos, *(rung for ladder in output.ladders for rung in ladder.rungs)),
        key=lambda video: -video.width * video.height,
    )
    videos = [video.file for video in ranked]
    return [*videos, *(file for file in output.files if file not in videos)]


def _is_still(name: str) -> bool:
    return name.endswith((*SHOWN_AS_PICTURES, "jpg", "png"))


def _strip(output: OutputReport, clips: Mapping[str, Mapping[str, Any]]) -> list[Part]:
    rate = output.manifest["frames"] / output.manifest["seconds"]
    return [
        Part(
            **clips[item["place"]],
            frames=item["frames"],
            seconds=item["frames"] / rate,
            speed=item.get("speed", 1.0),
        )
        for item in output.manifest["sequence"]
    ]


def _pictures(names: Sequence[str], documents: Mapping[str, Any]) -> list[Picture]:
    """Each picture once, however many widths of it there are."""
    moments = {
        f"{PurePosixPath(name).parent}/{file}": shown["seconds"]
        for name, document in documents.items()
        if name.endswith("/thumbnails.json")
        for shown in document["thumbnails"]
        for file in shown["files"]
    }
    shown = [name for role in SHOWN_PICTURES for name in names if role_of(name) == role]
    once = {SIZED.sub(r"\1", name): name for name in reversed(shown)}
    return [Picture(name, moments.get(name)) for name in reversed(once.values())]


def data_uri(jpeg: bytes | None) -> str | None:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}" if jpeg else None
