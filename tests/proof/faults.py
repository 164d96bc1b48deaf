"""Faults, injected for real into renders of random little requests: each has to be found before anything is published.

python -m tests.proof.faults --runs 100                    # all of them, so often
python -m tests.proof.faults --runs 5 --only "U and V"     # those whose name begins so
python -m tests.proof.faults --runs 5 --unproven           # with the proof switched off: what would have been published
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
import wave
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from PIL import Image

from reel.errors import Internal
from reel.ffmpeg import framing
from reel.generate.render import plan, render
from reel.make import compose, image, mixing, picture, text
from reel.make.worker import Worker, make_worker
from reel.plan.operations.base import Bitmap, SourceClip
from reel.plan.operations.layers import Layer
from reel.settings import Settings, settings
from tests.clips import Clip, make
from tests.stills import BLUE, GREEN, RED, YELLOW

CLIPS = {
    "one.mp4": Clip(size=(426, 240), seconds=3),
    "two.mkv": Clip(size=(320, 240), rate="25", seconds=3, codec="libx265"),
    "three.mov": Clip(size=(240, 426), rate="30000/1001", seconds=3),
}
WORDS = ("SALE", "New in", "Only today", "50 % off", "Hello", "Über uns", "Free", "Best of")
COLOURS = ("#e4572e", "#17bebb", "#ffc914", "#2e282a", "#76b041", "#ffffff", "#5b2a86")


def mixer(chance: random.Random) -> dict[str, Any]:
    """Cuts of all clips, some of them sped up."""
    begins = {name: round(chance.uniform(0, 1.2), 2) for name in CLIPS}
    clips = [
        {"asset": name, "in": begin, "out": round(begin + chance.uniform(0.7, 1.3), 2)}
        for name, begin in begins.items()
    ]
    chance.shuffle(clips)
    speed = chance.choice((1, 1, 1.25))
    return {
        "kind": "mixer", "clips": clips, "aspect": "16:9", "speed": {"min": speed, "max": speed}, "fit": "cover",
        "bitrate": chance.choice(("low", "medium")), "loudness": chance.choice(("off", {"lufs": -18})),
    }  # fmt: skip


def template(chance: random.Random) -> dict[str, Any]:
    """A video under a half transparent patch, a text and a picture, and music."""
    x, y = chance.uniform(0, 0.5), chance.uniform(0, 0.5)
    name = chance.choice([*CLIPS])
    patch = {
        "type": "colour", "colour": chance.choice(COLOURS), "duration": 1.5, "opacity": chance.uniform(0.4, 0.7),
        "area": {"x": x, "y": y, "width": 0.4, "height": 0.4},
    }  # fmt: skip
    title = {
        "type": "text", "text": chance.choice(WORDS), "size": chance.randint(120, 260), "duration": 1.5,
        "colour": chance.choice(("#ffffff", "#ffe000")), "area": {"x": 0.05, "y": 0.55, "width": 0.9, "height": 0.4},
    }  # fmt: skip
    still = {
        "type": "image",
        "asset": "still.png",
        "duration": 1.5,
        "area": {"x": 0.6, "y": 0.1, "width": 0.3, "height": 0.3},
    }
    video = {"type": "video", "asset": name, "in": round(chance.uniform(0, 1.2), 2), "duration": 1.5, "fit": "cover"}
    return {
        "kind": "template", "aspect": "16:9", "bitrate": chance.choice(("low", "medium")), "loudness": "off",
        "timeline": {"tracks": [{"clips": [video]}, {"clips": [patch]}, {"clips": [still]}, {"clips": [title]}]},
    }  # fmt: skip


def card(chance: random.Random) -> dict[str, Any]:
    """A few letters on one dark colour."""
    title = {"type": "text", "text": chance.choice(WORDS), "size": chance.randint(60, 90), "duration": 1.0}
    return {
        "kind": "template", "aspect": "16:9", "loudness": "off", "background": chance.choice(("#101010", "#20104a")),
        "timeline": {"tracks": [{"clips": [title]}]},
    }  # fmt: skip


def song(chance: random.Random) -> dict[str, Any]:
    """Music whose left and right are much alike, under a picture."""
    begin = round(chance.uniform(0, 1.5), 2)
    music = {"type": "audio", "asset": "wide.wav", "in": begin, "duration": 1.5, "volume": chance.uniform(0.5, 1)}
    still = {"type": "image", "asset": "still.png", "duration": 1.5}
    return {
        "kind": "template", "aspect": "16:9", "loudness": "off",
        "timeline": {"tracks": [{"clips": [still]}, {"clips": [music]}]},
    }  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """One way to be wrong."""

    request: Callable[[random.Random], dict[str, Any]]
    broken: Callable[[random.Random], AbstractContextManager[object]] | None = None
    """What is broken while a request is rendered."""
    tampered: Callable[[dict[str, Any], Path, Worker], None] | None = None
    """What is done to the store after it was rendered right, before it is rendered again."""


@contextmanager
def patched(owner: Any, name: str, change: Callable[[Any], Any]) -> Iterator[None]:
    """An attribute, changed for a while."""
    with mock.patch.object(owner, name, change(getattr(owner, name))):
        yield


def swapped_segments(_: random.Random) -> AbstractContextManager[object]:
    def change(join: Any) -> Any:
        return lambda parts, *rest, **named: join([parts[1], parts[0], *parts[2:]], *rest, **named)

    return patched(picture, "join", change)


def layers(change: Callable[[list[Layer]], list[Layer]]) -> AbstractContextManager[object]:
    """Changes the layers that are composed, not those that are planned."""
    return patched(
        compose,
        "composed",
        lambda made: lambda canvas, ground, there, *rest: made(canvas, ground, tuple(change(list(there))), *rest),
    )


def dropped_layer(chance: random.Random) -> AbstractContextManager[object]:
    number = chance.randint(1, 3)
    return layers(lambda there: [layer for place, layer in enumerate(there) if place != number])


def another_ground(_: random.Random) -> AbstractContextManager[object]:
    """All that no layer hides has another colour, as evenly as its own."""
    return patched(compose, "composed", lambda made: lambda canvas, _, *rest: made(canvas, "#c8c8c8", *rest))


def doubled_layer(_: random.Random) -> AbstractContextManager[object]:
    return layers(lambda there: [*there[:2], there[1], *there[2:]])


def moved_clips(seconds: Fraction) -> AbstractContextManager[object]:
    """Every video is read from another moment than was planned."""

    def later(clip: SourceClip) -> SourceClip:
        return clip.model_copy(update={"media_in": clip.media_in + seconds})

    @contextmanager
    def change() -> Iterator[None]:
        with ExitStack() as stack:
            stack.enter_context(
                patched(
                    picture,
                    "picture_frames",
                    lambda made: (
                        lambda operation, *rest: made(
                            operation.model_copy(update={"clips": tuple(map(later, operation.clips))}), *rest
                        )
                    ),
                )
            )
            stack.enter_context(
                patched(compose, "frames_command", lambda made: lambda clip, *rest: made(later(clip), *rest))
            )
            yield

    return change()


def another_range(_: random.Random) -> AbstractContextManager[object]:
    """Numbers of limited range are taken for those of full range: black is grey, and white less than white."""
    return patched(
        framing,
        "without_tags",
        lambda made: lambda video, source: made(video, source).filter("setparams", range="pc"),
    )


def wrong_clock(chance: random.Random) -> AbstractContextManager[object]:
    """Facts say that files begin later than they do."""
    from reel.packets import probe

    late = Fraction(chance.randint(3, 9), 30)

    def change(read: Any) -> Any:
        def facts(fields: dict[str, Any], sha256: str) -> Any:
            found = read(fields, sha256)
            if found.still or found.video is None:
                return found
            return found.model_copy(
                update={"video": found.video.model_copy(update={"start": found.video.start + late})}
            )

        return facts

    return patched(probe, "_media_facts", change)


@contextmanager
def swapped_chroma(_: random.Random) -> Iterator[None]:
    def change(made: Any) -> Any:
        def planes(*arguments: Any) -> Any:
            found = made(*arguments)
            return replace(found, u=found.v, v=found.u)

        return planes

    with patched(compose, "_planes", change), patched(image, "planes_of", change), patched(text, "planes_of", change):
        yield


def halved_gain(_: random.Random) -> AbstractContextManager[object]:
    return patched(mixing, "_at_gain", lambda made: lambda *arguments: made(*arguments) * np.float32(0.5))


def swapped_sides(_: random.Random) -> AbstractContextManager[object]:
    return patched(mixing, "_at_gain", lambda made: lambda *arguments: made(*arguments)[:, ::-1])


def mono(_: random.Random) -> AbstractContextManager[object]:
    return patched(
        mixing, "_at_gain", lambda made: lambda *arguments: made(*arguments) @ np.full((2, 2), 0.5, np.float32)
    )


@contextmanager
def another_font(_: random.Random) -> Iterator[None]:
    def change(made: Any) -> Any:
        def drawn(*arguments: Any, **more: Any) -> Any:
            with mock.patch("reel.text.typeset.font_families", return_value=("Noto Sans CJK JP",)):
                return made(*arguments, **more)

        return drawn

    with patched(text, "draw_text", change):
        yield


def stale_bitmap(request: dict[str, Any], base: Path, worker: Worker) -> None:
    """The bitmap of a text holds another text; all that was made of it is forgotten."""
    planned = plan(request, base=base, worker=worker)
    for step in planned.steps:
        if step.kind == "text":
            found = worker.store.find(step.key, step.kind)
            assert found
            data = np.fromfile(worker.store.open(found, Bitmap.file), np.uint8)
            size = step.operation.width * step.operation.height  # type: ignore[union-attr]
            data[-size:] = data[-size:].reshape(-1, step.operation.width)[::-1].ravel()  # type: ignore[union-attr]
            _exchange(worker, step.key, step.kind, {Bitmap.file: data.tobytes()}, found.measured)
        elif step.kind not in ("image", "decode", "stretch", "soundtrack", "prove-sound"):
            worker.store.forget(step.key, step.kind)


def stale_segment(request: dict[str, Any], base: Path, worker: Worker) -> None:
    """A segment's key stands for another segment's file; the join is forgotten, its proof is not."""
    planned = plan(request, base=base, worker=worker)
    segments = [step for step in planned.steps if step.kind in ("picture", "compose")]
    one, other = (worker.store.find(step.key, step.kind) for step in segments[:2])
    assert one
    assert other
    files = {file.name: worker.store.open(other, file.name).read_bytes() for file in other.files}
    _exchange(worker, one.key, one.operation, files, other.measured)
    for step in planned.steps:
        if step.kind in ("join", "bind"):
            worker.store.forget(step.key, step.kind)


def _exchange(worker: Worker, key: str, kind: str, files: Mapping[str, bytes], measured: Mapping[str, Any]) -> None:
    """Publish other files under a key, with a manifest that is right for them."""
    folder = Path(tempfile.mkdtemp(dir=worker.scratch))
    for name, data in files.items():
        (folder / name).write_bytes(data)
    worker.store.forget(key, kind)
    worker.store.publish(folder, key, kind, measured)


def even(chance: random.Random) -> dict[str, Any]:
    begins = {name: chance.randint(0, 8) / 10 for name in CLIPS}
    clips = [{"asset": name, "in": begin, "out": round(begin + 2.1, 1)} for name, begin in begins.items()]
    return {"kind": "mixer", "aspect": "16:9", "fit": "cover", "loudness": "off", "clips": clips}


FAULTS: dict[str, Fault] = {
    "two segments swapped": Fault(even, swapped_segments),
    "a layer dropped": Fault(template, dropped_layer),
    "a layer doubled": Fault(template, doubled_layer),
    "another ground": Fault(card, another_ground),
    "a segment shifted by a frame": Fault(even, lambda _: moved_clips(Fraction(1, 25))),
    "a wrong in-point": Fault(mixer, lambda chance: moved_clips(Fraction(chance.randint(3, 15), 25))),
    "a source's clock off": Fault(mixer, wrong_clock),
    "U and V swapped": Fault(template, swapped_chroma),
    "another range": Fault(mixer, another_range),
    "a gain halved": Fault(mixer, halved_gain),
    "left and right swapped": Fault(song, swapped_sides),
    "mono instead of stereo": Fault(song, mono),
    "another font": Fault(template, another_font),
    "a stale bitmap": Fault(template, tampered=stale_bitmap),
    "a stale segment under a right key": Fault(even, tampered=stale_segment),
}


@dataclass(frozen=True)
class Found:
    """What became of a fault."""

    by: Internal | None
    published: tuple[Path, ...]


def injected(fault: Fault, seed: int, media: Path, home: Path) -> Found:
    """Render a random request with a fault, in a home of its own."""
    chance = random.Random(seed)
    request = fault.request(chance) | {"resolution": "480p", "stills": False, "preview": {"scale": 0.5}}
    worker = make_worker(Settings(home=home))
    if fault.tampered:
        render(request, base=media, worker=worker, generation="right")
        shutil.rmtree(home / "outputs")
        fault.tampered(request, media, worker)
    with fault.broken(chance) if fault.broken else ExitStack():
        try:
            render(request, base=media, worker=worker, generation="wrong")
            error = None
        except Internal as raised:
            error = raised
    return Found(error, tuple((home / "outputs").rglob("*.mp4")))


def sound(seed: int, kind: Callable[[random.Random], dict[str, Any]], media: Path, home: Path) -> Found:
    """Render a random request without a fault."""
    return injected(Fault(kind), seed, media, home)


def make_media(folder: Path) -> Path:
    """The clips and the picture that requests are made of."""
    for name, clip in CLIPS.items():
        if not (folder / name).exists():
            make(clip, folder / name)
    _write_wide(folder / "wide.wav")
    Image.fromarray(np.kron(np.array([[RED, GREEN], [BLUE, YELLOW]], np.uint8), np.ones((60, 80, 1), np.uint8))).save(
        folder / "still.png"
    )
    return folder


def _write_wide(path: Path) -> None:
    """Three seconds of soft noise, of which left and right have most in common."""
    chance = np.random.default_rng(3)
    common, left, right = (np.convolve(chance.normal(size=3 * 48_000), np.ones(24) / 24, "same") for _ in range(3))
    samples = np.stack([common + 0.4 * left, common + 0.4 * right], axis=1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes((samples / np.abs(samples).max() * 20_000).astype("<i2").tobytes())


def main() -> int:
    parser = argparse.ArgumentParser(description="Inject faults, and see each of them found.")
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, help="The first seed.")
    parser.add_argument("--only", default="")
    parser.add_argument("--unproven", action="store_true", help="Switch the proof off.")
    options = parser.parse_args()
    missed = 0
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        if options.unproven:
            stack.enter_context(mock.patch.dict("os.environ", REEL_PROOF="off"))
            settings.cache_clear()
        media = make_media(Path(folder, "media"))
        for name, fault in FAULTS.items():
            if not name.startswith(options.only):
                continue
            caught, started = 0, time.monotonic()
            for seed in range(options.first, options.first + options.runs):
                home = Path(folder, "home")
                found = injected(fault, seed, media, home)
                shutil.rmtree(home, ignore_errors=True)
                caught += found.by is not None and not found.published
                if seed == options.first or found.by is None:
                    print(f"    seed {seed}: {found.by or 'published'}", flush=True)
            missed += options.runs - caught
            print(f"{name}: {caught} of {options.runs}, {time.monotonic() - started:.0f} s", flush=True)
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
