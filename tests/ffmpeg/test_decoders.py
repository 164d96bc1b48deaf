"""The decoders that FFmpeg may take are those that it has."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from reel.ffmpeg.build import ffmpeg_path
from reel.ffmpeg.graph import decoders_of
from reel.ffmpeg.process import run
from reel.generate.render import render
from reel.make.worker import make_worker
from reel.settings import Settings

KINDS = "VA"
"""Pictures and sound."""

NOT_OF_VIDEOS = {"svg"}


def test_the_decoder_that_ffmpeg_prefers_may_be_taken() -> None:
    """FFmpeg takes the first decoder of a codec, and ends where the list leaves that out."""
    told = subprocess.run([ffmpeg_path(), "-hide_banner", "-codecs"], capture_output=True, text=True, check=True).stdout
    lines = re.findall(rf"^ D.([{KINDS}])... (\S+) +(.*)$", told, re.MULTILINE)
    preferred = {}
    for _, codec, about in lines:
        named = re.search(r"\(decoders: ([^\s)]+)", about)
        preferred[codec] = named.group(1) if named else codec
    assert len(preferred) > 300
    refused = {codec: name for codec, name in preferred.items() if name not in decoders_of(codec).split(",")}
    assert set(refused) == NOT_OF_VIDEOS


@pytest.mark.parametrize(("name", "codec"), [("old.flv", "flv"), ("old.avi", "msmpeg4")])
def test_old_footage_whose_decoder_has_another_name(name: str, codec: str, tmp_path: Path) -> None:
    run(["-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=1", "-c:v", codec, f"file:{tmp_path / name}"], place="test")
    request = {"kind": "mixer", "clips": [str(tmp_path / name)], "resolution": "360p", "stills": False}
    report = render(request, worker=make_worker(Settings(home=tmp_path / "home")))
    assert report.outputs[0].measured["frames"] == 30
