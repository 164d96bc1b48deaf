"""Ladders: the frames of the videos that they are made beside, as HLS and DASH of one set of files, and text made apart."""

from __future__ import annotations

import hashlib
import json
import logging
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import m3u8
import pytest
from mpegdash.parser import MPEGDASHParser

from reel.errors import BadMedia, InvalidRequest, ReelError, Resource
from reel.generate.render import plan, render
from reel.make.worker import Worker, make_worker
from reel.plan.step import Plan
from reel.report import Report, words
from reel.report.html import to_html
from reel.report.markdown import to_markdown
from reel.search.document import documents_of
from reel.settings import Settings
from tests.clips import Clip, numbered, read_clicks, read_frame_numbers
from tests.conftest import MakeClip
from tests.packager import needs_packager

SRT = "1\n00:00:00,500 --> 00:00:01,000\nHello\n"
GERMAN = "1\n00:00:00,500 --> 00:00:01,000\nHallo\n"
KEY = bytes(range(16))
DECRYPTION = {"decryption_key": KEY.hex()}


@pytest.fixture
def fresh(tmp_path: Path) -> Worker:
    """A worker with an empty store."""
    return make_worker(Settings(home=tmp_path / "home"))


@pytest.fixture
def master(make_clip: MakeClip) -> Path:
    return make_clip(numbered(size=(640, 360), seconds=2.5))


def encode(path: Path, *outputs: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"kind": "encode", "asset": str(path), "stills": False, "outputs": [*outputs], **fields}


def ladder(**fields: Any) -> dict[str, Any]:
    return {"type": "ladder", "rungs": [{}, {"width": 320, "height": 180}], **fields}


def files(report: Report) -> dict[str, Path]:
    return {file.name: Path(file.path) for file in report.outputs[0].files}


def pixels(path: Path) -> str:
    """A digest of all frames of a file."""
    found = hashlib.sha256()
    with av.open(str(path)) as source:
        for frame in source.decode(video=0):
            found.update(frame.to_ndarray(format="yuv420p").tobytes())
    return found.hexdigest()


def packets(path: Path, options: dict[str, str]) -> list[tuple[int | None, bytes]]:
    """Times and bytes of all packets of a file."""
    with av.open(str(path), options=options) as source:
        return [(packet.pts, bytes(packet)) for packet in source.demux()]


def kinds(planned: Plan, keys: set[str]) -> list[str]:
    return sorted(planned.by_key[key].kind for key in keys)


def test_rungs_are_the_frames_of_the_videos_of_their_sizes(master: Path, fresh: Worker) -> None:
    small = {"type": "video", "width": 320, "height": 180}
    report = render(encode(master, {"type": "video"}, small, ladder()), worker=fresh)
    made = files(report)
    for size in ("640x360", "320x180"):
        name = "360p" if size == "640x360" else size
        rung = made[f"encode/stream/{name}.mp4"]
        assert read_frame_numbers(rung) == list(range(75))
        assert pixels(rung) == pixels(made[f"encode-{name}.mp4"])
    assert read_clicks(made["encode/stream/sound-und.mp4"]) == read_clicks(made["encode-360p.mp4"])
    assert list(made)[-1] == "encode/stream/master.m3u8"
    (told,) = report.outputs[0].ladders
    assert told.bytes == sum(path.stat().st_size for name, path in made.items() if name.startswith("encode/stream/"))
    assert [(rung.width, rung.height, rung.codec) for rung in told.rungs] == [(640, 360, "h264"), (320, 180, "h264")]
    pictures = [row for row in report.steps if row.kind == "picture"]
    assert [row.steps for row in pictures] == [2], "a rung that equals a video shares its segments"


def test_parsers_read_what_was_asked_for(master: Path, make_clip: MakeClip, tmp_path: Path, fresh: Worker) -> None:
    (tmp_path / "a.srt").write_text(SRT)
    dubbed = make_clip(Clip(seconds=2, size=(320, 180)))
    asked = ladder(
        audio=[{"language": "en", "name": "English"}, {"asset": str(dubbed), "language": "de", "name": "Deutsch"}],
        subtitles=[{"asset": str(tmp_path / "a.srt"), "language": "en", "name": "English", "default": True}],
        segment_seconds=1,
    )
    made = files(render(encode(master, asked), worker=fresh))
    folder = made["encode/stream/master.m3u8"].parent
    playlist = m3u8.load(str(folder / "master.m3u8"))
    assert [each.stream_info.resolution for each in playlist.playlists] == [(640, 360), (320, 180)]
    assert [(each.type, each.language, each.name) for each in playlist.media] == [
        ("AUDIO", "en", "English"), ("AUDIO", "de", "Deutsch"), ("SUBTITLES", "en", "English"),
    ]  # fmt: skip
    assert len(playlist.iframe_playlists) == 2
    for each in playlist.playlists:
        media = m3u8.load(str(folder / each.uri))
        assert sum(Fraction(str(segment.duration)) for segment in media.segments) == Fraction(5, 2)
        assert len(media.segments) > 1
    adaptations = MPEGDASHParser.parse(str(folder / "manifest.mpd")).periods[0].adaptation_sets
    assert [(each.content_type, each.lang) for each in adaptations] == [
        ("video", None), ("audio", "en"), ("audio", "de"), ("text", "en"),
    ]  # fmt: skip
    assert (folder / "subtitles-en.vtt").read_text().endswith("00:00:00.500 --> 00:00:01.000\nHello\n")
    assert {path.name for path in folder.iterdir()} == {name.rpartition("/")[2] for name in made}


def test_a_ladder_is_listed_by_what_all_of_it_takes(master: Path, fresh: Worker) -> None:
    report = render(encode(master, ladder()), worker=fresh)
    whole = sum(path.stat().st_size for name, path in files(report).items() if name.startswith("encode/stream/"))
    (listed,) = words.delivered(report.outputs[0])
    assert (listed.file.name, listed.bytes) == ("encode/stream/master.m3u8", whole)
    assert words.size(whole) in to_markdown(report, {})
    assert f": {listed.what}, {words.size(whole)}</li>" in to_html(report)
    (document,) = documents_of(report, "g", "p", None, {})
    assert document.bytes == whole


def test_a_preview_has_the_subtitles_of_its_part(master: Path, tmp_path: Path, fresh: Worker) -> None:
    (tmp_path / "a.srt").write_text(SRT)
    asked = ladder(subtitles=[{"asset": str(tmp_path / "a.srt"), "language": "en"}])
    made = files(render(encode(master, asked, preview={"range": {"start": 0.4, "end": 1}}), worker=fresh))
    assert read_frame_numbers(made["encode/stream/360p.mp4"]) == list(range(12, 30))
    assert "00:00:00.100 --> 00:00:00.600\nHello" in made["encode/stream/subtitles-en.vtt"].read_text()


WARNED: dict[str, tuple[list[tuple[float, float]], str | None]] = {
    # times of cues in a video of 2.5 s, and what is said of them
    "all late": (
        [(49, 52), (53, 55)],
        "the video ends at 2.500 s; of 2 subtitles, too late to be shown: 2",
    ),
    "partly late": (
        [(0, 1), (2, 3), (2.5, 4), (3, 4)],
        "the video ends at 2.500 s; of 4 subtitles, too late to be shown: 2; cut short by its end: 1",
    ),
    "no time": (
        [(1, 1), (1, 2)],
        "the video ends at 2.500 s; of 2 subtitles, without length, and not shown: 1",
    ),
    "early": (
        [(-3, -2), (-1, 0), (-1, 1), (1, 2)],
        "the video ends at 2.500 s; of 4 subtitles, over before its begin, and not shown: 2",
    ),
    "to the end": ([(0, 1), (2, 2.52)], None),
}


def stamp(seconds: float) -> str:
    return f"{'-' if seconds < 0 else ''}00:00:{abs(seconds):06.3f}"


@pytest.mark.parametrize("name", WARNED)
def test_subtitles_that_nobody_sees_are_told(name: str, master: Path, tmp_path: Path, fresh: Worker) -> None:
    """By the plan, and so by the report; a preview of a part, of which others are not, tells of the whole video alone."""
    times, said = WARNED[name]
    (tmp_path / "a.srt").write_text("\n".join(f"{stamp(start)} --> {stamp(end)}\nHello\n" for start, end in times))
    asked = ladder(subtitles=[{"asset": str(tmp_path / "a.srt"), "language": "en"}])
    parts: tuple[dict[str, Any], ...] = ({}, {"preview": {"range": {"start": 0.4, "end": 1}}})
    for part in parts:
        warnings = [each for each in plan(encode(master, asked, **part), worker=fresh).warnings if "subtitles" in each]
        assert warnings == ([f"outputs[0].subtitles[0].asset: {said}"] if said else [])


def test_text_and_languages_encode_no_picture(master: Path, make_clip: MakeClip, tmp_path: Path, fresh: Worker) -> None:
    text, dubbed = tmp_path / "a.srt", make_clip(Clip(seconds=2, size=(320, 180)))
    text.write_text(SRT)
    subtitles = [{"asset": str(text), "language": "en"}]
    first = plan(encode(master, ladder(subtitles=subtitles)), worker=fresh)
    render(encode(master, ladder(subtitles=subtitles)), worker=fresh)

    def new(asked: dict[str, Any]) -> list[str]:
        planned = plan(encode(master, asked), worker=fresh)
        return kinds(planned, planned.by_key.keys() - first.by_key.keys())

    more = [{}, {"asset": str(dubbed), "language": "de"}]
    assert new(ladder(subtitles=subtitles, audio=more)) == [
        "bind", "decode", "fragment", "package", "prove-sound", "soundtrack",
    ]  # fmt: skip
    text.write_text(GERMAN)
    assert new(ladder(subtitles=subtitles)) == ["package"]
    report = render(encode(master, ladder(subtitles=subtitles)), worker=fresh)
    assert {row.kind: row.steps - row.reused for row in report.steps if row.steps != row.reused} == {"package": 1}
    assert "Hallo" in files(report)["encode/stream/subtitles-en.vtt"].read_text()


def test_two_makings_are_byte_equal(master: Path, tmp_path: Path, fresh: Worker) -> None:
    other = make_worker(Settings(home=tmp_path / "other"))
    asked = encode(master, ladder(codecs=["h264", "av1"]))
    one, two = (
        {file.name: file.sha256 for file in render(asked, worker=each).outputs[0].files} for each in (fresh, other)
    )
    assert one == two
    assert {"encode/stream/360p.mp4", "encode/stream/360p-av1.mp4", "encode/stream/320x180-av1.mp4"} <= one.keys()


@pytest.mark.parametrize("given", [KEY, KEY.hex().encode() + b"\n"], ids=["bytes", "digits"])
def test_encrypted_segments_decrypt_to_the_clear_ones(
    given: bytes, master: Path, tmp_path: Path, fresh: Worker
) -> None:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    (tmp_path / "secret").write_bytes(given)
    lock = {"key": str(tmp_path / "secret"), "uri": "https://keys.example/1"}
    clear = files(render(encode(master, ladder(segment_seconds=1)), worker=fresh))
    report = render(encode(master, ladder(segment_seconds=1, encryption=lock)), worker=fresh)
    locked = files(report)
    folder = locked["encode/stream/master.m3u8"].parent
    assert not (folder / "manifest.mpd").exists()
    media = m3u8.load(str(folder / "360p.m3u8"))
    assert media.keys[-1].uri == "https://keys.example/1"
    joined = (folder / "360p/head.mp4").read_bytes()
    for number, segment in enumerate(media.segments):
        cipher = Cipher(algorithms.AES(KEY), modes.CBC(number.to_bytes(16, "big"))).decryptor()
        padded = cipher.update((folder / segment.uri).read_bytes()) + cipher.finalize()
        joined += padded[: -padded[-1]]
    (tmp_path / "decrypted.mp4").write_bytes(joined)
    assert pixels(tmp_path / "decrypted.mp4") == pixels(clear["encode/stream/360p.mp4"])
    told = report.model_dump_json() + "".join(
        path.read_text("latin-1") for path in folder.parent.parent.rglob("*.html")
    )
    assert KEY.hex() not in told
    assert json.dumps(KEY.decode("latin-1"))[1:-1] not in told


ID = "00112233445566778899aabbccddeeff"


def protection(key: Path | str, **fields: Any) -> dict[str, Any]:
    systems = [{"system": "clearkey", "uri": "https://licences.example/1"}]
    return {"scheme": "cbcs", "key": str(key), "key_id": ID, "systems": systems, **fields}


@needs_packager
@pytest.mark.parametrize("scheme", ["cbcs", "cenc"])
def test_encrypted_samples_are_the_clear_ladder_for_who_has_the_key(
    scheme: str, master: Path, make_clip: MakeClip, tmp_path: Path, fresh: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "reel")
    (tmp_path / "secret").write_bytes(KEY)
    (tmp_path / "a.srt").write_text(SRT)
    subtitles = [{"asset": str(tmp_path / "a.srt"), "language": "en"}]
    lock = protection(tmp_path / "secret", scheme=scheme)
    clear = files(render(encode(master, ladder(subtitles=subtitles)), worker=fresh))
    report = render(encode(master, ladder(subtitles=subtitles, encryption=lock)), worker=fresh)
    locked = files(report)
    for name in ("360p", "320x180", "sound-und"):
        pair = [(clear[f"encode/stream/{name}.mp4"], {}), (locked[f"encode/stream/{name}/protected.mp4"], DECRYPTION)]
        one, other = (packets(path, options) for path, options in pair)
        assert one == other
        assert packets(pair[1][0], {}) != one
    folder = locked["encode/stream/master.m3u8"].parent
    assert (folder / "subtitles-en.vtt").read_bytes() == clear["encode/stream/subtitles-en.vtt"].read_bytes()
    assert (folder / "manifest.mpd").read_text().count(f'value="{scheme}" cenc:default_KID=') == 2
    (told,) = report.outputs[0].ladders
    assert (told.encrypted, told.scheme, told.manifest is not None) == (True, scheme, True)
    # The playlists tell of the files that are there: rates of encrypted ones, with what tells how to decrypt them.
    rates = [each.stream_info.bandwidth for each in m3u8.load(str(folder / "master.m3u8")).playlists]
    before = [each.stream_info.bandwidth for each in m3u8.load(str(clear["encode/stream/master.m3u8"])).playlists]
    assert all(more > less for more, less in zip(rates, before, strict=True))
    steps = {row.kind: row.steps - row.reused for row in report.steps if row.steps != row.reused}
    assert steps == {"protect": 3, "package": 1}, "nothing is encoded or proven for it that was before"
    written = [path.read_text("latin-1") for path in folder.parent.parent.rglob("*") if path.is_file()]
    for secret in (KEY.hex(), KEY.decode("latin-1")):
        assert not any(secret in text for text in [report.model_dump_json(), caplog.text, *written])


@needs_packager
def test_two_makings_of_encrypted_samples_are_byte_equal(master: Path, tmp_path: Path, fresh: Worker) -> None:
    (tmp_path / "secret").write_bytes(KEY)
    other = make_worker(Settings(home=tmp_path / "other"))
    asked = encode(master, ladder(encryption=protection(tmp_path / "secret", scheme="cenc")))
    one, two = (
        {file.name: file.sha256 for file in render(asked, worker=each).outputs[0].files} for each in (fresh, other)
    )
    assert one == two


def test_one_id_for_two_keys_is_refused(master: Path, tmp_path: Path, fresh: Worker) -> None:
    for name in ("one", "other"):
        (tmp_path / name).write_bytes(bytes(15) + name[-1:].encode())
    ladders = [ladder(name=name, encryption=protection(tmp_path / name)) for name in ("one", "other")]
    with pytest.raises(InvalidRequest) as refused:
        plan(encode(master, *ladders), worker=fresh)
    said = "outputs[1].encryption.key_id: is that of another key in outputs[0].encryption"
    assert str(refused.value.problems[0]).startswith(said)


def test_without_the_program_nothing_is_made(
    master: Path, tmp_path: Path, fresh: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reel.shaka.build.packager_path", lambda: None)
    (tmp_path / "secret").write_bytes(KEY)
    with pytest.raises(Resource) as refused:
        render(encode(master, ladder(encryption=protection(tmp_path / "secret"))), worker=fresh)
    assert str(refused.value) == (
        "outputs[0].encryption.scheme: cbcs and cenc take Shaka Packager, which is not installed here "
        "(pip install 'reelflow[drm]', or let REEL_PACKAGER name Shaka Packager)"
    )
    assert not [path for path in (tmp_path / "home" / "outputs").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"rungs": [{"resolution": "480p"}]}, "outputs[0].rungs[0]: 854x480 is more than the picture's 640x360"),
        ({"rungs": [{"width": 320, "height": 200}]}, "outputs[0].rungs[0]: 320x200 is not of the picture's shape, 16:9"),
        ({"rungs": [{}, {"resolution": "360p"}]}, "outputs[0].rungs[1]: is 640x360, as rungs[0] is"),
        ({"rungs": [{"width": 321, "height": 180}]}, "outputs[0].rungs[0].width: must be a multiple of 2"),
        ({"rungs": [{"width": 32, "height": 18}]}, "outputs[0].rungs[0].width: must be at least 64"),
        ({"codecs": ["prores"]}, "outputs[0].codecs[0]: must be `h264`, `hevc`, `av1` or `vp9`"),
        ({"codecs": ["h264", "h264"]}, "outputs[0].codecs: names one twice"),
        ({"audio": [{}, {"language": "de", "name": "Sound"}]}, "outputs[0].audio: [1] is called Sound, as [0] is"),
        ({"subtitles": [{"asset": "words.srt", "language": "en"}]}, "outputs[0].subtitles[0].asset: "),
        ({"subtitles": [{"asset": "a.srt", "language": "deutsch!"}]}, "outputs[0].subtitles[0].language: "),
        ({"encryption": {"key": "short", "uri": "k"}},
         "outputs[0].encryption.key: is no key of AES-128: it has 15 bytes"),
        ({"encryption": protection("short")}, "outputs[0].encryption.key: is no key of AES-128: it has 15 bytes"),
        ({"encryption": {"key": "short", "uri": "has space"}}, "outputs[0].encryption.uri: "),
        ({"audio": [{"asset": "mute.mp4"}]}, "outputs[0].audio[0].asset: mute.mp4 has no sound"),
        ({"segment_seconds": 0}, "outputs[0].segment_seconds: "),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_before_anything_is_made(
    fields: dict[str, Any], said: str, master: Path, make_clip: MakeClip, tmp_path: Path, fresh: Worker
) -> None:
    (tmp_path / "words.srt").write_text("no subtitles at all")
    (tmp_path / "a.srt").write_text(SRT)
    (tmp_path / "short").write_bytes(bytes(15))
    (tmp_path / "mute.mp4").write_bytes(make_clip(Clip(audio=None)).read_bytes())
    with pytest.raises(ReelError) as refused:
        plan(encode(master, ladder(**fields)), base=tmp_path, worker=fresh)
    assert isinstance(refused.value, InvalidRequest | BadMedia)
    assert str(refused.value).startswith(said)


def test_a_silent_master_has_no_sound_to_list(make_clip: MakeClip, fresh: Worker) -> None:
    mute = make_clip(Clip(audio=None, size=(320, 180)))
    made = files(render(encode(mute, ladder(rungs="standard")), worker=fresh))
    assert {name for name in made if name.endswith(".mp4")} == {"encode/stream/320x180.mp4"}
    with pytest.raises(InvalidRequest, match=r"outputs\[0\]\.audio\[0\]: the video has no sound"):
        plan(encode(mute, ladder(rungs="standard", audio=[{}])), worker=fresh)


def test_a_ladder_shorter_than_a_segment_has_one_of_each_track(make_clip: MakeClip, fresh: Worker) -> None:
    short = make_clip(numbered(size=(640, 360), seconds=0.8))
    made = files(render(encode(short, ladder()), worker=fresh))
    folder = made["encode/stream/master.m3u8"].parent
    master = m3u8.load(str(folder / "master.m3u8"))
    listed = [each.uri for each in (*master.playlists, *master.media)]
    assert len(listed) == 3
    for name in listed:
        playlist = m3u8.load(str(folder / name))
        (segment,) = playlist.segments
        assert playlist.is_endlist
        assert playlist.target_duration == 1
        assert segment.duration == pytest.approx(0.8, abs=0.001)
    assert read_frame_numbers(folder / "360p.mp4") == list(range(24))
    manifest = MPEGDASHParser.parse(str(folder / "manifest.mpd"))
    assert manifest.media_presentation_duration == "PT0.8S"
