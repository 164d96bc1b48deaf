"""The report of a generation as a value; other modules of this folder turn it into Markdown and HTML."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field, model_validator

from reel.artefact import Artefact
from reel.plan.estimate import Estimate
from reel.plan.lessons import Actual
from reel.plan.operations import ProvePicture, ProveSound, SoundFile
from reel.plan.step import Plan
from reel.report.ladders import LadderReport, joined_by, ladders_of
from reel.report.videos import OutputFile, SoundReport, VideoReport, sound_report, video_report
from reel.values import Value


class OutputReport(Value):
    """A variant: its files, what verification measured, what it plays."""

    name: str
    files: tuple[OutputFile, ...]
    videos: tuple[VideoReport, ...] = ()
    """As they were asked for; of a preview of stills, none."""
    ladders: tuple[LadderReport, ...] = ()
    sounds: tuple[SoundReport, ...] = ()
    """By themselves."""
    measured: dict[str, Any]
    """Of the largest video; of a ladder alone, of its largest rung; of sound alone, of the first file."""
    manifest: dict[str, Any]
    warnings: tuple[str, ...] = ()
    """What is odd though as planned: black or silent stretches, clipped sound."""

    @property
    def video(self) -> OutputFile:
        """The largest video; of a ladder alone, its largest rung; of a preview of stills, the sheet."""
        if self.videos:
            return max(self.videos, key=lambda video: video.width * video.height).file
        if self.ladders:
            return max(self.ladders[0].rungs, key=lambda rung: rung.width * rung.height).file
        return next((file for file in self.files if file.name.endswith(".mp4")), self.files[0])

    @property
    def bytes(self) -> int:
        """Of that; of a ladder alone, of all its files."""
        whole = self.ladders[0].bytes if self.ladders and not self.videos else None
        return whole or self.video.bytes

    @property
    def bits_per_second(self) -> float:
        """Of that in the mean; of a ladder alone, of the pictures of its largest rung."""
        if self.ladders and not self.videos:
            return next(rung.bits_per_second for rung in self.ladders[0].rungs if rung.file == self.video)
        return self.video.bytes * 8 / float(self.measured["seconds"])

    @property
    def pixels(self) -> int:
        """Of all frames of all its videos, those of ladders included."""
        rungs = (rung for ladder in self.ladders for rung in ladder.rungs)
        return int(self.measured.get("frames", 0)) * sum(each.width * each.height for each in (*self.videos, *rungs))


class StepsReport(Value):
    """All steps of one kind, summed."""

    kind: str
    steps: int
    reused: int
    seconds: float
    """Spent by this generation: wall clock of the steps that were made."""
    saved_seconds: float
    """What the reused ones took when they were made."""
    bytes: int


class Reason(Value):
    """Why steps were made, and are no longer what was in their places before."""

    reason: str
    """`new`, or what changed: `text Hello Ada: text: "Hello Ada", was "Hello Bob"`."""
    steps: int
    titles: tuple[str, ...]
    """Of the first of them."""


MOST_TITLES = 3
NO_REASONS: Mapping[str, str] = MappingProxyType({})


class Report(Value):
    """One generation, from what was asked to what was delivered."""

    generation: str
    kind: str
    status: Literal["done", "failed"] = "done"
    request: dict[str, Any]
    assets: dict[str, str] = Field(default_factory=dict)
    """SHA-256 of each asset's bytes, by the field that names it."""
    seconds: float
    """Wall clock, from request to published outputs."""
    estimate: Estimate
    """What the plan said of the steps that had to be made."""
    actual: Actual | None = None
    """What they took; null in reports of former versions."""
    steps: tuple[StepsReport, ...]
    outputs: tuple[OutputReport, ...]
    tools: dict[str, str] = Field(default_factory=dict)
    """The identity of each tool that can change bytes."""
    why: tuple[Reason, ...] = ()
    """Of each step that was made; none where no catalogue remembers what was made before."""
    warnings: tuple[str, ...] = ()
    """What is odd in the assets."""

    @model_validator(mode="before")
    @classmethod
    def _of_before(cls, document: Any) -> Any:
        """Reports that former versions have stored told all tools in one string, `build`."""
        if isinstance(document, dict) and "build" in document:
            return {name: value for name, value in document.items() if name != "build"}
        return document

    @property
    def made(self) -> int:
        return sum(row.steps - row.reused for row in self.steps)

    @property
    def reused(self) -> int:
        return sum(row.reused for row in self.steps)

    @property
    def saved_seconds(self) -> float:
        """What the reused steps took when they were made."""
        return sum(row.saved_seconds for row in self.steps)


def build_report(
    generation: str,
    request: Mapping[str, Any],
    assets: Mapping[str, str],
    plan: Plan,
    artefacts: Mapping[str, Artefact],
    reused: frozenset[str],
    published: Mapping[str, OutputFile],
    expected: Estimate,
    actual: Actual,
    reasons: Mapping[str, str] = NO_REASONS,
) -> Report:
    """The report of a finished generation. `artefacts` go by step key, `published` by output name. `expected` and `actual`
    are of the steps that were made, `reasons` why steps are others than before, by key."""
    return Report(
        generation=generation,
        kind=str(request.get("kind", "")),
        request=dict(request),
        assets=dict(assets),
        seconds=actual.seconds,
        estimate=expected,
        actual=actual,
        steps=_steps(plan, artefacts, reused),
        outputs=tuple(
            _output(number, manifest, plan, artefacts, reused, published)
            for number, manifest in enumerate(plan.manifests, start=1)
        ),
        tools=plan.tools.model_dump(),
        why=_why(plan, reused, reasons),
        warnings=(*plan.warnings, *_declined(plan, artefacts), *_unproven(plan, artefacts)),
    )


def _why(plan: Plan, reused: frozenset[str], reasons: Mapping[str, str]) -> tuple[Reason, ...]:
    titles: dict[str, list[str]] = {}
    for step in plan.steps:
        if step.key in reasons and step.key not in reused:
            titles.setdefault(reasons[step.key], []).append(step.title)
    return tuple(
        Reason(reason=reason, steps=len(made), titles=tuple(made[:MOST_TITLES])) for reason, made in titles.items()
    )


def _declined(plan: Plan, artefacts: Mapping[str, Artefact]) -> tuple[str, ...]:
    """What was to be copied, and turned out not to allow it."""
    reasons = {step.title: artefacts[step.key].measured.get("declined") for step in plan.steps}
    return tuple(f"{title}: encoded again, because {reason}" for title, reason in reasons.items() if reason)


def _unproven(plan: Plan, artefacts: Mapping[str, Artefact]) -> tuple[str, ...]:
    """What did not prove to be as asked, where that is no error."""
    return tuple(
        f"{wrong['place']}: {wrong['what']}"
        for step in plan.steps
        if isinstance(step.operation, ProvePicture | ProveSound)
        for wrong in artefacts[step.key].measured["wrong"]
    )


def _steps(plan: Plan, artefacts: Mapping[str, Artefact], reused: frozenset[str]) -> tuple[StepsReport, ...]:
    kinds = dict.fromkeys(step.kind for step in plan.steps)
    rows = []
    for kind in kinds:
        keys = [step.key for step in plan.steps if step.kind == kind]
        found = [artefacts[key] for key in keys if key in reused]
        made = [artefacts[key] for key in keys if key not in reused]
        rows.append(
            StepsReport(
                kind=kind,
                steps=len(keys),
                reused=len(found),
                seconds=round(sum(artefact.seconds for artefact in made), 3),
                saved_seconds=round(sum(artefact.seconds for artefact in found), 3),
                bytes=sum(artefacts[key].bytes for key in keys),
            )
        )
    return tuple(rows)


def _output(
    number: int,
    manifest: dict[str, Any],
    plan: Plan,
    artefacts: Mapping[str, Artefact],
    reused: frozenset[str],
    published: Mapping[str, OutputFile],
) -> OutputReport:
    planned = [output for output in plan.outputs if output.variant == number]
    shown = [(output, join) for output in planned if (join := joined_by(output, plan)) is not None]
    videos = {
        output.name: video_report(published[output.name], plan, artefacts[join.key], output.step in reused, artefacts)
        for output, join in shown
    }
    found = [artefacts[join.key].measured for _, join in shown] or [artefacts[planned[0].step].measured]
    measured: dict[str, Any] = max(found, key=lambda each: each.get("width", 0) * each.get("height", 0))
    ladders = ladders_of(planned, plan, videos, published, artefacts)
    of_ladders = {rung.file.name for ladder in ladders for rung in ladder.rungs}
    return OutputReport(
        name=str(manifest["name"]),
        files=tuple(published[output.name] for output in planned),
        videos=tuple(video for name, video in videos.items() if name not in of_ladders),
        ladders=ladders,
        sounds=tuple(
            sound_report(published[output.name], operation.codec, artefacts[output.step], output.step in reused)
            for output in planned
            if isinstance(operation := plan.by_key[output.step].operation, SoundFile)
        ),
        measured=measured,
        manifest=manifest,
        warnings=warnings_of(measured),
    )


SILENCES = {
    "plan": "the sound is silent, as planned: nothing is to be heard",
    "sources": "the sound is silent, as its sources are where they are heard",
}


def warnings_of(measured: Mapping[str, Any]) -> tuple[str, ...]:
    """What a viewer might stumble over, in words."""
    warnings = []
    if measured.get("black_share", 0) >= 0.05:
        warnings.append(f"{measured['black_share']:.0%} of the picture is black, as in its sources")
    if measured.get("sound_rms_db", 0) <= -60:
        warnings.append(SILENCES.get(measured.get("sound_silent", ""), "the sound is nearly silent"))
    return tuple(warnings)
