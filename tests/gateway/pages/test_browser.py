"""The pages in a browser: by keyboard, live, played, and held against the rules of accessibility (axe-core)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from reel.catalogue import (
    Catalogue,
    NewApiKey,
    NewAsset,
    NewGeneration,
    NewOutputRecord,
    NewUsageRecord,
    Progressed,
    open_catalogue,
)
from reel.errors import BadMedia
from reel.settings import settings
from tests.browser import BROWSER, Browser, browsing, serious_faults
from tests.clips import Clip
from tests.gateway.served import SECRET, Served, served
from tests.shop import CARD

pytestmark = [pytest.mark.skipif(not BROWSER, reason="no Chromium"), pytest.mark.slow]

LONG_DATE = "28 November 2026, 20:04:59 UTC"
MARKUP = '<img src=x onerror="document.title=1">'


@dataclass(frozen=True)
class Site:
    """A gateway with a tenant that has one of everything."""

    server: Served
    catalogue: Catalogue
    done: str
    live: str
    failed: str
    template: str
    batch: str
    webhook: str

    def paths(self) -> list[str]:
        asset = self._asset()
        named = (f"generations/{self.done}", f"generations/{self.live}", f"generations/{self.failed}")
        return [
            "generations",
            "generations/new",
            *named,
            "batches",
            f"batches/{self.batch}",
            "assets",
            f"assets/{asset}",
            "templates",
            f"templates/{self.template}",
            "credits",
            "batches/new",
            "webhooks",
            f"webhooks/{self.webhook}",
            "keys",
            f"keys/{self._key()}",
        ]

    def _key(self) -> str:
        with self.catalogue.tenant("acme", only_reads=True) as records:
            return next(key.id for key in records.api_keys() if key.name == MARKUP)

    def _asset(self) -> str:
        with self.catalogue.tenant("acme", only_reads=True) as records:
            return records.library()[0].id

    def sign_in(self, browser: Browser, role: str = "owner") -> None:
        browser.do("Network.clearBrowserCookies")
        browser.open(f"{self.server.url}/pages/sign-in")
        browser.value(f"document.querySelector('#key').value = {json.dumps(self.server.key(self._whose(role), role))}")
        browser.press("Enter")  # the field has the focus
        browser.until("location.pathname !== '/pages/sign-in' && document.readyState === 'complete'")

    def _whose(self, role: str) -> str:
        return "-" if role == "operator" else "acme"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, make_clip) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("home")
    with served(home) as server, pytest.MonkeyPatch.context() as patched:
        patched.setenv(
            "REEL_SECRET", SECRET
        )  # as the gateway has it: what it seals is read here, and the other way round
        settings.cache_clear()
        catalogue = open_catalogue(f"sqlite:///{home}/catalogue.db")
        yield _furnished(server, catalogue, make_clip(Clip(seconds=2, size=(320, 180))))
        catalogue.close()
    settings.cache_clear()


def _furnished(server: Served, catalogue: Catalogue, video: Path) -> Site:
    with catalogue.tenant("acme") as records:
        made = [
            records.add(NewGeneration(kind="mixer", request={"kind": "mixer", "note": MARKUP}, slot=slot))[0].id
            for slot in (MARKUP, "live", "failed")
        ]
        done, live, failed = made
        for status in ("fetching", "rendering", "saving"):
            records.move(done, status)
        where = server.home / "outputs" / "acme" / done / "variant-001.mp4"
        where.parent.mkdir(parents=True)
        shutil.copyfile(video, where)
        output = NewOutputRecord(
            name="variant-001.mp4", location=str(where), bytes=where.stat().st_size, sha256="0" * 64
        )
        records.delivered(done, [output], NewUsageRecord(), {}, 1.0)
        records.move(done, "done")
        records.move(live, "fetching")
        records.move(failed, "fetching")
        records.move(failed, "failed", BadMedia.at("clips[0]", f"is {MARKUP}"))
        template = records.add_template(MARKUP, MARKUP)
        records.publish(template.id, records.add_version(template.id, CARD, MARKUP).version)
        records.keep_asset(NewAsset(name=MARKUP, folder="summer"))
        records.grant(5, note=MARKUP)
        records.add_key("0" * 16, "0", NewApiKey(name=MARKUP, scopes=["generations:read", "assets:read"]))
    batch, webhook = _ordered(server), _told(catalogue)
    return Site(server, catalogue, done, live, failed, template.id, batch, webhook)


def _ordered(server: Served) -> str:
    """A batch with a row that is bad."""
    rows = [{"NAME": "Ada"}, {"NAME": "Bob", "TINT": MARKUP}]
    with server.client() as client:
        answer = client.post("/v1/batches", json={"template": CARD, "rows": rows, "name": MARKUP})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def _told(catalogue: Catalogue) -> str:
    """A webhook that an event waits for."""
    with catalogue.tenant("acme") as records:
        made = records.add_endpoint("https://hooks.example/a", None)
        records.add(NewGeneration(kind="mixer", request={}, slot="told"))
    return made.id


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with browsing(tmp_path / "profile") as found:
        yield found


def is_told(browser: Browser) -> list[str]:
    """What the console complained of, but frames that nobody shows here (503)."""
    return [error for error in browser.errors if "/frame?" not in error]


@pytest.mark.parametrize(("width", "dark"), [(390, False), (390, True), (1440, False), (1440, True)])
def test_nothing_serious_is_found_and_nothing_runs_over(site, browser, width, dark):
    browser.looks(width, dark)
    paths = [("owner", path) for path in site.paths()] + [("operator", "operator")]
    role, found = "", {}
    for needed, path in paths:
        if needed != role:
            site.sign_in(browser, role := needed)
        browser.open(f"{site.server.url}/pages/{path}")
        found[path] = serious_faults(browser)
        assert browser.value("document.querySelector('img[src=x]') === null && document.title !== '1'"), path
    assert found == {path: [] for path in found}
    assert is_told(browser) == []


@pytest.mark.parametrize("width", [390, 768, 1024, 1440])
def test_no_fact_runs_into_the_next(site, browser, width):
    """Dates above all, which are as long as the browser has them."""
    browser.looks(width)
    site.sign_in(browser)
    for path in (f"generations/{site.done}", f"generations/{site.failed}", f"keys/{site._key()}"):
        browser.open(f"{site.server.url}/pages/{path}")
        browser.value(
            "document.querySelectorAll('.facts time').forEach(each => each.textContent = '28 November 2026, 20:04:59 UTC')"
        )
        assert (
            browser.value(
                "[...document.querySelectorAll('.facts dd')].filter(e => e.scrollWidth > e.clientWidth).length"
            )
            == 0
        )


def test_why_something_went_wrong_is_read_without_scrolling_aside(site, browser):
    browser.looks(390)
    site.sign_in(browser)
    for path in (f"batches/{site.batch}", f"webhooks/{site.webhook}"):
        browser.open(f"{site.server.url}/pages/{path}")
        over = "[...document.querySelectorAll('.wide')].map(each => each.scrollWidth - each.clientWidth)"
        assert browser.value(over) == [0], path


def test_a_key_is_made_and_shown(site, browser):
    site.sign_in(browser)
    browser.open(f"{site.server.url}/pages/keys")
    browser.value("document.querySelector('#name').value = 'shop'")
    browser.value("document.querySelector('form.panel').requestSubmit()")
    browser.until("location.pathname === '/pages/keys' && !!document.querySelector('#secret')")
    key = browser.value("document.querySelector('#secret ~ p code').textContent")
    assert serious_faults(browser) == []
    with httpx.Client(base_url=site.server.url, headers={"Authorization": f"Bearer {key}"}) as client:
        assert client.get("/v1/generations").status_code == 200
    assert is_told(browser) == []


def test_progress_comes_by_itself(site, browser):
    site.sign_in(browser, "viewer")
    browser.open(f"{site.server.url}/pages/generations/{site.live}")
    with site.catalogue.tenant("acme") as records:
        records.move(site.live, "rendering")
        records.progress(site.live, Progressed(percent=42.7, eta_seconds=31, doing=MARKUP, steps=3))
    browser.until("document.querySelector('[data-percent]').textContent === '42 %'")
    assert browser.value("document.querySelector('[data-status]').textContent") == "Rendering"
    assert browser.value("document.querySelector('[data-doing]').textContent") == MARKUP
    assert browser.value("document.querySelector('progress').value") == 42.7
    with site.catalogue.tenant("acme") as records:
        records.move(site.live, "cancelled")
    browser.until("!document.querySelector('progress') && !!document.querySelector('.status.cancelled')")
    assert is_told(browser) == []


def test_a_video_is_played(site, browser):
    site.sign_in(browser)
    browser.open(f"{site.server.url}/pages/generations/{site.done}")
    browser.value("Object.assign(document.querySelector('video'), {muted: true}).play()")
    browser.until("document.querySelector('video').currentTime > 0.3")
    assert browser.value(
        "[document.querySelector('video').videoWidth, document.querySelector('video').videoHeight]"
    ) == [
        320,
        180,
    ]
    assert is_told(browser) == []


def test_all_is_reached_by_keyboard(site, browser):
    """From the top: what skips to the content, the brand, seven pages, signing out; then what the page itself has."""
    site.sign_in(browser)
    browser.open(f"{site.server.url}/pages/generations/{site.done}")
    reached = []
    for _ in range(12):
        browser.press("Tab")
        reached.append(browser.value("document.activeElement.textContent.trim() || document.activeElement.tagName"))
    assert reached[:11] == [
        *(
            "Skip to the content",
            "Reelflow",
            "Generations",
            "Batches",
            "Assets",
            "Templates",
            "Usage",
            "Webhooks",
            "Keys",
        ),
        *("Sign out", "default"),
    ]
    assert browser.value("getComputedStyle(document.activeElement).outlineStyle") != "none"
