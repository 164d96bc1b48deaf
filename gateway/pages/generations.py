"""Generations: listed and filtered, looked at while they are made, played, tried again, called off, removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Annotated, get_args
from urllib.parse import quote

from fastapi import Depends, Request, Response
from fastapi.responses import StreamingResponse

from gateway.access import Member, Viewer
from gateway.callers import Caller
from gateway.desk import Desk, TheDesk
from gateway.downloads import elsewhere
from gateway.pages.rendering import page
from gateway.pages.routing import asked_for, pages, seen
from gateway.routes import events, generations
from gateway.routes.events import Room, Seen
from gateway.routes.generations import Id
from gateway.routing import Route
from gateway.sessions import PAGES
from gateway.told import GenerationDetail, Output, Page
from reel.catalogue import ENDED, Status
from reel.kinds.registry import KINDS
from reel.plan.operations.tracks import MASTER
from reel.report.playing import Playing, playing_of
from reel.store.links import PURPOSE, REPORT_PAGE, Grant, link

router = pages("generations")
live = pages(route=Route)
"""What scripts ask for: its errors are problem documents."""

HERE = f"{PAGES}/generations"
PAGE_LENGTH = 30
LINK_LIFE = timedelta(hours=4)
"""How long files of a page can be fetched: a long film with pauses; the page makes new links when it is loaded again."""
SHOWN_PICTURES = ("poster", "picture", "thumbnail", "preview", "quality plot", "curve")


def _asked(request: Request) -> Page:
    return asked_for(Page, request, limit=PAGE_LENGTH)


@router.get("")
def listed(asked: Annotated[Page, Depends(_asked)], caller: Viewer, desk: TheDesk) -> Response:
    """The newest generations."""
    found = generations.all_generations(asked, caller, desk)
    filters = {name: value for name, value in asked.model_dump().items() if name not in ("limit", "after") and value}
    return page(
        "generations.html.j2",
        caller,
        found=found,
        asked=asked,
        filters=filters,
        is_first=asked.after is None,
        kinds=sorted(KINDS),
        statuses=get_args(Status),
        may_order=caller.has("member"),
        here=HERE,
    )


@router.get("/{id}")
def one(id: Id, caller: Viewer, desk: TheDesk, request: Request) -> Response:
    """A generation, with its files where it is done."""
    found = generations.one(id, caller, desk, request, ("steps",))
    files = files_of(found, caller, desk)
    return page(
        "generation.html.j2",
        caller,
        media=elsewhere(desk),
        found=found,
        files=files,
        is_live=found.status not in ENDED,
        may_change=caller.has("member"),
    )


@router.post("/{id}/cancel")
def cancel(id: Id, caller: Member, desk: TheDesk, request: Request) -> Response:
    """Call it off."""
    generations.cancel(id, caller, desk, request)
    return seen(f"{HERE}/{quote(id, safe='')}")


@router.post("/{id}/retry")
def retry(id: Id, caller: Member, desk: TheDesk, request: Request) -> Response:
    """Order it again; the page of the new one."""
    made = generations.retry(id, caller, desk, request, Response())
    return seen(f"{HERE}/{made.id}")


@router.post("/{id}/remove")
def remove(id: Id, caller: Member, desk: TheDesk) -> Response:
    """Remove it, with its files."""
    generations.remove(id, caller, desk)
    return seen(HERE)


@live.get("/generations/{id}/events", response_class=StreamingResponse)
async def events_of(id: Id, caller: Viewer, hub: Room, seen: Seen) -> Response:
    """How it comes on."""
    return await events.events(id, caller, hub, seen)


@live.get("/events", response_class=StreamingResponse)
async def all_events(caller: Viewer, hub: Room, seen: Seen) -> Response:
    """How all of them come on."""
    return await events.all_events(caller, hub, seen)


@dataclass(frozen=True)
class File:
    """A file as a page shows it."""

    output: Output
    url: str
    """A link of this service that opens it."""
    save: str
    """One that saves it."""

    bytes: int
    """With all that belongs to it: of a ladder's playlist, of the whole ladder."""

    @property
    def name(self) -> str:
        return self.output.name


@dataclass(frozen=True)
class Shown:
    """What there is to be played of one variant."""

    title: str
    ladder: str | None
    """Its HLS, for browsers that play it."""
    videos: Sequence[str]
    """For those that do not."""
    sound: str | None
    """What is heard with a video that is a rung."""
    poster: str | None
    storyboard: str | None
    subtitles: Sequence[File]


@dataclass(frozen=True)
class Files:
    """The files of a generation, by what they are there for."""

    shown: Sequence[Shown]
    pictures: Sequence[File]
    others: Sequence[File]
    report: str | None
    archive: str | None


NOTHING = Files((), (), (), None, None)


def files_of(found: GenerationDetail, caller: Caller, desk: Desk) -> Files:
    """The files of a generation with links that hold for some hours."""
    if found.status != "done":
        return NOTHING
    ends = int((desk.clock() + LINK_LIFE).timestamp())
    # One that opens the whole: a playlist and the report name other files beside them.
    shows, saves = (Grant(caller.tenant, found.id, "", ends, download) for download in (False, True))
    key = desk.secrets(PURPOSE)
    files = [
        File(each, link(shows, each.name, key), link(saves, each.name, key), _bytes(each, found.outputs))
        for each in found.outputs
    ]
    return Files(
        shown=_shown(files),
        pictures=[file for file in files if file.output.role in SHOWN_PICTURES],
        others=[file for file in files if not _is_part(file.name)],
        report=link(shows, REPORT_PAGE, key),
        archive=link(saves, "", key) if files else None,
    )


def _bytes(file: Output, files: Sequence[Output]) -> int:
    """Of a file with all that belongs to it."""
    folder, _, name = file.name.rpartition("/")
    if name != MASTER:
        return file.bytes
    return sum(each.bytes for each in files if each.name.startswith(f"{folder}/"))


def _shown(files: Sequence[File]) -> list[Shown]:
    """What is to be played, one for each variant: files of one lie in the folder that is named as it is."""
    variants: dict[str, dict[str, File]] = {}
    for file in files:
        variants.setdefault(_variant(file.name), {})[file.name] = file
    found = [(title, playing_of([*of_it]), of_it) for title, of_it in variants.items()]
    return [_playable(title, playing, of_it) for title, playing, of_it in found if playing.shows]


def _playable(title: str, playing: Playing, files: Mapping[str, File]) -> Shown:
    def url(name: str | None) -> str | None:
        return files[name].url if name else None

    return Shown(
        title,
        ladder=url(playing.ladder),
        videos=[files[name].url for name in playing.files],
        sound=url(playing.sound),
        poster=url(playing.poster),
        storyboard=url(playing.storyboard),
        subtitles=[files[name] for name in playing.subtitles],
    )


def _variant(name: str) -> str:
    first = PurePosixPath(name).parts[0]
    return first if "/" in name else PurePosixPath(first).stem


def _is_part(name: str) -> bool:
    """Whether it is of use to players alone: a playlist of one rung, a segment."""
    return name.endswith((".cmaf", ".m4s", ".ts")) or (name.endswith(".m3u8") and not name.endswith("/master.m3u8"))
