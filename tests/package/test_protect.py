"""Encrypted samples: those of the clear track for who has the key, and nobody else; all else is the clear file."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from reel.errors import Internal, InvalidRequest
from reel.package.cmaf import write_cmaf
from reel.package.encrypt import Encryption
from reel.package.entries import Protection
from reel.package.key_systems import KeySystem
from reel.package.package import MANIFEST, MASTER, PictureFile, SoundFile, package
from reel.package.protect import write_protected
from reel.package.track import Track, read_track
from reel.shaka.encrypt import Lock, Scheme, encrypt
from tests.clips import ffmpeg
from tests.package.players import play, players
from tests.package.tracks import encode, programme
from tests.packager import needs_packager
from tests.some import some

pytestmark = needs_packager

KEY, ID = bytes(range(16)), bytes.fromhex("00112233445566778899aabbccddeeff")
FRAMES, GROUP = 203, 48
CODECS = ["h264", "hevc", "av1", "vp9", "aac", "opus", "flac"]
SOUNDS = ("aac", "opus", "flac")
SCHEMES: list[Scheme] = ["cbcs", "cenc"]


@pytest.fixture(scope="module")
def clear(tmp_path_factory: pytest.TempPathFactory):
    """`clear(codec)`: the file of a track; sound is cut at the key frames of the pictures."""
    folder = tmp_path_factory.mktemp("clear")
    source = programme(folder / "source.mov", rate="25", frames=FRAMES)

    def made(codec: str) -> Path:
        path = folder / f"{codec}.cmaf"
        if not path.exists():
            track = encode(source, folder / f"{codec}.mp4", codec, group=GROUP)
            if codec in SOUNDS:
                write_cmaf(track, path, "audio", [Fraction(frame, 25) for frame in range(GROUP, FRAMES, GROUP)])
            else:
                write_cmaf(track, path, "video")
        return path

    return made


def protected(path: Path, scheme: Scheme, output: Path, key: bytes = KEY, iv: bytes = bytes(7) + b"\1") -> Track:
    """A track encrypted by Shaka Packager and laid out by us; with AES-CBC a vector is a whole block."""
    kind: Any = "audio" if path.stem in SOUNDS else "video"
    work = output.with_suffix(".work")
    work.mkdir()
    lock = Lock(scheme, ID, key, iv if scheme == "cenc" else bytes(8) + iv)
    encrypted = encrypt(path, kind, lock, work, place="x")
    track = write_protected(path, encrypted, output, Protection(scheme, ID), key)
    shutil.rmtree(work)
    return track


def decoded(path: Path, key: bytes | None = None) -> tuple[str, str]:
    """By FFmpeg: a digest of all frames or samples, and what went wrong meanwhile."""
    given = ["-decryption_key", key.hex()] if key else []
    command = [ffmpeg(), "-v", "error", "-nostdin", *given, "-i", str(path), "-map", "0", "-f", "md5", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout, done.stderr


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("codec", some(CODECS, 3))
def test_who_has_the_key_sees_the_clear_track(codec: str, scheme: Scheme, clear, tmp_path: Path) -> None:
    output = tmp_path / "track.mp4"
    locked, track = protected(clear(codec), scheme, output), read_track(clear(codec))
    assert decoded(output, KEY) == decoded(clear(codec))
    assert decoded(output, KEY[::-1]) != decoded(clear(codec))
    assert decoded(output) != decoded(clear(codec))
    assert (locked.codec, locked.facts, locked.protection) == (track.codec, track.facts, Protection(scheme, ID))
    times = [[(part.start, part.end) for part in each.fragments] for each in (locked, track)]
    assert times[0] == times[1]
    assert KEY not in output.read_bytes()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_two_makings_are_equal_and_another_vector_is_another_file(scheme: Scheme, clear, tmp_path: Path) -> None:
    vectors = {"one": bytes(8), "two": bytes(8), "other": b"\1" + bytes(7)}
    for name, iv in vectors.items():
        protected(clear("h264"), scheme, tmp_path / name, iv=iv)
    digests = {name: hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in vectors}
    assert digests["one"] == digests["two"] != digests["other"]


def test_what_is_not_the_clear_track_encrypted_is_refused(clear, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    other = encrypt(clear("hevc"), "video", Lock("cbcs", ID, KEY, bytes(16)), work, place="x")
    output, wanted = tmp_path / "out.mp4", Protection("cbcs", ID)
    with pytest.raises(Internal, match="its samples are others than the clear file's, or of other sizes"):
        write_protected(clear("h264"), other, output, wanted, KEY)
    with pytest.raises(Internal, match="is not the clear track encrypted: no box encv"):
        write_protected(clear("h264"), clear("h264"), output, wanted, KEY)
    with pytest.raises(Internal, match="does not decrypt to what was encrypted"):
        write_protected(clear("hevc"), other, output, wanted, KEY[::-1])
    with pytest.raises(Internal, match="is protected by"):
        write_protected(clear("hevc"), other, output, Protection("cenc", ID), KEY)


def packaged(
    clear, scheme: Scheme, folder: Path, *systems: KeySystem, codecs: tuple[str, str] = ("h264", "aac")
) -> Path:
    files = {codec: folder / f"{codec}.mp4" for codec in codecs}
    for codec, path in files.items():
        protected(clear(codec), scheme, path)
    picture, sound = files.values()
    sounds = [SoundFile("en", sound, "en", "English", default=True)]
    package([PictureFile("large", picture)], sounds, [], folder / "package", systems=systems)
    return folder / "package"


def test_manifests_say_how_players_come_by_the_key(clear, tmp_path: Path) -> None:
    pssh = (36).to_bytes(4, "big") + b"pssh" + bytes(4) + bytes.fromhex("9a04f07998404286ab92e65be0885f95")
    pssh += (4).to_bytes(4, "big") + b"data"
    systems = [KeySystem("clearkey", "https://l.example/1"), KeySystem("playready", pssh=pssh)]
    folder = packaged(clear, "cenc", tmp_path, *systems)
    for name in ("large", "en", "large-key-frames"):
        tags = [line for line in (folder / f"{name}.m3u8").read_text().splitlines() if line.startswith("#EXT-X-KEY")]
        assert tags == [
            '#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,URI="https://l.example/1",KEYFORMAT="org.w3.clearkey",'
            f'KEYFORMATVERSIONS="1",KEYID=0x{ID.hex()}',
            '#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,URI="data:text/plain;charset=UTF-16;base64,ZGF0YQ==",'
            'KEYFORMAT="com.microsoft.playready",KEYFORMATVERSIONS="1"',
        ]
    manifest = (folder / MANIFEST).read_text()
    assert manifest.count('value="cenc" cenc:default_KID="00112233-4455-6677-8899-aabbccddeeff"') == 2
    assert manifest.count("<dashif:Laurl>https://l.example/1<") == 2
    assert manifest.count("urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95") == 2
    assert (folder / "large" / "protected.mp4").stat().st_size == read_track(folder / "large/protected.mp4").size


def test_what_manifests_cannot_say_is_refused(clear, tmp_path: Path) -> None:
    protected(clear("h264"), "cbcs", tmp_path / "locked.mp4")
    locked, plain = [PictureFile("a", tmp_path / "locked.mp4")], [PictureFile("a", clear("h264"))]
    bare = [KeySystem("identity", "key.bin")]
    with pytest.raises(InvalidRequest, match="systems: 'a' is encrypted, and no `systems` are given"):
        package(locked, [], [], tmp_path / "p")
    with pytest.raises(InvalidRequest, match="systems: no track is encrypted"):
        package(plain, [], [], tmp_path / "p", systems=bare)
    with pytest.raises(InvalidRequest, match="encryption: 'a' is encrypted already"):
        package(locked, [], [], tmp_path / "p", encryption=Encryption(KEY, "k"), systems=bare)
    with pytest.raises(InvalidRequest, match="widevine: lacks its `uri` or `pssh`, or has both"):
        KeySystem("widevine", "https://l.example/1")


# What each player takes: the bare key of HLS is Shaka Player's alone, ClearKey's tag there hls.js's.
WAYS = [
    ("shaka", MANIFEST, "clearkey"),
    ("dash", MANIFEST, "clearkey"),
    ("hls", MASTER, "clearkey"),
    ("shaka", MASTER, "identity"),
]


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS, ids="-".join)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("codecs", some([("h264", "aac"), ("av1", "opus"), ("vp9", "flac")], 1), ids="-".join)
def test_players_that_get_the_key_play_it(
    codecs: tuple[str, str], scheme: Scheme, way: tuple[str, str, str], clear, tmp_path: Path
) -> None:
    """Frames are told by their times: of what is decrypted browsers let no page copy a picture."""
    if isinstance(why := players(), str):
        pytest.skip(why)
    player, manifest, system = way
    # Relative addresses are those of the package's folder.
    address = "key.bin" if system == "identity" else "/licence"
    folder = packaged(clear, scheme, tmp_path, KeySystem(system, address), codecs=codecs)  # type: ignore[arg-type]
    (folder / "key.bin").write_bytes(KEY)
    wanted = [10, 2 * GROUP, GROUP - 1, FRAMES - 2, 0]
    seeks = [(frame + 0.5) / 25 for frame in wanted]
    seen = play(folder, player, manifest, seeks, tmp_path / "browser", {ID: KEY})
    assert seen.errors == []
    assert [time for time, _ in seen.shown] == pytest.approx([frame / 25 for frame in wanted], abs=0.001)
    assert len(seen.starts) == 2
    assert max(seen.starts) < 0.001
    assert abs(seen.duration - FRAMES / 25) < 1 / 25


@pytest.mark.slow
def test_who_gets_another_key_sees_nothing(clear, tmp_path: Path) -> None:
    if isinstance(why := players(), str):
        pytest.skip(why)
    folder = packaged(clear, "cbcs", tmp_path, KeySystem("clearkey", "/licence"))
    seen = play(folder, "shaka", MANIFEST, [1.0], tmp_path / "browser", {ID: KEY[::-1]})
    assert seen.errors
    assert seen.shown == []
