"""From a request to its plan."""

from __future__ import annotations

from collections.abc import Mapping

from reel.media import MediaFacts
from reel.plan.mixer import compile_mixer
from reel.plan.segments import Keyed, add_stills, add_video
from reel.plan.step import Plan, PlannedOutput, Step
from reel.plan.work import work_of
from reel.presets import BITS_PER_SECOND, AudioEncoder, capped_crf
from reel.request.mixer import MixerRequest
from reel.timeline import Timeline

STILL_FILES = ("poster.jpg", "sprite.jpg", "sprite.vtt")


def plan_request(request: MixerRequest, library: Mapping[str, MediaFacts], build: str) -> Plan:
    """The plan of `request`.

    `library` holds the facts of every asset under the field that names it (`clips[2].asset`), `build` identifies the tools.
    Raises `InvalidRequest` or `BadMedia` with all problems at once.
    """
    mix = compile_mixer(request, library)
    assets = {facts.sha256: facts for facts in library.values()}
    names = {library[place].sha256: short_name(asset) for place, asset in request.asset_places().items()}
    encoder = capped_crf(BITS_PER_SECOND[request.bitrate], mix.timelines[0].canvas)
    keyed = Keyed(build)
    outputs: list[PlannedOutput] = []
    for number, timeline in enumerate(mix.timelines, start=1):
        video = add_video(keyed, timeline, assets, names, encoder, AudioEncoder())
        outputs.append(PlannedOutput(name=f"{timeline.name}.mp4", variant=number, step=video, file="video.mp4"))
        if request.stills:
            outputs.extend(_still_outputs(keyed, timeline, number, video))
    steps = tuple(
        Step(key=key, title=title, operation=operation, work=work_of(operation, assets))
        for key, (title, operation) in keyed.operations.items()
    )
    return Plan(build=build, steps=steps, outputs=tuple(outputs), manifests=mix.manifests, warnings=_warnings(library))


def _warnings(library: Mapping[str, MediaFacts]) -> tuple[str, ...]:
    return tuple(f"{place}: {warning}" for place, facts in library.items() for warning in facts.warnings)


def _still_outputs(keyed: Keyed, timeline: Timeline, number: int, video: str) -> list[PlannedOutput]:
    key = add_stills(keyed, timeline, video)
    return [PlannedOutput(name=f"{timeline.name}/{file}", variant=number, step=key, file=file) for file in STILL_FILES]


def short_name(asset: str) -> str:
    """An asset's last part, for titles."""
    return asset.rstrip("/").rsplit("/", 1)[-1] or asset
