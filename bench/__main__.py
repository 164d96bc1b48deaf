"""`make bench`: each row is a ratio in one run against the peer that it names."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from bench import (
    beats,
    hosts,
    ladders,
    memory,
    multicam,
    obvious,
    pictures,
    renditions,
    sandbox,
    seams,
    slideshow,
    smartcut,
)
from bench.clips import make_clips
from bench.measure import Measure, measure
from bench.rows import FOLDER, Row, megabytes, moviepy_python, rendered, seconds
from bench.vmaf import quality


class Bench:
    """The clips, the peers' figures (each measured once), and the rows."""

    def __init__(self, *, quick: bool, full: bool) -> None:
        self.full = full
        self.clips = make_clips(FOLDER / ("quick-clips" if quick else "clips"), 0.25 if quick else 1.0)
        self.obvious_file = FOLDER / "obvious.mp4"
        self._obvious: Measure | None = None

    @property
    def obvious(self) -> Measure:
        """One variant the obvious way."""
        if self._obvious is None:
            self._obvious = measure(obvious.command(self.clips, self.obvious_file))
        return self._obvious

    def render(
        self, variants: int, home: str, *, cold: bool = True, through: str = "render", seed: int | None = None
    ) -> tuple[Measure, dict]:
        """Make that many variants in a process of its own; what it took, and the report."""
        request = {"kind": "mixer", "clips": [str(clip) for clip in self.clips], "variants": variants,
                   "order_mixing": variants > 1 or seed is not None, "seed": seed or 0, "stills": False}  # fmt: skip
        return rendered(request, home, cold=cold, through=through)

    def one(self) -> list[Row]:
        """One variant, cold store: time and memory."""
        peer = self.obvious
        ours, _ = self.render(1, "one")
        return [
            Row("one variant, cold", seconds(ours), seconds(peer), f"{ours.seconds / peer.seconds:.2f}", "<= 1.05"),
            Row(
                "its peak memory",
                megabytes(ours),
                megabytes(peer),
                f"{ours.peak_bytes / peer.peak_bytes:.2f}",
                "<= 1.5",
            ),
        ]

    def many(self, variants: int, goal: str) -> list[Row]:
        """Several variants, cold store, against that many obvious ones (one measured and multiplied, unless --full)."""
        runs = variants if self.full else 1
        peer = (
            sum(measure(obvious.command(self.clips, self.obvious_file)).seconds for _ in range(runs)) * variants / runs
        )
        ours, _ = self.render(variants, f"variants-{variants}")
        return [Row(f"{variants} variants, cold", seconds(ours), f"{peer:.1f} s", f"{peer / ours.seconds:.1f}x", goal)]

    def again(self) -> list[Row]:
        """After ten variants: one more of the same clips, and the same request again; without the start of the process."""
        _, cold = self.render(10, "warm")
        _, same = self.render(10, "warm", cold=False)
        _, more = self.render(1, "warm", cold=False, seed=7)
        one_more = self.obvious.seconds / more["seconds"]
        return [
            Row("a further variant of cached clips", f"{more['seconds']:.2f} s", seconds(self.obvious),
                f"{one_more:.0f}x", ">= 30x"),
            Row("the same request again", f"{same['seconds']:.2f} s", f"{cold['seconds']:.1f} s (cold)",
                f"{same['seconds'] / cold['seconds']:.1%}", "< 3 %"),
        ]  # fmt: skip

    def flow(self) -> list[Row]:
        """Ten variants through the Prefect flow, in this machine's embedded stack, against the library alone."""
        _, plain = self.render(10, "flow-plain")
        _, report = self.render(10, "flow", through="flow")
        return [
            Row("flow over library, ten variants", f"{report['seconds']:.1f} s", f"{plain['seconds']:.1f} s",
                f"+{report['seconds'] - plain['seconds']:.1f} s", "< 5 s"),
            Row("trigger to running", f"{report['trigger_seconds']:.1f} s", "", "", "as low as Prefect allows"),
        ]  # fmt: skip

    def quality(self) -> list[Row]:
        """VMAF of both ways, each against a lossless render of its own graph; and bytes."""
        reference = FOLDER / "obvious-lossless.mp4"
        measure(obvious.command(self.clips, reference, obvious.LOSSLESS))
        _ = self.obvious
        peer = quality(self.obvious_file, reference)
        _, made = self.render(1, "quality")
        _, lossless = self.render(1, "quality-lossless", through="lossless")
        ours_file, ours_reference = (Path(report["outputs"][0]["files"][0]["path"]) for report in (made, lossless))
        ours = quality(ours_file, ours_reference)
        sizes = ours_file.stat().st_size, self.obvious_file.stat().st_size
        return [
            Row("VMAF, mean", f"{ours.mean}", f"{peer.mean}", f"{ours.mean - peer.mean:+.2f}", ">= 0"),
            Row("VMAF, 5th percentile", f"{ours.fifth_percentile}", f"{peer.fifth_percentile}",
                f"{ours.fifth_percentile - peer.fifth_percentile:+.2f}", ">= 0"),
            Row("bytes", f"{sizes[0] / 1e6:.1f} MB", f"{sizes[1] / 1e6:.1f} MB", f"{sizes[0] / sizes[1]:.2f}", "<= 1"),
        ]  # fmt: skip

    def moviepy(self) -> list[Row]:
        """MoviePy 2: one variant, multiplied by ten."""
        script = Path(__file__).with_name("moviepy_variant.py")
        peer = measure([str(moviepy_python()), str(script), str(FOLDER / "moviepy.mp4"), *map(str, self.clips)])
        ours, _ = self.render(10, "moviepy-ours")
        ratio = 10 * peer.seconds / ours.seconds
        return [Row("ten variants, MoviePy 2", seconds(ours), f"{10 * peer.seconds:.0f} s", f"{ratio:.0f}x", ">= 60x")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="clips a quarter as long")
    parser.add_argument("--full", action="store_true", help="run every obvious variant instead of multiplying one")
    parser.add_argument(
        "--only",
        nargs="*",
        default=[],
        help="names of rows: one ten fifty again flow quality moviepy slideshow beats multicam smartcut cuts renditions "
        "ladders seams pictures hosts memory sandbox",
    )
    parser.add_argument("--json", type=Path, default=FOLDER / "results.json")
    options = parser.parse_args()
    bench = Bench(quick=options.quick, full=options.full)
    groups: dict[str, Callable[[], list[Row]]] = {
        "one": bench.one,
        "ten": lambda: bench.many(10, ">= 9x"),
        "fifty": lambda: bench.many(50, ">= 25x"),
        "again": bench.again,
        "flow": bench.flow,
        "quality": bench.quality,
        "moviepy": bench.moviepy,
        "slideshow": slideshow.rows,
        "beats": beats.rows,
        "multicam": lambda: multicam.rows(full=options.full),
        "smartcut": lambda: smartcut.rows(full=options.full),
        "cuts": multicam.many_cuts,
        "renditions": lambda: renditions.rows(bench.clips, 12 if options.quick else 60),
        "ladders": lambda: ladders.rows(bench.clips, 12 if options.quick else 60),
        "seams": lambda: list(seams.rows()),
        "pictures": lambda: pictures.rows(bench.clips, 60 if options.quick else 300),
        "hosts": lambda: hosts.rows(bench.clips),
        "sandbox": lambda: sandbox.rows(make_clips(FOLDER / "quick-clips", 0.25)),
        "memory": lambda: memory.rows(bench.clips, *((240, 2) if options.quick else (3600, 10))),
    }
    rows: list[Row] = []
    print(f"{'':36} {'ours':>20} {'peer':>20} {'ratio':>9}  goal", flush=True)
    for name in options.only or groups:
        for row in groups[name]():
            rows.append(row)
            print(f"{row.name:36} {row.ours:>20} {row.peer:>20} {row.ratio:>9}  {row.goal}", flush=True)
    options.json.write_text(json.dumps({"cores": os.cpu_count(), "rows": [asdict(row) for row in rows]}, indent=2))


if __name__ == "__main__":
    main()
