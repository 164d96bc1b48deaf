"""A tenth of the slideshow as Remotion 4 makes it, with the Node and the Chromium of this machine.

Starting is counted once: Node, bundling, finding the composition, and a render of the first frame (which starts the browser
and decodes the picture). What 180 frames take beyond that one is multiplied by ten. Remotion's own defaults hold for the
rest: pages at once (half the cores), JPEG of quality 80 between browser and encoder, full range colours. Its overlay is the
`Video` of `@remotion/media`, which loops; CRF 21.5 reaches x264 as it is.

Remotion, in the exact versions of `bench/remotion/package.json`, and what it needs are installed from npm into the bench's
folder, without running the packages' install scripts. There is no lock: npm checks one for the parts of all platforms, and
not every registry has them all. Chromium is never downloaded.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from bench.measure import Measure, measure
from bench.rows import FOLDER

SOURCES = Path(__file__).with_name("remotion")
HOME = FOLDER / "remotion"
FRAMES = 180
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def missing() -> list[str]:
    """What this machine lacks for Remotion; nothing: it can be measured."""
    absent = [name for name in ("node", "npm") if shutil.which(name) is None]
    return absent if _browser() else [*absent, "chromium"]


def remotion_seconds(overlay: Path, picture: Path, text: str) -> float:
    """Seconds that Remotion needs for the slideshow's minute."""
    render(overlay, picture, text)
    return whole(json.loads((HOME / "times.json").read_text()))


def whole(times: dict[str, float]) -> float:
    """Seconds of the whole slideshow, from those of the start, of the first frame and of a tenth of all frames."""
    return times["start"] + times["first"] + 10 * (times["all"] - times["first"])


def render(overlay: Path, picture: Path, text: str, *, frames: int = FRAMES, home: Path = HOME) -> Measure:
    """Render the first frames to `slideshow.mp4`, their seconds to `times.json`; what all of it took."""
    _install(home)
    public = home / "public"
    shutil.rmtree(public, ignore_errors=True)
    public.mkdir()
    for file in (overlay, picture):
        shutil.copy(file, public)
    properties = json.dumps({"overlay": overlay.name, "picture": picture.name, "text": text})
    return measure(["node", str(home / "render.mjs"), _browser() or "", str(frames), properties])


def _browser() -> str | None:
    """The first Chromium on the path."""
    return next((path for path in map(shutil.which, BROWSERS) if path), None)


def _install(home: Path) -> None:
    """Remotion in the versions that its package.json names, where they are not there yet."""
    present, wanted = home / "package.json", SOURCES / "package.json"
    # npm writes the file in `node_modules` when it has finished.
    finished = (home / "node_modules" / ".package-lock.json").exists() and present.exists()
    same = finished and present.read_bytes() == wanted.read_bytes()
    shutil.copytree(SOURCES, home, dirs_exist_ok=True)
    if not same:
        quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(["npm", "install", "--no-package-lock", "--ignore-scripts", *quiet], cwd=home, check=True)
