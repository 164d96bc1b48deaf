"""What goes wrong while a plan runs: nothing half-made is seen, nothing is left behind, and the next run goes on."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reel.errors import BadMedia, Internal
from reel.ffmpeg.picture import picture_frames as honest
from reel.generate.render import plan, render
from reel.make import picture
from reel.make.makers import MAKERS
from reel.make.worker import Worker, make_worker
from reel.plan.operations import Join
from reel.settings import Settings
from tests.clips import Clip, ffmpeg, numbered
from tests.conftest import MakeClip
from tests.waiting import wait_for


def request(*clips: Path, **fields: Any) -> dict[str, Any]:
    return {"kind": "mixer", "clips": [str(clip) for clip in clips], "resolution": "480p", "stills": False, **fields}


def kept(home: Path, folder: str) -> list[Path]:
    return [path for path in (home / folder).rglob("*") if path.is_file()]


def test_a_segment_that_fails_its_check_is_not_kept(
    make_clip: MakeClip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FFmpeg ends well, but with a frame too few: nobody gets to see it."""
    worker = make_worker(Settings(home=tmp_path))
    monkeypatch.setattr(
        picture,
        "picture_frames",
        lambda operation, sources: honest(
            operation.model_copy(
                update={"clips": (operation.clips[0].model_copy(update={"frames": operation.frames - 1}),)}
            ),
            sources,
        ),
    )
    with pytest.raises(Internal, match="frames: expected 30, found 29"):
        render(request(make_clip(numbered())), worker=worker)
    assert not kept(tmp_path, "outputs")
    assert not kept(tmp_path, "store/artefacts/picture")
    assert not kept(tmp_path, "scratch")


def test_a_full_disk_is_met_by_another_try_whoever_meets_it(
    make_clip: MakeClip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The libraries that makers write with raise errors of their own."""
    full = iter([OSError(errno.ENOSPC, "No space left on device", "video.mp4")])

    def join(*arguments: Any) -> Any:
        if error := next(full, None):
            raise error
        return picture.make_joined(*arguments)

    monkeypatch.setattr("reel.make.perform.MAKERS", MAKERS | {Join: join})
    worker = make_worker(Settings(home=tmp_path))
    assert render(request(make_clip(numbered())), worker=worker).outputs[0].measured["frames"] == 30
    assert not kept(tmp_path, "scratch")


def test_a_black_segment_is_refused_unless_its_source_is_black(
    make_clip: MakeClip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = make_worker(Settings(home=tmp_path))

    def painted_black(*arguments: Any) -> Any:
        return honest(*arguments).filter("drawbox", c="black", t="fill")

    monkeypatch.setattr(picture, "picture_frames", painted_black)
    with pytest.raises(Internal, match="came out black, though its source is not"):
        render(request(make_clip(numbered())), worker=worker)


def test_a_tiny_preview_is_not_taken_for_black(tmp_path: Path) -> None:
    """White with three dark stripes, where every 16th column of 36 lies."""
    stripes = ",".join(
        f"drawbox=x={left}:w={width}:h=240:c=black:t=fill" for left, width in ((0, 18), (133, 27), (275, 27))
    )
    source = ["-f", "lavfi", "-i", f"color=white:s=320x240:r=30:d=1,{stripes}"]
    clip = tmp_path / "stripes.mp4"
    subprocess.run([ffmpeg(), "-v", "error", *source, "-c:v", "libx264", "-pix_fmt", "yuv420p", str(clip)], check=True)
    wanted = {"kind": "mixer", "clips": [str(clip)], "resolution": "360p", "stills": False, "preview": {"scale": 0.1}}
    (made,) = render(wanted, worker=make_worker(Settings(home=tmp_path / "home"))).outputs
    assert made.measured["black_share"] == 0


@pytest.mark.parametrize("period", [2, 4, 16])
def test_a_pattern_of_pixels_is_not_taken_for_black(period: int, tmp_path: Path) -> None:
    """White squares on black, of which every 16th pixel is black."""
    board = f"geq=lum='if(mod(floor(X/{period})+floor(Y/{period}),2),235,16)':cb=128:cr=128"
    source = ["-f", "lavfi", "-i", f"color=black:s=640x320:r=25:d=0.4,format=yuv420p,{board}"]
    clip = tmp_path / "board.mkv"
    subprocess.run([ffmpeg(), "-v", "error", *source, "-c:v", "ffv1", str(clip)], check=True)
    wanted = {"kind": "encode", "asset": str(clip), "stills": False, "outputs": [{"type": "video"}]}
    (made,) = render(wanted, worker=make_worker(Settings(home=tmp_path / "home"))).outputs
    assert made.measured["black_share"] == 0


def test_a_damaged_artefact_is_made_again(make_clip: MakeClip, tmp_path: Path) -> None:
    clip = make_clip(numbered())
    worker = make_worker(Settings(home=tmp_path))
    first = render(request(clip), worker=worker)
    for path in kept(tmp_path, "store/artefacts"):
        if path.name in ("picture.mp4", "video.mp4"):
            path.chmod(0o600)
            path.write_bytes(path.read_bytes()[:-1000])
    again = render(request(clip), worker=make_worker(Settings(home=tmp_path)))
    assert again.made == 2
    assert again.outputs[0].video.sha256 == first.outputs[0].video.sha256


def test_the_same_request_gives_the_same_bytes_on_an_empty_store(make_clip: MakeClip, tmp_path: Path) -> None:
    wanted = request(make_clip(numbered()), make_clip(Clip(rotation=90)), variants=2, order_mixing=True, seed=3)
    digests = [
        [output.video.sha256 for output in render(wanted, worker=make_worker(Settings(home=tmp_path / name))).outputs]
        for name in ("one", "two")
    ]
    assert digests[0] == digests[1]


def test_a_clip_that_is_overwritten_is_another_clip(make_clip: MakeClip, tmp_path: Path, worker: Worker) -> None:
    clip = tmp_path / "clip.mov"
    clip.write_bytes(make_clip(numbered(0)).read_bytes())
    before = plan(request(clip), worker=worker)
    clip.write_bytes(make_clip(numbered(500)).read_bytes())
    after = plan(request(clip), worker=worker)
    assert not {step.key for step in before.steps} & {step.key for step in after.steps}


def test_a_missing_clip_is_named(tmp_path: Path, worker: Worker) -> None:
    with pytest.raises(BadMedia, match=r"clips\[0\]\.asset: .*missing\.mp4 does not exist"):
        render(request(tmp_path / "missing.mp4"), worker=worker)


RUN = "import sys; from reel.api import render; render(sys.argv[1])"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_process_that_is_ended_leaves_no_ffmpeg_and_its_work_goes_on(
    number: signal.Signals, make_clip: MakeClip, tmp_path: Path
) -> None:
    import json

    # The last one is begun when the first is made, so that there is work under way then on any machine.
    clips = [make_clip(Clip(size=(640, 360), seconds=5 + more)) for more in range(3)]
    wanted = json.dumps(request(*clips))
    environment = {**os.environ, "REEL_HOME": str(tmp_path), "REEL_JOBS": "2"}
    process = subprocess.Popen([sys.executable, "-c", RUN, wanted], env=environment, stderr=subprocess.DEVNULL)
    pictures = tmp_path / "store" / "artefacts" / "picture"
    wait_for(lambda: list(pictures.rglob("manifest.json")), "the first segment")
    process.send_signal(number)
    process.wait()
    wait_for(lambda: not _working_below(tmp_path), "the end of FFmpeg")
    assert not kept(tmp_path, "outputs")
    report = render(json.loads(wanted), worker=make_worker(Settings(home=tmp_path)))
    assert next(row for row in report.steps if row.kind == "picture").reused >= 1
    assert not kept(tmp_path, "scratch")


def _working_below(folder: Path) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            line = (entry / "cmdline").read_bytes().decode(errors="replace") if entry.name.isdecimal() else ""
        except OSError:
            continue
        if "-progress" in line and str(folder) in line:
            found.append(line)
    return found
