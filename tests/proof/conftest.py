"""Small media in a store of their own."""

from __future__ import annotations

import pytest

from reel.make.worker import make_worker
from reel.settings import Settings
from tests.conftest import MakeClip
from tests.proof.media import make_media
from tests.proof.rendering import Library, library_of


@pytest.fixture(scope="session")
def library(make_clip: MakeClip, tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Videos and stills that timelines may show, known and in a worker's store."""
    folder = tmp_path_factory.mktemp("proof")
    return library_of(make_media(make_clip, folder), make_worker(Settings(home=folder / "home")))
