"""A request of each kind, from end to end: what is published looks and sounds as the compiled timeline says."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

from reel.find.finders import find_all
from reel.find.ingest import ingest
from reel.generate.render import render
from reel.kinds.read import read_request
from reel.make.worker import Worker, make_worker
from reel.proof import Sound, frame_of, sound_of
from reel.proof.sources import Asset, Sources
from reel.settings import Settings
from reel.time import SAMPLE_RATE, sample_at
from reel.timeline import Timeline
from tests.clips import Clip, numbered
from tests.conftest import MakeClip
from tests.plan.facts import compile_request
from tests.proof.compare import OUTLIERS, distance
from tests.proof.media import make_stills
from tests.proof.rendering import decoded

FRAMES = 9
"""Of each video that are drawn by the reference, besides those at the edges of clips."""

AS_PUBLISHED = 1.5
"""Times the bound on the mean of a block: what is published is not encoded as finely as the other tests' videos."""

WINDOW = SAMPLE_RATE // 20
"""50 ms: two packets of AAC and a little more."""

SIGNAL_TO_NOISE_DB = 12.0
"""Of AAC at 128 kbit/s in any window that is not quiet; its mean is far above."""

QUIET = 0.003
"""-50 dB: what is quieter is not held against the samples one by one, but must be as quiet (within 6 dB, as codecs smear)."""


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Worker:
    return make_worker(Settings(home=tmp_path_factory.mktemp("worker")))


def music(folder: Path, seconds: float) -> Path:
    """Chords of three tones that change and swell, on the left and the right."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    root = 220 * 2 ** (np.floor(4 * time) % 5 / 5)
    phase = 2 * np.pi * np.cumsum(root) / SAMPLE_RATE
    chord = sum(np.sin(phase * part) / part for part in (1, 2, 3)) * (0.15 + 0.1 * np.sin(2 * np.pi * time))
    path = folder / "music.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes((32767 * np.column_stack([chord, chord * 0.5])).astype("<i2").tobytes())
    return path


def mixer(make_clip: MakeClip, folder: Path) -> dict[str, Any]:
    """Cuts of clips of other rates and shapes, with a soundtrack that begins again."""
    clips = [
        {"asset": str(make_clip(Clip(size=(320, 240), rate="25", seconds=2))), "in": 0.5, "out": 1.5},
        {"asset": str(make_clip(numbered(0, size=(240, 320), seconds=2))), "fit": "contain-blur", "out": 0.7},
        {"asset": str(make_clip(Clip(size=(426, 240), rate="60"))), "fit": "cover"},
    ]
    sound = {"soundtrack": str(music(folder, 1.2)), "in": 0.1, "volume": -3}
    return {"kind": "mixer", "clips": clips, "audio": sound, "aspect": "1:1", "speed": {"min": 1.25, "max": 1.25}}


def slideshow(make_clip: MakeClip, folder: Path) -> dict[str, Any]:
    images = [str(path) for path in make_stills(folder)]
    return {
        "kind": "slideshow",
        "images": [*images, {"asset": images[0], "fit": "contain", "focus": {"x": 0, "y": 1}}],
        "music": {"asset": str(music(folder, 2)), "bpm": 120},
        "text": "Summer",
        "transition": {"name": "circle-open"},
        "duration": 3,
        "aspect": "1:1",
        "loudness": "off",
    }


def multicam(make_clip: MakeClip, folder: Path) -> dict[str, Any]:
    sources = [str(make_clip(numbered(1000 * place, seconds=3, size=(640, 480)))) for place in range(2)]
    cuts = [(0, 0, 0.9), (1, 0.4, 2.2), (0, 2.0, 3.0)]
    return {
        "kind": "multicam",
        "aspect": "1:1",
        "sources": sources,
        "cuts": [{"source": source, "in": begin, "out": end} for source, begin, end in cuts],
    }


def template(make_clip: MakeClip, folder: Path) -> dict[str, Any]:
    shot = str(make_clip(Clip(size=(320, 180), rate="30", seconds=2)))
    box = {"x": 0.25, "y": 0.25, "width": 0.5, "height": 0.25}
    tracks = [
        [
            {"type": "video", "asset": shot, "out": 1, "fit": "cover"},
            {"type": "image", "asset": str(make_stills(folder)[0]), "duration": 1, "transition": "wipe-left"},
        ],
        [
            {"type": "colour", "colour": "#ffffff80", "duration": 0.2, "start": 0.2, "area": box},
            {"type": "text", "text": "Hello", "duration": 0.2, "start": 0.5},
            {"type": "drawn", "name": "golden", "duration": 0.5, "transition": {"name": "crossfade", "duration": 0.1}},
        ],
        [{"type": "text", "text": "Sale", "size": 200, "duration": 1.2, "area": box, "rotation": 20}],
        [{"type": "audio", "asset": str(music(folder, 3)), "start": 0.3, "in": 0.2, "duration": 1, "fade_out": 0.4}],
    ]
    return {"kind": "template", "timeline": {"tracks": [{"clips": clips} for clips in tracks]}, "loudness": "off"}


@pytest.mark.parametrize("kind", [mixer, slideshow, multicam, template])
def test_what_is_published_is_what_was_asked(kind: Any, make_clip: MakeClip, tmp_path: Path, worker: Worker) -> None:
    document = {"resolution": "480p", "stills": False, "bitrate": "high", **kind(make_clip, tmp_path)}
    reading = read_request(document)
    request, library = reading.request, ingest(reading, tmp_path, worker)
    (timeline,) = compile_request(request, library, find_all(request, library, worker)).timelines
    report = render(document, base=tmp_path, worker=worker)
    video = Path(report.outputs[0].video.path)
    paths = {library[place].sha256: Path(asset) for place, asset in request.asset_places().items()}
    assets = {facts.sha256: Asset(paths[facts.sha256], facts) for facts in library.values()}
    assert_looks_right(video, timeline, Sources(assets))
    assert_sounds_right(video, timeline, assets)


def assert_looks_right(video: Path, timeline: Timeline, sources: Sources) -> None:
    found = decoded(video)
    assert len(found) == timeline.frames
    edges = {frame for clip in timeline.seen.values() for edge in (clip.start, clip.end) for frame in (edge - 1, edge)}
    evenly = {timeline.frames * number // FRAMES for number in range(FRAMES)}
    frames = sorted(frame for frame in edges | evenly if 0 <= frame < timeline.frames)
    sources.look_ahead(timeline, frames)
    for frame in frames:
        off = distance(found[frame], frame_of(timeline, frame, sources))
        assert off.outliers <= OUTLIERS, (frame, off)
        assert off.blocks <= AS_PUBLISHED, (frame, off)


def read_sound(path: Path) -> tuple[float, npt.NDArray[np.float64]]:
    """When the first sample of a file is heard, on its clock, and all samples: stereo, 48 kHz."""
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=SAMPLE_RATE)
    with av.open(str(path)) as source:
        frames = [*source.decode(audio=0)]
    begin = frames[0].time or 0.0
    blocks = [block.to_ndarray() for frame in [*frames, None] for block in resampler.resample(frame)]
    return begin, np.concatenate(blocks, axis=1).T.astype(np.float64)


def assert_sounds_right(video: Path, timeline: Timeline, assets: dict[str, Asset]) -> None:
    """In each window of the finished sound: the samples of the timeline, but for the codec's noise."""
    heard = {clip.asset for clip in timeline.sounds}
    assert all(clip.speed == 1 for clip in timeline.sounds)
    sounds = {}
    for asset in heard:
        begin, samples = read_sound(assets[asset].path)
        audio, zero = assets[asset].facts.audio, assets[asset].facts.zero
        assert audio
        assert begin == pytest.approx(float(audio.start), abs=1e-6)
        sounds[asset] = Sound(audio.start - zero, samples)
    count = sample_at(timeline.frames, timeline.canvas.rate)
    expected = sound_of(timeline, 0, count, sounds)
    begin, found = read_sound(video)
    found = found[-round(begin * SAMPLE_RATE) if begin < 0 else 0 :][:count]
    assert len(found) == count
    for first in range(0, count - WINDOW, WINDOW // 2):
        wanted, noise = (part[first : first + WINDOW] for part in (expected, found - expected))
        level, off = (float(np.sqrt(np.mean(part**2))) for part in (wanted, noise))
        assert off <= max(2 * QUIET, level * 10 ** (-SIGNAL_TO_NOISE_DB / 20)), (first / SAMPLE_RATE, level, off)
