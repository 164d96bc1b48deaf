"""One finished track as one CMAF file: the same packets, cut into fragments, with an index in front.

    ftyp moov sidx (moof mdat)...

FFmpeg writes `moov`, which holds what only it knows of codecs; the rest is numbers. Its own muxer cuts sound where it likes,
and with `cmaf` it shows pictures late by as much as decoding runs ahead.

Pictures are decoded ahead of when they are shown, and sound has the encoder's run-up in front, which nobody hears; but no time
in a file is before 0. So all is later in it, by as little as will do, and an edit list says by how much.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from reel.disk import disk_errors
from reel.errors import BadMedia, Internal
from reel.package.boxes import HEADER_BYTES, box
from reel.package.fragments import Cut, at_key_frames, at_times, moof, sidx, with_edit_list
from reel.package.track import Track, read_track
from reel.packets.track import Kind, Sample, SourceTrack, read_payloads, read_source_track

SOUND_STEP = Fraction(2)
"""Seconds of a fragment of sound where no picture says otherwise: as long as a group of pictures."""

BRANDS = box("ftyp", b"iso6", struct.pack(">I", 0), b"iso6", b"cmfc", b"dash")
"""Fragments count from their own beginning (`iso6`), one track each (`cmfc`), with an index (`dash`)."""


def write_cmaf(source: Path, output: Path, kind: Kind, cuts: Sequence[Fraction] | None = None) -> Track:
    """Write the one track of this kind in a finished MP4 file as a CMAF file, and read back what was written.

    Pictures have one fragment for each group of pictures. Sound is cut at the samples nearest to `cuts`, in seconds: where the
    key frames of the picture are, or else every `SOUND_STEP`. The same source and cuts give the same bytes.
    """
    track = read_source_track(source, kind)
    fragments = _cut(track, cuts)
    _check(source, track, fragments)
    with disk_errors(output.parent):
        sent = _write(source, track, fragments, output)
        written = read_track(output)
    _check_written(output, track, written, sent)
    return written


def key_times(track: Track) -> list[Fraction]:
    """Seconds at which the fragments of a track begin, but for the first."""
    return [fragment.start for fragment in track.fragments[1:]]


def _cut(track: SourceTrack, cuts: Sequence[Fraction] | None) -> list[Cut]:
    if track.kind == "video":
        return at_key_frames(track.samples)
    end = Fraction(track.samples[-1].shown, track.timescale)
    steps = (step * SOUND_STEP for step in range(1, int(end / SOUND_STEP) + 1))
    return at_times(track.samples, track.timescale, steps if cuts is None else cuts)


def _check(source: Path, track: SourceTrack, fragments: Sequence[Cut]) -> None:
    """`BadMedia` unless each fragment can be played by itself, and begins with what is shown first, when the last one ends."""
    first = track.samples[0]
    if not first.key or first.shown > 0 or (track.kind == "video" and first.shown):
        at = float(Fraction(first.shown, track.timescale))
        raise BadMedia.at(
            source.name, f"its {track.kind} begins at {at:.3f} s, not at 0 with a key frame", "make it anew"
        )
    due = first.shown
    for fragment in fragments:
        samples = track.samples[fragment.start : fragment.stop]
        shown = sorted((sample.shown, sample.lasts) for sample in samples)
        followed = [due, *(start + lasts for start, lasts in shown)]
        if samples[0].shown != due or [start for start, _ in shown] != followed[:-1]:
            at = float(Fraction(samples[0].shown, track.timescale))
            what = f"what follows the key frame at {at:.3f} s is shown before it, or with a gap"
            raise BadMedia.at(source.name, what, "encode it with closed groups of pictures at one rate")
        due = followed[-1]


def _write(source: Path, track: SourceTrack, fragments: Sequence[Cut], output: Path) -> str:
    """Write the file; SHA-256 of all payloads that went into it."""
    zero, ahead = track.samples[0].decoded, _ahead(track)
    moved = [replace(each, decoded=each.decoded - zero, shown=each.shown + ahead) for each in track.samples]
    cut = [moved[fragment.start : fragment.stop] for fragment in fragments]
    heads = [moof(number, samples) for number, samples in enumerate(cut, 1)]
    sizes = [len(head) + HEADER_BYTES + _bytes(samples) for head, samples in zip(heads, cut, strict=True)]
    lasts = [_ticks(track.samples[fragment.start : fragment.stop]) for fragment in fragments]
    sent = hashlib.sha256()
    packets = (payload for _, payload in read_payloads(source, track.kind))
    with output.open("wb") as file:
        file.write(BRANDS + with_edit_list(track.head, ahead))
        file.write(sidx(track.timescale, list(zip(sizes, lasts, strict=True))))
        for head, samples in zip(heads, cut, strict=True):
            file.write(head + struct.pack(">I4s", HEADER_BYTES + _bytes(samples), b"mdat"))
            _copy(source, islice(packets, len(samples)), samples, file, sent)
    return sent.hexdigest()


def _ahead(track: SourceTrack) -> int:
    """Ticks by which all is shown later in a file whose decoding begins at 0, so that nothing is shown before it is decoded.

    No more than that: hls.js, which knows no edit list, takes a segment to end later by as much.
    """
    zero = track.samples[0].decoded
    return max(sample.decoded - zero - sample.shown for sample in track.samples)


def _bytes(samples: Sequence[Sample]) -> int:
    return sum(sample.size for sample in samples)


def _ticks(samples: Sequence[Sample]) -> int:
    """How long samples are seen or heard: nothing is, before 0."""
    return _end(samples) - max(0, min(sample.shown for sample in samples))


def _end(samples: Sequence[Sample]) -> int:
    return max(sample.shown + sample.lasts for sample in samples)


def _copy(
    source: Path, packets: Iterator[bytes], samples: Sequence[Sample], file: BinaryIO, sent: hashlib._Hash
) -> None:
    for packet, sample in zip(packets, samples, strict=True):
        if len(packet) != sample.size:
            raise Internal.at(source.name, "changed while it was packaged", "package it again")
        sent.update(packet)
        file.write(packet)


def _check_written(output: Path, track: SourceTrack, written: Track, sent: str) -> None:
    """`Internal` unless FFmpeg reads the same packets out of the file, shown at the same times."""
    later = -track.samples[0].decoded - _ahead(track)
    received = hashlib.sha256()
    stamps = []
    for stamp, payload in read_payloads(output, track.kind):
        stamps.append(stamp)
        received.update(payload)
    expected = [(sample.decoded + later, sample.shown, sample.key) for sample in track.samples]
    if stamps != expected or received.hexdigest() != sent:
        raise Internal.at(output.name, "holds other packets than its source, or at other times", "report this")
    if written.end != Fraction(_end(track.samples), track.timescale):
        raise Internal.at(output.name, "ends at another time than its source", "report this")
