"""What a codec of sound is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reel.codecs.container import Container
from reel.codecs.video import Options


@dataclass(frozen=True)
class AudioCodec:
    """All there is to know of a codec to encode a soundtrack, to copy it beside a picture, and to prove it to the sample."""

    name: str
    """As in `AUDIO_CODECS`."""
    stream: str
    """What FFmpeg calls streams of it."""
    encoder: str
    options: Mapping[str, object]
    """The encoder's, each with its reason."""
    containers: tuple[Container, ...]
    """What it may go in beside a picture, the usual one first."""
    suffix: str
    """Of the file of a soundtrack: a container of the mp4 family, whose edit list says to the sample where sound begins and
    ends."""
    file_muxer: str
    """FFmpeg's name of what writes files of this sound and nothing else."""
    file_suffix: str
    """What such files are called."""
    codec_string: str
    """What playlists and players call it (RFC 6381)."""
    frame: int | None
    """Samples of a packet; null: any number."""
    rules: int = 1
    """Raised by one when it should encode the same samples otherwise: what was encoded before is made again then."""
    priming: int = 0
    """Samples that the encoder puts in front."""
    bits_per_second: int | None = None
    """What it takes where nobody says; null: it is lossless, and none can be said."""
    cutoff: int = 24_000
    """Hertz; what is above is left out."""
    searches: Mapping[str, Options] = field(default_factory=lambda: {"only": {}})
    """Ways to look for quantisers, the usual one first; the next is tried where noise would be heard."""
