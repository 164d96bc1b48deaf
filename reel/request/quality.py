"""How good a video is to be, and how good it has to be at least."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from reel.request.rules import Fault, Ruled, fault, rule

VmafModel = Literal["vmaf_v0.6.1", "vmaf_v0.6.1neg", "vmaf_4k_v0.6.1"]
"""Those that FFmpeg brings along. The same frames have other numbers by each, so a number goes with its model."""

USUAL_MODEL: VmafModel = "vmaf_v0.6.1"

Metric = Literal["vmaf", "ssim", "psnr"]

Vmaf = Annotated[float, Field(ge=20, le=99)]


WAYS = ("crf", "vmaf", "passes")


class Quality(Ruled):
    """How an encoder is told how good the picture is to be, in one of three ways."""

    crf: Annotated[float, Field(ge=1, le=63)] | None = Field(
        None, description="Constant quality, as the codec's own encoder counts it; less is better."
    )
    vmaf: Vmaf | None = Field(
        None, description="Constant quality, found by trying: its mean VMAF over samples of the video."
    )
    passes: Literal[2] | None = Field(
        None, description="The bitrate is kept in the mean of the whole video: two passes over all of it."
    )
    cap: Annotated[int, Field(ge=50_000, le=200_000_000)] | None = Field(
        None, description="Most bits a second, in the mean over two seconds; null: twice the bitrate."
    )
    model: VmafModel = USUAL_MODEL

    @rule
    def _one_way(self) -> Iterator[Fault]:
        if len(self.given(*WAYS)) != 1:
            yield fault("give one of `crf`, `vmaf` and `passes`", *WAYS)

    @rule
    def _model_of_vmaf(self) -> Iterator[Fault]:
        if not self.given("vmaf") and self.model != USUAL_MODEL:
            yield fault("`model` says what `vmaf` is measured by, and there is none: leave out `model`", "model")


BOUNDS: dict[Metric, float] = {"vmaf": 100, "ssim": 1, "psnr": 100}
"""The best that there is of each."""


class Floor(Ruled):
    """What a video must come to, held against the frames that it was encoded from."""

    metric: Metric = Field("vmaf", description="`ssim` of luma; `psnr` of luma, in dB.")
    model: VmafModel = USUAL_MODEL
    mean: float | None = Field(None, gt=0, description="Of all frames that are measured.")
    lowest: float | None = Field(None, gt=0, description="Of any frame; all are measured then.")
    every: int = Field(1, ge=1, le=100, description="Measure one of so many frames.")

    @rule
    def _asks_for_something(self) -> Iterator[Fault]:
        if not self.given("mean", "lowest"):
            yield fault("give `mean`, `lowest`, or both", "mean", "lowest")

    @rule
    def _model_of_vmaf(self) -> Iterator[Fault]:
        if self.metric != "vmaf" and self.model != USUAL_MODEL:
            yield fault(f"`model` is of the `metric` vmaf, not of {self.metric}: leave out one of them", "model")

    @rule
    def _can_be_had(self) -> Iterator[Fault]:
        for field in ("mean", "lowest"):
            if self.knows(field) and (getattr(self, field) or 0) > BOUNDS[self.metric]:
                yield fault(f"no picture has more than {BOUNDS[self.metric]:g} {self.metric}", field, at=field)

    @rule
    def _lowest_of_all(self) -> Iterator[Fault]:
        if self.given("lowest") and self.every > 1:
            yield fault("the lowest of all frames is known where all are measured: leave out `every`", "every")
