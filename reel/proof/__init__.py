"""What a timeline looks and sounds like, by its definition alone: what is rendered quickly is held against this."""

from reel.proof.pictures import RGB, RGBA, ClipId, Pictures, premultiplied
from reel.proof.reference import frame_of

__all__ = ["RGB", "RGBA", "ClipId", "Pictures", "frame_of", "premultiplied"]
