"""What is known of an output, from reports of today and of older versions, and the words that it is found by."""

from __future__ import annotations

from typing import Any

import pytest

from reel.codecs import AUDIO_CODECS, VIDEO_CODECS
from reel.report import OutputReport, Report
from reel.search import OutputDocument, documents_of, indexed_words, numbers_of
from reel.search.document import CODECS
from reel.search.index import BREAK
from tests.report.reports import NASTY, output, report


def documents(made: Report, **metadata: Any) -> tuple[OutputDocument, ...]:
    return documents_of(made, "g1", "spring", "row 1", metadata)


def playing(number: int, *places: str) -> OutputReport:
    """A variant that plays those entries of the request."""
    made = output(number)
    sequence = [{**item, "place": place} for item, place in zip(made.manifest["sequence"], places, strict=False)]
    return made.model_copy(update={"manifest": {**made.manifest, "sequence": sequence}})


def test_each_output_has_the_assets_that_it_plays_and_those_of_all() -> None:
    request = {
        "kind": "mixer",
        "clips": [{"asset": "a.mp4"}, {"asset": "https://u:p@shop.example/b.mp4?signature=1"}, {"asset": "c.mp4"}],
        "audio": {"soundtrack": "music.mp3"},
    }
    update = {
        "request": request,
        "assets": {"clips[0].asset": "a" * 64},
        "outputs": (playing(1, "clips[0]", "clips[1]"), playing(2, "clips[1]")),
    }
    one, two = documents(report(2).model_copy(update=update))
    assert [asset.name for asset in one.assets] == ["a.mp4", "https://shop.example/b.mp4", "c.mp4", "music.mp3"]
    assert [asset.name for asset in two.assets] == ["https://shop.example/b.mp4", "c.mp4", "music.mp3"]
    assert (one.assets[0].sha256, one.assets[1].sha256) == ("a" * 64, None)


@pytest.mark.parametrize(
    ("change", "known"),
    [
        ({}, {"loudness": None, "sound": True, "fps": 30.0, "bitrate": 3_672_000.0}),
        ({"sound_lufs": -14.2, "black_share": 0.25}, {"loudness": -14.2}),
        ({"integrated_lufs": -17.5, "scenes": 4}, {"loudness": -17.5}),
        ({"sound_rms_db": -91.0}, {"sound": False}),
        ({"codecs": "hvc1.1.6.L93.B0,mp4a.40.2"}, {"codec": "hevc", "sound_codec": "aac"}),
        ({"codecs": "av01.0.08M.08"}, {"codec": "av1", "sound_codec": None}),
        ({"frame_rate": "30000/1001"}, {"fps": 30000 / 1001}),
    ],
)
def test_what_was_measured(change: dict[str, Any], known: dict[str, Any]) -> None:
    made = report(1).model_copy(update={"outputs": (output(1, **change),)})
    (found,) = documents(made)
    assert {name: getattr(found, name) for name in known} == known
    assert numbers_of(found)["black"] == change.get("black_share")


def test_every_codec_is_known_by_what_players_call_it() -> None:
    tags = {codec.tag or "apch": ("codec", codec.stream) for codec in VIDEO_CODECS.values()}
    sounds = {codec.codec_string: ("sound_codec", name) for name, codec in AUDIO_CODECS.items()}
    for string, known in {**tags, **sounds}.items():
        assert [found for beginning, found in CODECS.items() if string.startswith(beginning)] == [known], string


def test_a_report_of_an_older_version_gives_what_it_has() -> None:
    """Its request is none of today, and nothing is known of codecs; of a sheet of stills nothing is heard or counted."""
    sheet = output(1).model_copy(update={"measured": {"width": 480, "height": 854}})
    (found,) = documents(report(1).model_copy(update={"request": {"kind": "collage"}, "outputs": (sheet,)}))
    assert (found.texts, found.assets, found.codec, found.sound, found.fps, found.duration) == (
        (),
        (),
        None,
        None,
        None,
        None,
    )
    assert (found.width, found.kind, found.project, found.slot) == (480, "mixer", "spring", "row 1")


def test_words_stand_alone_and_in_their_field() -> None:
    (found,) = documents(report(1), tags=["Été", 7], customer={"name": "Ann"}, empty=None)
    text = " ".join(indexed_words(found))
    for part in (
        "variant 001 ¶ name·variant name·001 ¶",
        "ete ¶ tag·ete ¶",
        "ann ¶ metadata·ann ¶ metadata·customer·name·ann",
    ):
        assert part in text
    assert found.tags == ("Été",)
    assert indexed_words(found)[-1] == BREAK
    assert "script" in text, f"the words of {NASTY} are words"
