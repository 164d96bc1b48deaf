"""Analysis of sound, for beats and offsets: decoded once, analysed once, memoised by what was analysed."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from reel.errors import BadMedia, ReelError
from reel.fetch import DigestMemo, locate
from reel.find.ingest import cached_facts
from reel.find.kept import digest_of
from reel.find.memo import finding_key, memoised
from reel.findings import BEATS_TOOLS, FINDINGS_RULES, OFFSET_TOOLS, OFFSETS_RULES, Beats, Findings, Offset
from reel.kinds import kind_of
from reel.kinds.kind import Want
from reel.make.perform import perform
from reel.make.worker import Worker
from reel.media import MediaFacts
from reel.plan.keyed import Keyed
from reel.plan.sound import decode_of
from reel.plan.step import Step
from reel.raw_samples import Delayed, RawSamples, Sound
from reel.request import Request
from reel.request.read import Reading
from reel.time import SAMPLE_RATE, round_half_up


def decode_step(facts: MediaFacts, title: str, worker: Worker) -> Step:
    """The step that decodes an asset's sound: the same one, under the same key, that its soundtrack will need."""
    assert facts.audio, "asked only of assets with sound"
    operation = decode_of(facts, facts.audio)
    key = Keyed(worker.tools).add(title, operation)
    return Step(key=key, title=title, operation=operation, work=operation.work({facts.sha256: facts}))


def warm_up_analysis(reading: Reading, base: Path, worker: Worker) -> None:
    """Begin to import what analysis will need, where some sound is new; other work goes on meanwhile. Relative asset paths
    count from `base`."""
    wanted = [want for want in kind_of(reading.request).wants(reading.request) if want.finding == "beats"]
    if reading.problems or not wanted:
        return
    assets = reading.asset_places()

    def warm() -> None:
        if not all(_is_analysed(want, assets[want.of[0]], base, worker) for want in wanted):
            from reel.analyse.envelope import warm as import_librosa

            import_librosa()

    threading.Thread(target=warm, name="warm-up", daemon=True).start()


def _is_analysed(want: Want, asset: str, base: Path, worker: Worker) -> bool:
    """Whether the beats of an asset, as it is now, are in the store."""
    try:
        source = locate(asset, base, want.field)
        sha256 = digest_of(source, want.field, DigestMemo(worker.memo), worker)
        facts = cached_facts(sha256, worker) if sha256 else None
        decode = decode_step(facts, want.field, worker) if facts and facts.audio else None
        return bool(decode and worker.store.find(_beats_key(decode, worker, *want.given), "beats"))
    except ReelError:  # said again, and to the user, where the asset is fetched
        return False


def beats_of(facts: MediaFacts, bpm: float | None, place: str, worker: Worker) -> Beats:
    """The beats of an asset's sound, in seconds from its first sample; memoised."""
    decode = decode_step(facts, place, worker)

    def analyse() -> Beats:
        # librosa takes seconds to import, and is needed only where some sound is new.
        from reel.analyse.beats import find_beats

        return find_beats(_samples(decode, worker), bpm)

    return memoised("beats", _beats_key(decode, worker, bpm), Beats, analyse, worker)


def _beats_key(decode: Step, worker: Worker, bpm: float | None) -> str:
    return finding_key("beats", {"of": decode.key, "bpm": bpm}, FINDINGS_RULES, worker.tools.of(BEATS_TOOLS))


def offset_of(facts: MediaFacts, against: MediaFacts, place: str, worker: Worker) -> Offset:
    """How many seconds after another asset's begin this one's is, by their sound. Raises `BadMedia` where that cannot be
    heard."""
    steps = [decode_step(each, place, worker) for each in (against, facts)]

    def analyse() -> Offset:
        from reel.analyse.sync import find_offset

        heard = [_since_zero(_samples(step, worker), each) for step, each in zip(steps, (against, facts), strict=True)]
        found = find_offset(*heard)
        if found is None:
            what = "nothing in its sound matches that of the first source"
            raise BadMedia.at(place, what, "give the seconds at which it begins")
        return found

    key = finding_key("offset", {"of": [step.key for step in steps]}, OFFSETS_RULES, worker.tools.of(OFFSET_TOOLS))
    return memoised("offset", key, Offset, analyse, worker)


def beat_picture(
    request: Request, library: Mapping[str, MediaFacts], findings: Findings, cuts: Sequence[float], worker: Worker
) -> bytes | None:
    """A PNG of the music that a request's cuts were put on: waveform, beats and cuts (seconds); null where there is none."""
    for want in kind_of(request).wants(request):
        beats = findings.get(want.field)
        if isinstance(beats, Beats):
            from reel.analyse.plot import beat_plot

            samples = _samples(decode_step(library[want.of[0]], want.field, worker), worker)
            return beat_plot(samples, beats, cuts, float(want.begin))
    return None


def _samples(decode: Step, worker: Worker) -> Sound:
    """An asset's sound from its first sample on."""
    sound = perform(decode, worker).artefact
    return RawSamples(worker.store.open(sound, decode.operation.files()[0]))


def _since_zero(samples: Sound, facts: MediaFacts) -> Sound:
    """An asset's sound from the moment that its facts call zero: silence until it begins, nothing of what is before."""
    return Delayed(samples, round_half_up(facts.sound_at * SAMPLE_RATE))
