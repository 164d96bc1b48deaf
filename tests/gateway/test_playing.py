"""Packages played in Chromium through signed links of a gateway, and streams followed by a page as docs/live.md shows it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import httpx
import pytest

from reel.catalogue import Progressed, open_catalogue
from reel.package.package import MANIFEST, MASTER
from reel.settings import settings
from reel.store import LocalObjects
from tests.gateway.delivering import delivered
from tests.gateway.served import SECRET, Served, served
from tests.package.players import BROWSER, browsing, play, players
from tests.package.server import serving
from tests.package.test_players import CASES, WAYS, build
from tests.waiting import PATIENCE_SECONDS

PAGE = Path(__file__).parents[2] / "docs" / "live.md"
SHOWN = {
    language: re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    for language in ("sh", "js")
}
VIDEO = b"video" * 1000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture
def make(server: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Makes a generation of that gateway's, with these files; by a process that has its secret, as workers do."""
    monkeypatch.setenv("REEL_SECRET", SECRET)
    settings.cache_clear()
    catalogue = open_catalogue(f"sqlite:///{server.home}/catalogue.db")
    yield lambda files, **told: delivered(catalogue, LocalObjects(server.home / "outputs"), tmp_path, files, **told)
    catalogue.close()
    monkeypatch.undo()
    settings.cache_clear()


class TestShown:
    """What the page shows is done as it stands there."""

    def shell(self, server: Served, id_: str, script: str, folder: Path) -> str:
        environment = {**os.environ, "URL": server.url, "KEY": server.key(), "ID": id_}
        done = subprocess.run(
            ["bash", "-euc", script],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def test_curl(self, server: Served, make: Callable[..., str], tmp_path: Path) -> None:
        id_ = make({"variant-001.mp4": VIDEO})
        follow, ticket, fetch, hook = SHOWN["sh"]
        told = self.shell(server, id_, follow, tmp_path)
        assert re.findall(r"^event: generation\.(\w+)$", told, re.MULTILINE) == [
            "queued", "started", "rendering", "saving", "done",
        ]  # fmt: skip
        assert json.loads(self.shell(server, id_, ticket, tmp_path))["ticket"]
        link = json.loads(self.shell(server, id_, fetch, tmp_path))["url"]
        assert (tmp_path / "variant-001.mp4").read_bytes() == VIDEO
        assert (tmp_path / "all.zip").stat().st_size > len(VIDEO)
        assert subprocess.run(["curl", "-s", link], capture_output=True, check=True).stdout == VIDEO
        assert json.loads(self.shell(server, id_, hook, tmp_path))["secret"].startswith("whsec_")

    @pytest.mark.skipif(not BROWSER, reason="Chromium is not installed")
    def test_a_page(self, server: Served, make: Callable[..., str], tmp_path: Path) -> None:
        """Of another origin, by both ways at once."""
        id_ = make({"variant-001.mp4": VIDEO}, upto="saving", tenant="pages")
        catalogue = open_catalogue(f"sqlite:///{server.home}/catalogue.db")
        with catalogue.tenant("pages") as records:
            records.progress(id_, Progressed(percent=40))
        folder = tmp_path / "page"
        folder.mkdir()
        with serving({"page": folder}) as site:
            with catalogue.operator() as everybody:
                everybody.set_tenant("pages", origins=[site.address])
            key = {"Authorization": f"Bearer {server.key('pages')}"}
            ticket = httpx.post(f"{server.url}/v1/events/tickets", json={}, headers=key).json()["ticket"]
            follow, listen = SHOWN["js"]
            driver = f"""
              const say = (what) => fetch("/answer", {{method: "POST", body: JSON.stringify(what)}});
              follow("{server.url}", "{id_}", "{ticket}", (percent, outputs) => say(["follow", percent, outputs]));
              listen("{server.url}", "{ticket}", (event) => say(["listen", event.type, event.id]), "0");
            """
            (folder / "page.html").write_text(f"<!doctype html><script>{follow}\n{listen}\n{driver}</script>", "utf-8")
            with browsing(f"{site.address}/page/page.html", tmp_path / "profile"):
                said = [site.answers.get(timeout=PATIENCE_SECONDS) for _ in range(6)]
                with catalogue.tenant("pages") as records:
                    records.move(id_, "done")
                said += [site.answers.get(timeout=PATIENCE_SECONDS) for _ in range(2)]
        assert [each[1:] for each in said if each[0] == "follow"] == [[40, None], [100, None]]
        # What the page says travels over several connections.
        listened = sorted((int(each[2]), each[1].removeprefix("generation.")) for each in said if each[0] == "listen")
        heard = [type_ for _, type_ in listened]
        assert heard == ["queued", "started", "rendering", "saving", "progress", "done"]
        catalogue.close()


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_a_package_plays_through_a_signed_link(
    way: tuple[str, str], server: Served, make: Callable[..., str], tmp_path: Path
) -> None:
    if isinstance(why := players(), str):
        pytest.skip(why)
    folder, frames = build(tmp_path, CASES[1], locked=False)
    files = {f"v/ladder/{path.relative_to(folder)}": path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    id_ = make(files)
    assert way[1] in (MASTER, MANIFEST)
    with server.client() as client:
        link = client.post(f"/v1/generations/{id_}/links", json={"output": f"v/ladder/{way[1]}"}).json()["url"]
    wanted, rate = [10, 47, frames - 2, 0], Fraction(25)
    seen = play(tmp_path, way[0], link, [float((frame + Fraction(1, 2)) / rate) for frame in wanted], tmp_path / "b")
    assert seen.errors == []
    assert [number for _, number in seen.shown] == wanted
    assert seen.tracks == {"pictures": 3, "sounds": ["en", "de"], "subtitles": ["en"]}
