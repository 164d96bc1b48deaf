"""`slideshow`: product images on the beat, framed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reel.kinds.kind import Kind, Want, counted, entries
from reel.kinds.slideshow.compile import compile_slideshow, texts
from reel.kinds.slideshow.faults import amounts, faults
from reel.kinds.slideshow.request import SlideshowRequest


def wants(request: SlideshowRequest) -> Iterator[Want]:
    """The beats of the music that pictures change on; without them, they change after equal shares."""
    music, place = request.music, "music.asset"
    if music and len(request.images) > 1:
        yield Want("beats", place, (place,), given=(music.bpm,), begin=music.in_, optional=True)


def summary(document: Mapping[str, Any]) -> str:
    """`2 images on the beat`."""
    return f"{counted(entries(document, 'images'), 'image')}{' on the beat' if document.get('music') else ''}"


SLIDESHOW = Kind(
    SlideshowRequest,
    faults=faults,
    wants=wants,
    compile=compile_slideshow,
    summary=summary,
    texts=texts,
    amounts=amounts,
    asset_lists=("images",),
    stand_ins={"images[]": {"asset": "unknown"}},
)
