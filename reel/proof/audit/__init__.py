"""Whether a plan makes what its timelines ask for."""

from reel.proof.audit.asked import Asked, AskedVideo, PlacedStep, is_listing, placed_steps, put_together, soundtracks_of
from reel.proof.audit.plans import audit
from reel.proof.audit.sounds import sounds_slice

__all__ = [
    "Asked",
    "AskedVideo",
    "PlacedStep",
    "audit",
    "is_listing",
    "placed_steps",
    "put_together",
    "sounds_slice",
    "soundtracks_of",
]
