"""Making a soundtrack a file by itself."""

from __future__ import annotations

from reel.codecs import AUDIO_CODECS
from reel.errors import Internal
from reel.make.context import Measured, StepContext
from reel.make.makers import makes
from reel.make.picture import told_levels
from reel.packets.apart import measure_sound, write_sound_file
from reel.plan.operations import SoundFile, SoundMix
from reel.time import SAMPLE_RATE


@makes(SoundFile)
def make_sound_file(operation: SoundFile, context: StepContext) -> Measured:
    """Put the packets into their file, and decode it to its end: each container has its own way to say where sound begins and
    ends."""
    source = context.made(operation.source, SoundMix, SoundMix.stem)
    output = context.folder / operation.file
    write_sound_file(source, output, operation.codec)
    found = measure_sound(output, context.place).samples
    if found != operation.samples:
        raise Internal.at(context.place, f"has {found} samples instead of {operation.samples}", "report this")
    return {
        "samples": found,
        "seconds": round(found / SAMPLE_RATE, 6),
        "codecs": AUDIO_CODECS[operation.codec].codec_string,
        **told_levels(context.measured(operation.source, SoundMix)),
    }
