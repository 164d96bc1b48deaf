"""Colours of all kinds come out as SDR: whatever a stream says of itself, or leaves open."""

from __future__ import annotations

import itertools
import subprocess

import ffmpeg as graph
import numpy as np
import numpy.typing as npt
import pytest

from reel.ffmpeg.colours import needs_light
from reel.ffmpeg.framing import fit_to_area
from reel.ffmpeg.graph import compile_command
from reel.media import Colour
from reel.packets.facts import UNKNOWN_MATRICES
from reel.packets.picture import MATRICES, PRIMARIES, TRANSFERS
from reel.plan.operations.base import PictureSource
from reel.timeline import Framing
from tests.clips import ffmpeg

SIZE = (64, 36)
ANY = [*itertools.product(
    [name for name in ("", *MATRICES.values()) if name not in UNKNOWN_MATRICES],
    ("", *PRIMARIES.values()),
    ("", *TRANSFERS.values()),
)]  # fmt: skip


def shown(colour: Colour, pixels: str = "yuv420p10le", of: str = "0x808080") -> npt.NDArray[np.uint8]:
    """The mean of what one sees, in R, G and B, of one colour that is made as SDR and tagged afterwards."""
    source = PictureSource(asset="0" * 64, demuxer="", stream=0, codec="", display_size=SIZE, colour=colour, rate=25)
    video = graph.input(f"color={of}:s={SIZE[0]}x{SIZE[1]}:d=0.04:r=25", f="lavfi").video
    video = video.filter("scale", out_color_matrix="bt709", out_range="full" if colour.full_range else "limited")
    video = video.filter("format", pixels).filter(
        "setparams",
        color_primaries=colour.primaries or "unknown",
        color_trc=colour.transfer or "unknown",
        colorspace=colour.matrix or "unknown",
        range="full" if colour.full_range else "limited",
    )
    video = fit_to_area(video, source, Framing(fit="fill"), SIZE)
    video = video.filter("scale", in_color_matrix="bt709", in_range="tv").filter("format", "rgb24")
    command = [ffmpeg(), "-v", "error", "-nostdin", *compile_command(video, "pipe:1", format="rawvideo")]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert len(done.stdout) == SIZE[0] * SIZE[1] * 3, done.stderr.decode()
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, 3).mean(axis=0)


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize(
    ("matrix", "primaries", "transfer"),
    [
        ("bt2020nc", "", "smpte2084"),
        ("bt2020nc", "", "arib-std-b67"),
        ("bt2020nc", "", ""),
        ("bt2020nc", "", "bt2020-10"),
        ("bt2020c", "bt2020", "bt2020-12"),
        ("bt2020c", "bt2020", "smpte2084"),
        ("", "bt2020", ""),
        ("", "", "smpte2084"),
        ("bt709", "smpte432", "iec61966-2-1"),
        ("bt709", "smpte432", "bt709"),
        ("bt709", "smpte431", "smpte428"),
        ("smpte170m", "bt470m", "bt470m"),
        ("bt709", "film", "log316"),
        ("ycgco", "bt709", "bt709"),
        ("ictcp", "", "smpte2084"),
        ("ictcp", "bt709", ""),
        ("chroma-derived-nc", "smpte432", "bt709"),
        ("chroma-derived-c", "smpte428", "log100"),
        ("gbr", "bt709", "linear"),
        ("gbr", "", ""),
        ("bt709", "bt709", "bt1361e"),
    ],
)
def test_grey_stays_grey(matrix: str, primaries: str, transfer: str, full_range: bool) -> None:
    colour = Colour(matrix=matrix, primaries=primaries, transfer=transfer, full_range=full_range)
    red, green, blue = shown(colour)
    if primaries != "smpte428":  # in X, Y and Z equal parts are no grey
        assert max(red, green, blue) - min(red, green, blue) <= 4
    assert 20 < green < 235


@pytest.mark.slow
@pytest.mark.parametrize("number", range(12))
def test_every_combination_gives_a_picture(number: int) -> None:
    """A twelfth of all that stands in ITU-T H.273 at a time, thinned out."""
    for matrix, primaries, transfer in ANY[number :: 12 * 7]:
        assert shown(Colour(matrix=matrix, primaries=primaries, transfer=transfer)).max() > 20


def test_wide_colours_are_brought_into_the_narrow_gamut() -> None:
    """The same numbers mean a stronger red in Display P3 and BT.2020."""
    plain = shown(Colour(matrix="bt709"), of="0xa06060")
    for primaries in ("smpte432", "bt2020"):
        red, green, _ = shown(Colour(matrix="bt709", primaries=primaries), of="0xa06060")
        assert red > plain[0] + 3
        assert green < plain[1]


@pytest.mark.parametrize("pixels", ["gbrp", "rgb24", "bgra", "yuv420p", "gray"])
@pytest.mark.parametrize("matrix", ["gbr", ""])
def test_pixels_of_red_green_and_blue_are_taken_as_they_are(pixels: str, matrix: str) -> None:
    """Also where YUV says that it is such."""
    seen = shown(Colour(matrix=matrix, full_range=pixels != "yuv420p"), pixels, of="0x909090")
    assert np.abs(seen - 0x90).max() <= 3


def test_what_players_show_alike_is_only_scaled() -> None:
    for matrix, primaries, transfer in itertools.product(
        ("", "bt709", "smpte170m", "gbr"),
        ("", "bt709", "bt470bg", "smpte170m"),
        ("", "bt709", "iec61966-2-1", "bt470m"),
    ):
        assert not needs_light(Colour(matrix=matrix, primaries=primaries, transfer=transfer))
