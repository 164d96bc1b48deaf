"""Facts of assets that do not exist, and requests of them that are only planned."""

from __future__ import annotations

from fractions import Fraction

from reel.findings import Findings
from reel.kinds import kind_of
from reel.media import AudioFacts, Colour, Library, MediaFacts, VideoFacts
from reel.plan.compiled import Compiled
from reel.plan.plan import plan_compiled
from reel.plan.step import Plan
from reel.request import Request
from reel.toolchain import Toolchain
from tests.tools import TOOLS


def facts(
    name: str,
    seconds: float = 10,
    *,
    sound: bool = True,
    picture: bool = True,
    still: bool = False,
    size: tuple[int, int] = (640, 360),
    keyframe_seconds: int = 1,
) -> MediaFacts:
    """An asset whose SHA-256 begins with `name`."""
    duration = Fraction(str(seconds))
    video = VideoFacts(
        index=0, codec="png" if still else "h264", width=size[0], height=size[1], rate=30, frames=int(duration * 30) or 1,
        start=0, duration=duration, keyframes=tuple(Fraction(second) for second in range(0, int(duration), keyframe_seconds)),
        colour=Colour(), pixel_format="yuv420p",
    )  # fmt: skip
    audio = AudioFacts(index=1, codec="aac", sample_rate=48000, channels=2, start=0, duration=duration)
    return MediaFacts(
        sha256=name.encode().hex().ljust(64, "0"),
        bytes=1,
        demuxer="png_pipe" if still else "mov,mp4",
        still=still,
        video=video if picture else None,
        audio=audio if sound and not still else None,
    )


def compile_request(request: Request, library: Library, findings: Findings) -> Compiled:
    """The timelines of a request."""
    return kind_of(request).compile(request, library, findings)


def plan_request(
    request: Request, library: Library, findings: Findings | None = None, tools: Toolchain = TOOLS
) -> Plan:
    """The plan of a request, without what proves it."""
    return plan_compiled(request, compile_request(request, library, findings or {}), library, tools)
