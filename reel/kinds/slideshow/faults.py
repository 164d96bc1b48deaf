"""What is wrong with a slideshow request besides its form, and what installations may limit."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from reel.errors import Problem
from reel.kinds.faults import Faults
from reel.kinds.kind import Amount, counted
from reel.kinds.slideshow.request import SlideshowRequest
from reel.kinds.slideshow.timing import seconds_of
from reel.media import Library
from reel.request.places import lies_in
from reel.time import frames_in
from reel.values import public_name


def faults(request: SlideshowRequest, library: Library, unknown: Collection[str] = ()) -> Faults:
    """All that is wrong, as far as it can be said: without the assets that are not in the library, and without what depends on
    the fields that are `unknown`."""
    unfit = unfit_assets(request, library)
    doubtful = {*unknown, *(problem.place for problem in unfit)}
    music = library.get("music.asset")
    known = request.duration is not None or request.music is None or music is not None
    wrong: list[Problem] = []
    lasting = ("duration",) if request.duration is not None else ("duration", "music.in", "music.asset")
    if known and not any(lies_in(place, doubtful) for place in (*lasting, "images")):
        frames = max(1, frames_in(seconds_of(request, music), request.frame_rate))
        wrong += _too_short(request, frames)
    return Faults.of(unfit, wrong, unknown)


def unfit_assets(request: SlideshowRequest, library: Library) -> list[Problem]:
    """What is wrong with the assets for their places; those that are not in the library are passed over."""
    problems = []
    for place, asset in request.source_places().items():
        facts = library.get(place)
        if facts is None:
            continue
        asset = public_name(asset)
        if place == "music.asset":
            if facts.audio is None:
                problems.append(Problem(place, f"{asset} {facts.without_sound}", "name a file with an audio stream"))
            elif request.music and request.music.in_ >= facts.audio.duration:
                seconds = float(facts.audio.duration)
                problems.append(
                    Problem("music.in", f"{float(request.music.in_):g} s is past the end of {asset} ({seconds:.3f} s)")
                )
        elif facts.video is None:
            problems.append(Problem(place, f"{asset} {facts.without_picture}", "name a picture here"))
        elif place.startswith("images") and not facts.is_picture:
            problems.append(Problem(place, f"{asset} is a video", "name a still picture here"))
    return problems


def _too_short(request: SlideshowRequest, frames: int) -> Iterator[Problem]:
    count = len(request.images)
    if frames < 2 * count:
        yield Problem(
            "duration",
            f"{counted(frames, 'frame')} cannot show {count} images",
            f"at least {2 * count} frames are needed",
        )


def amounts(request: SlideshowRequest, library: Library, unknown: Collection[str] = ()) -> Iterator[Amount]:
    """What installations may limit, as far as it can be said."""
    yield Amount("images", len(request.images), "slideshow_images", "{:g} images are more than {:g}")
    music = library.get("music.asset")
    if lies_in("duration", unknown) or (request.music and not music and request.duration is None):
        return
    yield Amount("duration", seconds_of(request, music), "slideshow_seconds", "{:g} s are more than {:g} s")
