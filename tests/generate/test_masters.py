"""`encode` of masters that have more than a picture and a sound: what is heard of each track, read, and listed in chapters."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import m3u8
import pytest

from reel.errors import Internal, InvalidRequest, ReelError
from reel.generate.planning import asked_of
from reel.generate.render import plan, render
from reel.kinds import kind_of, parse_request
from reel.make.worker import Worker, make_worker
from reel.media import MediaFacts
from reel.packets.apart import remux
from reel.packets.probe import probe
from reel.packets.remux import Remuxed, SoundTrack
from reel.plan.amounts import amounts_of
from reel.plan.estimate import Basis
from reel.plan.operations import AnyOperation, Bind, ProveSound, Remux
from reel.plan.operations.base import Proof
from reel.plan.plan import plan_compiled
from reel.plan.proving import foreseen_proofs
from reel.proof.audit import audit
from reel.settings import Settings
from tests import masters
from tests.clips import Clip
from tests.conftest import MakeClip
from tests.corpus import CORPUS, needs_corpus
from tests.masters import by_name, chapters, names, tones


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return masters.master(tmp_path_factory.mktemp("master"))


def encode(asset: Path, *outputs: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"kind": "encode", "asset": str(asset), "stills": False, "outputs": [*outputs], **fields}


def made(worker: Worker, asset: Path, *outputs: dict[str, Any], **fields: Any) -> dict[str, Path]:
    return dict(by_name(render(encode(asset, *outputs, **fields), worker=worker).outputs[0].files))


ENGLISH, GERMAN, COMMENTARY = ("eng", "English", 440), ("deu", "", 880), ("eng", "Director's commentary", 1320)


# -- facts ------------------------------------------------------------------------------------------


def facts(path: Path) -> MediaFacts:
    return probe(path, "0" * 64, "asset")


@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_facts_have_all_tracks_and_chapters(suffix: str, tmp_path: Path) -> None:
    found = facts(masters.master(tmp_path, suffix))
    assert [(each.index, each.language, each.title) for each in found.sounds] == [
        (1, "en", "English"), (2, "de", ""), (3, "en", "Director's commentary"),
    ]  # fmt: skip
    assert found.audio == found.sounds[1], "the one that is marked as the default"
    assert [(each.language, each.title, each.forced, each.is_text) for each in found.subtitles] == [
        ("en", "", False, True), ("de", "Deutsch", True, True),
    ]  # fmt: skip
    # FFmpeg leaves out of an MP4 what has no title, and then reads what follows from both lists that it has.
    middle = [(1, "")] if suffix == "mkv" else []
    assert [*dict.fromkeys((float(each.start), each.title) for each in found.chapters)] == [
        (0, "Opening"), *middle, (2, 'Größe & "Ende"'),
    ]  # fmt: skip


def test_facts_tell_pictures_from_text(master: Path, tmp_path: Path) -> None:
    *_, drawn = facts(masters.with_bitmaps(master, tmp_path)).subtitles
    assert (drawn.language, drawn.codec, drawn.is_text) == ("fr", "hdmv_pgs_subtitle", False)


# -- sound tracks of videos -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [GERMAN]),
        ({"audio_tracks": ["de"]}, [GERMAN]),
        ({"audio_tracks": [1]}, [ENGLISH]),
        ({"audio_tracks": [3, "ger"]}, [COMMENTARY, GERMAN]),
        ({"audio_tracks": "all"}, [GERMAN, ENGLISH, COMMENTARY]),
        ({"audio_tracks": "all", "codec": "vp9", "audio": "opus"}, [GERMAN, ENGLISH, COMMENTARY]),
        ({"audio_tracks": [2, 1], "codec": "prores", "audio": "pcm"}, [GERMAN, ENGLISH]),
    ],
)
def test_each_track_is_the_one_that_was_named(
    asked: dict[str, Any], expected: list[tuple[str, str, int]], master: Path, worker: Worker
) -> None:
    (path,) = (
        file for name, file in made(worker, master, {"type": "video", **asked}).items() if "chapters" not in name
    )
    german = "deu" if path.suffix == ".mp4" else "ger"
    assert tones(path) == [tone for *_, tone in expected]
    assert names(path) == [
        (language.replace("deu", german), title, number == 0) for number, (language, title, _) in enumerate(expected)
    ]
    with av.open(str(path)) as source:
        assert len(list(source.decode(video=0))) == 75


def test_a_track_begins_where_it_does_in_the_master(master: Path, worker: Worker) -> None:
    whole = made(worker, master, {"type": "video", "audio_tracks": "all"})["encode.mp4"]
    assert tones(whole, at=0.2) == [880, 440, 0], "the commentary begins after half a second"
    part = made(worker, master, {"type": "video", "audio_tracks": "all"}, range={"start": 0.4, "end": 2})["encode.mp4"]
    assert tones(part, at=0.2) == [880, 440, 1320]


def test_the_sound_by_itself_may_be_any_track(master: Path, worker: Worker) -> None:
    files = made(worker, master, {"type": "audio", "track": 3}, {"type": "audio", "codec": "flac", "track": "de"})
    assert {name: tones(path) for name, path in files.items()} == {"encode.m4a": [1320], "encode.flac": [880]}


def test_every_track_is_proven_against_its_own(master: Path, worker: Worker) -> None:
    planned = plan(encode(master, {"type": "video", "audio_tracks": "all"}), worker=worker)
    (bind,) = (step.operation for step in planned.steps if isinstance(step.operation, Bind))
    proofs = [planned.by_key[sound.proof].operation for sound in bind.sounds]
    assert [[source.stream for source in proof.sources] for proof in proofs if isinstance(proof, ProveSound)] == [
        [2], [1], [3],
    ]  # fmt: skip


def test_tracks_that_are_planned_in_another_order_are_found(master: Path, worker: Worker) -> None:
    request = parse_request(encode(master, {"type": "video", "audio_tracks": "all"}))
    library = {"asset": probe(master, hashlib.sha256(master.read_bytes()).hexdigest(), "asset")}
    compiled = kind_of(request).compile(request, library, {})
    planned = plan_compiled(request, compiled, library, worker.tools)
    asked, assets = asked_of(compiled, request, library), {each.sha256: each for each in library.values()}
    audit(planned, asked, assets)
    steps = tuple(step.model_copy(update={"operation": _turned(step.operation)}) for step in planned.steps)
    with pytest.raises(Internal, match=r"another sound is planned"):
        audit(planned.model_copy(update={"steps": steps}), asked, assets)


def _turned(operation: AnyOperation) -> AnyOperation:
    return (
        operation.model_copy(update={"sounds": operation.sounds[::-1]}) if isinstance(operation, Remux) else operation
    )


def test_tracks_whose_packets_are_exchanged_are_not_published(
    master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exchanged(video: Path, sounds: list[SoundTrack], *more: Any) -> Remuxed:
        others = [sounds[0], *sounds[:0:-1]]
        turned = [replace(each, path=other.path) for each, other in zip(sounds, others, strict=True)]
        return remux(video, turned, *more)

    monkeypatch.setattr("reel.make.remux.remux", exchanged)
    here = make_worker(Settings(home=tmp_path))
    with pytest.raises(ReelError, match=r"has another sound than the one that was proven"):
        render(encode(master, {"type": "video", "audio_tracks": "all"}), worker=here)


def test_a_master_that_says_nothing_is_published_as_it_was_joined(make_clip: MakeClip, worker: Worker) -> None:
    planned = plan(encode(make_clip(Clip(seconds=0.5)), {"type": "video"}), worker=worker)
    (output,) = planned.outputs
    assert planned.by_key[output.step].kind == "join"


def test_what_it_delivers_and_proves_is_foreseen(master: Path, worker: Worker) -> None:
    planned = plan(encode(master, {"type": "video", "audio_tracks": "all"}), worker=worker)
    amounts = amounts_of(planned, Basis(processors=1))
    assert (amounts.seconds, amounts.pixels) == (3, 75 * 160 * 90)
    bare = planned.model_copy(
        update={"steps": tuple(step for step in planned.steps if not isinstance(step.operation, Proof))}
    )
    proofs = Counter(step.kind for step in planned.steps if isinstance(step.operation, Proof))
    assert Counter(each.kind for each in foreseen_proofs(bare)) == proofs == {"prove": 1, "prove-sound": 3, "bind": 1}


def test_another_name_or_track_encodes_no_picture(master: Path, worker: Worker) -> None:
    before = plan(encode(master, {"type": "video"}), worker=worker).by_key.keys()
    asked = {"type": "video", "audio_tracks": [2, 1], "chapters": [{"at": 0, "title": "All"}]}
    after = plan(encode(master, asked), worker=worker)
    new = sorted(after.by_key[key].kind for key in after.by_key.keys() - before)
    assert new == ["bind", "decode", "prove-sound", "remux", "soundtrack"]


# -- chapters ---------------------------------------------------------------------------------------


OWN = [(0.0, 1.0, "Opening"), (1.0, 2.0, "Chapter 2"), (2.0, 3.0, 'Größe & "Ende"')]


@pytest.mark.parametrize(
    ("video", "fields", "expected"),
    [
        ({}, {}, OWN),
        ({"chapters": "drop"}, {}, []),
        ({"codec": "vp9", "audio": "opus"}, {}, OWN),
        ({"codec": "prores", "audio": "none"}, {}, OWN),
        ({}, {"range": {"start": 0.4, "end": 1.6}}, [(0, 0.6, "Opening"), (0.6, 1.2, "Chapter 2")]),
        ({}, {"preview": {"range": {"start": 1.2, "end": 3}}}, [(0, 0.8, "Chapter 2"), (0.8, 1.8, 'Größe & "Ende"')]),
        (
            {"chapters": [{"at": 0, "title": "a=b; #c"}, {"at": 1.5, "title": "日本"}]},
            {},
            [(0, 1.5, "a=b; #c"), (1.5, 3, "日本")],
        ),
        ({"chapters": [{"at": 1, "title": "Late"}]}, {}, [(0, 1, ""), (1, 3, "Late")]),
        ({"chapters": [{"at": 1, "title": "Late"}], "codec": "vp9", "audio": "opus"}, {}, [(1, 3, "Late")]),
        ({"chapters": "scenes"}, {}, [(0, 3, "Scene 1")]),
    ],
)
def test_chapters_are_where_they_were(
    video: dict[str, Any],
    fields: dict[str, Any],
    expected: list[tuple[float, float, str]],
    master: Path,
    worker: Worker,
) -> None:
    files = made(worker, master, {"type": "video", **video}, **fields)
    path = next(file for name, file in files.items() if not name.endswith(".vtt"))
    assert chapters(path) == [(round(begin, 3), round(end, 3), title) for begin, end, title in expected]
    assert ("encode.chapters.vtt" in files) == bool(expected)


def test_chapters_are_listed_for_players_of_the_web(master: Path, worker: Worker) -> None:
    files = made(worker, master, {"type": "video"})
    assert files["encode.chapters.vtt"].read_text("utf-8") == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nOpening\n\n00:00:01.000 --> 00:00:02.000\nChapter 2\n\n"
        '00:00:02.000 --> 00:00:03.000\nGröße &amp; "Ende"\n'
    )


def test_mp4_has_chapters_as_apple_and_as_nero_have_them(master: Path, worker: Worker) -> None:
    content = made(worker, master, {"type": "video"})["encode.mp4"].read_bytes()
    assert b"chpl" in content, "what VLC reads"
    assert b"tref" in content, "what QuickTime reads: the picture refers to a track of texts"
    assert b"chap" in content


def test_any_kind_may_list_chapters(make_clip: MakeClip, worker: Worker) -> None:
    clips = [str(make_clip(Clip(seconds=1))), str(make_clip(Clip(seconds=1, rate="25")))]
    marks = [{"at": 0, "title": "First"}, {"at": 1, "title": "Second"}]
    request = {
        "kind": "mixer", "clips": clips, "resolution": "360p", "stills": False,
        "outputs": [{"type": "video", "chapters": marks}],
    }  # fmt: skip
    (path, listed) = (Path(file.path) for file in render(request, worker=worker).outputs[0].files)
    assert chapters(path) == [(0, 1, "First"), (1, 2, "Second")]
    assert "00:00:01.000 --> 00:00:02.000\nSecond" in listed.read_text("utf-8")
    marks[1]["at"] = 2
    with pytest.raises(InvalidRequest, match=r"outputs\[0\]\.chapters\[1\]\.at: 2 s is past the end: .*2\.000 s"):
        plan(request, worker=worker)


# -- ladders ----------------------------------------------------------------------------------------


def test_a_ladder_has_all_tracks_of_its_master(master: Path, worker: Worker) -> None:
    asked = {"type": "ladder", "rungs": [{}], "audio": "all", "subtitles": "all"}
    files = made(worker, master, asked, range={"start": 0.4, "end": 2.2})
    playlist = m3u8.load(str(files["encode/stream/master.m3u8"]))
    assert [(each.type, each.language, each.name, each.default, each.forced) for each in playlist.media] == [
        ("AUDIO", "de", "de", "YES", None),
        ("AUDIO", "en", "English", "NO", None),
        ("AUDIO", "en", "Director's commentary", "NO", None),
        ("SUBTITLES", "en", "en", "NO", "NO"),
        ("SUBTITLES", "de", "Deutsch", "NO", "YES"),
    ]
    heard = {name: tones(path, at=0.5) for name, path in files.items() if "/sound-" in name and name.endswith(".mp4")}
    assert heard == {
        "encode/stream/sound-de.mp4": [880],
        "encode/stream/sound-en.mp4": [440],
        "encode/stream/sound-en_2.mp4": [1320],
    }
    assert files["encode/stream/subtitles-en.vtt"].read_text("utf-8") == (
        "WEBVTT\n\n00:00:00.100 --> 00:00:00.850\n<i>Hello</i> there\n\n00:00:01.600 --> 00:00:01.800\nBye\n"
    )
    assert "00:00:00.200 --> 00:00:00.900\nHallo &amp; tschüs" in files["encode/stream/subtitles-de.vtt"].read_text(
        "utf-8"
    )


def test_sounds_and_subtitles_of_a_ladder_may_be_files_and_tracks(
    master: Path, make_clip: MakeClip, tmp_path: Path, worker: Worker
) -> None:
    (tmp_path / "fr.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nSalut\n")
    dubbed = make_clip(Clip(seconds=2))
    asked = {
        "type": "ladder",
        "rungs": [{}],
        "audio": [
            {"track": "de", "name": "Original"},
            {"track": 3},
            {"asset": str(dubbed), "language": "fr"},
            {"track": 3, "codec": "opus", "language": "en-GB"},
        ],
        "subtitles": [{"track": 2, "default": True}, {"asset": str(tmp_path / "fr.srt"), "language": "fr"}],
    }
    playlist = m3u8.load(str(made(worker, master, asked)["encode/stream/master.m3u8"]))
    assert [(each.language, each.name, each.default) for each in playlist.media] == [
        ("de", "Original", "YES"), ("en", "Director's commentary", "NO"), ("fr", "fr", "NO"),
        ("en-GB", "Director's commentary", "YES"), ("de", "Deutsch", "YES"), ("fr", "fr", "NO"),
    ]  # fmt: skip


def with_tails(folder: Path, suffix: str) -> Path:
    """A second of picture; a sound of one second, and one of three; subtitles of which one goes on, and one comes later."""
    text = "1\n00:00:00,200 --> 00:00:01,000\nin time\n\n2\n00:00:00,800 --> 00:00:02,000\ntoo long\n\n"
    (folder / "text.srt").write_text(text + "3\n00:00:02,500 --> 00:00:02,900\ntoo late\n")
    path = folder / f"tails.{suffix}"
    sounds = [("-f", "lavfi", "-i", f"sine=440:r=48000:d={seconds}") for seconds in (1, 3)]
    masters.run(
        *("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=1"), *sounds[0], *sounds[1], "-i", folder / "text.srt",
        *("-map", "0", "-map", "1", "-map", "2", "-map", "3", "-c:v", "libx264", "-c:a", "aac"),
        *("-c:s", "mov_text" if suffix == "mp4" else "srt", "-metadata:s:a:1", "language=eng"), path,
    )  # fmt: skip
    return path


@pytest.mark.parametrize("sounds", [1, 2])
def test_a_file_is_whole_that_ends_with_a_track_that_nobody_uses(sounds: int, tmp_path: Path) -> None:
    """Matroska says how long all of it is: as long as its longest sound, or its last subtitle."""
    source, path = with_tails(tmp_path, "mkv"), tmp_path / "whole.mkv"
    masters.run(
        "-i", source, *(["-map", f"0:{stream}"] for stream in (0, *range(1, 1 + sounds), 3)), "-c", "copy", path
    )
    assert facts(path).warnings == ()


SOUND_LOST = "asset: its picture ends at 1.000 s; sound track 2 (en) goes on for 2.00 s, which are not heard"
TEXT_LOST = "asset: its picture ends at 1.000 s; of subtitles 1 (und), too late to be shown: 1; cut short by its end: 1"
TAILS: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "both tracks": ({"type": "video", "audio_tracks": "all"}, {}, [SOUND_LOST]),
    "the short one": ({"type": "video"}, {}, []),
    "no sound": ({"type": "video", "audio": "none"}, {}, []),
    "a file of sound": ({"type": "audio", "track": "en"}, {}, [SOUND_LOST]),
    "a ladder": ({"type": "ladder", "rungs": [{}], "audio": "all", "subtitles": "all"}, {}, [SOUND_LOST, TEXT_LOST]),
    "a part": (
        {"type": "ladder", "rungs": [{}], "audio": "all", "subtitles": "all"}, {"range": {"start": 0, "end": 0.5}}, [],
    ),
    "a part to the end": ({"type": "audio", "track": 2}, {"range": {"start": 0.5, "end": 1}}, [SOUND_LOST]),
}  # fmt: skip


@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_what_goes_on_behind_the_picture_is_told(suffix: str, tmp_path: Path, worker: Worker) -> None:
    """Where it is asked for, by the plan, and so by the report."""
    asset = with_tails(tmp_path, suffix)
    told = {
        name: [*plan(encode(asset, asked, **fields), worker=worker).warnings]
        for name, (asked, fields, _) in TAILS.items()
    }
    assert told == {name: said for name, (_, _, said) in TAILS.items()}


def test_players_list_no_track_as_und(master: Path, tmp_path: Path, worker: Worker) -> None:
    """Of a master that says of no track what it is in, and of sounds that the request says nothing of either."""
    unsaid = tmp_path / "unsaid.mkv"
    masters.run(
        "-i", master, "-map", "0", "-c", "copy", "-metadata:s", "language=", "-metadata:s:a:0", "title=", unsaid
    )
    of_master = {"type": "ladder", "rungs": [{}], "audio": "all", "subtitles": "all"}
    beside = {"type": "ladder", "rungs": [{}], "audio": [{}, {"asset": str(master), "codec": "opus"}], "name": "beside"}
    files = made(worker, unsaid, of_master, beside)
    listed = {
        name: [(each.language, each.name) for each in m3u8.load(str(files[f"encode/{name}/master.m3u8"])).media]
        for name in ("stream", "beside")
    }
    commentary, deutsch = ("und", "Director's commentary"), ("und", "Deutsch")
    assert listed == {
        "stream": [("und", "Sound"), ("und", "Sound 2"), commentary, ("und", "Subtitles"), deutsch],
        "beside": [("und", "Sound"), ("und", "Sound")],
    }
    manifest = files["encode/stream/manifest.mpd"].read_text("utf-8")
    assert "<Label>Sound 2</Label>" in manifest
    assert "<Label>und</Label>" not in manifest


@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_subtitles_of_quicktime_are_read_too(suffix: str, tmp_path: Path, worker: Worker) -> None:
    path = masters.master(tmp_path, "mp4").rename(tmp_path / f"other.{suffix}")
    files = made(worker, path, {"type": "ladder", "rungs": [{}], "subtitles": [{"track": "de"}]})
    assert "00:00:00.600 --> 00:00:01.300\nHallo &amp; tschüs" in files["encode/stream/subtitles-de.vtt"].read_text(
        "utf-8"
    )


@needs_corpus
def test_subtitles_of_a_file_from_the_wild(worker: Worker) -> None:
    assert CORPUS
    asked = {"type": "ladder", "rungs": [{"resolution": "360p"}], "subtitles": [{"track": 1, "language": "en"}]}
    files = made(worker, CORPUS / "video" / "sample_with_ssa_subtitles.mkv", asked)
    text = files["encode/stream/subtitles-en.vtt"].read_text("utf-8")
    # Its head names fewer fields than Matroska's packets have, and its style is bold.
    # It ends at 0.5 s of the file, whose picture begins at 0.067 s.
    assert text == "WEBVTT\n\n00:00:00.000 --> 00:00:00.433\n<b>This is the first subtitle.</b>\n"


def test_subtitles_that_are_pictures_are_left_out_of_all_and_told(master: Path, tmp_path: Path, worker: Worker) -> None:
    asset = masters.with_bitmaps(master, tmp_path)
    planned = plan(encode(asset, {"type": "ladder", "rungs": [{}], "subtitles": "all"}), worker=worker)
    assert [warning for warning in planned.warnings if "subtitles" in warning] == [
        "outputs[0].subtitles: left out is what is no text but pictures of it: fr (hdmv_pgs_subtitle)"
    ]
    assert sum(step.kind == "extract-subtitles" for step in planned.steps) == 2


# -- what is refused ----------------------------------------------------------------------------


LISTED = r'1 \(en, "English"\), 2 \(de\), 3 \(en, "Director\'s commentary"\)'


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ({"audio_tracks": [4]}, rf"audio_tracks\[0\]: .* has no number 4 among its sound tracks \(there are {LISTED}\)"),
        ({"audio_tracks": ["fr"]}, rf"audio_tracks\[0\]: .* has none in 'fr' among its sound tracks \(there are {LISTED}\)"),
        ({"audio_tracks": ["en"]}, r'2 sound tracks of .* are in en: 1 .*, 3 .*\(name one by its number\)'),
        ({"audio_tracks": ["de", 2]}, r"outputs\[0\]\.audio_tracks\[1\]: is 2 \(de\), as outputs\[0\]\.audio_tracks\[0\] is"),
        ({"audio_tracks": ["de"], "audio": "none"}, r"`audio_tracks` names sounds of a video that is to have none"),
        ({"audio_tracks": []}, r"audio_tracks"),
        ({"audio_tracks": ["de"], "format": "gif"}, r"gif has no `audio_tracks`"),
        ({"chapters": "scenes", "format": "gif"}, r"gif has no `chapters`"),
        ({"chapters": [{"at": 3, "title": "x"}]}, r"chapters\[0\]\.at: 3 s is past the end: the video lasts 3\.000 s"),
        ({"chapters": [{"at": 1, "title": "x"}, {"at": 1, "title": "y"}]}, r"chapter 1 begins at 1 s, not after"),
        ({"chapters": [{"at": 1, "title": "x\ny"}]}, r"must be words in one line"),
        ({"type": "audio", "track": 9}, r"outputs\[0\]\.track: .* has no number 9"),
        ({"type": "ladder", "audio": [{"track": "fr"}]}, r"outputs\[0\]\.audio\[0\]\.track: .* has none in 'fr'"),
        ({"type": "ladder", "audio": [{"track": 1}, {"track": 1}]},
         r"audio\[1\]\.track: is 1 \(en, \"English\"\), as outputs\[0\]\.audio\[0\]\.track is"),
        ({"type": "ladder", "audio": [{"track": 1, "asset": "a.mp3"}]}, r"give either `asset` or `track`"),
        ({"type": "ladder", "subtitles": [{"track": 3}]},
         r"subtitles\[0\]\.track: 3 \(fr, hdmv_pgs_subtitle\) of .* is pictures .*1 \(en\), 2 \(de, \"Deutsch\"\), 3 "),
        ({"type": "ladder", "subtitles": [{"track": "it"}]}, r"has none in 'it' among its subtitles \(there are 1 \(en\)"),
        ({"type": "ladder", "subtitles": [{}]}, r"give either `asset`, a file, or `track`"),
        ({"type": "ladder", "subtitles": [{"asset": "a.srt"}]}, r"a file needs its `language`"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told_with_what_is(
    output: dict[str, Any], said: str, master: Path, tmp_path: Path, worker: Worker
) -> None:
    asset = masters.with_bitmaps(master, tmp_path)
    with pytest.raises(InvalidRequest, match=said):
        plan(encode(asset, {"type": "video", **output}), worker=worker)


@pytest.mark.parametrize(
    "output",
    [
        {"type": "video", "audio_tracks": "all"},
        {"type": "audio", "track": 1},
        {"type": "ladder", "audio": "all"},
        {"type": "ladder", "subtitles": [{"track": 1}]},
    ],
)
def test_other_kinds_have_no_master(output: dict[str, Any], make_clip: MakeClip, worker: Worker) -> None:
    request = {"kind": "mixer", "clips": [str(make_clip(Clip(seconds=0.5)))], "outputs": [output]}
    with pytest.raises(InvalidRequest, match=r"names tracks of a master, and this kind of request has none"):
        plan(request, worker=worker)


def test_a_master_without_sound_or_subtitles_says_so(make_clip: MakeClip, worker: Worker) -> None:
    asset = make_clip(Clip(seconds=0.5, audio=None))
    with pytest.raises(InvalidRequest, match=r"\(it has no sound tracks\)"):
        plan(encode(asset, {"type": "video", "audio_tracks": [1]}), worker=worker)
    with pytest.raises(InvalidRequest, match=r"\(it has no subtitles\)"):
        plan(encode(asset, {"type": "ladder", "subtitles": [{"track": "en"}]}), worker=worker)
    planned = plan(encode(asset, {"type": "video", "audio_tracks": "all"}), worker=worker)
    assert not any(step.kind == "soundtrack" for step in planned.steps)
