"""What all tests share: a home of their own, and clips made once per run."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.clips import Clip, make

MakeClip = Callable[[Clip], Path]

_home = tempfile.TemporaryDirectory(prefix="reel-tests-", ignore_cleanup_errors=True)


def pytest_configure(config: pytest.Config) -> None:
    """No test reads or writes the developer's own store, or a Prefect server that happens to run.

    Here and not in a fixture: Prefect and `reel.settings` read the environment when they are imported.
    """
    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        del os.environ[name]
    os.environ["REEL_HOME"] = str(Path(_home.name, "reel"))
    os.environ["PREFECT_HOME"] = str(Path(_home.name, "prefect"))


def pytest_unconfigure(config: pytest.Config) -> None:
    _home.cleanup()


WITH_PREFECT = ("flows", "faults", "hosts")
"""Folders of tests that start a Prefect server."""


class OneServer(LoadScopeScheduling):  # type: ignore[misc]
    """Gives the tests of a file to one worker of pytest-xdist, and all that start a Prefect server to one, in turn.

    Several servers with their workers beside one another are more than two processors can carry. (Groups by
    `xdist_group` do nothing with pytest 9.2.)
    """

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.split("::")[0]
        return "prefect" if with_prefect(Path(path)) else path


def with_prefect(path: Path) -> bool:
    """Whether the tests of a file start a Prefect server."""
    return not set(WITH_PREFECT).isdisjoint(path.parts)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneServer:
    return OneServer(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest go first: those that one worker does alone."""
    items.sort(key=lambda item: not with_prefect(item.path.relative_to(Path(__file__).parent)))


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
