"""Figures as people read them; used by every form of the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from reel.plan.estimate import Estimate
from reel.report.ladders import LadderReport
from reel.report.report import Report
from reel.report.variants import OutputReport
from reel.report.videos import OutputFile, SoundReport, VideoReport

SILENT_DB = -60


def headline(report: Report) -> str:
    """`3 videos in 12.4 s`."""
    return f"{count(len(report.outputs), 'video')} in {seconds(report.seconds)}"


def count(number: int, noun: str) -> str:
    """`1 step`, `2 steps`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def seconds(value: float) -> str:
    """`0.42 s`, `12.4 s`, `3 min 05 s`, `2 h 10 min`."""
    if value < 1:
        return f"{value:.2f} s"
    if value < 99.95:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole // 60 % 60:02d} min"


def clock(value: float) -> str:
    """`0:07`, `61:05`: minutes and seconds, as players show them."""
    return f"{int(value) // 60}:{int(value) % 60:02d}"


def moment(value: float) -> str:
    """`0:07.4`: the same to a tenth, for what lasts less than a second or lies as near to others."""
    tenths = int(value * 10 + 1e-6)
    return f"{clock(tenths // 10)}.{tenths % 10}"


def size(value: float) -> str:
    """`512 B`, `36 kB`, `4.59 MB`, `1.20 GB`."""
    for unit, worth, decimals in (("GB", 1e9, 2), ("MB", 1e6, 2), ("kB", 1e3, 0)):
        if value >= worth:
            return f"{value / worth:.{decimals}f} {unit}"
    return f"{value:.0f} B"


def speed(factor: float) -> str:
    """`1.25x`, with the sign of multiplication."""
    return f"{factor:g}\u00d7"


class Delivered(NamedTuple):
    """Something of a variant that people open."""

    file: OutputFile
    what: str
    """`1920x1080 h264, 2,104 kbit/s, made`"""
    bytes: int
    """With all that belongs to it: a ladder's master playlist is next to nothing of it."""


def delivered(output: OutputReport) -> list[Delivered]:
    """What there is of a variant to open: each video, each ladder's master playlist, each sound."""
    videos = [
        _by_itself(video.file, f"{video.width}x{video.height} {video.codec}, {_rate(video)}, {_how(video)}")
        for video in output.videos
    ]
    ladders = [
        Delivered(ladder.master, ladder_of(ladder), ladder.bytes or ladder.master.bytes) for ladder in output.ladders
    ]
    sounds = [_by_itself(sound.file, f"{sound.codec}, {_rate(sound)}, {_how(sound)}") for sound in output.sounds]
    shown = f"{output.measured.get('width')}x{output.measured.get('height')}"
    return videos + ladders + sounds or [_by_itself(output.video, shown)]


def _by_itself(file: OutputFile, what: str) -> Delivered:
    return Delivered(file, what, file.bytes)


def _how(made: VideoReport | SoundReport) -> str:
    return "reused" if made.reused else "made"


def qualities(output: OutputReport) -> list[tuple[str, str]]:
    """Of each video that something was found out or measured of, its name and what: `CRF 25.3 for a VMAF of 90`; `200 to 800
    kbit/s`; `vmaf_v0.6.1 96.4 in the mean, 92.4 in the worst of 696 frames`."""
    lines = []
    for video in output.videos:
        if (decided := video.decided) and "crf" in decided:
            curve = ", ".join(f"{point['crf']:g}: {point['vmaf']:.1f}" for point in decided["curve"])
            lines.append((video.file.name, f"CRF {decided['crf']:g} for a VMAF of {decided['vmaf']:g} (tried {curve})"))
        elif decided:
            least, most = decided["least"] / 1000, decided["most"] / 1000
            lines.append((video.file.name, f"bits shared out in two passes: {least:,.0f} to {most:,.0f} kbit/s"))
        if buffer := video.buffer:
            told = f"a player's buffer is never less than {buffer['lowest_fill']:.0%} full, at {buffer['at_seconds']:.1f} s"
            lines.append((video.file.name, f"fed {buffer['bits_per_second'] / 1000:,.0f} kbit/s, {told}"))
        if found := video.quality:
            measure = found["model"] or found["metric"]
            told = f"{measure} {found['mean']:.4g} in the mean, {found['lowest']:.4g} in the worst of {found['frames']} frames"
            lines.append((video.file.name, told))
    return [*lines, *(line for ladder in output.ladders for line in chosen_rungs(ladder))]


def chosen_rungs(ladder: LadderReport) -> list[tuple[str, str]]:
    """Of a ladder whose rungs were chosen by trying, each of them: `1280x720 h264, CRF 24.5: VMAF 95.1 at 1,900 kbit/s`; and
    what was passed over."""
    if ladder.decided is None:
        return []
    rungs = [
        f"{rung['width']}x{rung['height']} {rung['codec']}, CRF {rung['crf']:g}: VMAF {rung['vmaf']:.1f} at "
        f"{rung['bits_per_second'] / 1000:,.0f} kbit/s"
        for rung in ladder.decided["rungs"]
    ]
    passed = [
        f"no {codec}, which " + (f"takes {share:.0%} of the bits for that" if share else "comes to nothing as good")
        for codec, share in ladder.decided["passed_over"].items()
    ]
    return [(ladder.master.name, f"chosen by trying: {'; '.join([*rungs, *passed])}")]


def ladder_of(ladder: LadderReport) -> str:
    """`HLS and DASH: 854x480 h264, 640x360 h264; sound en, de; subtitles English`."""
    players = "HLS and DASH" if ladder.manifest else "HLS"
    parts = [
        f"{players}, encrypted{f' ({ladder.scheme})' if ladder.scheme else ''}" if ladder.encrypted else players,
        ", ".join(f"{rung.width}x{rung.height} {rung.codec}" for rung in ladder.rungs),
    ]
    told = ": ".join(parts)
    sounds = [f"sound {', '.join(ladder.sounds)}"] if ladder.sounds else []
    texts = [f"subtitles {', '.join(ladder.subtitles)}"] if ladder.subtitles else []
    return "; ".join([told, *sounds, *texts])


def _rate(made: VideoReport | SoundReport) -> str:
    return f"{made.bits_per_second / 1000:,.0f} kbit/s"


def loudness(output: OutputReport) -> str:
    """`-29.5 dBFS, peak -5.1`: RMS and peak against full scale; of a ladder alone, `2 tracks, English, Deutsch`."""
    rms, peak = output.measured.get("sound_rms_db"), output.measured.get("sound_peak_db")
    if rms is None or peak is None:
        tracks = [label for ladder in output.ladders[:1] for label in ladder.sounds]
        return ", ".join([count(len(tracks), "track"), *tracks]) if tracks else "none"
    if "sound_lufs" in output.measured:
        return f"{output.measured['sound_lufs']:.1f} LUFS, true peak {output.measured['sound_true_peak_db']:.1f} dBTP"
    return "silent" if rms <= SILENT_DB else f"{rms:.1f} dBFS, peak {peak:.1f}"


def predicted(report: Report) -> str:
    """`10.2 s (p90: 25.5 s)`; for what had to be made."""
    expected = report.estimate
    if not expected.steps:
        return "nothing to make"
    return f"{seconds(expected.seconds)} (p90: {seconds(expected.seconds_p90)})"


def cost(value: float) -> str:
    """`0.0123`: in whatever money the prices are in."""
    return f"{value:.4f}"


def expectations(expected: Estimate) -> list[tuple[str, str, str]]:
    """Of each quantity what it is called, its median, and what nine of ten stay under."""
    rows = [
        ("time", seconds(expected.seconds), seconds(expected.seconds_p90)),
        ("processor time", seconds(expected.cpu_seconds), seconds(expected.cpu_seconds_p90)),
        ("made", size(expected.bytes), size(expected.bytes_p90)),
    ]
    if expected.cost is not None and expected.cost_p90 is not None:
        rows.append(("cost", cost(expected.cost), cost(expected.cost_p90)))
    return rows


def learnt(expected: Estimate) -> str:
    """How far an estimate rests on what was made here."""
    if not expected.steps:
        return "Nothing to make."
    if not expected.learnt:
        return "Nothing like it was made here yet: these are the figures that Reelflow comes with."
    return f"{expected.learnt:.0%} of it is like what was made here before."


def compared(report: Report) -> list[tuple[str, str, str, str]]:
    """Estimate against actual: what the quantity is called, its median, what nine of ten stay under, and what it came to."""
    actual = report.actual
    if actual is None or not report.estimate.steps:
        return []
    came_to = [seconds(actual.seconds), seconds(actual.cpu_seconds), size(actual.bytes)]
    costs = [] if actual.cost is None else [cost(actual.cost)]
    return [(*row, value) for row, value in zip(expectations(report.estimate), [*came_to, *costs], strict=False)]


def similarity(output: OutputReport) -> str:
    """`42%, nearest variant-002`: how alike the most similar other variant is; there may be none that is alike at all."""
    nearest = output.manifest.get("most_similar")
    return f"{output.manifest['similarity']:.0%}, nearest {nearest}" if nearest else "like no other"


def cut(cut: Mapping[str, Any]) -> str:
    """`3.871 s, 1.2 ms after its beat`."""
    at, off = f"{cut['seconds']:.3f} s", cut.get("ms_from_beat")
    return at if off is None else f"{at}, {abs(off):.1f} ms {'after' if off >= 0 else 'before'} its beat"


def on_beats(output: OutputReport) -> str:
    """`7 changes, at most 12.1 ms from their beats`; empty where nothing was put on beats."""
    off = [abs(cut["ms_from_beat"]) for cut in output.manifest.get("cuts", ()) if cut.get("ms_from_beat") is not None]
    return (
        f"{count(len(off), 'change')}, at most {max(off):.1f} ms from {'its beat' if len(off) == 1 else 'their beats'}"
        if off
        else ""
    )


def synced(manifest: Mapping[str, Any]) -> list[str]:
    """Of each source that was put in time by its sound: `close.mp4 begins at 2.504167 s (confidence 24.1, 12 places); its
    clock runs 145.0 ppm fast, which is put right`."""
    lines = []
    for found in manifest.get("sync", ()):
        ppm = found["drift_ppm"]
        clock = f"its clock runs {abs(ppm):.1f} ppm {'fast' if ppm > 0 else 'slow'}" if ppm else "its clock agrees"
        settled = (
            "" if not ppm else ", which is put right" if found["corrected"] else ", which is too much to be put right"
        )
        known = f"confidence {found['confidence']:g}, {count(found['places'], 'place')}"
        lines.append(
            f"{last_part(found['name'])} begins at {found['offset_seconds']:.6f} s ({known}); {clock}{settled}"
        )
    return lines


def last_part(asset: str) -> str:
    """An asset's last part."""
    return asset.rstrip("/").rsplit("/", 1)[-1] or asset
