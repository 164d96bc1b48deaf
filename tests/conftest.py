"""What all tests share: a home of their own, and clips made once per run."""

from __future__ import annotations

import hashlib
import os
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

from tests.clips import Clip, make

MakeClip = Callable[[Clip], Path]

_home = tempfile.TemporaryDirectory(prefix="reel-tests-", ignore_cleanup_errors=True)


# Both limits that Hypothesis sets of itself are on the clock, and no test depends on the machine's speed.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")


def pytest_configure(config: pytest.Config) -> None:
    """No test reads or writes the developer's own store, or a Prefect server that happens to run.

    Here and not in a fixture: Prefect and `reel.settings` read the environment when they are imported.
    """
    # What a shell starts in the background has Ctrl-C ignored, and so have its children: tests of it would wait for ever.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        del os.environ[name]
    os.environ["REEL_HOME"] = str(Path(_home.name, "reel"))
    os.environ["PREFECT_HOME"] = str(Path(_home.name, "prefect"))
    # A client without an address would start a server of its own, slowly and unseen, on the database of the one in use.
    os.environ["PREFECT_SERVER_EPHEMERAL_ENABLED"] = "false"


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Of `-n auto`: half as many again as there are processors, as tests wait for a third of their time."""
    return (os.cpu_count() or 1) * 3 // 2


def pytest_unconfigure(config: pytest.Config) -> None:
    _home.cleanup()


WITH_PREFECT = tuple(Path(__file__).parent / folder for folder in ("flows", "faults", "hosts"))
"""Folders of tests that start a Prefect server."""

SERVER_SECONDS = 1200
"""Limit of a test with a Prefect server, whose start counts in: more than anything that such a test waits for."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not import what `make test` deselects by its mark anyway: it takes a quarter of a minute for each process."""
    if collection_path.parent != Path(__file__).parent:
        return None
    deselected = "not server and " if collection_path in WITH_PREFECT else "server and "
    return str(config.getoption("markexpr")).startswith(deselected) or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests with a Prefect server: `make test` runs them apart, with fewer at a time."""
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in WITH_PREFECT):
            item.add_marker("server")
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(SERVER_SECONDS))


@pytest.fixture(scope="session")
def make_clip(tmp_path_factory: pytest.TempPathFactory) -> MakeClip:
    """Makes a clip, or hands out the one that is made already; never write to it.

    The folder is that of the whole run: with several workers (pytest-xdist), each clip is still made about once.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "clips"
    folder.mkdir(exist_ok=True)

    def make_or_find(clip: Clip) -> Path:
        name = hashlib.sha256(repr(clip).encode()).hexdigest()[:16]
        path = folder / f"{name}{clip.suffix}"
        if not path.exists():
            make(clip, folder / f"{os.getpid()}-{path.name}").replace(path)
        return path

    return make_or_find
