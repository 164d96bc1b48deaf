"""Whether a plan makes what its timelines ask for."""

from reel.proof.audit.plans import Asked, PlacedStep, audit, parts_of
from reel.proof.audit.sounds import sounds_slice

__all__ = ["Asked", "PlacedStep", "audit", "parts_of", "sounds_slice"]
