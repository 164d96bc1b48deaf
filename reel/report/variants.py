"""What is told of one variant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reel.artefact import Artefact
from reel.plan.operations import Analysis, SoundFile, SoundMix
from reel.plan.step import Plan, PlannedOutput
from reel.report.ladders import LadderReport, joined_by, ladders_of
from reel.report.videos import OutputFile, SoundReport, VideoReport, sound_report, video_report
from reel.request.encryption import opened_name
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
    """What is odd though as planned: black or silent stretches, sound that is softer than was asked for."""

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


def output_report(
    number: int,
    manifest: dict[str, Any],
    plan: Plan,
    artefacts: Mapping[str, Artefact],
    reused: frozenset[str],
    published: Mapping[str, OutputFile],
    documents: Sequence[OutputFile] = (),
) -> OutputReport:
    """The variant of this number, of what was published under its names, and of documents that go with it."""
    planned = [output for output in plan.outputs if output.variant == number]
    shown = [(output, join) for output in planned if (join := joined_by(output, plan)) is not None]
    told = [
        video_report(published[opened_name(output.name)], plan, artefacts[join.key], output.step in reused, artefacts)
        for output, join in shown
    ]
    videos = {video.file.name: video for video in told}
    found = [artefacts[join.key].measured for _, join in shown] or [artefacts[planned[0].step].measured]
    measured: dict[str, Any] = max(found, key=lambda each: each.get("width", 0) * each.get("height", 0))
    ladders = ladders_of(planned, plan, videos, published, artefacts)
    of_ladders = {rung.file.name for ladder in ladders for rung in ladder.rungs}
    return OutputReport(
        name=str(manifest["name"]),
        files=(*(published[output.name] for output in planned), *documents),
        videos=tuple(video for name, video in videos.items() if name not in of_ladders),
        ladders=ladders,
        sounds=tuple(
            sound_report(published[output.name], operation.codec, artefacts[output.step], output.step in reused)
            for output in planned
            if isinstance(operation := plan.by_key[output.step].operation, SoundFile)
        ),
        measured=_of_analysis(planned, plan, artefacts) | measured,
        manifest=manifest,
        warnings=(*warnings_of(measured), *_below_loudness(measured, plan)),
    )


def _of_analysis(planned: Sequence[PlannedOutput], plan: Plan, artefacts: Mapping[str, Artefact]) -> dict[str, Any]:
    """What an analysis of a variant told: its loudness, and how many scenes it has; nothing where none was asked for."""
    analysed = (each.step for each in planned if isinstance(plan.by_key[each.step].operation, Analysis))
    return next((dict(artefacts[step].measured) for step in analysed), {})


SOFTER_LU = 1.0
"""What EBU R128 allows where a loudness cannot be met exactly."""

SILENCES = {
    "plan": "the sound is silent, as planned: nothing is to be heard",
    "sources": "the sound is silent, as its sources are where they are heard",
}


def warnings_of(measured: Mapping[str, Any]) -> tuple[str, ...]:
    """What a viewer might stumble over, in words."""
    warnings = []
    if measured.get("black_share", 0) >= 0.05:
        warnings.append(
            f"{measured['black_share']:.0%} of its frames are black: its sources are, or the request leaves them so"
        )
    if measured.get("sound_rms_db", 0) <= -60:
        warnings.append(SILENCES.get(measured.get("sound_silent", ""), "the sound is nearly silent"))
    return tuple(warnings)


def _below_loudness(measured: Mapping[str, Any], plan: Plan) -> Iterator[str]:
    """That the sound is softer than it was asked to be: peaks are limited as far as nobody hears, and no further."""
    mixes = (step.operation for step in plan.steps if isinstance(step.operation, SoundMix))
    asked = next((mix.loudness.lufs for mix in mixes if mix.loudness), None)
    found = measured.get("sound_lufs")
    if asked is not None and found is not None and found < asked - SOFTER_LU:
        yield (
            f"the sound has {found:.1f} LUFS, not the {asked:g} that were asked for: more would limit its peaks so far that one"
            " hears it"
        )
