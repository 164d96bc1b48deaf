"""A cap that is asked for holds over the whole video: a player that is fed no faster never waits."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import av
import pytest

from reel.errors import UnmetQuality
from reel.generate.render import render
from reel.make import buffering
from reel.make.worker import Worker, make_worker
from reel.plan.operations.buffers import Buffer
from reel.report import Report
from reel.settings import Settings
from tests.clips import ffmpeg
from tests.some import some

RATE, CAP = 25, 250_000
SECONDS = 19


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two segments of what takes all that the cap gives."""
    path = tmp_path_factory.mktemp("noise") / "noise.mp4"
    look = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
    graph = f"testsrc2=size=192x108:rate={RATE}:d={SECONDS},noise=alls=40:allf=t:all_seed=1,{look},format=yuv420p"
    encoding = ["-c:v", "libx264", "-crf", "10", "-preset", "veryfast", "-g", "25"]
    subprocess.run([ffmpeg(), "-v", "error", "-f", "lavfi", "-i", graph, *encoding, str(path)], check=True)
    return path


def made(asset: Path, worker: Worker, **video: Any) -> Report:
    outputs = [{"type": "video", "audio": "none", **video}]
    return render({"kind": "encode", "asset": str(asset), "stills": False, "outputs": outputs}, worker=worker)


def sizes(path: Path) -> list[int]:
    with av.open(str(path)) as source:
        return [packet.size for packet in source.demux(video=0) if packet.size]


def waits(path: Path, cap: int, buffered_seconds: float) -> list[int]:
    """The frames for which a player waits: written for this test, in bytes and seconds."""
    held, size, found = 0.9 * cap / 8 * buffered_seconds, cap / 8 * buffered_seconds, []
    for number, taken in enumerate(sizes(path)):
        held -= taken
        if held < 0:
            found.append(number)
            held = 0
        held = min(size, held + cap / 8 / RATE)
    return found


@pytest.mark.parametrize("codec", some(["h264", "hevc"], 2))
def test_no_player_waits_at_a_seam(codec: str, noise: Path, tmp_path: Path) -> None:
    worker = make_worker(Settings(home=tmp_path))
    plain = made(noise, worker, codec=codec, bitrate=CAP // 2, name="plain")
    dry = waits(Path(plain.outputs[0].videos[0].file.path), CAP, 2)
    assert dry or codec == "hevc", "segments apart run dry, or this test says nothing; x265 keeps more in hand"
    capped = made(noise, worker, codec=codec, quality={"crf": 24, "cap": CAP})
    (video,) = capped.outputs[0].videos
    assert waits(Path(video.file.path), CAP, 2) == []
    told = json.loads((Path(video.file.path).parent / "encode/buffer.json").read_text())
    assert 0 <= told["lowest_fill"] < 0.5
    assert video.buffer == told
    assert video.bits_per_second < CAP * (1 + 2 / SECONDS), "and once what is in the buffer at the begin"


@pytest.mark.parametrize("codec", some(["h264", "hevc"], 2))
def test_encoders_keep_to_the_fill_that_they_are_told(
    codec: str, noise: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buffering, "begin_fills", lambda segments, buffer: [None, 0.35])
    made(noise, make_worker(Settings(home=tmp_path)), codec=codec, quality={"crf": 20, "cap": CAP})
    buffer = Buffer(bits=2 * CAP, bits_per_second=CAP, rate=RATE)
    lowest = {
        kind: [
            buffering.followed([8 * size for size in sizes(path)], buffer, 0.35).lowest
            for path in (tmp_path / "store").glob(f"artefacts/{kind}/**/picture.mp4")
        ]
        for kind in ("picture", "refit")
    }
    assert max(lowest["picture"]) < 0, "told nothing, both take nine tenths for granted"
    assert max(lowest["refit"]) >= 0


def test_two_passes_under_a_cap_hold_both(noise: Path, tmp_path: Path) -> None:
    worker = make_worker(Settings(home=tmp_path))
    quality = {"passes": 2, "cap": CAP}
    (video,) = made(noise, worker, bitrate=200_000, quality=quality).outputs[0].videos
    assert waits(Path(video.file.path), CAP, 2) == []
    assert video.bits_per_second == pytest.approx(200_000, rel=0.06)


def test_what_does_not_run_dry_is_not_encoded_again(tmp_path: Path, noise: Path) -> None:
    worker = make_worker(Settings(home=tmp_path))
    report = made(noise, worker, quality={"crf": 24, "cap": 20_000_000})
    segments = sorted(path.read_bytes() for path in (tmp_path / "store").glob("artefacts/picture/**/picture.mp4"))
    refits = sorted(path.read_bytes() for path in (tmp_path / "store").glob("artefacts/refit/**/picture.mp4"))
    assert len(segments) == 2
    assert segments == refits
    assert report.outputs[0].videos[0].buffer


def test_where_it_cannot_be_held_nothing_is_published(
    noise: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buffering, "begin_fills", lambda segments, buffer: [None for _ in segments])
    with pytest.raises(
        UnmetQuality, match=r"encode.mp4: a player that is fed 250,000 bits a second waits at \d+\.\d+ s"
    ):
        made(noise, make_worker(Settings(home=tmp_path)), quality={"crf": 24, "cap": CAP})
    assert not [path for path in (tmp_path / "outputs").rglob("*") if path.is_file()]


BUFFER = Buffer(bits=1000, bits_per_second=1000, rate=10)


@pytest.mark.parametrize(
    ("bits", "fill", "end", "lowest", "at"),
    [
        ([100, 100], 0.9, 0.9, 0.8, 0),
        # It is never fuller than full.
        ([0, 0, 0], 0.9, 1.0, 0.9, 0),
        ([900, 100], 0.9, 0.1, 0.0, 0),
        # Dry by 0.1; the player waits, and goes on.
        ([1000, 50], 0.9, 0.15, -0.1, 0),
        ([100, 950, 100], 0.9, 0.1, -0.05, 1),
    ],
)
def test_a_buffer_is_followed(bits: list[int], fill: float, end: float, lowest: float, at: int) -> None:
    found = buffering.followed(bits, BUFFER, fill)
    assert (found.end, found.lowest) == pytest.approx((end, lowest))
    assert found.at == at


@pytest.mark.parametrize(
    ("segments", "fills"),
    [
        ([[100], [100]], [None, None]),
        ([[850], [200]], [None, 0.15]),
        # It is the emptier begin that the second lacks, rounded down to twentieths.
        ([[500, 100], [600]], [None, 0.5]),
        # The first has no other begin.
        ([[1000], [50]], [None, None]),
    ],
)
def test_where_it_runs_dry_it_is_said_how_full_it_was(segments: list[list[int]], fills: list[float | None]) -> None:
    assert [*buffering.begin_fills(segments, BUFFER)] == fills
