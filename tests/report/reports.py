"""A report that was never rendered, with text that nobody should trust."""

from __future__ import annotations

from reel.plan.estimate import Estimate
from reel.plan.lessons import Actual
from reel.report import OutputFile, OutputReport, Report, StepsReport

NASTY = 'a/<script>alert("1")</script>|[x](javascript:y).mp4'
ESTIMATE = Estimate(
    seconds=10, seconds_p90=25, cpu_seconds=40, cpu_seconds_p90=90, bytes=10_000_000, bytes_p90=20_000_000, steps=3
)


def output(number: int, **measured: float) -> OutputReport:
    """One variant that plays both clips."""
    name = f"variant-{number:03d}"
    files = [
        OutputFile(name=file, path=f"/outputs/g/{file}", bytes=4_590_000, sha256=f"{number:064x}")
        for file in (f"{name}.mp4", f"{name}/poster.jpg", f"{name}/sprite.jpg")
    ]
    sequence = [
        {
            "place": "clips[0]",
            "name": NASTY,
            "asset": "0" * 64,
            "in": 0.0,
            "speed": 1.25,
            "start_frame": 0,
            "frames": 60,
        },
        {
            "place": "clips[1]",
            "name": "b.mov",
            "asset": "1" * 64,
            "in": 0.0,
            "speed": 1.0,
            "start_frame": 60,
            "frames": 240,
        },
    ]
    return OutputReport(
        name=name,
        files=tuple(files),
        measured={
            "frames": 300,
            "seconds": 10.0,
            "width": 480,
            "height": 854,
            "frame_rate": "30",
            "sound_rms_db": -29.47,
            "sound_peak_db": -5.12,
            **measured,
        },
        manifest={
            "frames": 300,
            "seconds": 10.0,
            "sequence": sequence,
            "similarity": 0.42,
            "most_similar": "variant-2",
        },
        warnings=("<b>black</b> stretch",),
    )


def report(variants: int = 1) -> Report:
    """A generation of so many variants."""
    return Report(
        generation="20260101-<g>",
        kind="mixer",
        request={"kind": "mixer", "clips": [{"asset": NASTY}, {"asset": "b.mov"}]},
        seconds=12.3,
        estimate=ESTIMATE,
        actual=Actual(seconds=12.3, cpu_seconds=41.5, bytes=12_000_000),
        steps=(
            StepsReport(kind="picture", steps=4, reused=1, seconds=20.0, saved_seconds=5.0, bytes=9_000_000),
            StepsReport(kind="join", steps=1, reused=0, seconds=0.3, saved_seconds=0.0, bytes=9_000_000),
        ),
        outputs=tuple(output(number) for number in range(1, variants + 1)),
        tools={"ffmpeg": "7d4b"},
        warnings=(f"clips[0].asset: {NASTY} has damaged packets",),
    )
