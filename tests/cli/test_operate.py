"""The operator's commands, on a catalogue of their own."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from reel.catalogue import Catalogue, Generation, NewDeadLetter, NewGeneration, NewOutput, NewUsage, open_catalogue
from reel.cli import app, show
from reel.cli.records import since
from reel.errors import InvalidRequest
from reel.perform.worker import this_worker
from reel.settings import settings

REQUEST = {"kind": "mixer", "clips": ["a.mp4"]}
ARGV = ["ffmpeg", "-i", "a file.mp4", "out.mp4"]


def reel(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def said(*arguments: object) -> Any:
    """What a command prints as JSON."""
    done = reel(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("REEL_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(show.console, "width", 300)
    settings.cache_clear()
    this_worker.cache_clear()
    yield tmp_path / "home"
    monkeypatch.undo()
    settings.cache_clear()
    this_worker.cache_clear()


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    opened = open_catalogue(settings().catalogue_url)
    yield opened
    opened.close()


def failed(catalogue: Catalogue, tenant: str = "acme") -> tuple[Generation, str]:
    """A generation that was given up, and the id of its dead letter."""
    with catalogue.tenant(tenant) as records:
        generation, _ = records.add(NewGeneration(kind="mixer", request=REQUEST, priority="batch"))
        records.move(generation.id, "failed")
        letter = records.bury(
            NewDeadLetter(
                generation=generation.id,
                operation="picture",
                title="segment 3",
                error_class="internal",
                problems=[{"place": "segment 3", "what": "came out black", "remedy": "report this"}],
                argv=ARGV,
                stderr_tail="last words",
                inputs={"steps": ["abc", "def"]},
            )
        )
    return generation, letter.id


def test_a_tenants_limits_are_set_one_by_one() -> None:
    assert said("tenant", "set", "acme", "--concurrency", 3)["concurrency"] == 3
    assert said("tenant", "set", "acme", "--weight", 2)["concurrency"] == 3
    assert said("tenant", "set", "acme", "--concurrency", 0)["concurrency"] is None
    (tenant,) = said("tenant", "list")
    assert (tenant["id"], tenant["weight"], tenant["concurrency"]) == ("acme", 2.0, None)
    assert "acme" in reel("tenant", "list").stdout
    wrong = reel("tenant", "set", "A B")
    assert (wrong.exit_code, "use 1 to 64 of a-z" in wrong.stderr) == (2, True)


def test_generations_are_listed_and_shown(catalogue: Catalogue) -> None:
    generation, _ = failed(catalogue)
    with catalogue.tenant("other") as records:
        done, _ = records.add(NewGeneration(kind="template", request={"kind": "template"}))
        outputs = [NewOutput(name="video.mp4", location="/out/video.mp4", bytes=7, sha256="")]
        records.delivered(done.id, outputs, NewUsage(bytes=7, output_seconds=12), {}, seconds=1)
    assert {each["id"] for each in said("generation", "list")} == {generation.id, done.id}
    assert [each["id"] for each in said("generation", "list", "--tenant", "other")] == [done.id]
    assert [each["id"] for each in said("generation", "list", "--status", "failed")] == [generation.id]
    assert reel("generation", "list", "--status", "lost").exit_code == 2
    assert generation.id in reel("generation", "list").stdout
    assert said("generation", "show", generation.id)["request"] == REQUEST
    assert said("generation", "show", done.id)["outputs"][0]["name"] == "video.mp4"
    assert "/out/video.mp4" in reel("generation", "show", done.id).stdout
    assert reel("generation", "show", "nothing").exit_code == 2
    assert said("usage", "other", "--since", "1h")["bytes"] == 7
    assert said("usage", "acme")["bytes"] == 0


def test_a_dead_letter_is_looked_into_replayed_and_closed(catalogue: Catalogue) -> None:
    generation, letter = failed(catalogue)
    listed = reel("dead", "list").stdout
    assert letter in listed
    assert "came out black" in listed
    shown = reel("dead", "show", letter).stdout
    assert f"argv: {shlex.join(ARGV)}" in shown
    for part in ("last words", "segment 3", "(report this)", "abc, def", generation.id):
        assert part in shown
    assert said("dead", "show", letter)["argv"] == ARGV
    new = said("dead", "replay", letter)
    again = said("generation", "show", new["generation"])
    assert (again["status"], again["request"], again["priority"]) == ("queued", REQUEST, "batch")
    assert said("dead", "list") == []
    assert [each["replayed_as"] for each in said("dead", "list", "--all")] == [new["generation"]]
    twice = reel("dead", "replay", letter)
    assert (twice.exit_code, "was replayed before" in twice.stderr) == (2, True)
    assert len(said("generation", "list")) == 2


def test_a_dead_letter_is_dropped(catalogue: Catalogue) -> None:
    _, letter = failed(catalogue)
    assert said("dead", "drop", letter)["state"] == "dropped"
    assert said("dead", "list") == []
    assert said("dead", "drop", letter)["state"] == "dropped"
    assert reel("dead", "drop", "dead_0").exit_code == 2


def test_a_webhook_shows_its_secret_once(catalogue: Catalogue) -> None:
    made = said("webhook", "add", "https://a.example/x", "--tenant", "acme", "--event", "generation.done")
    assert made["secret"].startswith("whsec_")
    listed = reel("webhook", "list", "--tenant", "acme", "--json")
    assert made["id"] in listed.stdout
    assert made["secret"] not in listed.stdout
    assert said("webhook", "disable", made["id"], "--tenant", "acme")["disabled"]
    assert said("webhook", "enable", made["id"], "--tenant", "acme")["disabled"] is None
    rotated = said("webhook", "rotate", made["id"], "--tenant", "acme")
    assert rotated["secret"] != made["secret"]
    assert made["secret"] not in json.dumps(rotated)
    for arguments in (
        ("add", "ftp://a.example"),
        ("add", "https://a.example", "--event", "generation.lost"),
        ("disable", made["id"]),
    ):
        assert reel("webhook", *arguments).exit_code == 2, "no address, no event, another tenant's"


def test_what_was_sent_about_a_generation(catalogue: Catalogue) -> None:
    said("webhook", "add", "https://a.example/x", "--tenant", "acme")
    generation, _ = failed(catalogue)
    events = said("webhook", "events", generation.id)
    assert [event["type"] for event in events] == ["generation.queued", "generation.failed"]
    shown = reel("webhook", "events", generation.id).stdout
    assert re.search(r"^queued +ep_[0-9a-f]+ +pending +[0-9]+s", shown, re.MULTILINE), shown


def test_the_catalogue_is_upgraded_and_checked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reel("catalogue", "upgrade").exit_code == 0
    assert said("catalogue", "check")["catalogue"] == "good"
    (home / "catalogue.db").write_bytes(b"no database" * 1000)
    broken = reel("catalogue", "check")
    assert broken.exit_code == 4, broken.output
    assert "catalogue.db" in broken.stderr


def test_the_janitor_says_what_would_go_and_then_removes_it(home: Path) -> None:
    left = home / "outputs" / "acme" / "lost" / "video.mp4"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"x" * 100)
    import os

    os.utime(left, (0, 0))
    said("tenant", "set", "acme")
    told = said("janitor", "--dry-run")
    assert left.exists()
    assert [(part["what"], part["bytes"]) for part in told["removed"] if part["count"]] == [
        ("outputs of no generation", 100)
    ]
    shown = reel("janitor")
    assert shown.exit_code == 0, shown.output
    assert "acme/lost/" in shown.stdout
    assert not left.exists()


@pytest.mark.parametrize(("words", "ago"), [("36h", timedelta(hours=36)), ("7d", timedelta(7)), ("2w", timedelta(14))])
def test_a_moment_may_be_said_by_its_distance(words: str, ago: timedelta) -> None:
    before = datetime.now(UTC)
    assert before <= since(words) + ago <= datetime.now(UTC)


def test_a_moment_may_be_a_day() -> None:
    assert since("2026-11-01") == datetime(2026, 11, 1, tzinfo=UTC)
    for wrong in ("", "d", "soon", "7x", "9" * 400 + "d"):
        with pytest.raises(InvalidRequest):
            since(wrong)


def test_help_needs_no_database() -> None:
    """What is slow to import waits for the command that needs it."""
    check = (
        "import sys; from reel.cli import app; print(sorted({'sqlalchemy', 'cv2', 'rich.table'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
