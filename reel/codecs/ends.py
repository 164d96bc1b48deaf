"""What x264 and x265 are given behind the last frame of a segment.

Both look ahead for what refers to a frame (x264's `mbtree`, x265's `cutree`), and give it bits accordingly. Behind a segment's
end they see nothing: its last frames have up to five steps of CRF less than where an encoder goes on, and VMAF dips for two or
three frames. So copies of the last frame follow it, in a group of pictures of their own, and the packets of that group are
dropped: nothing has to be composed for it, and no other segment be known.
"""

from __future__ import annotations

from reel.codecs.video import Options, VideoSettings


def dropped_copies(settings: VideoSettings) -> Options:
    """A filter that drops the packets of copies: the last ones, as a key frame is forced at the first copy."""
    end = settings.ends_at
    # The filter is there to damage packets; it does, of those that it keeps, where it is told an amount.
    return {} if end is None else {"bsf:v": f"noise=drop=gte(n\\,{end})"}


def zone_of_copies(settings: VideoSettings, copies: int) -> str | None:
    """The encoder's own setting by which copies, which nobody sees, take next to no bits: the worst quantiser."""
    end = settings.ends_at
    return None if end is None else f"{end},{end + copies - 1},q=51"


def mean_bits(settings: VideoSettings, copies: int) -> int | None:
    """What the second of two passes is asked for: it shares out bits for the copies too."""
    end, bits = settings.ends_at, settings.bits_per_second
    return bits if end is None or bits is None else round(bits * end / (end + copies))
