"""The operations that steps perform: frozen descriptions of work, complete to the last parameter that affects a byte.

Raise an operation's `rules` by one when the same description should give other bytes than before; every key of that
operation changes then, and nothing stale is ever served.

What operations are made of stands in the modules beside them. A new one is its class and its place in the union below: all that
goes by operations (makers, tasks, shares, the janitor) goes by what the class says, and tests name what is missing.
"""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field

from reel.plan.operations.analyses import Analysis, FindScenes
from reel.plan.operations.animated import Animated
from reel.plan.operations.base import Operation
from reel.plan.operations.bitmaps import DrawnBitmap, DrawnLoop, ImageBitmap, TextBitmap
from reel.plan.operations.buffers import CheckBuffer, FillBuffer, Refit
from reel.plan.operations.choices import PosterMoments
from reel.plan.operations.joins import Join, Sheet
from reel.plan.operations.layers import Compose
from reel.plan.operations.locked import Encrypt, Protect
from reel.plan.operations.passes import FirstPass, ShareBits
from reel.plan.operations.pictures import Copied, Mezzanine, Picture
from reel.plan.operations.probes import ChooseQuality, ChooseRungs, Probe
from reel.plan.operations.proofs import Bind, ProvePicture, ProveSound
from reel.plan.operations.quality import JudgeQuality, MeasureQuality
from reel.plan.operations.remuxes import Remux
from reel.plan.operations.sounds import Decode, Reclock, SoundMix, TimeStretch
from reel.plan.operations.stills import Animation, Poster, Sprite, Thumbnails, UploadedPoster
from reel.plan.operations.tracks import ExtractSubtitles, Fragment, Package, SoundFile

__all__ = [
    "OPERATIONS",
    "Analysis",
    "Animated",
    "Animation",
    "AnyOperation",
    "Bind",
    "CheckBuffer",
    "ChooseQuality",
    "ChooseRungs",
    "Compose",
    "Copied",
    "Decode",
    "DrawnBitmap",
    "DrawnLoop",
    "Encrypt",
    "ExtractSubtitles",
    "FillBuffer",
    "FindScenes",
    "FirstPass",
    "Fragment",
    "ImageBitmap",
    "Join",
    "JudgeQuality",
    "MeasureQuality",
    "Mezzanine",
    "Package",
    "Picture",
    "Poster",
    "PosterMoments",
    "Probe",
    "Protect",
    "ProvePicture",
    "ProveSound",
    "Reclock",
    "Refit",
    "Remux",
    "ShareBits",
    "Sheet",
    "SoundFile",
    "SoundMix",
    "Sprite",
    "TextBitmap",
    "Thumbnails",
    "TimeStretch",
    "UploadedPoster",
    "kinds_of",
]

AnyOperation = Annotated[
    Picture
    | Copied
    | Mezzanine
    | FillBuffer
    | Refit
    | CheckBuffer
    | FirstPass
    | ShareBits
    | Probe
    | ChooseQuality
    | ChooseRungs
    | MeasureQuality
    | JudgeQuality
    | ImageBitmap
    | TextBitmap
    | DrawnBitmap
    | DrawnLoop
    | Compose
    | Decode
    | TimeStretch
    | Reclock
    | SoundMix
    | Join
    | Remux
    | Animated
    | Fragment
    | Encrypt
    | Protect
    | ExtractSubtitles
    | Package
    | SoundFile
    | Sheet
    | PosterMoments
    | Poster
    | UploadedPoster
    | Thumbnails
    | Sprite
    | Animation
    | FindScenes
    | Analysis
    | ProvePicture
    | ProveSound
    | Bind,
    Field(discriminator="operation"),
]

OPERATIONS: tuple[type[Operation], ...] = get_args(get_args(AnyOperation)[0])
"""The class of each."""


def kinds_of(family: type[Operation]) -> tuple[str, ...]:
    """The kinds of a family; of an operation itself, its own."""
    return tuple(operation.kind for operation in OPERATIONS if issubclass(operation, family))
