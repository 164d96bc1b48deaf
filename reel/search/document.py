"""What is kept of each published output: technical facts, names, texts, and the request's own metadata, in one document.

Its form has a version. Fields may be added to a version; what changes or drops one gets the next, and documents of older
versions stay as they are until they are built again (`reel catalogue index`).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Literal

from pydantic import Field

from reel.errors import InvalidRequest
from reel.kinds import parse_request
from reel.kinds.registry import kind_of
from reel.plan.titled import NO_TITLES, Titles
from reel.report import OutputFile, OutputReport, Report
from reel.report.roles import Role, role_of
from reel.report.words import SILENT_DB
from reel.request import Request
from reel.values import Value, public_name

VERSION = 1

CODECS: Mapping[str, tuple[Literal["codec", "sound_codec"], str]] = {
    **dict.fromkeys(("avc1", "avc3"), ("codec", "h264")),
    **dict.fromkeys(("hvc1", "hev1"), ("codec", "hevc")),
    "av01": ("codec", "av1"),
    "vp09": ("codec", "vp9"),
    **dict.fromkeys(("apco", "apcs", "apcn", "apch", "ap4h", "ap4x"), ("codec", "prores")),
    # What GIF and animated WebP are made of.
    "FFV1": ("codec", "ffv1"),
    "mp4a.40": ("sound_codec", "aac"),
    "mp4a.6B": ("sound_codec", "mp3"),
    "opus": ("sound_codec", "opus"),
    "fLaC": ("sound_codec", "flac"),
    "in24": ("sound_codec", "pcm"),
}
"""By how the name begins that players have for a codec (RFC 6381): whose it is, and its own name."""


class DocumentFile(Value):
    """A published file."""

    name: str
    role: Role
    location: str
    """Where it is: a path, or `s3://bucket/key`."""
    bytes: int
    sha256: str


class DocumentAsset(Value):
    """Something that is shown or heard."""

    place: str
    """The field of the request that names it."""
    name: str
    """Its address, without what it may hold of passwords and signatures."""
    title: str | None = None
    """What it is called in the library; null of what is not of it."""
    sha256: str | None


class OutputDocument(Value):
    """One output of a generation; null is what was not measured."""

    version: Literal[1] = 1
    generation: str
    name: str
    """Of the output within its generation: `variant-001`."""
    kind: str
    project: str
    slot: str | None = None
    tags: tuple[str, ...] = ()
    metadata: dict[str, Any] = Field(default_factory=dict)
    """The request's own, as it was given."""
    width: int | None = None
    height: int | None = None
    frame_rate: str | None = None
    """Frames per second as a fraction: `30000/1001`."""
    frames: int | None = None
    duration: float | None = None
    """Seconds."""
    bytes: int
    """Of the video alone; of a ladder alone, of all its files."""
    bitrate: float | None = None
    """Bits per second, of all its streams in the mean; of a ladder alone, of the pictures of its largest rung."""
    container: str
    codec: str | None = None
    sound_codec: str | None = None
    sound: bool | None = None
    """Whether there is anything to hear."""
    loudness: float | None = None
    """Integrated, in LUFS (EBU R128)."""
    measured: dict[str, Any] = Field(default_factory=dict)
    """All that verification and analysis measured, under their own names."""
    texts: tuple[str, ...] = ()
    """Texts that the generation shows."""
    assets: tuple[DocumentAsset, ...] = ()
    warnings: tuple[str, ...] = ()
    files: tuple[DocumentFile, ...]

    @property
    def fps(self) -> float | None:
        """Frames per second as a number."""
        return float(Fraction(self.frame_rate)) if self.frame_rate else None


def documents_of(
    report: Report,
    generation: str,
    project: str,
    slot: str | None,
    metadata: Mapping[str, Any],
    titles: Titles = NO_TITLES,
) -> tuple[OutputDocument, ...]:
    """The documents of a generation that was delivered, in the order of its outputs. `metadata` is the request's, `titles` are
    of the assets that it names."""
    notes, asked = dict(metadata), _asked(report.request)
    of_all = {
        "generation": generation,
        "kind": report.kind,
        "project": project,
        "slot": slot,
        "metadata": notes,
        "tags": _tags(notes),
        "texts": _texts(asked) if asked else (),
    }
    assets = _assets(asked, report.assets, titles) if asked else ()
    shown = [_places_shown(output) for output in report.outputs]
    elsewhere = frozenset[str]().union(*shown)
    return tuple(
        OutputDocument(**of_all, **_of_output(output), assets=_without(assets, elsewhere - here))
        for output, here in zip(report.outputs, shown, strict=True)
    )


def _of_output(output: OutputReport) -> dict[str, Any]:
    measured, video = output.measured, output.video
    seconds = measured.get("seconds")
    level = measured.get("sound_rms_db")
    return {
        "name": output.name,
        **{name: measured.get(name) for name in ("width", "height", "frame_rate", "frames")},
        "duration": seconds,
        "bytes": output.bytes,
        "bitrate": round(output.bits_per_second, 1) if seconds else None,
        "container": video.name.rpartition(".")[2].lower(),
        **_codecs(measured.get("codecs", "")),
        "sound": None if level is None else level > SILENT_DB,
        "loudness": measured.get("sound_lufs", measured.get("integrated_lufs")),
        "measured": measured,
        "warnings": output.warnings,
        "files": tuple(_file(file) for file in output.files),
    }


def _codecs(strings: str) -> dict[str, str]:
    """By what verification read from the file: `avc1.640028,mp4a.40.2`."""
    return dict(
        known for string in strings.split(",") for beginning, known in CODECS.items() if string.startswith(beginning)
    )


def _file(file: OutputFile) -> DocumentFile:
    return DocumentFile(
        name=file.name, role=role_of(file.name), location=file.path, bytes=file.bytes, sha256=file.sha256
    )


def _tags(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    listed = metadata.get("tags")
    return tuple(tag for tag in listed if isinstance(tag, str)) if isinstance(listed, list) else ()


def _asked(request: Mapping[str, Any]) -> Request | None:
    """Null where a report of an older version holds what is no request of today."""
    try:
        return parse_request(request)
    except InvalidRequest:
        return None


def _texts(asked: Request) -> tuple[str, ...]:
    """Each once, in the order of the request."""
    return tuple(dict.fromkeys(content.text for _, content, _ in kind_of(asked).texts(asked)))


def _assets(asked: Request, digests: Mapping[str, str], titles: Titles) -> tuple[DocumentAsset, ...]:
    return tuple(
        DocumentAsset(place=place, name=public_name(name), title=titles.get(name), sha256=digests.get(place))
        for place, name in asked.asset_places().items()
    )


def _places_shown(output: OutputReport) -> frozenset[str]:
    """The entries of the request (`clips[2]`) that an output plays, by its manifest."""
    return frozenset(item["place"] for item in output.manifest.get("sequence", ()))


def _without(assets: tuple[DocumentAsset, ...], places: frozenset[str]) -> tuple[DocumentAsset, ...]:
    """The assets but those of entries that other outputs alone play; music and frames are of all."""
    return tuple(asset for asset in assets if asset.place.rpartition(".")[0] not in places)
