"""Files with chapters, more and longer ones than some lists in them have room for, as the FFmpeg program reads them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from reel.codecs.container import Container
from reel.packets.remux import Part, SoundTrack, check_remuxed, remux
from tests.clips import Clip
from tests.conftest import MakeClip
from tests.masters import chapters, names

RATE = Fraction(25)
LONG = "日本語" * 66
"""198 letters, of three bytes each."""


@pytest.mark.parametrize(("container", "title"), [("mp4", LONG[:85]), ("mov", LONG[:85])])
def test_many_and_long_chapters(container: Container, title: str, make_clip: MakeClip, tmp_path: Path) -> None:
    source = make_clip(Clip(rate="25", seconds=2, audio=None))
    asked = [Part(Fraction(number, 200), Fraction(number + 1, 200), LONG) for number in range(400)]
    path = tmp_path / f"made.{container}"
    written = remux(source, [], asked, path, RATE, container)
    check_remuxed(path, written, [], asked, RATE, 50, 0, None, container, "made")
    found = chapters(path)
    assert [begin for begin, *_ in found] == [round(number / 200, 3) for number in range(400)]
    assert {told for *_, told in found} == {title}, "of 255 bytes, whole letters"


def test_mp4_says_what_pixels_vp9_has(make_clip: MakeClip, tmp_path: Path) -> None:
    """Without that, no reader opened the file."""
    source = make_clip(Clip(rate="25", codec="libvpx-vp9"))
    path = tmp_path / "made.mp4"
    remux(source, [SoundTrack(source, "de", "")], [Part(Fraction(0), Fraction(1), "One")], path, RATE, "mp4")
    with av.open(str(path)) as made:
        assert [frame.format.name for frame in made.decode(video=0)] == ["yuv420p"] * 25


@pytest.mark.parametrize(
    ("language", "title", "mp4", "mov"),
    [
        ("de", "Größe; = # \\ 'x'", "deu", "ger"), ("fr", "", "fra", "fra"), ("pt-BR", "Brasil", "por", "por"),
        ("gsw", "Züri", "gsw", ""), ("und", "", "und", ""),
    ],
)  # fmt: skip
def test_a_sound_track_has_its_names(
    language: str, title: str, mp4: str, mov: str, make_clip: MakeClip, tmp_path: Path
) -> None:
    source = make_clip(Clip(rate="25", seconds=2, suffix=".mp4"))
    sounds = [SoundTrack(source, language, title), SoundTrack(source, "en", "Other")]
    for container, code in (("mp4", mp4), ("mov", mov)):
        path = tmp_path / f"made.{container}"
        remux(source, sounds, [], path, RATE, "mp4" if container == "mp4" else "mov")
        assert names(path) == [(code, title, True), ("eng", "Other", False)]
