"""What a browser plays of a variant, by the names of its files; the same on the report and on the gateway's pages.

A `<video>` tries its sources in order. A ladder comes first: browsers that have HLS (Safari, Chromium from 142 on) play it
where it is served. Others, and all where the page is opened from disk, go on to a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reel.plan.operations.tracks import MASTER
from reel.report.roles import first_of, role_of

SUFFIXES = (".mp4", ".webm", ".mov")
"""Of videos that browsers may play, those first that more of them do."""


@dataclass(frozen=True)
class Playing:
    """Names of files, each null where there is none."""

    ladder: str | None
    files: tuple[str, ...]
    """Videos by themselves, and of a ladder alone its largest rung that is not encrypted: the first that is played counts."""
    sound: str | None
    """What is to be heard with a rung, which has none, or where there is nothing to be seen; videos have theirs in them."""
    storyboard: str | None
    poster: str | None
    subtitles: tuple[str, ...]

    @property
    def shows(self) -> bool:
        """Whether there is something to be seen."""
        return bool(self.ladder or self.files)


def playing_of(names: Sequence[str]) -> Playing:
    """What is played of the files of one variant; larger videos come before smaller ones."""
    ladder = next((name for name in names if name.endswith(f"/{MASTER}")), None)
    folder = ladder.removesuffix(MASTER) if ladder else None
    beside = [name for name in names if folder is None or not name.startswith(folder)]
    within = [name for name in names if folder is not None and name.removeprefix(folder) == name.rpartition("/")[2]]
    videos = sorted(_videos(beside), key=_rank)
    return Playing(
        ladder=ladder,
        files=tuple(videos or [*_videos(within)][:1]),
        sound=None if videos else first_of("sound", within if ladder else beside),
        storyboard=first_of("storyboard", names),
        poster=next((name for name in names if role_of(name) == "poster" and name.endswith(".jpg")), None)
        or first_of("poster", names),
        subtitles=tuple(name for name in names if role_of(name) == "subtitles"),
    )


def _videos(names: Iterable[str]) -> list[str]:
    return [name for name in names if role_of(name) == "video" and name.endswith(SUFFIXES)]


def _rank(name: str) -> int:
    return next(number for number, suffix in enumerate(SUFFIXES) if name.endswith(suffix))
