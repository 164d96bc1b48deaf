"""What a timeline looks and sounds like, by its definition alone: what is rendered quickly is held against this."""

from reel.proof.pictures import RGB, RGBA, Pictures, premultiplied
from reel.proof.reference import frame_of
from reel.proof.sound import Sound, Sounds, sound_of

__all__ = ["RGB", "RGBA", "Pictures", "Sound", "Sounds", "frame_of", "premultiplied", "sound_of"]
