"""The preview process as it is started: frames for whoever knows the secret, in bounded numbers; assets as they come."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from deployments.preview import Desks, Full, Previewer, Server
from reel.catalogue import NewAsset, open_catalogue
from reel.control import previews
from reel.control.ledger import this_catalogue
from reel.control.library import Library
from reel.control.previews import PreviewAway, ask_frame
from reel.errors import InvalidRequest, Transient
from reel.make.worker import this_worker
from reel.request.look import Look
from reel.settings import settings
from reel.store import LocalObjects
from tests.clips import Clip
from tests.conftest import MakeClip
from tests.fetch.conftest import configure
from tests.waiting import wait_for

__all__ = ["configure"]

RED = {"type": "colour", "colour": "red", "duration": 1}
DOCUMENT = {"kind": "template", "resolution": "360p", "aspect": "16:9", "timeline": {"tracks": [{"clips": [RED]}]}}


@pytest.fixture
def serving(configure, tmp_path: Path) -> Iterator[Server]:
    """The server, in this process, for two at a time of whom one waits."""
    configure(preview=str(tmp_path / "preview.sock"))
    with Server(settings().preview_location, Previewer(this_worker(), Desks(1, 1), 60.0)) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


def test_a_frame_and_what_is_wrong_with_a_request(serving):
    picture = ask_frame("acme", DOCUMENT, Look())
    red, green, _ = Image.open(io.BytesIO(picture.jpeg)).convert("RGB").getpixel((5, 5))  # type: ignore[misc]
    assert red > 240 > 20 > green
    assert ask_frame("acme", DOCUMENT, Look()).key == picture.key
    with pytest.raises(InvalidRequest) as refused:
        ask_frame("acme", DOCUMENT | {"resolution": "9p", "aspect": "x"}, Look())
    assert {problem.place for problem in refused.value.problems} == {"resolution", "aspect"}
    assert (Path(settings().preview_location).stat().st_mode & 0o777) == 0o600


def test_a_tenant_sees_what_it_may_use_and_nothing_else(serving, tmp_path: Path, make_clip: MakeClip):
    tenant, own = f"t-{uuid.uuid4().hex}", tmp_path / "own"
    own.mkdir()
    with this_catalogue().operator() as everybody:
        everybody.set_tenant(tenant, file_roots=[str(own)])
    clip = make_clip(Clip())
    (own / "a.mp4").write_bytes(clip.read_bytes())

    def shown(file: Path) -> bytes:
        clips = [{"type": "video", "asset": str(file), "duration": 1}]
        return ask_frame(tenant, DOCUMENT | {"timeline": {"tracks": [{"clips": clips}]}}, Look()).jpeg

    assert shown(own / "a.mp4")
    with pytest.raises(InvalidRequest, match="outside"):
        shown(clip)


def test_whoever_does_not_know_the_secret_is_told_nothing(serving, monkeypatch):
    monkeypatch.setattr(previews, "derived", lambda _: b"\0" * 32)
    with pytest.raises(PreviewAway):
        ask_frame("acme", DOCUMENT, Look())


def test_more_than_there_is_room_for_are_told_to_come_again(serving, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()

    def slow(*_: object, **__: object) -> None:
        begun.set()
        go_on.wait(60)
        raise Transient.at("frame", "was held up")

    monkeypatch.setattr("deployments.preview.frame_of", slow)
    threads = [threading.Thread(target=_ask_in_vain) for _ in range(2)]
    for thread in threads:
        thread.start()
    begun.wait(60)
    wait_for(lambda: serving.previewer.desks._all._value == 0, "both have a place")
    with pytest.raises(PreviewAway, match="too many"):
        ask_frame("acme", DOCUMENT, Look())
    go_on.set()
    for thread in threads:
        thread.join()


def _ask_in_vain() -> None:
    with pytest.raises(Transient):
        ask_frame("acme", DOCUMENT, Look())


def test_who_waits_too_long_gives_up():
    desks = Desks(1, 1)
    with desks.taken(time.monotonic() + 60), pytest.raises(Full), desks.taken(time.monotonic()):
        pass
    with desks.taken(time.monotonic() + 60):
        pass


def test_nobody_there(configure, tmp_path):
    configure(preview=str(tmp_path / "none.sock"))
    with pytest.raises(PreviewAway):
        ask_frame("acme", DOCUMENT, Look())


def test_the_process_looks_at_what_comes_and_shows_it(configure, tmp_path: Path, make_clip: MakeClip):
    configure(home=tmp_path, preview=str(tmp_path / "preview.sock"))
    catalogue = open_catalogue(settings().catalogue_url)
    library, tenant = Library(catalogue, LocalObjects(Path(settings().library_location))), f"t-{uuid.uuid4().hex}"
    process = subprocess.Popen([sys.executable, "-m", "deployments.preview"], env=os.environ)
    try:
        data = make_clip(Clip(size=(640, 360))).read_bytes()
        asset = library.begin(tenant, NewAsset(name="a"), len(data)).id
        receiving = library.receive(tenant, asset, 0)
        receiving.write(data)
        receiving.close()

        def state() -> str:
            with catalogue.tenant(tenant, only_reads=True) as records:
                return records.library_asset(asset).state

        wait_for(lambda: state() == "ready", "the asset was looked at")
        clip = {"type": "video", "asset": f"asset:{asset}", "duration": 1}
        document = DOCUMENT | {"timeline": {"tracks": [{"clips": [clip]}]}}
        assert Image.open(io.BytesIO(ask_frame(tenant, document, Look()).jpeg)).size == (640, 360)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
        catalogue.close()
