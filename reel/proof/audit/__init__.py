"""Whether a plan makes what its timelines ask for."""

from reel.proof.audit.plans import Asked, PlacedStep, audit, placed_steps
from reel.proof.audit.sounds import sounds_slice

__all__ = ["Asked", "PlacedStep", "audit", "placed_steps", "sounds_slice"]
