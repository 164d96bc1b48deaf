"""Commands about where outputs lie and about backups, on a catalogue and stores of their own."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from reel.catalogue import Catalogue, Generation, NewGeneration, NewOutputRecord, NewUsageRecord
from reel.settings import settings
from tests.cli.test_operate import catalogue, home, reel, said

__all__ = ["catalogue", "home"]


@pytest.fixture
def done(catalogue: Catalogue, home: Path) -> Generation:
    """A generation with one output."""
    path = home / "outputs" / "acme" / "g1" / "variant-001.mp4"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"12345")
    video = NewOutputRecord(name=path.name, location=str(path), bytes=5, sha256=hashlib.sha256(b"12345").hexdigest())
    with catalogue.tenant("acme") as records:
        made, _ = records.add(NewGeneration(id="g1", kind="mixer", request={"kind": "mixer"}))
        for status in ("fetching", "rendering", "saving"):
            records.move(made.id, status)
        records.delivered(made.id, [video], NewUsageRecord(), {}, 1.0)
        records.move(made.id, "done")
    return made


def test_whatever_lies_there_has_an_address(done: Generation, home: Path) -> None:
    report = home / "outputs" / "acme" / "g1" / "report.html"
    report.write_text("<p>")
    assert reel("storage", "url", "g1", "report.html").stdout.strip() == report.as_uri()


def test_how_outputs_lie_is_shown(done: Generation) -> None:
    shown = said("storage", "show", "g1")
    assert shown == {
        "generation": "g1",
        "tenant": "acme",
        "status": "ready",
        "outputs": [{"name": "variant-001.mp4", "bytes": 5, "tier": "", "availability": "ready"}],
    }
    assert "usual" in reel("storage", "show", "g1").stdout


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        ("storage show nobody", 2, "nobody"),
        ("storage restore g1", 2, "REEL_OUTPUTS: is a folder"),
        ("storage archive g1", 2, "REEL_OUTPUTS: is a folder"),
        ("storage restore g1 --days 1 --speed Soon", 2, "Bulk, Standard, Expedited"),
        ("storage url g1 other.mp4", 2, "variant-001.mp4"),
        ("storage cookies g1", 2, "REEL_CLOUDFRONT_KEY_ID"),
        ("storage lifecycle", 2, "is a folder"),
        ("backup verify", 2, "there is none"),
        ("backup restore 2026", 2, "there is none"),
    ],
)
def test_what_cannot_be_is_told_with_what_to_do(done: Generation, command: str, code: int, says: str) -> None:
    ran = reel(*command.split())
    assert (ran.exit_code, says in ran.stderr) == (code, True), ran.output


def test_an_output_has_the_address_of_whoever_serves_it(
    done: Generation, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = home / "outputs" / "acme" / "g1" / "variant-001.mp4"
    assert reel("storage", "url", "g1", "variant-001.mp4").stdout.strip() == location.as_uri()
    assert said("generation", "show", "g1")["outputs"][0]["url"] is None
    monkeypatch.setenv("REEL_OUTPUTS_URL", "https://media.example/v/")
    settings.cache_clear()
    url = "https://media.example/v/acme/g1/variant-001.mp4"
    assert reel("storage", "url", "g1", "variant-001.mp4").stdout.strip() == url
    assert said("generation", "show", "g1")["outputs"][0]["url"] == url
    assert url in reel("generation", "show", "g1").stdout


def test_lost_and_brought_back(done: Generation, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = said("backup", "make")
    assert (made["rows"]["generation"], made["outputs"]) == (1, 1)
    assert [each["id"] for each in said("backup", "list")] == [made["id"]]
    assert made["id"] in reel("backup", "list").stdout
    monkeypatch.setenv("REEL_CATALOGUE", f"sqlite:///{home}/new.db")
    settings.cache_clear()
    assert said("backup", "restore")["generation"] == 1
    assert said("generation", "show", "g1")["status"] == "done"
    assert "holds records already" in reel("backup", "restore").stderr
    assert said("backup", "verify")["found"] == 1
    (home / "outputs" / "acme" / "g1" / "variant-001.mp4").unlink()
    lost = reel("backup", "verify", "--json")
    assert lost.exit_code == 4
    assert "acme/g1/variant-001.mp4" in lost.stdout
