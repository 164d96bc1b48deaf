"""From finished tracks to a folder that players open: one set of files, `master.m3u8` for HLS and `manifest.mpd` for DASH.

    video = write_cmaf(Path("720p.joined.mp4"), Path("720p.cmaf.mp4"), "video")
    sound = write_cmaf(Path("en.m4a"), Path("en.cmaf.mp4"), "audio", key_times(video))
    package(
        [PictureFile("720p", Path("720p.cmaf.mp4"))],
        [SoundFile("en", Path("en.cmaf.mp4"), "en", "English", default=True)],
        [SubtitlesFile("de", b"WEBVTT...", "de", "Deutsch")],
        Path("out"),
    )

Tracks go in as they are; so another subtitle, or another language, writes text alone beside what was there.
"""

from __future__ import annotations

import errno
import filecmp
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from reel.boundaries import TARGET
from reel.disk import disk_errors, make_folder, sync
from reel.errors import InvalidRequest
from reel.package import dash, hls
from reel.package.contents import Contents, Picture, Sound, Subtitles, file_of
from reel.package.encrypt import Encryption, encrypted
from reel.package.faults import check_contents
from reel.package.key_systems import KeySystem, key_tags
from reel.package.track import read_track

MASTER, MANIFEST = "master.m3u8", "manifest.mpd"
UNLINKABLE = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP})
"""Another disk, or one on which files have one name each."""


@dataclass(frozen=True)
class PictureFile:
    """A rung: a CMAF file, and the name that its files get."""

    name: str
    path: Path


@dataclass(frozen=True)
class SoundFile:
    """A sound: a CMAF file, and what players say of it (`contents.Sound`)."""

    name: str
    path: Path
    language: str
    label: str
    default: bool = False


@dataclass(frozen=True)
class SubtitlesFile:
    """A text: WebVTT, and what players say of it (`contents.Subtitles`)."""

    name: str
    webvtt: bytes
    language: str
    label: str
    default: bool = False
    forced: bool = False


def package(
    pictures: Sequence[PictureFile],
    sounds: Sequence[SoundFile],
    subtitles: Sequence[SubtitlesFile],
    folder: Path,
    *,
    target: Fraction = TARGET,
    encryption: Encryption | None = None,
    systems: Sequence[KeySystem] = (),
) -> Contents:
    """Make the package `folder`, or put it in the place of the one that is there; the same contents give the same bytes.

    Segments last about `target` seconds. With `encryption` there is HLS alone, in a file for each segment: DASH and key frame
    lists know no such thing. `systems` say how players come by the keys of tracks that are encrypted already (`protect`).
    Whatever goes wrong, `folder` stays as it was.
    """
    contents = contents_of(pictures, sounds, subtitles, target)
    _check_encryption(contents, encryption, systems)
    paths = {file.name: file.path for file in pictures} | {file.name: file.path for file in sounds}
    needed = sum(each.track.size for each in contents.tracks) if encryption else 0
    with disk_errors(folder.parent, needed), _replacing(folder) as staging:
        for each in contents.tracks:
            if encryption:
                write_encrypted(each, paths[each.name], staging, encryption.key)
            else:
                file = file_of(each)
                (staging / file).parent.mkdir(exist_ok=True)
                _place(paths[each.name], staging / file, folder / file)
        for text in subtitles:
            _write(staging / f"{text.name}.vtt", text.webvtt)
        for name, document in documents(contents, encryption.uri if encryption else None, systems):
            _write(staging / name, document.encode())
    return contents


def contents_of(
    pictures: Sequence[PictureFile],
    sounds: Sequence[SoundFile],
    subtitles: Sequence[SubtitlesFile],
    target: Fraction = TARGET,
) -> Contents:
    """What is in a package of these files, in segments of about `target` seconds. `InvalidRequest` with all that is wrong."""
    contents = Contents(
        tuple(Picture(file.name, read_track(file.path)) for file in pictures),
        tuple(Sound(each.name, read_track(each.path), each.language, each.label, each.default) for each in sounds),
        tuple(
            Subtitles(each.name, len(each.webvtt), each.language, each.label, each.default, each.forced)
            for each in subtitles
        ),
    )
    check_contents(contents)
    for number, text in enumerate(subtitles):
        if not text.webvtt.startswith(b"WEBVTT"):
            what = "is no WebVTT, which begins with that word"
            raise InvalidRequest.at(f"subtitles[{number}]", what, "make it by `reel.package.subtitles`")
    return contents.cut(target)


def _check_encryption(contents: Contents, whole: Encryption | None, systems: Sequence[KeySystem]) -> None:
    """`InvalidRequest` where a track would be encrypted twice, or nobody could say how to decrypt it."""
    protected = [each.name for each in contents.tracks if each.track.protection]
    if protected and whole:
        what = f"{protected[0]!r} is encrypted already"
        raise InvalidRequest.at("encryption", what, "leave `encryption` out, or give clear tracks")
    if bool(protected) != bool(systems):
        what = f"{protected[0]!r} is encrypted, and no `systems` are given" if protected else "no track is encrypted"
        raise InvalidRequest.at(
            "systems", what, "say how players come by the key of encrypted tracks, and of no others"
        )


def documents(
    contents: Contents, key_uri: str | None = None, systems: Sequence[KeySystem] = ()
) -> Iterator[tuple[str, str]]:
    """Names and texts of all playlists and manifests, what players are given last. `key_uri`: segments are encrypted, each in a
    file of its own, and there is the key. `systems`: how players come by those of tracks whose samples are encrypted."""
    longest = hls.target_duration(contents)
    for each in contents.tracks:
        if key_uri is not None:
            key = [hls.whole_segment_key(key_uri)]
            playlist = hls.media_playlist(hls.head_file(each), hls.segment_files(each), longest, key)
        else:
            keys = _keys(each, systems)
            playlist = hls.media_playlist(hls.head_range(each), hls.segment_ranges(each), longest, keys)
        yield f"{each.name}.m3u8", playlist
    for text in contents.subtitles:
        yield f"{text.name}.m3u8", hls.subtitles_playlist(text, contents.end)
    if key_uri is None:
        for picture in contents.pictures:
            yield hls.key_frames_name(picture), hls.key_frame_playlist(picture, _keys(picture, systems))
        yield MANIFEST, dash.manifest(contents, systems)
    yield MASTER, hls.master_playlist(contents, key_frames=key_uri is None)


def _keys(each: Picture | Sound, systems: Sequence[KeySystem]) -> list[str]:
    return key_tags(each.track.protection, systems) if each.track.protection else []


def write_encrypted(each: Picture | Sound, path: Path, folder: Path, key: bytes) -> None:
    """Write a track's head and its segments, encrypted, into the folder of its name."""
    (folder / each.name).mkdir()
    with path.open("rb") as file:
        _write(folder / hls.head_file(each).uri, file.read(each.track.head_size))
        for number, (part, name) in enumerate(zip(each.parts, hls.segment_files(each), strict=True)):
            file.seek(part.offset)
            _write(folder / name.resource.uri, encrypted(file.read(part.size), key, number))


def _place(source: Path, target: Path, before: Path) -> None:
    """A track's file in the package: the one that was there, another name of the source's bytes, or else a copy."""
    for origin in (before, source):
        if origin is before and not (before.is_file() and filecmp.cmp(before, source)):
            continue
        try:
            os.link(origin, target)
            return
        except OSError as error:
            if error.errno not in UNLINKABLE:
                raise
    shutil.copy2(source, target)
    sync(target)


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    sync(path)


@contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """A new folder beside the one that it takes the place of, once all is in it; on an error it is gone."""
    if folder.exists() and not (folder.is_dir() and ((folder / MASTER).is_file() or not any(folder.iterdir()))):
        raise InvalidRequest.at(str(folder), "is there, and is no package", "name another folder")
    make_folder(folder.parent)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as scratch:
        staging, former = Path(scratch, "new"), Path(scratch, "former")
        staging.mkdir()
        yield staging
        sync(staging)
        if folder.exists():
            folder.rename(former)
        try:
            staging.rename(folder)
        except OSError:
            if former.exists():
                former.rename(folder)
            raise
        sync(folder.parent)
