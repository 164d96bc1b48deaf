"""Whether a plan makes what its timelines ask for."""

from reel.proof.audit.asked import Asked, AskedVideo, PlacedStep, placed_steps, put_together
from reel.proof.audit.plans import audit
from reel.proof.audit.sounds import sounds_slice

__all__ = ["Asked", "AskedVideo", "PlacedStep", "audit", "placed_steps", "put_together", "sounds_slice"]
