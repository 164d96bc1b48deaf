"""The Python that README and the package itself show does what they say."""

from __future__ import annotations

import re
import shutil
import textwrap
from pathlib import Path
from typing import Any

import pytest

import reel
import reel.api
from reel.generate.render import render
from reel.make.worker import make_worker
from reel.settings import Settings
from tests.clips import Clip
from tests.conftest import MakeClip

README = Path(__file__).parents[1] / "README.md"


def shown() -> dict[str, str]:
    """The code, by where it stands."""
    (in_readme,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    in_package = (reel.__doc__ or "").partition("::\n")[2]
    return {"README.md": in_readme, "reel": textwrap.dedent(in_package)}


@pytest.mark.parametrize("place", shown())
def test_it_makes_two_videos(
    place: str, make_clip: MakeClip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(make_clip(Clip(size=(320, 180), seconds=1, suffix=".mp4", audio_codec="aac")), tmp_path / "a.mp4")
    shutil.copy(make_clip(Clip(size=(180, 320), seconds=1)), tmp_path / "b.mov")
    worker = make_worker(Settings(home=tmp_path / "home"))

    def smaller(document: dict[str, Any]) -> Any:
        return render({**document, "resolution": "480p", "stills": False}, worker=worker)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(reel.api, "render", smaller)
    exec(compile(shown()[place], place, "exec"), {})
    made = [Path(line.split()[0]) for line in capsys.readouterr().out.splitlines()]
    assert len({path.read_bytes() for path in made}) == 2
