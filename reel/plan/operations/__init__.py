"""The operations that steps perform: frozen descriptions of work, complete to the last parameter that affects a byte.

Raise an operation's `rules` by one when the same description should give other bytes than before; every key of that
operation changes then, and nothing stale is ever served.

What operations are made of stands in the modules beside them.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from reel.plan.operations.bitmaps import DrawnBitmap, DrawnLoop, ImageBitmap, TextBitmap
from reel.plan.operations.joins import Join, Sheet, Stills
from reel.plan.operations.layers import Compose
from reel.plan.operations.pictures import Copied, Mezzanine, Picture
from reel.plan.operations.proofs import Bind, ProvePicture, ProveSound
from reel.plan.operations.sounds import Decode, Reclock, SoundMix, TimeStretch

__all__ = [
    "AnyOperation",
    "Bind",
    "Compose",
    "Copied",
    "Decode",
    "DrawnBitmap",
    "DrawnLoop",
    "ImageBitmap",
    "Join",
    "Mezzanine",
    "Picture",
    "ProvePicture",
    "ProveSound",
    "Reclock",
    "Sheet",
    "SoundMix",
    "Stills",
    "TextBitmap",
    "TimeStretch",
]

AnyOperation = Annotated[
    Picture
    | Copied
    | Mezzanine
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
    | Sheet
    | Stills
    | ProvePicture
    | ProveSound
    | Bind,
    Field(discriminator="operation"),
]
