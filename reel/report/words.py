"""Figures as people read them; used by every form of the report."""

from __future__ import annotations

from reel.report.report import OutputReport, Report

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


def size(value: float) -> str:
    """`512 B`, `36 kB`, `4.59 MB`, `1.20 GB`."""
    for unit, worth, decimals in (("GB", 1e9, 2), ("MB", 1e6, 2), ("kB", 1e3, 0)):
        if value >= worth:
            return f"{value / worth:.{decimals}f} {unit}"
    return f"{value:.0f} B"


def speed(factor: float) -> str:
    """`1.25x`, with the sign of multiplication."""
    return f"{factor:g}\u00d7"


def loudness(output: OutputReport) -> str:
    """`-29.5 dBFS, peak -5.1`: RMS and peak of the sound against full scale."""
    rms, peak = output.measured.get("sound_rms_db"), output.measured.get("sound_peak_db")
    if rms is None or peak is None:
        return "not measured"
    return "silent" if rms <= SILENT_DB else f"{rms:.1f} dBFS, peak {peak:.1f}"


def predicted(report: Report) -> str:
    """`10.2 s (5.1 s to 25.5 s)`; for what had to be made."""
    expected = report.estimate
    if not expected.steps:
        return "nothing to make"
    return f"{seconds(expected.seconds)} ({seconds(expected.seconds_low)} to {seconds(expected.seconds_high)})"


def similarity(output: OutputReport) -> str:
    """`42%, nearest variant-002`: how alike the most similar other variant is."""
    nearest = output.manifest.get("most_similar")
    return f"{output.manifest['similarity']:.0%}, nearest {nearest}" if nearest else "the only one"


def short_name(asset: str) -> str:
    """An asset's last part."""
    return asset.rstrip("/").rsplit("/", 1)[-1] or asset
