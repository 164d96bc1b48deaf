"""The operator's commands, on a catalogue of their own."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from reel.catalogue import (
    Catalogue,
    Generation,
    GivenUp,
    NewDeadLetter,
    NewGeneration,
    NewOutputRecord,
    NewStepRecord,
    NewUsageRecord,
    Retry,
    open_catalogue,
)
from reel.cli import app, show
from reel.cli.records import since
from reel.control.ledger import this_catalogue
from reel.control.stores import these_stores
from reel.errors import InvalidRequest, Transient
from reel.extras import EXTRAS, missing_extra
from reel.kinds import parse_request
from reel.make.worker import this_worker
from reel.plan.estimate import Estimate
from reel.settings import settings
from tests.plan.facts import facts, plan_request
from tests.report.reports import report
from tests.shop import CARD

REQUEST = {"kind": "mixer", "clips": ["a.mp4"]}
ARGV = ["ffmpeg", "-i", "a file.mp4", "out.mp4"]


OF_HOME = (settings, this_worker, these_stores, this_catalogue)
"""What a process remembers of its home: a test that clears only some of it works on that of the test before."""


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
    for of_home in OF_HOME:
        of_home.cache_clear()
    yield tmp_path / "home"
    monkeypatch.undo()
    for of_home in OF_HOME:
        of_home.cache_clear()


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
    allowed = said("tenant", "set", "acme", "--webhook-hosts", "*.Shop.example, hooks.example")
    assert allowed["webhook_hosts"] == ["*.shop.example", "hooks.example"]
    assert allowed["webhook_secret"].startswith("whsec_")
    again = said("tenant", "set", "acme", "--concurrency", 1)
    assert (again["webhook_hosts"], "webhook_secret" in again) == (allowed["webhook_hosts"], False)
    assert said("tenant", "set", "acme", "--webhook-hosts", "")["webhook_hosts"] is None
    limited = said("tenant", "set", "acme", "--limit", "clips=500", "--limit", "output_seconds=1.5")
    assert limited["limits"] == {"clips": 500, "output_seconds": 1.5}
    kept = said("tenant", "set", "acme", "--limit", "clips=", "--file-root", "/srv/acme", "--s3-root", "media/acme/")
    assert (kept["limits"], kept["file_roots"], kept["s3_roots"]) == (
        {"output_seconds": 1.5},
        ["/srv/acme"],
        ["media/acme/"],
    )
    freed = said("tenant", "set", "acme", "--file-root", "any", "--s3-root", "none")
    assert (freed["limits"], freed["file_roots"], freed["s3_roots"]) == ({"output_seconds": 1.5}, None, [])
    for wrong_one in (("--limit", "clip=3"), ("--limit", "clips=x"), ("--file-root", "relative")):
        assert reel("tenant", "set", "acme", *wrong_one).exit_code == 2
    assert reel("tenant", "set", "acme", "--webhook-hosts", "*").exit_code == 2
    assert "acme" in reel("tenant", "list").stdout
    wrong = reel("tenant", "set", "A B")
    assert (wrong.exit_code, "use 1 to 64 of a-z" in wrong.stderr) == (2, True)


def test_generations_are_listed_and_shown(catalogue: Catalogue) -> None:
    generation, _ = failed(catalogue)
    with catalogue.tenant("other") as records:
        done, _ = records.add(NewGeneration(kind="template", request={"kind": "template"}))
        outputs = [NewOutputRecord(name="video.mp4", location="/out/video.mp4", bytes=7, sha256="")]
        records.delivered(done.id, outputs, NewUsageRecord(bytes=7, output_seconds=12), {}, seconds=1)
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


@pytest.mark.usefixtures("narrow")
def test_ids_of_what_was_sent_are_in_one_piece(catalogue: Catalogue) -> None:
    made = said("webhook", "add", "https://a.example/x", "--tenant", "acme")
    generation, _ = failed(catalogue)
    now = datetime.now(UTC)
    with catalogue.operator() as everybody:
        for delivery in everybody.claim_due(now, 10, 60):
            why = "https://a.example/x gave no answer: the time allowed for it is over"
            everybody.settle(delivery, Retry(now + timedelta(seconds=5), why), now)
    shown = reel("webhook", "events", generation.id).stdout
    on_narrow_screens(shown, made["id"], "allowed")
    listed = reel("webhook", "deliveries", made["id"], "--tenant", "acme").stdout
    events = said("webhook", "deliveries", made["id"], "--tenant", "acme")
    on_narrow_screens(listed, *(event["id"] for event in events), "allowed")


def test_an_event_is_sent_again(catalogue: Catalogue) -> None:
    made = said("webhook", "add", "https://a.example/x", "--tenant", "acme")
    failed(catalogue)
    now = datetime.now(UTC)
    with catalogue.operator() as everybody:
        for delivery in everybody.claim_due(now, 10, 60):
            everybody.settle(delivery, GivenUp("500"), now)
    (given_up,) = said("webhook", "deliveries", made["id"], "--tenant", "acme", "--state", "dead")
    again = said("webhook", "redeliver", given_up["id"], "--tenant", "acme")
    assert (again["id"], again["state"], again["attempts"]) == (given_up["id"], "pending", 0)
    assert said("webhook", "deliveries", made["id"], "--tenant", "acme", "--state", "dead") == []
    assert reel("webhook", "redeliver", given_up["id"]).exit_code == 2, "of another tenant"
    assert reel("webhook", "deliveries", made["id"]).exit_code == 2, "of another tenant"


@pytest.mark.parametrize(("answer", "code", "said_"), [(200, 0, None), (500, 4, "500"), (302, 4, "302, a redirect")])
def test_an_endpoint_is_tried(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch, answer: int, code: int, said_: str | None
) -> None:
    made = said("webhook", "add", "https://a.example/x", "--tenant", "acme")
    monkeypatch.setattr("reel.control.webhooks.post", lambda *_, **__: SimpleNamespace(status=answer, body=b""))
    ran = reel("webhook", "test", made["id"], "--tenant", "acme", "--json")
    told = json.loads(ran.stdout)
    assert (ran.exit_code, told["accepted"]) == (code, said_ is None)
    assert (told["error"] or "").startswith(said_ or "")


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


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(show.console, "width", 80)


def on_narrow_screens(text: str, *whole: str) -> None:
    """Holds of a table on a terminal of 80 columns: no line is longer, and these words are there as a whole."""
    assert max(map(len, text.splitlines())) <= 80, text
    assert "…" not in text
    for word in whole:
        assert word in text, f"{word!r} is cut:\n{text}"


@pytest.mark.usefixtures("narrow")
def test_tables_fit_80_columns(catalogue: Catalogue) -> None:
    """With the longest names there are, and what is for copying in one piece."""
    tenant, run, url = "a-tenant-of-" + 52 * "x", str(UUID(int=7)), "https://hooks.shop.example/" + 60 * "p"
    generation, letter = failed(catalogue, tenant)
    with catalogue.operator() as everybody:
        everybody.set_tenant(tenant, webhook_hosts=["*.shop.example", "hooks.another.example"])
    with catalogue.tenant(tenant) as records:
        endpoint = records.add_endpoint(url, ["generation.done", "generation.failed", "generation.cancelled"])
        webhook = {"url": url, "events": None}
        own, _ = records.add(NewGeneration(id=run, kind="slideshow", request={}, webhook=webhook))
        step = NewStepRecord(key="k", operation="prove-sound", title="sound of variant 1 " * 3, worker="w" * 40)
        records.step_done(own.id, [step])
        outputs = [
            NewOutputRecord(name="variant-001/poster.jpg", location=f"s3://bucket/{60 * 'k'}", bytes=10**9, sha256="")
        ]
        records.delivered(run, outputs, NewUsageRecord(), {}, seconds=1)
        records.move(run, "failed", Transient.at("a", "b"))
    for command, *whole in (
        ("tenant list", "*.shop.example"),
        ("generation list", generation.id, run, "slideshow", "failed:", "transient"),
        (f"generation show {run}", "prove-sound", "variant"),
        ("dead list", letter, "internal:", "black"),
        (f"webhook list --tenant {tenant}", endpoint.id, "ep_requests", "cancelled"),
        (f"webhook events {run}", endpoint.id, "failed", "pending"),
        ("janitor --dry-run", "artefacts"),
    ):
        ran = reel(*command.split())
        assert ran.exit_code == 0, ran.output
        tables = [line for line in ran.stdout.splitlines() if not re.match(r"[a-z][a-z ]*: ", line)]
        on_narrow_screens("\n".join(tables), *whole)


@pytest.mark.usefixtures("narrow")
def test_reports_and_plans_fit_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    show.report(report(2))
    on_narrow_screens(capsys.readouterr().out.split("Files:")[0], "variant-001.mp4", "480x854")
    media = facts("a", 10).model_copy(update={"warnings": ("its clock jumps", "is damaged at its end")})
    show.facts([(Path("a-phone's-recording-of-" + 40 * "x" + ".mov"), media)])
    on_narrow_screens(capsys.readouterr().out, "h264", "640x360,", "aac")
    expected = Estimate(seconds=1, seconds_p90=2, cpu_seconds=1, cpu_seconds_p90=2, bytes=1, bytes_p90=2, steps=1)
    mixed = parse_request({"kind": "mixer", "clips": [f"{30 * 'x'}.mp4"]})
    planned = plan_request(mixed, {"clips[0].asset": facts("a", 2)})
    show.plan(planned, [], expected)
    on_narrow_screens(capsys.readouterr().out.split(" steps, ")[0], planned.steps[0].key[:12], "picture")


WITHOUT_EXTRAS = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
from typer.testing import CliRunner
from reel.cli import app
import reel.api
for command in {commands!r}:
    ran = CliRunner().invoke(app, command.split())
    print(command, ran.exit_code, ran.stderr.strip() or "fine", sep=" | ")
"""


def test_an_extra_that_is_missing_is_named() -> None:
    """As in a wheel that was installed without any."""
    names = {module for modules in EXTRAS.values() for module in modules}
    needing = (
        "tenant list",
        "generation list",
        "dead list",
        "webhook list",
        "usage acme",
        "janitor",
        "catalogue check",
    )
    script = WITHOUT_EXTRAS.format(names=names, commands=(*needing, "schema"))
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    lines = dict(line.split(" | ", 1) for line in ran.stdout.splitlines())
    for command in needing:
        assert lines[command] == "4 | catalogue: sqlalchemy is not installed (pip install 'reelflow[catalogue]')"
    assert lines["schema"] == "0 | fine"


def test_every_optional_library_is_known_by_its_extra() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    for extra, requirements in project["optional-dependencies"].items():
        for requirement in requirements:
            module = re.split(r"[^A-Za-z0-9-]", requirement)[0].replace("-", "_").replace("pyjwt", "jwt")
            if extra not in (
                "server",
                "drm",
            ):  # of Prefect's server, which is none of ours; a program, which is not imported
                assert "reelflow[" in str(missing_extra(ModuleNotFoundError(name=module))), module


def test_secrets_are_rotated_and_shown_nowhere(catalogue: Catalogue, home: Path) -> None:
    made = said("webhook", "add", "https://hooks.example/T0/p4th?t0ken", "--tenant", "acme")
    assert made["secret"].startswith("whsec_")
    listed = reel("webhook", "list", "--tenant", "acme", "--json").stdout
    assert ("https://hooks.example/" in listed, "p4th" in listed, "whsec_" in listed) == (True, False, False)
    rotated = said("secrets", "rotate")
    assert (rotated["secret"], rotated["encrypted_anew"], rotated["secrets"]) == (str(home / "secret"), 2, 2)
    assert said("secrets", "rotate", "--forget")["secrets"] == 1
    with catalogue.tenant("acme") as records:
        assert records.endpoints()[0].secret == made["secret"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/h", "https://10.0.0.1/h", "https://hooks.example:22/h", "ftp://a/b", "https://[::1]/h"]
)
def test_an_endpoint_that_nothing_may_be_sent_to_is_refused(url: str) -> None:
    refused = reel("webhook", "add", url)
    assert (refused.exit_code, refused.stderr.startswith("url: ")) == (2, True)


LOOKED_AT = (
    *("credits show", "credits ledger", "usage"),
    *(f"{group} list --tenant" for group in ("webhook", "key", "template", "batch", "generation", "dead")),
    *("search x --tenant", "export --tenant", "why x --tenant", "batch status x --tenant", "batch retry x --tenant"),
    *("template publish x 1 --tenant", "webhook rotate x --tenant", "key revoke x --tenant"),
)


@pytest.mark.parametrize("command", LOOKED_AT)
def test_a_tenant_that_is_not_there_is_told_and_not_made(catalogue: Catalogue, command: str) -> None:
    failed(catalogue, "acme")
    ran = reel(*command.split(), "acmme")
    assert ran.exit_code == 2, ran.output
    assert "tenant: there is no tenant 'acmme' (did you mean `acme`?)" in ran.stderr
    assert [tenant["id"] for tenant in said("tenant", "list")] == ["acme"]


@pytest.mark.parametrize(
    "command",
    [
        "credits grant acmme 5 --json",
        "key add shop --tenant acmme --json",
        "webhook add https://shop.example/hooks --tenant acmme --json",
        "template add card {file} --tenant acmme --json",
        "batch submit {order} --tenant acmme --json",
    ],
)
def test_a_tenant_that_a_command_makes_is_named(catalogue: Catalogue, tmp_path: Path, command: str) -> None:
    failed(catalogue, "acme")
    (tmp_path / "card.json").write_text(json.dumps(CARD))
    (tmp_path / "order.json").write_text(json.dumps({"template": CARD, "rows": [{"NAME": "Ada"}]}))
    files = {"file": tmp_path / "card.json", "order": tmp_path / "order.json"}
    for new in (True, False):
        ran = reel(*command.format(**files).split())
        assert ran.exit_code == 0, ran.output
        json.loads(ran.stdout)
        assert ("The tenant 'acmme' is new: it was made by this (did you mean `acme`?)." in ran.stderr) is new


def test_commands_ask_no_tenant_to_be_there_before_its_first_record(catalogue: Catalogue) -> None:
    for command in ("credits show default", "webhook list", "key list", "key list --tenant -", "template list"):
        assert reel(*command.split()).exit_code == 0
    assert said("tenant", "list") == []


@pytest.mark.parametrize("words", ["-5d", "-1h", "soon", "nan"])
def test_what_is_yet_to_come_is_no_beginning(words: str) -> None:
    with pytest.raises(InvalidRequest, match="is no moment"):
        since(words)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("generation show x", "(`reel generation list` shows them)"),
        ("batch status x", "(`reel batch list` shows them)"),
        ("webhook rotate x", "(`reel webhook list` shows them)"),
        ("key revoke x", "(`reel key list` shows them)"),
        ("template show x", "(`reel template list` shows them)"),
        ("tenant set acme --concurrency -1", "say 0 for any number"),
        ("tenant set acme --s3-root /", "names no bucket"),
    ],
)
def test_what_is_asked_for_and_is_not_there_comes_with_what_to_do(command: str, says: str) -> None:
    ran = reel(*command.split())
    assert (ran.exit_code, says in ran.stderr) == (2, True), ran.output


@pytest.mark.usefixtures("narrow")
def test_documents_are_shown_as_json_and_ids_in_one_piece(catalogue: Catalogue, tmp_path: Path) -> None:
    metadata = {"customer": {"name": "Zoë O'Brien"}}
    with catalogue.tenant("acme") as records:
        made, _ = records.add(NewGeneration(kind="mixer", request=REQUEST, request_metadata=metadata))
    shown = reel("generation", "show", made.id).stdout
    assert """request metadata: {"customer": {"name": "Zoë O'Brien"}}""" in shown
    assert "delete after download: no" in shown
    (tmp_path / "card.json").write_text(json.dumps(CARD))
    kept = said("template", "add", "card", tmp_path / "card.json", "--tenant", "acme")
    on_narrow_screens(reel("template", "list", "--tenant", "acme").stdout, kept["template"], kept["created"][:10])


def test_dead_letters_are_listed_with_the_fields_that_are_wrong(catalogue: Catalogue) -> None:
    problems = [{"place": f"clips[{number}].asset", "what": "is empty", "remedy": ""} for number in (0, 1)]
    with catalogue.tenant("acme") as records:
        made, _ = records.add(NewGeneration(kind="mixer", request=REQUEST))
        records.move(made.id, "failed")
        records.bury(NewDeadLetter(generation=made.id, error_class="bad media", problems=problems))
    assert "bad media: clips[0].asset, clips[1].asset: is empty" in reel("dead", "list").stdout
