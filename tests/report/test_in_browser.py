"""The report in a browser: from disk, from a folder that is served, and by a link of the gateway."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reel.catalogue import open_catalogue
from reel.generate.render import render
from reel.make.worker import Worker
from reel.settings import settings
from reel.store import LocalObjects
from tests.browser import BROWSER, Browser, browsing, serious_faults
from tests.clips import Clip
from tests.conftest import MakeClip
from tests.gateway.delivering import delivered
from tests.gateway.served import SECRET, served
from tests.package.server import serving
from tests.shop import worker

__all__ = ["worker"]
pytestmark = [pytest.mark.skipif(not BROWSER, reason="no Chromium"), pytest.mark.slow]

SIZE = {"width": 320, "height": 180}
VIDEO = {"type": "video", **SIZE}
LADDER = {"type": "ladder", "rungs": [SIZE, {"width": 160, "height": 90}]}
BESIDE = [{"type": "pictures", "thumbnails": {"at": [1, 3]}, "animation": "webp"}, {"type": "analysis"}]
SOUNDS = (
    "window.sounds = []; window.Audio = class extends Audio { constructor(src) { super(src); sounds.push(this); } };"
)


@dataclass(frozen=True)
class Folders:
    """What was published, each in a folder with its report."""

    all: Path
    """A video with a ladder and all that can be asked for beside it."""
    ladder: Path
    """A ladder alone, with a storyboard."""
    bare: Path
    """A video, and nothing else."""


@pytest.fixture(scope="module")
def folders(worker: Worker, make_clip: MakeClip) -> Folders:
    """Of two seconds that are numbered, and two that are not."""
    clips = [make_clip(Clip(seconds=2, numbered=0, size=(320, 180))), make_clip(Clip(seconds=2, size=(320, 180)))]
    mixer = {"kind": "mixer", "clips": [str(clip) for clip in clips], "aspect": "16:9", "loudness": "off"}
    made: dict[str, dict[str, Any]] = {
        "all": {**mixer, "outputs": [{**VIDEO, "floor": {"mean": 20}}, LADDER, *BESIDE]},
        "ladder": {**mixer, "outputs": [LADDER, {"type": "pictures", "poster": "none"}]},
        "bare": {**mixer, "outputs": [VIDEO], "stills": False},
    }
    for name, request in made.items():
        render(request, generation=name, worker=worker)
    home = Path(worker.outputs.where("all")).parent
    return Folders(**{name: home / name for name in made})


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with browsing(tmp_path / "profile") as found:
        found.do("Page.addScriptToEvaluateOnNewDocument", source=SOUNDS)
        yield found


def from_disk(folder: Path) -> str:
    return (folder / "report.html").as_uri()


def played(browser: Browser, url: str) -> str:
    """Open a report and play its video; the address that the browser chose."""
    browser.errors.clear()
    browser.open(url)
    browser.value("document.querySelector('video').play()")
    browser.until("document.querySelector('video').currentTime > 0.5")
    return str(browser.value("document.querySelector('video').currentSrc"))


def test_from_disk_the_file_is_played(folders: Folders, browser: Browser) -> None:
    assert played(browser, from_disk(folders.all)).endswith("/variant-001.mp4")
    assert browser.value("[video = document.querySelector('video'), video.videoWidth, video.videoHeight].slice(1)") == [
        320,
        180,
    ]
    assert browser.value("sounds.length") == 0
    assert browser.errors == []


def test_from_disk_a_ladder_is_seen_and_heard(folders: Folders, browser: Browser) -> None:
    """By its largest rung, which has no sound, and the sound that goes with it."""
    assert played(browser, from_disk(folders.ladder)).endswith("/variant-001/stream/320x180.mp4")
    browser.until(
        "sounds[0].currentTime > 0.5 && Math.abs(sounds[0].currentTime - document.querySelector('video').currentTime) < 0.3"
    )
    browser.value("document.querySelector('video').pause()")
    browser.until("sounds[0].paused")
    assert browser.errors == []


def test_served_the_ladder_is_played(folders: Folders, browser: Browser) -> None:
    for folder in (folders.all, folders.ladder):
        with serving({"o": folder}) as site:
            assert played(browser, f"{site.address}/o/report.html").endswith("/o/variant-001/stream/master.m3u8")
            assert browser.value("document.querySelector('video').webkitAudioDecodedByteCount") > 0
            assert browser.value("sounds.length") == 0


def test_a_scene_is_gone_to(folders: Folders, browser: Browser) -> None:
    browser.open(from_disk(folders.all))
    assert browser.value("[...document.querySelectorAll('.scenes a')].map(a => a.dataset.at)") == ["0.0", "2.0"]
    browser.value("document.querySelectorAll('.scenes a')[1].click()")
    browser.until("document.querySelector('video').currentTime >= 2")
    assert browser.value("location.hash") == ""


def picture_of(browser: Browser) -> NDArray[Any]:
    """What is shown above the bar."""
    url = browser.value("document.querySelector('.scrub canvas').toDataURL()")
    found = cv2.imdecode(np.frombuffer(base64.b64decode(url.partition(",")[2]), np.uint8), cv2.IMREAD_COLOR)
    assert found is not None
    return found


def test_the_storyboard_is_looked_through(folders: Folders, browser: Browser) -> None:
    """By mouse and by keyboard: what is shown is the tile of that moment."""
    sheet = cv2.imread(str(folders.all / "variant-001/sprite.jpg"))
    assert sheet is not None
    tiles = np.split(sheet, [sheet.shape[1] // 2], axis=1)  # two, of two seconds each
    with serving({"o": folders.all}) as site:  # what comes from disk, no script may read back
        browser.open(f"{site.address}/o/report.html")
        browser.until("!!document.querySelector('.scrub')")
        for across, tile, told in ((0.3, 0, "0:01"), (0.8, 1, "0:03")):
            browser.point_at(".scrub input", across)
            browser.until(f"document.querySelector('.scrub figcaption').textContent === '{told}'")
            assert np.abs(picture_of(browser).astype(int) - tiles[tile]).mean() < 3
        browser.value("document.querySelector('.scrub input').focus()")
        for _ in range(25):
            browser.press("ArrowRight")
        browser.until("Math.abs(document.querySelector('video').currentTime - 2.5) < 0.05")
        assert browser.value("document.querySelector('.scrub input').getAttribute('aria-valuetext')") == "0 min 2 s"
        assert np.abs(picture_of(browser).astype(int) - tiles[1]).mean() < 3


def test_pictures_are_there(folders: Folders, browser: Browser) -> None:
    browser.open(from_disk(folders.all))
    browser.value("document.querySelectorAll('img').forEach(img => { img.loading = 'eager'; })")
    browser.until("[...document.images].every(img => img.complete)")
    shown = browser.value(
        "[...document.querySelectorAll('.pictures img')].map(img => [img.alt.split('/')[1], img.naturalWidth])"
    )
    assert shown == [["poster.jpg", 320], ["thumbnail-001.jpg", 320], ["thumbnail-002.jpg", 320], ["preview.webp", 320]]


def test_what_was_not_asked_for_is_not_there(folders: Folders, browser: Browser) -> None:
    browser.open(from_disk(folders.bare))
    assert (
        browser.value("document.querySelectorAll('.scrub, .scenes, .plot, .pictures, article img, article h4').length")
        == 0
    )
    assert browser.value("document.querySelectorAll('video source').length") == 1


@pytest.mark.parametrize(("width", "dark"), [(390, False), (390, True), (1440, False), (1440, True)])
def test_nothing_serious_is_found_and_nothing_runs_over(
    folders: Folders, browser: Browser, width: int, dark: bool
) -> None:
    browser.looks(width, dark)
    # Rules are looked after by a script, which the page's own policy would keep out.
    browser.do("Page.setBypassCSP", enabled=True)
    for folder in (folders.all, folders.ladder, folders.bare):
        browser.open(from_disk(folder))
        browser.value("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        assert serious_faults(browser) == [], folder.name


def test_all_is_there_without_scripts(folders: Folders, browser: Browser) -> None:
    browser.do("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(from_disk(folders.all))
    assert browser.value("document.querySelectorAll('.plot path.curve').length") >= 6
    assert browser.value("document.querySelectorAll('.scenes a')[1].href.split('/').pop()") == "variant-001.mp4#t=2.0"
    assert "vmaf" in browser.value("document.body.innerText")


def test_by_a_link_of_the_gateway_it_plays_and_no_script_runs_but_ours(
    folders: Folders, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {str(path.relative_to(folders.all)): path for path in folders.all.rglob("*") if path.is_file()}
    tampered = (
        files["report.html"].read_text("utf-8").replace("<body>", "<body><script>document.title = 'run'</script>")
    )
    contents = {name: path.read_bytes() for name, path in files.items()} | {"report.html": tampered.encode()}
    (tmp_path / "home").mkdir()
    with served(tmp_path / "home") as server, server.client() as client:
        monkeypatch.setenv("REEL_SECRET", SECRET)
        settings.cache_clear()
        catalogue = open_catalogue(f"sqlite:///{server.home}/catalogue.db")
        id_ = delivered(catalogue, LocalObjects(server.home / "outputs"), tmp_path, contents)
        catalogue.close()
        page = client.get(f"/pages/generations/{id_}").text
        link, *_ = re.findall(r'href="(/d/[^"]+/report\.html)"', page)
        # Of no origin, it may not read the segments of a ladder.
        assert played(browser, server.url + link).endswith("/variant-001.mp4")
        assert browser.value("!!document.querySelector('.scrub') && document.title !== 'run'")
        assert browser.value("origin") == "null"
        browser.value("document.querySelectorAll('img').forEach(img => { img.loading = 'eager'; })")
        browser.until("[...document.images].every(img => img.complete && img.naturalWidth)")
    monkeypatch.undo()
    settings.cache_clear()
