"""What is wrong with assets that a request names beside its own, whatever its kind: sounds of ladders, posters, keys."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from reel.errors import Problem
from reel.media import Library
from reel.request import Request
from reel.request.encryption import one_key_each
from reel.request.ladders import named_of
from reel.values import public_name


def unfit_beside(request: Request, library: Library) -> Iterator[Problem]:
    """Those that are not what their places need; what is not in the library is passed over."""
    yield from _without_sound(request, library)
    yield from _unfit_uploads(request, library)


def _without_sound(request: Request, library: Library) -> Iterator[Problem]:
    """Files that are to be the sound of a ladder, and have none."""
    for place, ladder in request.ladders:
        for where, asset in named_of(place, ladder):
            facts = library.get(where)
            if facts and facts.audio is None:
                yield Problem(where, f"{public_name(asset)} {facts.without_sound}", "name a file with an audio stream")


def _unfit_uploads(request: Request, library: Library) -> Iterator[Problem]:
    """Files that are to be a poster, and are no still picture."""
    for place, pictures in request.pictures:
        facts = library.get(f"{place}.upload")
        if pictures.upload is not None and facts and not facts.is_picture:
            what = "has no picture" if facts.video is None else "is a video"
            yield Problem(f"{place}.upload", f"{public_name(pictures.upload)} {what}", "name a still picture here")


def ambiguous_keys(request: Request, library: Library, refused: Collection[str] = ()) -> Iterator[Problem]:
    """Ids of keys that would stand for two. `refused`: the places of keys that are none; such a one is told from others by its
    name."""
    locks = ((f"{place}.encryption", ladder.encryption) for place, ladder in request.ladders if ladder.encryption)
    known = {place: facts.sha256 for place, facts in library.items()}
    named = {place: asset for place, asset in request.asset_places().items() if place in refused}
    used = [
        (place, lock, found)
        for place, lock in locks
        if (found := known.get(f"{place}.key") or named.get(f"{place}.key"))
    ]
    return one_key_each(used)
