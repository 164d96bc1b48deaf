"""A folder that players open: written whole or not at all, twice the same, and not again where nothing changed."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import m3u8
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from reel.errors import BadMedia, InvalidRequest, ReelError, Resource
from reel.package.cmaf import key_times, write_cmaf
from reel.package.encrypt import Encryption, key_of
from reel.package.package import MANIFEST, MASTER, PictureFile, SoundFile, SubtitlesFile, package
from reel.package.track import read_track
from tests.clips import read_clicks, read_frame_numbers
from tests.package.tracks import encode, programme

VTT = b"WEBVTT\n\n00:00:00.500 --> 00:00:02.000\nhello\n"
FRAMES = 240
KEY = bytes(range(16))


@pytest.fixture(scope="module")
def tracks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds: two rungs and a sound, as CMAF files."""
    folder = tmp_path_factory.mktemp("tracks")
    source = programme(folder / "programme.mov", frames=FRAMES)
    for name, size in (("large", "320:180"), ("small", "192:108")):
        scaled = ["-vf", f"scale={size}:flags=area,format=yuv420p"]
        write_cmaf(encode(source, folder / f"{name}-source.mp4", "h264", options=scaled), folder / name, "video")
    cuts = key_times(read_track(folder / "large"))
    write_cmaf(encode(source, folder / "sound-source.mp4", "aac"), folder / "sound", "audio", cuts)
    return folder


def pictures(tracks: Path) -> list[PictureFile]:
    return [PictureFile(name, tracks / name) for name in ("large", "small")]


def english(tracks: Path) -> SoundFile:
    return SoundFile("en", tracks / "sound", "en", "English", default=True)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_package_holds_its_tracks_and_texts(tracks: Path, tmp_path: Path) -> None:
    folder = tmp_path / "package"
    package(pictures(tracks), [english(tracks)], [SubtitlesFile("de", VTT, "de", "Deutsch")], folder)
    names = {"large", "small", "en"}
    assert set(contents(folder)) == {
        MASTER,
        MANIFEST,
        *(f"{name}.{suffix}" for name in names for suffix in ("mp4", "m3u8")),
        "large-key-frames.m3u8",
        "small-key-frames.m3u8",
        "de.vtt",
        "de.m3u8",
    }
    assert (folder / "large.mp4").read_bytes() == (tracks / "large").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["package"]


def test_what_a_playlist_lists_is_the_programme(tracks: Path, tmp_path: Path) -> None:
    """Fetched by ranges, as a player does, segment by segment, and decoded."""
    package(pictures(tracks), [english(tracks)], [], tmp_path / "package", target=Fraction(2))
    master = m3u8.load(str(tmp_path / "package" / MASTER))
    assert len(master.playlists) == 2
    for variant in master.playlists:
        playlist = m3u8.load(variant.absolute_uri)
        assert len(playlist.segments) == 5
        read = [read_frame_numbers(joined(tmp_path, playlist, [segment])) for segment in playlist.segments]
        assert [len(numbers) for numbers in read] == [round(segment.duration * 24) for segment in playlist.segments]
        assert [number for numbers in read for number in numbers] == list(range(FRAMES))
    sound = m3u8.load(master.media[0].absolute_uri)
    assert len(read_clicks(joined(tmp_path, sound, sound.segments))) == FRAMES // 10


def joined(tmp_path: Path, playlist: m3u8.M3U8, segments: list[m3u8.Segment]) -> Path:
    """The head of a track with some of its segments behind it."""
    (head,) = playlist.segment_map
    data = fetched(head.absolute_uri, head.byterange) + b"".join(
        fetched(segment.absolute_uri, segment.byterange) for segment in segments
    )
    path = tmp_path / "fetched.mp4"
    path.write_bytes(data)
    return path


def fetched(uri: str, byte_range: str | None) -> bytes:
    data = Path(uri).read_bytes()
    if byte_range is None:
        return data
    size, offset = map(int, byte_range.split("@"))
    return data[offset : offset + size]


def test_every_key_frame_of_the_list_is_one(tracks: Path, tmp_path: Path) -> None:
    package(pictures(tracks), [], [], tmp_path / "package")
    playlist = m3u8.load(str(tmp_path / "package" / "large-key-frames.m3u8"))
    numbers = [read_frame_numbers(joined(tmp_path, playlist, [segment])) for segment in playlist.segments]
    assert numbers == [[0], [48], [96], [144], [192]]


def test_two_makings_are_byte_equal(tracks: Path, tmp_path: Path) -> None:
    for name in ("one", "other"):
        package(pictures(tracks), [english(tracks)], [SubtitlesFile("de", VTT, "de", "Deutsch")], tmp_path / name)
    assert contents(tmp_path / "one") == contents(tmp_path / "other")


def test_another_subtitle_or_language_writes_text_alone(tracks: Path, tmp_path: Path) -> None:
    folder = tmp_path / "package"
    package(pictures(tracks), [english(tracks)], [SubtitlesFile("de", VTT, "de", "Deutsch")], folder)
    before, files = contents(folder), {path.name: path.stat().st_ino for path in folder.glob("*.mp4")}
    french = SoundFile("fr", tracks / "sound", "fr", "Français")
    with writing_at_most(20_000):
        texts = [SubtitlesFile("de", VTT + b"\n00:03.000 --> 00:04.000\nmore\n", "de", "Deutsch")]
        package(pictures(tracks), [english(tracks), french], texts, folder)
    after = contents(folder)
    assert {path.name: path.stat().st_ino for path in folder.glob("*.mp4")} == files | {"fr.mp4": files["en.mp4"]}
    assert {name for name in before if before[name] != after[name]} == {"de.vtt", MASTER, MANIFEST}
    package(pictures(tracks), [], [], folder)
    assert not {"en.mp4", "de.vtt", "fr.mp4"} & set(contents(folder))


@contextmanager
def writing_at_most(size: int) -> Iterator[None]:
    """No file may grow larger: what a full disk says, without one."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("there", [False, True], ids=["new", "in the place of another"])
def test_a_full_disk_leaves_what_was_there(there: bool, tracks: Path, tmp_path: Path) -> None:
    folder = tmp_path / "package"
    if there:
        package(pictures(tracks), [], [], folder)
    before = contents(tmp_path)
    with writing_at_most(2_000), pytest.raises(Resource, match="bytes are free"):
        package(pictures(tracks), [english(tracks)], [SubtitlesFile("de", VTT * 100, "de", "Deutsch")], folder)
    assert contents(tmp_path) == before
    assert folder.exists() == there
    assert [path.name for path in tmp_path.iterdir()] == ["package"] * there


def test_a_full_disk_while_a_track_is_written_is_said(tracks: Path, tmp_path: Path) -> None:
    with writing_at_most(10_000), pytest.raises(Resource, match="bytes are free"):
        write_cmaf(tracks / "large-source.mp4", tmp_path / "large", "video")


def test_a_folder_of_other_things_is_left_alone(tracks: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(InvalidRequest, match="is there, and is no package"):
        package(pictures(tracks), [], [], tmp_path / "thesis")
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"


def test_subtitles_of_another_format_are_named(tracks: Path, tmp_path: Path) -> None:
    srt = SubtitlesFile("de", b"1\n00:00:01,000 --> 00:00:02,000\nx\n", "de", "Deutsch")
    with pytest.raises(InvalidRequest, match=r"subtitles\[0\]: is no WebVTT"):
        package(pictures(tracks), [], [srt], tmp_path / "package")


def test_what_is_no_cmaf_file_is_named(tracks: Path, tmp_path: Path) -> None:
    with pytest.raises(BadMedia, match=r"large-source\.mp4: is no CMAF file of one track"):
        package([PictureFile("p", tracks / "large-source.mp4")], [], [], tmp_path / "package")
    assert not (tmp_path / "package").exists()


def opened(data: bytes, number: int, key: bytes = KEY) -> bytes:
    """A segment decrypted by RFC 8216 to the letter: its number as the IV, and the padding as long as its last byte says."""
    cipher = Cipher(algorithms.AES(key), modes.CBC(number.to_bytes(16, "big"))).decryptor()
    plain = cipher.update(data) + cipher.finalize()
    return plain[: -plain[-1]]


def test_encrypted_segments_are_the_clear_ones(tracks: Path, tmp_path: Path) -> None:
    clear, locked = tmp_path / "clear", tmp_path / "locked"
    four = Fraction(4)
    package(pictures(tracks), [english(tracks)], [], clear, target=four)
    package(
        pictures(tracks), [english(tracks)], [], locked, target=four, encryption=Encryption(KEY, "https://k.example/1")
    )
    for name in ("large", "small", "en"):
        open_list, locked_list = (m3u8.load(str(folder / f"{name}.m3u8")) for folder in (clear, locked))
        assert locked_list.keys[-1].uri == "https://k.example/1"
        assert locked_list.keys[-1].method == "AES-128"
        text = (locked / f"{name}.m3u8").read_text()
        assert text.index("#EXT-X-MAP") < text.index("#EXT-X-KEY")
        for number, (one, other) in enumerate(zip(open_list.segments, locked_list.segments, strict=True)):
            plain = fetched(one.absolute_uri, one.byterange)
            assert opened(Path(other.absolute_uri).read_bytes(), number) == plain
            assert one.duration == other.duration
    found = contents(locked)
    assert not [name for name in found if name.endswith(("key-frames.m3u8", ".mpd"))]
    assert not any(KEY in data for data in found.values())
    again = package(
        pictures(tracks), [english(tracks)], [], locked, target=four, encryption=Encryption(KEY, "https://k.example/1")
    )
    assert contents(locked) == found
    assert len(again.pictures) == 2


@pytest.mark.parametrize(
    ("key", "uri", "said"),
    [
        (KEY[:15], "https://k.example", "key: has 15 bytes (AES-128 needs 16)"),
        (KEY.hex().encode(), "https://k.example", "key: has 32 bytes"),
        (KEY, "", "key_uri: is no address"),
        (KEY, 'https://k.example/"', "key_uri: is no address"),
        (KEY, "file:///etc/passwd", "key_uri: is no address"),
    ],
)
def test_a_key_that_is_none_is_refused(key: bytes, uri: str, said: str) -> None:
    with pytest.raises(ReelError) as caught:
        Encryption(key, uri)
    assert said in str(caught.value)


def test_a_key_is_not_shown() -> None:
    assert "000102" not in repr(Encryption(KEY, "k"))
    assert str(KEY) not in repr(Encryption(KEY, "k"))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"x" * 15, "it has 15 bytes"),
        (b"x" * 17, "it has 17 bytes"),
        (b"0123456789abcdef0123456789abcdeg", "not all of its 32 letters are hexadecimal digits"),
        (b"0123456789abcdef0123456789abcdeO\n", "not all of its 32 letters are hexadecimal digits"),
    ],
)
def test_what_is_no_key_is_told_without_a_word_of_it(data: bytes, why: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        key_of(data, "outputs[0].encryption.key")
    assert why in str(refused.value)
    assert "0123" not in str(refused.value)
