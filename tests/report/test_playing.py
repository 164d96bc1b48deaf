"""Which files of a variant a browser plays."""

from __future__ import annotations

import pytest

from reel.report.playing import playing_of

LADDER = (
    "v/stream/720p.mp4",
    "v/stream/360p.mp4",
    "v/stream/sound-en.mp4",
    "v/stream/720p.m3u8",
    "v/stream/master.m3u8",
)
PROTECTED = (
    "v/stream/720p/protected.mp4",
    "v/stream/sound-en/protected.mp4",
    "v/stream/master.m3u8",
    "v/stream/manifest.mpd",
)
LOCKED = ("v/stream/720p/head.mp4", "v/stream/720p/0.m4s", "v/stream/sound-en/head.mp4", "v/stream/master.m3u8")


@pytest.mark.parametrize(
    ("names", "ladder", "files", "sound"),
    [
        (["v.mp4"], None, ["v.mp4"], None),
        (["v-1080p.mp4", "v-480p.mp4"], None, ["v-1080p.mp4", "v-480p.mp4"], None),
        (["v.mov", "v.webm", "v-small.mp4"], None, ["v-small.mp4", "v.webm", "v.mov"], None),
        (["v.gif", "v.webp"], None, [], None),
        (["v.m4a"], None, [], "v.m4a"),
        # It is not to be heard twice.
        (["v.mp4", "v.mp3"], None, ["v.mp4"], None),
        # A rung has no sound of its own; a video has.
        (LADDER, "v/stream/master.m3u8", ["v/stream/720p.mp4"], "v/stream/sound-en.mp4"),
        (["v.mp4", *LADDER], "v/stream/master.m3u8", ["v.mp4"], None),
        # What is encrypted is played by players that have the key.
        (LOCKED, "v/stream/master.m3u8", [], None),
        (PROTECTED, "v/stream/master.m3u8", [], None),
        (["v/poster.jpg", "v/analysis.json"], None, [], None),
    ],
)
def test_what_is_played(names: list[str], ladder: str | None, files: list[str], sound: str | None) -> None:
    found = playing_of(names)
    assert (found.ladder, list(found.files), found.sound) == (ladder, files, sound)
    assert found.shows == bool(ladder or files)


def test_a_poster_that_all_browsers_show_comes_first() -> None:
    assert playing_of(["v/a/poster.avif", "v/b/poster.jpg", "v/a/sprite.vtt"]).poster == "v/b/poster.jpg"
    assert playing_of(["v/a/poster.avif"]).poster == "v/a/poster.avif"
