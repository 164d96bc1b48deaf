"""The server of outputs: files to read, and nothing else."""

from __future__ import annotations

import http.client
import os
import signal
import socket
from collections.abc import Iterator

import pytest

from deployments import processes, stack, surroundings
from reel.store.headers import CHANGING_SECONDS
from tests.waiting import wait_for


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where the server listens, started as the stack does it."""
    root = tmp_path_factory.mktemp("served")
    for name in ("acme/g/report.html", "acme/g/a b.mp4", "acme/g/list.vtt", ".incoming/half.mp4", "acme/.hidden/x.mp4"):
        path = root / "outputs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"0123456789")
    (root / "secret").write_text("not an output")
    (root / "outputs" / "acme" / "link").symlink_to(root / "secret")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    variables = {**os.environ, "PYTHONPATH": str(surroundings.ROOT), "REEL_OUTPUTS": str(root / "outputs")}
    variables["REEL_OUTPUTS_URL"] = "http://videos.local"
    pid = processes.start_process(stack.serve_outputs(free), variables, root / "log", tied=True)
    try:
        wait_for(lambda: _listens(free), "the server", tell=(root / "log").read_text)
        yield free
    finally:
        os.kill(pid, signal.SIGTERM)
        processes.exit_code(pid, 20)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def asked(port: int, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes, str]:
    """Status, body and type of the answer to a path that is sent as it is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.getheader("content-type", "")
    finally:
        connection.close()


def test_caches_are_told_how_long_a_file_holds(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/acme/g/report.html")
    assert connection.getresponse().getheader("cache-control") == f"public, max-age={CHANGING_SECONDS}"
    connection.close()


def test_files_are_read_with_their_types_and_in_parts(port: int) -> None:
    assert asked(port, "/acme/g/report.html") == (200, b"0123456789", "text/html; charset=utf-8")
    assert asked(port, "/acme/g/list.vtt")[2].startswith("text/vtt")
    assert asked(port, "/acme/g/a%20b.mp4", Range="bytes=2-4") == (206, b"234", "video/mp4")


@pytest.mark.parametrize(
    "path",
    ["/", "/acme/", "/acme/g", "/acme/g/none.mp4", "/.incoming/half.mp4", "/acme/.hidden/x.mp4", "/acme/link",
     "/../secret", "/acme/%2e%2e/%2e%2e/secret", "//etc/passwd", "/acme/%00"],
)  # fmt: skip
def test_nothing_else_is_there(port: int, path: str) -> None:
    assert asked(port, path)[0] == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_changed(port: int, method: str) -> None:
    assert asked(port, "/acme/g/report.html", method)[0] == 405


@pytest.mark.parametrize(
    ("host", "status"), [("127.0.0.1:4201", 200), ("localhost", 200), ("videos.local", 200), ("evil.example", 400)]
)
def test_it_answers_to_its_own_names_alone(port: int, host: str, status: int) -> None:
    assert asked(port, "/acme/g/report.html", Host=host)[0] == status
