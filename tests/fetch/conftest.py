"""Settings for one test, and a web server that it may ask."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reel.settings import settings
from tests.s3 import S3Server, s3_server
from tests.web import WebServer, web_server

Configure = Callable[..., None]


@pytest.fixture
def configure() -> Iterator[Configure]:
    """Sets settings through the environment, for this test alone."""
    with pytest.MonkeyPatch.context() as patch:

        def set_to(**fields: object) -> None:
            for name, value in fields.items():
                plain = isinstance(value, str | Path)
                patch.setenv(f"REEL_{name.upper()}", str(value) if plain else json.dumps(value, default=str))
            settings.cache_clear()

        yield set_to
    settings.cache_clear()


@pytest.fixture
def server(configure: Configure) -> Iterator[WebServer]:
    """A server on this machine, which only these settings allow to be asked."""
    with web_server() as server:
        configure(private_networks=True, web_ports=[80, 443, server.port])
        yield server


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """An S3 server of this test process, with the bucket `media`."""
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        server.make_bucket("media")
        yield server
