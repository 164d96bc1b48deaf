"""`reel doctor`: what it looks at, and that it says what is wrong."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from typer.testing import CliRunner

from reel.cli.main import app
from reel.confinement.selftest import Sandbox
from reel.ffmpeg.build import build_id, ffmpeg_path
from reel.settings import settings
from reel.shaka.build import packager_id, packager_path

CACHED = (settings, ffmpeg_path, build_id, packager_path, packager_id)


@pytest.fixture
def examined(monkeypatch, tmp_path) -> Iterator:
    """`examined(NAME=value)`: exit code and findings by name, at a home of its own, with these variables."""
    monkeypatch.setenv("REEL_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)

    def look(**variables: str) -> tuple[int, dict[str, list[dict[str, str]]]]:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        for cached in CACHED:
            cached.cache_clear()
        done = CliRunner().invoke(app, ["doctor", "--json"])
        found: dict[str, list[dict[str, str]]] = {}
        for finding in json.loads(done.stdout):
            found.setdefault(finding["name"], []).append(finding)
        return done.exit_code, found

    yield look
    monkeypatch.undo()
    for cached in CACHED:
        cached.cache_clear()


def test_a_good_machine(examined, monkeypatch):
    monkeypatch.setattr("reel.make.doctor.sandbox", lambda: Sandbox(7, ()))
    monkeypatch.setattr("reel.make.doctor.FREE_BYTES", 1)
    monkeypatch.delenv("REEL_PACKAGER", raising=False)
    monkeypatch.setattr("reel.shaka.build.find_spec", lambda name: None)
    code, found = examined(REEL_MIN_FREE_BYTES="0")
    assert code == 0
    assert {name: {each["state"] for each in findings} for name, findings in found.items()} == {
        "FFmpeg": {"good"},
        "encoders": {"good"},
        "Shaka Packager": {"doubtful"},
        "sandbox": {"good"},
        "disk": {"good"},
        "fonts": {"good"},
        "store": {"good"},
        "outputs": {"good"},
        "library": {"good"},
        "backups": {"good"},
        "Prefect": {"doubtful"},
        "clocks": {"good"},
    }
    assert found["sandbox"][0]["what"] == "landlock 7 + seccomp"


@pytest.mark.parametrize(
    ("variables", "name", "said"),
    [
        ({"REEL_FFMPEG": "/bin/true"}, "FFmpeg", "/bin/true is no FFmpeg: -version ended with 0: "),
        (
            {"REEL_PACKAGER": "/bin/true"},
            "Shaka Packager",
            "/bin/true is no Shaka Packager: it does not tell its version",
        ),
        ({"REEL_PACKAGER": "/dev/null/x"}, "Shaka Packager", "there is no file /dev/null/x"),
        ({"REEL_STORE": "/dev/null/x"}, "store", "Not a directory"),
        ({"REEL_OUTPUTS": "/dev/null/x"}, "outputs", "Not a directory"),
        ({"REEL_LIBRARY": "/dev/null/x"}, "library", "Not a directory"),
        ({"REEL_BACKUPS": "/dev/null/x"}, "backups", "Not a directory"),
        ({"REEL_SCRATCH": "/dev/null/x"}, "disk", "cannot be made"),
        ({"PREFECT_API_URL": "http://127.0.0.1:9/api"}, "Prefect", "does not answer"),
        ({"PREFECT_API_URL": "nonsense"}, "Prefect", "does not answer"),
        ({"REEL_MIN_FREE_BYTES": str(1 << 60)}, "disk", "GiB free in "),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_is_looked_at(examined, variables, name, said):
    code, found = examined(**variables)
    bad = [each for each in found[name] if each["state"] == "bad"]
    assert code == 4
    assert said in bad[0]["what"]
    assert {"store", "outputs", "clocks"} <= {*found}


@pytest.mark.parametrize(
    ("possible", "state"), [(("sends UDP",), "doubtful"), (("connects by TCP",), "bad")], ids=["partial", "none"]
)
def test_a_sandbox_that_leaks(examined, monkeypatch, possible, state):
    monkeypatch.setattr("reel.make.doctor.sandbox", lambda: Sandbox(7, possible))
    _, found = examined()
    assert found["sandbox"][0]["state"] == state
    assert possible[0] in found["sandbox"][0]["what"]
    assert found["sandbox"][0]["remedy"]


class Late(BaseHTTPRequestHandler):
    """A server whose clock is an hour late."""

    def do_GET(self) -> None:
        self.send_response_only(200)
        self.send_header("Date", self.date_time_string(time.time() - 3600))
        self.end_headers()
        self.wfile.write(b"true")

    def log_message(self, *_: object) -> None:
        pass


def test_a_clock_that_differs(examined):
    with HTTPServer(("127.0.0.1", 0), Late) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        code, found = examined(PREFECT_API_URL=f"http://127.0.0.1:{server.server_port}/api")
        server.shutdown()
    assert code == 4
    assert found["Prefect"][0]["state"] == "good"
    (_, theirs) = found["clocks"]
    assert theirs["state"] == "bad"
    assert "Prefect's server differs by 3" in theirs["what"]


def test_a_variable_that_is_nearly_a_setting_is_named(examined) -> None:
    code, found = examined(REEL_STOER="/srv/store", REEL_GATEWAY_PROT="1", REEL_MY_OWN_NOTES="1")
    assert code == 0
    assert [(each["state"], each["what"], each["remedy"]) for each in found["settings"]] == [
        ("doubtful", "REEL_STOER is no setting", "did you mean `REEL_STORE`?")
    ]
