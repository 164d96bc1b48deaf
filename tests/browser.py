"""A headless Chromium, told what to do by its DevTools protocol (chromedevtools.github.io/devtools-protocol)."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from tests.waiting import wait_for

BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
ANSWER_SECONDS = 60

AXE = "axe-core@4.14.1"
NPM = shutil.which("npm")
SERIOUS = ("serious", "critical")


class Browser:
    """One page of a browser."""

    def __init__(self, line: Connection) -> None:
        self._line, self._ids = line, count(1)
        self.errors: list[str] = []
        """Exceptions of scripts, and what the console or the content security policy complained of."""
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.do(f"{domain}.enable")

    def do(self, method: str, **params: Any) -> dict[str, Any]:
        """Give a command, and return what comes of it."""
        id_ = next(self._ids)
        self._line.send(json.dumps({"id": id_, "method": method, "params": params}))
        while (said := json.loads(self._line.recv(ANSWER_SECONDS))).get("id") != id_:
            self._heard(said)
        assert "error" not in said, (method, said["error"])
        found: dict[str, Any] = said["result"]
        return found

    def open(self, url: str) -> None:
        """Go to an address, and wait until all of it is there."""
        self.do("Page.navigate", url=url)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def value(self, script: str) -> Any:
        """The value of an expression on the page; of a promise, what it comes to."""
        found = self.do("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def until(self, script: str, what: str = "") -> None:
        """Wait until an expression is true."""
        wait_for(lambda: self._holds(script), what or script, seconds=60)

    def _holds(self, script: str) -> bool:
        try:
            return bool(self.value(script))
        except AssertionError:  # between two pages
            return False

    def looks(self, width: int, dark: bool = False, height: int = 900) -> None:
        """How wide the screen is, in CSS pixels, and how its owner likes it."""
        self.do(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.do("Emulation.setEmulatedMedia", features=[scheme])

    def press(self, key: str) -> None:
        """Press a key."""
        code = {"Tab": 9, "Enter": 13, "ArrowRight": 39}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.do("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)

    def point_at(self, selector: str, across: float) -> None:
        """Move the mouse over an element, so far across it (0 to 1)."""
        self.value(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center'}})")
        box = self.value(f"document.querySelector({json.dumps(selector)}).getBoundingClientRect().toJSON()")
        x, y = box["x"] + across * box["width"], box["y"] + box["height"] / 2
        self.do("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def picture(self, to: Path) -> None:
        """Keep what is seen of the whole page as a PNG."""
        found = self.do("Page.captureScreenshot", captureBeyondViewport=True)
        to.write_bytes(base64.b64decode(found["data"]))

    def _heard(self, said: dict[str, Any]) -> None:
        params = said.get("params", {})
        if said["method"] == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(params["exceptionDetails"])[:500])
        elif said["method"] == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")


@contextmanager
def browsing(profile: Path) -> Iterator[Browser]:
    """A browser for the length of a block."""
    assert BROWSER
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0"]
    options.append("--autoplay-policy=no-user-gesture-required")
    command = [BROWSER, *options, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        told = profile / "DevToolsActivePort"
        wait_for(lambda: told.exists() and "\n" in told.read_text(), "the browser")
        port = told.read_text().split("\n")[0]
        pages = httpx.get(f"http://127.0.0.1:{port}/json/list", timeout=ANSWER_SECONDS).json()
        address = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
        with connect(address, max_size=None, proxy=None) as line:
            yield Browser(line)
    finally:
        process.terminate()
        process.wait()


@cache
def axe() -> str:
    """The rules as a script, fetched once for all checkouts; skips where there is none."""
    kept = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "reelflow-tests", AXE, "axe.min.js")
    if not kept.exists():
        if not NPM:
            pytest.skip("no npm, which fetches axe-core")
        kept.parent.mkdir(parents=True, exist_ok=True)
        # `pack` fetches an archive and runs nothing of it.
        command = [NPM, "pack", "--silent", AXE]
        done = subprocess.run(command, cwd=kept.parent, capture_output=True, text=True, check=False, timeout=300)
        archive = next(kept.parent.glob("*.tgz"), None)
        if done.returncode != 0 or archive is None:
            pytest.skip(f"npm fetched no {AXE}")
        with tarfile.open(archive) as opened:
            file = opened.extractfile("package/axe.min.js")
            assert file
            kept.write_bytes(file.read())
    return kept.read_text("utf-8")


def serious_faults(browser: Browser) -> list[Any]:
    """What axe finds wrong with a page, as far as it is serious; and by how many pixels it runs over, where it does."""
    browser.do("Runtime.evaluate", expression=axe())
    broken = browser.value(
        "axe.run().then(r => r.violations.map(v => [v.impact, v.id, v.nodes.map(n => n.html.slice(0, 200))]))"
    )
    over = browser.value("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [each for each in broken if each[0] in SERIOUS] + ([over] if over > 0 else [])
