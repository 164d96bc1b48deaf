"""`mixer`: N distinct variants from an ordered list of clips."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reel.kinds.kind import Kind, Want, counted, entries
from reel.kinds.mixer.compile import compile_mixer, faults
from reel.kinds.mixer.request import MixerRequest


def wants(request: MixerRequest) -> Iterator[Want]:
    """The scenes of the clips that are split."""
    places = (f"clips[{number}].asset" for number, clip in enumerate(request.clips) if clip.split)
    return (Want("scenes", place, (place,)) for place in places)


def summary(document: Mapping[str, Any]) -> str:
    """`3 variants of 2 clips`."""
    return f"{counted(document.get('variants', 1), 'variant')} of {counted(entries(document, 'clips'), 'clip')}"


MIXER = Kind(
    MixerRequest,
    faults=faults,
    wants=wants,
    compile=compile_mixer,
    summary=summary,
    asset_lists=("clips",),
    stand_ins={"clips[]": {"asset": "unknown"}},
)
