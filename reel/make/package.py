"""Making packages: tracks in fragments, encrypted where that is asked for, and the text that lists them for players."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from reel.ffmpeg.process import run
from reel.ffmpeg.subtitles import extract_command
from reel.make.context import Measured, StepContext
from reel.make.makers import makes
from reel.package.apart import read_subtitles, write_protected_track, write_track
from reel.package.contents import Contents, Picture, Sound
from reel.package.encrypt import key_of
from reel.package.entries import PictureFacts, Protection
from reel.package.key_systems import KeySystem
from reel.package.package import PictureFile, SoundFile, SubtitlesFile, contents_of, documents, write_encrypted
from reel.package.segments import average, peak, segments
from reel.package.subtitles import Cue, webvtt, within
from reel.package.subtitles.read import MOST_BYTES
from reel.package.track import Track, read_track
from reel.plan.operations import Encrypt, ExtractSubtitles, Fragment, Join, Package, Protect, SoundMix
from reel.plan.operations.base import CmafTrack
from reel.plan.operations.tracks import PackagedSubtitles
from reel.request.encryption import KeySystem as AskedSystem
from reel.sealing import opened
from reel.shaka.encrypt import Lock, encrypt
from reel.values import digest


@makes(Fragment)
def make_fragments(operation: Fragment, context: StepContext) -> Measured:
    """Write a track as a CMAF file, and read it back."""
    by = Join if operation.media == "video" else SoundMix
    source = context.made(operation.source, by, by.stem)
    output = context.folder / operation.file
    write_track(source, output, operation.media, operation.cuts or None)
    track = read_track(output)
    facts = track.facts
    shown = {"width": facts.width, "height": facts.height} if isinstance(facts, PictureFacts) else {}
    seconds = round(float(track.end), 6)
    return {
        "source": operation.source,
        "codecs": track.codec,
        "seconds": seconds,
        "fragments": len(track.fragments),
        **shown,
    }


@makes(Encrypt)
def make_encrypted(operation: Encrypt, context: StepContext) -> Measured:
    """Encrypt a track's segments. What was encrypted is told by its digest, so that it is known to be what was proven."""
    path = context.made(operation.source, Fragment, Fragment.file)
    key = key_of(opened(context.asset(operation.key_file).read_bytes()), context.place)
    track = read_track(path)
    each = replace(_member("track", track), parts=segments(track, operation.starts))
    write_encrypted(each, path, context.folder.parent, key)
    for file in (context.folder.parent / "track").iterdir():
        file.rename(context.folder / file.name)
    return {
        "source_sha256": context.sha256(operation.source, Fragment, Fragment.file),
        "codecs": track.codec,
        "seconds": round(float(track.end), 6),
        "segments": len(each.parts),
    }


@makes(Protect)
def make_protected(operation: Protect, context: StepContext) -> Measured:
    """Encrypt a track's samples, and read back that they decrypt to what was proven, which is told by its digest."""
    clear = context.made(operation.source, Fragment, Fragment.file)
    sha256 = context.sha256(operation.source, Fragment, Fragment.file)
    key = key_of(opened(context.asset(operation.key_file).read_bytes()), context.place)
    lock = Lock(operation.scheme, bytes.fromhex(operation.key_id), key, _vector(operation, sha256))
    scratch = context.folder.parent
    encrypted = encrypt(clear, operation.media, lock, scratch, place=context.place, cancelled=context.worker.cancelled)
    output = context.folder / operation.file
    write_protected_track(clear, encrypted, output, Protection(lock.scheme, lock.key_id), key)
    track = read_track(output)
    return {
        "source_sha256": sha256,
        "codecs": track.codec,
        "seconds": round(float(track.end), 6),
        "fragments": len(track.fragments),
    }


VECTOR_BYTES = {"cbcs": 16, "cenc": 8}
"""Of AES-CTR the other half of a block counts blocks."""


def _vector(operation: Protect, source_sha256: str) -> bytes:
    """The vector of a track's first sample. It follows from what is encrypted: so two makings are equal, and two tracks under
    one key have different ones, without which AES-CTR would give away both."""
    return bytes.fromhex(digest([operation.scheme, operation.key_id, source_sha256]))[: VECTOR_BYTES[operation.scheme]]


def _member(name: str, track: Track) -> Picture | Sound:
    return Picture(name, track) if isinstance(track.facts, PictureFacts) else Sound(name, track, "und", name)


@makes(Package)
def make_package(operation: Package, context: StepContext) -> Measured:
    """Write playlists, manifests and subtitles. No packet is copied, and nothing decoded."""
    texts = [_subtitles(text, operation, context) for text in operation.subtitles]
    contents = contents_of(
        [PictureFile(each.name, _track(each.track, context)) for each in operation.pictures],
        [
            SoundFile(each.name, _track(each.track, context), each.language, each.label, each.default)
            for each in operation.sounds
        ],
        texts,
        Fraction(operation.segment_seconds),
    )
    for text in texts:
        (context.folder / f"{text.name}.vtt").write_bytes(text.webvtt)
    systems = [_system(system) for system in operation.systems]
    for name, document in documents(contents, operation.key_uri, systems):
        (context.folder / name).write_text(document, "utf-8")
    return _measured(contents)


def _system(asked: AskedSystem) -> KeySystem:
    pssh = None if asked.pssh is None else base64.b64decode(asked.pssh)
    return KeySystem(asked.system, asked.uri, pssh)


def _track(key: str, context: StepContext) -> Path:
    return context.made(key, CmafTrack, CmafTrack.file)


def _subtitles(text: PackagedSubtitles, operation: Package, context: StepContext) -> SubtitlesFile:
    """A file of subtitles as WebVTT, counted from the programme's begin."""
    shown = within(
        _cues(text, context), -Fraction(operation.begin + text.begin), Fraction(operation.end - operation.begin)
    )
    written = webvtt(shown).encode()
    return SubtitlesFile(text.name, written, text.language, text.label, text.default, text.forced)


def _cues(text: PackagedSubtitles, context: StepContext) -> Sequence[Cue]:
    """Those of a file, or of a track of the master, which may have none."""
    if text.made is None:
        assert text.asset, "what no step makes is a file"
        return read_subtitles(context.asset(text.asset), context.place, text.encoding)
    return _extracted(context.made(text.made, ExtractSubtitles, ExtractSubtitles.file), context)


@makes(ExtractSubtitles)
def make_extracted(operation: ExtractSubtitles, context: StepContext) -> Measured:
    """Take subtitles out of an asset, and read them."""
    output = context.folder / operation.file
    command = extract_command(operation, str(context.asset(operation.source.asset)), str(output))
    run(command, place=context.place, cancelled=context.worker.cancelled, most_bytes=MOST_BYTES)
    return {"cues": len(_extracted(output, context))}


def _extracted(path: Path, context: StepContext) -> Sequence[Cue]:
    """The cues of a track, which may have none: nothing is written of it then, or the head of ASS alone."""
    data = path.read_bytes()
    is_head = b"[Script Info]" in data[:100] and b"\nDialogue:" not in data
    # Matroska lays the fields of ASS down, and leaves the head as it was in the file that the track was made of.
    return () if not data or is_head else read_subtitles(path, context.place, usual_fields=True)


def _measured(contents: Contents) -> Measured:
    """What reports tell of a package."""
    return {
        "seconds": round(float(contents.end), 6),
        "segments": len(contents.pictures[0].parts),
        "bits_per_second": {each.name: round(float(average(each.parts))) for each in contents.tracks},
        "peak_bits_per_second": {each.name: round(float(peak(each.parts))) for each in contents.tracks},
    }
