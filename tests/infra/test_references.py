"""Whatever infra/ names is there: modules, options, settings, files, metrics, pages."""

from __future__ import annotations

import importlib.util
import itertools
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from prefect.settings.legacy import _get_valid_setting_names
from prefect.settings.models.root import Settings as PrefectSettings

from deployments import surroundings
from gateway.settings import GatewaySettings
from reel.settings import Settings
from reel.telemetry.metrics import names
from tests.infra.files import INFRA, ROOT, commands, document, read, variables

PREFECT_REDIS = {"PREFECT_REDIS_MESSAGING_URL", "PREFECT_REDIS_WORKER_CLEANUP_QUEUE_URL"}
"""Settings of the package prefect-redis 0.3, read in its source: it is in the image, and not needed here."""
OF_THE_COMPOSE_FILE = {"PREFECT_DB_PASSWORD", "PREFECT_AUTH", "PREFECT_URL"}
OF_THE_IMAGE = {"REELFLOW_IMAGE"}

COMMANDS = dict.fromkeys(command for _, command in commands())


def called(command: tuple[str, ...]) -> tuple[str, ...]:
    """What is called, without its options: `python -m module`, or a program with its subcommands."""
    if command[:2] == ("python", "-m"):
        return command[:3]
    return tuple(itertools.takewhile(lambda part: not part.startswith("-"), command))


@cache
def help_of(program: tuple[str, ...]) -> str:
    """What a program says of its options."""
    asked = {"python": ["-m"], "prefect": ["-m", "prefect"], "reel": ["-m", "reel.cli"]}[program[0]]
    rest = program[2:] if program[0] == "python" else program[1:]
    done = subprocess.run(
        [sys.executable, *asked, *rest, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("command", list(COMMANDS), ids=" ".join)
def test_commands_exist_and_know_their_options(command):
    program = called(command)
    options = [part for part in command if part.startswith("--")]
    if program[0] == "python":
        assert importlib.util.find_spec(program[2])
    # A module without options is not asked: it would not know the question, and begin.
    told = help_of(program) if options or program[0] != "python" else ""
    for option in options:
        assert re.search(rf"{option}\b", told), f"{option} is no option of {' '.join(program)}"


def test_our_settings_exist():
    ours = {"REEL_" + name.upper() for name in Settings.model_fields}
    ours |= {"REEL_GATEWAY_" + name.upper() for name in GatewaySettings.model_fields}
    assert variables("REEL_") <= ours


def test_settings_of_prefect_exist():
    known = _get_valid_setting_names(PrefectSettings) | PREFECT_REDIS | OF_THE_COMPOSE_FILE
    assert variables("PREFECT_") <= known


def test_a_single_machine_has_the_same_server_with_and_without_systemd():
    unit = re.findall(
        r"^Environment=(PREFECT_SERVER_\w+)=(\S+)$", read("systemd/reelflow-server.service"), re.MULTILINE
    )
    assert dict(unit) == surroundings.SERVER


def test_finished_runs_and_events_are_not_kept_for_ever_anywhere():
    for file in ("compose.yaml", "kubernetes/prefect-server.values.yaml", "systemd/reelflow-server.service"):
        told = read(file)
        assert re.search(r"DB_VACUUM_ENABLED\W.*events,flow_runs", told), file
        assert re.search(r"DB_VACUUM_RETENTION_PERIOD\W.*2592000", told), file
        assert re.search(r"EVENTS_RETENTION_PERIOD\W.*P7D", told), file


def test_the_settings_of_prefect_are_checked_at_all():
    assert "PREFECT_SERVER_API_AUTH_STRING" in variables("PREFECT_")
    assert "PREFECT_SERVER_API_AUTHSTRING" not in _get_valid_setting_names(PrefectSettings)


def test_the_example_names_every_variable_of_the_compose_file():
    used = set(re.findall(r"\$\{(\w+)[:}]", read("compose.yaml")))
    named = set(re.findall(r"^(\w+)=", read(".env.example"), re.MULTILINE))
    assert used == named


def test_no_password_has_a_value():
    for line in read(".env.example").splitlines():
        if re.match(r"\w*(PASSWORD|SECRET|AUTH|KEY)\w*=", line):
            assert line.endswith("="), line
    for name, default in re.findall(r"\$\{(\w*(?:PASSWORD|SECRET|AUTH)\w*)([^}]*)\}", read("compose.yaml")):
        assert default in (":?", ":-"), f"{name} may have no default"


def mounted() -> list[str]:
    """Files and folders of ours that the compose file puts into containers."""
    volumes = [each for service in document("compose.yaml")["services"].values() for each in service.get("volumes", [])]
    return [volume.split(":")[0] for volume in volumes if volume.startswith("./")]


@pytest.mark.parametrize("name", mounted())
def test_what_is_mounted_exists(name):
    assert (INFRA / name).exists()


def test_the_image_is_made_of_what_exists_and_what_the_context_holds():
    held = {line[1:] for line in read("Dockerfile.dockerignore").splitlines() if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", read("Dockerfile"), re.MULTILINE)
    sources = {name for line in copied for name in line.split()}
    assert sources == held
    assert all((ROOT / name).exists() for name in sources)


def test_everything_the_runs_read_is_in_the_image():
    copied = read("Dockerfile")
    assert all(f"COPY {name} {name}" in copied for name in ("reel", "flows", "tasks", "deployments", "gateway"))
    assert "/app/infra/logging.yml" in copied


def rules() -> list[dict]:
    return [rule for group in document("prometheus/rules.yaml")["groups"] for rule in group["rules"]]


def dashboard() -> list[dict]:
    return json.loads(read("grafana/reelflow.json"))["panels"]


def metrics_in(expression: str) -> set[str]:
    return set(re.findall(r"\breelflow_\w+", expression))


def queries() -> list[str]:
    return [target["expr"] for panel in dashboard() for target in panel.get("targets", [])]


def test_alerts_scaling_and_dashboard_use_metrics_that_exist():
    scaling = read("kubernetes/scaling.yaml")
    for expression in [*(rule["expr"] for rule in rules()), *queries(), scaling]:
        assert metrics_in(expression), expression
        assert metrics_in(expression) <= names()


def test_the_dashboard_shows_every_metric():
    assert set().union(*map(metrics_in, queries())) == names()


def test_the_page_on_watching_tells_of_every_metric_and_alert():
    page = (ROOT / "docs" / "watch.md").read_text("utf-8")
    assert set(re.findall(r"`(reelflow_\w+)`", page)) == names()
    assert set(re.findall(r"`(Reelflow\w+)`", page)) == {rule["alert"] for rule in rules()}


def anchors(page: Path) -> set[str]:
    """What links may point to in a page, as GitHub names headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_says_what_is_wrong_and_where_to_read_what_to_do(rule):
    assert rule["annotations"]["summary"]
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    name, _, anchor = rule["annotations"]["runbook"].partition("#")
    assert (name, bool(anchor)) == ("docs/errors.md", True)
    page = ROOT / name
    if page.exists():
        assert anchor in anchors(page)


def test_panels_do_not_overlap():
    taken: set[tuple[int, int]] = set()
    for panel in dashboard():
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells
