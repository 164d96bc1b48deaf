"""The beats of music: decoded once, listened to once, kept by what was listened to."""

from __future__ import annotations

import numpy as np

from reel.findings import FINDINGS_RULES, Beats
from reel.media import MediaFacts
from reel.perform.perform import perform
from reel.perform.worker import Worker
from reel.plan.keyed import Keyed
from reel.plan.sound import decode_of
from reel.plan.step import Step
from reel.plan.work import work_of
from reel.store import workspace
from reel.values import digest


def decode_step(facts: MediaFacts, title: str, worker: Worker) -> Step:
    """The step that decodes an asset's sound: the same one, under the same key, that its soundtrack will need."""
    assert facts.audio, "asked only of assets with sound"
    operation = decode_of(facts, facts.audio)
    key = Keyed(worker.build).add(title, operation)
    return Step(key=key, title=title, operation=operation, work=work_of(operation, {facts.sha256: facts}))


def beats_of(facts: MediaFacts, bpm: float | None, place: str, worker: Worker) -> Beats:
    """The beats of an asset's sound, in seconds from its begin (`MediaFacts.zero`); remembered ones, or found now."""
    decode = decode_step(facts, place, worker)
    key = digest({"beats of": decode.key, "bpm": bpm, "rules": FINDINGS_RULES})
    if found := worker.store.find(key, "beats"):
        return Beats.model_validate_json(worker.store.open(found, "beats.json").read_bytes())
    sound = perform(decode, worker).artefact
    samples = np.fromfile(worker.store.open(sound, "sound.f32"), np.float32).reshape(-1, 2)
    # librosa takes seconds to import, and is needed only where something new is listened to.
    from reel.analyse.beats import find_beats

    beats = find_beats(samples, bpm)
    with workspace(worker.scratch) as scratch:
        folder = scratch / "beats"
        folder.mkdir()
        (folder / "beats.json").write_text(beats.model_dump_json(), "utf-8")
        worker.store.publish(folder, key, "beats")
    return beats
