"""What customers are told of the assets that they keep, and the library that endpoints keep them in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends
from pydantic import AfterValidator, Field

from gateway.desk import TheDesk
from gateway.problems import PlacedProblem, Refused
from reel.catalogue import AssetState, LibraryAsset, UploadBusy, UploadExpired, WrongOffset
from reel.control.library import Library
from reel.control.receiving import TooLarge, WrongChecksum
from reel.control.stores import this_library
from reel.errors import InvalidRequest, ReelError
from reel.presets import DRAWN_LOOPS, DRAWN_STILLS
from reel.values import Value

STATUSES: tuple[tuple[type[ReelError], int, str], ...] = (
    (UploadExpired, 410, "upload-expired"),
    (WrongOffset, 409, "wrong-offset"),
    (UploadBusy, 423, "upload-busy"),
    (TooLarge, 413, "too-large"),
    (WrongChecksum, 460, "wrong-checksum"),
)
"""Of the errors of uploads, the status and the type of the problem."""


def the_library(desk: TheDesk) -> Library:
    """The library of this installation."""
    return Library(desk.catalogue, this_library())


TheLibrary = Annotated[Library, Depends(the_library)]


@contextmanager
def upload_problems(headers: dict[str, str] | None = None) -> Iterator[None]:
    """Tell errors of uploads by the statuses that their protocols have for them."""
    try:
        yield
    except InvalidRequest as error:
        found = next(((status, type_) for kind, status, type_ in STATUSES if isinstance(error, kind)), None)
        if found is None:
            raise
        problems = (PlacedProblem(place=each.place, what=each.what, remedy=each.remedy) for each in error.problems)
        raise Refused(found[0], str(error), *problems, headers=headers, type_=found[1]) from error


def _folder(name: str) -> str:
    if name and any(part in ("", ".", "..") for part in name.split("/")):
        raise ValueError("is no folder: write one like summer/2026, with no slash at its ends")
    return name


Name = Annotated[str, Field(min_length=1, max_length=255, description="What you call it.")]
Folder = Annotated[
    str,
    AfterValidator(_folder),
    Field(max_length=255, description="A list of assets, like `summer/2026`; empty: none."),
]
NOTES = "Anything of your own, at most 4 KiB of JSON."


class Asset(Value):
    """An asset that you keep, or one that is always there."""

    id: str
    use: str = Field(
        description="What a request writes to use it: in any field that names an asset, or, of those that "
        "are always there, the name that frames and overlays take."
    )
    name: str
    folder: str = ""
    state: AssetState = Field(description="Only what is `ready` can be used; `quarantined` is still being looked at.")
    bytes: int | None = Field(None, description="Null before it has come.")
    sha256: str | None = None
    type: str | None = Field(None, description="By its content, once it was looked at.")
    duration: float | None = Field(None, description="Seconds; of sound and video.")
    width: int | None = Field(None, description="In square pixels, upright.")
    height: int | None = None
    frame_rate: str | None = Field(None, description="Frames per second, such as `30000/1001`.")
    has_sound: bool = False
    warnings: tuple[str, ...] = Field((), description="What is odd, but no hindrance.")
    thumbnail: str | None = Field(None, description="Where a small picture of it is.")
    problems: tuple[PlacedProblem, ...] = Field((), description="Why it was refused, or is not looked at yet.")
    metadata: dict[str, Any] = Field({}, description="Your own notes.")
    created: datetime | None = Field(None, description="Null of what is always there.")
    changed: datetime | None = None


class Assets(Value):
    """A part of a list."""

    assets: tuple[Asset, ...]
    after: str | None = Field(None, description="Ask with this for what comes next; null: there is no more.")


def told(asset: LibraryAsset) -> Asset:
    """An asset from its record."""
    return Asset(
        id=asset.id,
        use=f"asset:{asset.id}",
        type=asset.media_type,
        thumbnail=f"/v1/assets/{asset.id}/thumbnail" if asset.thumbnail else None,
        metadata=asset.user_metadata,
        problems=tuple(PlacedProblem.model_validate(each) for each in asset.problems),
        **{name: getattr(asset, name) for name in ("name", "folder", "state", "bytes", "sha256", "created", "changed")},
        **_facts(asset.facts or {}),
    )


def _facts(facts: dict[str, Any]) -> dict[str, Any]:
    video, audio = facts.get("video"), facts.get("audio")
    found: dict[str, Any] = {"has_sound": audio is not None, "warnings": tuple(facts.get("warnings", ()))}
    if (stream := video or audio) and not facts.get("still"):
        found["duration"] = round(_number(stream["duration"]), 3)
    if video:
        width = max(1, round(video["width"] * _number(video["sample_aspect"])))
        size = (width, video["height"])
        found["width"], found["height"] = size[::-1] if video["rotation"] in (90, 270) else size
        if not facts.get("still"):
            found["frame_rate"] = str(video["rate"])
    return found


def _number(text: Any) -> float:
    above, _, below = str(text).partition("/")
    return float(above) / float(below or 1)


def defaults() -> tuple[Asset, ...]:
    """The frames and overlays that are always there, drawn for the size that is asked for (docs/library.md)."""
    return tuple(
        Asset(id=f"lib_{name}", use=name, name=name, folder=folder, state="ready", type=kind)
        for folder, kind, names in (("frames", "image/png", DRAWN_STILLS), ("overlays", "video/mp4", DRAWN_LOOPS))
        for name in names
    )
