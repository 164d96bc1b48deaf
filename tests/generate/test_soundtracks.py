"""Soundtracks of whole requests, without their pictures: what is heard, and when."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reel.errors import BadMedia, Internal, InvalidRequest
from reel.ffmpeg.process import run
from reel.generate.render import plan
from reel.make import mixing
from reel.make.context import Measured
from reel.make.perform import perform
from reel.make.worker import Worker
from reel.packets.probe import probe
from tests.clips import numbered, read_clicks
from tests.conftest import MakeClip
from tests.corpus import corpus_files, needs_corpus
from tests.some import some

BLACK = {"type": "colour", "colour": "#000000", "duration": 1.5}
RATE = 48_000


def soundtrack(request: dict[str, Any], worker: Worker) -> tuple[Path, dict[str, Any]]:
    """The encoded sound of a request's first video, and what was measured. Its picture is planned, but not made."""
    planned = plan({"resolution": "480p", "stills": False, **request}, worker=worker)
    made = [
        perform(step, worker).artefact for step in planned.steps if step.kind in ("decode", "stretch", "soundtrack")
    ]
    artefact = next(each for each in made if each.operation == "soundtrack")
    return worker.store.open(artefact, "sound.m4a"), dict(artefact.measured)


def template(audio: dict[str, Any], seconds: float = 1.5) -> dict[str, Any]:
    tracks = [{"clips": [{**BLACK, "duration": seconds}]}, {"clips": [{"type": "audio", "duration": "end", **audio}]}]
    return {"kind": "template", "duration": seconds, "timeline": {"tracks": tracks}}


def samples_of(path: Path, folder: Path) -> np.ndarray:
    raw = folder / "heard.f32"
    run(["-i", f"file:{path}", "-f", "f32le", "-ac", "2", "-y", f"file:{raw}"], place="test")
    return np.fromfile(raw, np.float32).reshape(-1, 2)[:, 0].astype(float)


def shifted(clip: Path, seconds: float, folder: Path) -> Path:
    """The clip with its picture moved on the file's clock, so that its sound begins before it; or after it."""
    path = folder / f"shifted{seconds}.mov"
    inputs = ["-itsoffset", f"{abs(seconds)}", "-i", f"file:{clip}", "-i", f"file:{clip}"]
    maps = ["-map", "0:v", "-map", "1:a"] if seconds >= 0 else ["-map", "1:v", "-map", "0:a"]
    run([*inputs, *maps, "-c", "copy", f"file:{path}"], place="test")
    facts = probe(path, "0" * 64, path.name)
    assert float(facts.sound_at) == pytest.approx(-seconds, abs=0.002)
    return path


@pytest.mark.parametrize("early", [0.0, 0.02, 0.08, 0.7, -0.3])
def test_sound_that_begins_before_or_after_its_picture_is_heard_where_it_should_be(
    early: float, make_clip: MakeClip, worker: Worker, tmp_path: Path
) -> None:
    """Where only its sound is used, a file begins with its sound; as a video's, it stays with its picture."""
    path = shifted(make_clip(numbered(seconds=3)), early, tmp_path)
    picture = make_clip(numbered(audio=None, seconds=2))
    uses = {
        "template": template({"asset": str(path)}),
        "faster": template({"asset": str(path), "speed": 1.25}),
        "from its middle": template({"asset": str(path), "in": 0.5}),
        "mixer": {"kind": "mixer", "clips": [str(picture)], "audio": {"soundtrack": str(path)}},
        "video": {"kind": "mixer", "clips": [{"asset": str(path), "in": 0, "out": 2}]},
    }
    starts = {"template": 0.0, "faster": 0.0, "from its middle": -0.5, "mixer": 0.0, "video": -early}
    for name, request in uses.items():
        sound, _ = soundtrack(request, worker)
        speed = 1.25 if name == "faster" else 1.0
        length = 2.0 if name in ("mixer", "video") else 1.5
        expected = [(click / 3 + starts[name]) / speed * RATE for click in range(9)]
        # Of a click at the very begin, what is heard a few samples too early is cut off, and the rest is no match for it.
        begin = 96 if speed != 1 else 0
        expected = [at for at in expected if begin <= at < length * RATE - 200]
        found = [at for at in read_clicks(sound) if at >= begin]
        assert len(found) == len(expected), name
        assert np.abs(np.subtract(found, expected)).max() <= (96 if speed != 1 else 3), name


@pytest.mark.parametrize(("field", "seconds"), [("fade_out", 1.0), ("fade_in", 3.0)])
def test_a_loop_fades_as_a_whole(field: str, seconds: float, worker: Worker, tmp_path: Path) -> None:
    tone = tmp_path / "tone.wav"
    run(["-f", "lavfi", "-i", "sine=f=1000:d=2:r=48000", "-ac", "2", f"file:{tone}"], place="test")
    request = template({"asset": str(tone), "loop": True, "duration": 4.1, field: seconds}, 4.1)
    sound, _ = soundtrack(request, worker)
    made = samples_of(sound, tmp_path)
    blocks = np.sqrt((made[: len(made) // 480 * 480].reshape(-1, 480) ** 2).mean(axis=1))
    moments = (np.arange(len(blocks)) + 0.5) / 100
    share = (moments if field == "fade_in" else 4.1 - moments) / seconds
    expected = np.median(blocks[302:308]) * np.sin(np.clip(share, 0, 1) * np.pi / 2)
    # Not where it begins again, and where it is cut off.
    inside = (np.abs(moments - 2) > 0.03) & (np.abs(moments - 4) > 0.03) & (moments < 4.08)
    assert np.abs(blocks - expected)[inside].max() < 0.05 * expected.max()


def test_a_held_volume_steps_at_its_time(worker: Worker, tmp_path: Path) -> None:
    tone = tmp_path / "tone.wav"
    run(["-f", "lavfi", "-i", "sine=f=1000:d=2:r=48000", "-ac", "2", f"file:{tone}"], place="test")
    keys = [{"at": 0, "value": 0, "easing": "hold"}, {"at": 1, "value": -60}]
    sound, _ = soundtrack(template({"asset": str(tone), "volume": keys}), worker)
    made = np.abs(samples_of(sound, tmp_path))
    level = np.sqrt(np.convolve(made**2, np.ones(96) / 96, "same"))
    full = np.median(level[9600:40_000])
    assert level[: RATE - 48].min() > 0.9 * full or level[4800 : RATE - 48].min() > 0.9 * full
    assert level[RATE + 480 : RATE + 4800].max() < 0.1 * full


def test_a_silent_soundtrack_says_why(make_clip: MakeClip, worker: Worker) -> None:
    clip = str(make_clip(numbered(audio=None, seconds=1)))
    assert soundtrack({"kind": "mixer", "clips": [clip]}, worker)[1]["silent"] == "plan"


@pytest.mark.parametrize(
    "source",
    ["anoisesrc=d=2:r=48000:a=.2", "anoisesrc=d=2:r=48000:a=.2:c=blue", "sine=f=18500:d=2:r=48000,volume=12dB"],
)
def test_good_media_is_never_refused_for_its_encoding(source: str, worker: Worker, tmp_path: Path) -> None:
    path = tmp_path / "w.mov"
    picture = ["-f", "lavfi", "-i", "testsrc2=d=2:s=320x180", "-f", "lavfi", "-i", source]
    run(
        [*picture, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "pcm_s16le", "-ac", "2", f"file:{path}"],
        place="test",
    )
    _, measured = soundtrack({"kind": "mixer", "clips": [str(path)]}, worker)
    assert measured["rms_db"] > -45


CHIRPING = "aevalsrc='0.4*sin(2*PI*5000*t-30*cos(2*PI*8*t))*gt(sin(2*PI*3*t),-0.3)':s=48000:d=2"
HIHAT = "anoisesrc=d=2:r=48000:a=.7,highpass=f=7000:p=2,volume='exp(-mod(t,0.25)*60)':eval=frame"
SOUNDS = {
    "blue noise": "anoisesrc=d=2:r=48000:a=.2:c=blue",
    "hiss": "anoisesrc=d=2:r=48000:a=.5,highpass=f=6000:p=2",
    "a bird": CHIRPING,
    "a hi-hat": HIHAT,
    **{
        f"{hertz} Hz": f"sine=f={hertz}:d=2:r=48000,volume=9dB"
        for hertz in (30, 41, 82, 110, 5000, 12000, 18500, 22500)
    },
}


@pytest.fixture
def proof(make_clip: MakeClip, worker: Worker, tmp_path: Path) -> Callable[[str, float], Measured]:
    """What the proof finds of a clip's sound that a mixer plays at another speed."""

    def proven(sound: str, speed: float) -> Measured:
        picture, path = make_clip(numbered(audio=None, seconds=2)), tmp_path / "clip.mov"
        inputs = ["-i", f"file:{picture}", "-f", "lavfi", "-i", SOUNDS[sound]]
        run([*inputs, "-c:v", "copy", "-c:a", "pcm_f32le", "-ac", "2", f"file:{path}"], place="test")
        speeds = {"min": speed, "max": speed, "steps": 1}
        request = {"kind": "mixer", "clips": [str(path)], "speed": speeds, "loudness": "off", "resolution": "480p"}
        steps = {step.kind: step for step in plan(request, worker=worker).steps}
        made = [perform(steps[kind], worker) for kind in ("decode", "stretch", "soundtrack", "prove-sound")]
        return made[-1].artefact.measured

    return proven


@pytest.mark.parametrize("speed", some([0.5, 2, 1.37, 1.25, 0.8], 5))
@pytest.mark.parametrize("sound", SOUNDS)
def test_what_is_played_faster_or_slower_is_proven_wherever_its_frequencies_lie(
    sound: str, speed: float, proof: Callable[[str, float], Measured]
) -> None:
    assert not proof(sound, speed)["wrong"]


@pytest.mark.parametrize(
    ("gain", "speed", "told"),
    [(0.5, 1.25, "dB off its level"), (2.0, 0.8, "dB off its level"), (0.02, 2, "is not to be heard")],
)
@pytest.mark.parametrize("sound", ["hiss", "a bird", "82 Hz"])
def test_another_gain_is_told_at_other_speeds(
    gain: float,
    speed: float,
    told: str,
    sound: str,
    proof: Callable[[str, float], Measured],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right = mixing._at_gain
    monkeypatch.setattr(mixing, "_at_gain", lambda *part: right(*part) * np.float32(gain))
    with pytest.raises(Internal, match=told):
        proof(sound, speed)


@needs_corpus
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("folder", ["audio", "video", "broken"])
def test_every_real_sound_is_heard_wherever_it_is_used(folder: str, worker: Worker, tmp_path: Path) -> None:
    """None ends as an error of ours, and none is silent whose source is not."""
    silent = []
    for path in corpus_files(folder):
        for audio in ({"speed": 1}, {"speed": 1.25}, {"speed": 0.5}):
            request = template({"asset": str(path), "loop": True, **audio})
            try:
                _, measured = soundtrack(request, worker)
            except (BadMedia, InvalidRequest):
                continue
            if "silent" in measured and not _is_silent(path, tmp_path):
                silent.append((path.name, audio))
    assert not silent


def _is_silent(path: Path, folder: Path) -> bool:
    raw = folder / "source.f32"
    run(["-i", f"file:{path}", "-map", "0:a:0", "-t", "1.5", "-f", "f32le", "-y", f"file:{raw}"], place="test")
    return bool(np.sqrt((np.fromfile(raw, np.float32) ** 2).mean()) < 0.002)
