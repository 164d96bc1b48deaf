"""The obvious way: one FFmpeg command per variant, concatenating scaled and padded inputs, with the same encoder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reel.ffmpeg.build import ffmpeg_path
from reel.media import MediaFacts
from reel.packets.probe import probe

BITRATE = "2500k"
ENCODE = ["-c:v", "libx264", "-preset", "fast", "-b:v", BITRATE]
LOSSLESS = ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "0"]


def command(clips: Sequence[Path], output: Path, video: Sequence[str] = ENCODE, size: str = "1080:1920") -> list[str]:
    """The command line that a careful person would write. Clips without sound get silence."""
    facts = [probe(clip, "0" * 64, clip.name) for clip in clips]
    inputs: list[str] = []
    for clip in clips:
        inputs += ["-i", str(clip)]
    return [
        str(ffmpeg_path()), "-v", "error", "-nostdin", "-y", *inputs,
        "-filter_complex", graph(facts, size), "-map", "[v]", "-map", "[a]",
        *video, "-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart", str(output),
    ]  # fmt: skip


def graph(facts: Sequence[MediaFacts], size: str) -> str:
    """Scale, pad and level each input, then concatenate all."""
    chains, pads = [], ""
    for number, found in enumerate(facts):
        chains.append(
            f"[{number}:v:0]scale={size}:force_original_aspect_ratio=decrease:force_divisible_by=2,"
            f"pad={size}:(ow-iw)/2:(oh-ih)/2,setsar=1,fps=30,format=yuv420p[v{number}]"
        )
        if found.audio:
            chains.append(f"[{number}:a:0]aresample=48000,aformat=channel_layouts=stereo[a{number}]")
        else:
            seconds = float(found.duration)
            chains.append(f"anullsrc=r=48000:cl=stereo,atrim=duration={seconds}[a{number}]")
        pads += f"[v{number}][a{number}]"
    return ";".join([*chains, f"{pads}concat=n={len(facts)}:v=1:a=1[v][a]"])
