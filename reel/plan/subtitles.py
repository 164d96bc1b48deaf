"""From a ladder's subtitles to what its package takes: files that people give, and tracks of the master."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain, count

from reel.media import Library, MediaFacts, SubtitleFacts
from reel.plan.layers import PlanContext
from reel.plan.operations import ExtractSubtitles
from reel.plan.operations.base import StreamSource
from reel.plan.operations.tracks import PackagedSubtitles
from reel.plan.tracks import Master, label_of, meant
from reel.request.ladders import LadderOutput, LadderSubtitles
from reel.timeline import Timeline
from reel.values import Value
from reel.words import counted


class PlannedSubtitles(Value):
    """A text that viewers may choose."""

    packaged: PackagedSubtitles
    source: ExtractSubtitles | None = None
    """What takes it out of the master; null: it is a file."""

    def added(self, known: PlanContext) -> PackagedSubtitles:
        """As a package takes it; the step that makes it is added."""
        if self.source is None:
            return self.packaged
        title = f"subtitles {self.packaged.language} of {known.names[self.source.source.asset]}"
        return self.packaged.model_copy(update={"made": known.keyed.add(title, self.source)})


def planned_subtitles(
    place: str, ladder: LadderOutput, master: Master | None, library: Library
) -> Iterator[PlannedSubtitles]:
    """The subtitles of a ladder. Tracks are known to be there, and to be text."""
    listed = _listed(ladder, master)
    tracks = [meant(text.track, master.facts.subtitles)[0] if master and text.track else None for text in listed]
    languages = [text.language or (track.language if track else "") for text, track in zip(listed, tracks, strict=True)]
    labels = each_once(
        ("", label_of(text.name, track, language, "subtitles"))
        for text, track, language in zip(listed, tracks, languages, strict=True)
    )
    names = named_files("subtitles", languages)
    for number, (text, track, name) in enumerate(zip(listed, tracks, names, strict=True)):
        packaged = PackagedSubtitles(
            name=name,
            asset=None if track else library[f"{place}.subtitles[{number}].asset"].sha256,
            begin=master.facts.zero + master.begin if track and master else Fraction(0),
            encoding=text.encoding,
            language=languages[number],
            label=labels[number],
            default=text.default,
            forced=text.forced or (track is not None and track.forced),
        )
        source = _extracted(master.facts, track) if track and master else None
        yield PlannedSubtitles(packaged=packaged, source=source)


def _listed(ladder: LadderOutput, master: Master | None) -> tuple[LadderSubtitles, ...]:
    """The subtitles of a ladder, one by one: of all that its master has, those that are text."""
    if ladder.subtitles != "all" or master is None:
        return ladder.listed_subtitles
    texts = [(number, track) for number, track in enumerate(master.facts.subtitles, start=1) if track.is_text]
    default = next((number for number, track in texts if track.default), None)
    return tuple(LadderSubtitles(track=number, default=number == default) for number, _ in texts)


def lost_subtitles(ladders: Iterable[tuple[str, LadderOutput]], master: Master | None) -> Iterator[str]:
    """What is said of a master's subtitles that were asked for with all others, and are none that can be read."""
    for place, ladder in ladders:
        drawn = [track for track in (master.facts.subtitles if master else ()) if not track.is_text]
        if ladder.subtitles == "all" and drawn:
            named = ", ".join(f"{track.language} ({track.codec or 'unknown'})" for track in drawn)
            yield f"{place}.subtitles: left out is what is no text but pictures of it: {named}"


def unseen_subtitles(
    ladders: Iterable[tuple[str, LadderOutput]], library: Library, timelines: Sequence[Timeline]
) -> Iterator[str]:
    """What is said of subtitles in files that nobody sees, or not to their end, in the shortest of the videos."""
    shortest = min(timelines, key=lambda timeline: timeline.frames / timeline.canvas.rate)
    end = shortest.frames / shortest.canvas.rate * 1000
    # A video's length is rounded to frames: what ends within one more was meant to end with it.
    a_frame_later = end + 1000 / shortest.canvas.rate
    video = f"{shortest.name if len(timelines) > 1 else 'the video'} ends at {float(end / 1000):.3f} s"
    for place, ladder in ladders:
        for number, text in enumerate(ladder.listed_subtitles):
            cues = library[f"{place}.subtitles[{number}].asset"].cues if text.asset else ()
            counts = {
                "over before its begin, and not shown": sum(stop <= 0 and start < 0 for start, stop in cues),
                "too late to be shown": sum(start >= end for start, _ in cues),
                "cut short by its end": sum(start < end and stop > a_frame_later for start, stop in cues),
                "without length, and not shown": sum(0 <= start == stop < end for start, stop in cues),
            }
            if told := counted(counts):
                yield f"{place}.subtitles[{number}].asset: {video}; of {len(cues)} subtitles, {told}"


def _extracted(facts: MediaFacts, track: SubtitleFacts) -> ExtractSubtitles:
    source = StreamSource(asset=facts.sha256, demuxer=facts.demuxer, stream=track.index, codec=track.codec)
    return ExtractSubtitles(source=source)


def named_files(kind: str, languages: Sequence[str]) -> Iterator[str]:
    """Names of files, each once: `sound-en`, `sound-en_2`; no tag of a language has that sign."""
    seen: Counter[str] = Counter()
    for language in languages:
        name = f"{kind}-{language.lower()}"
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name}_{seen[name]}"


def each_once(labels: Iterable[tuple[Hashable, str]]) -> list[str]:
    """Labels of which those of one group differ, whatever tracks are called: `Deutsch`, `Deutsch 2`."""
    taken: dict[tuple[Hashable, str], None] = {}
    for group, label in labels:
        tried = chain([label], (f"{label} {number}" for number in count(2)))
        taken[group, next(each for each in tried if (group, each) not in taken)] = None
    return [label for _, label in taken]
