"""Where a browser finds what was published."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from reel.control import outputs
from reel.control.outputs import output_address, show_picture
from reel.control.stores import Stores, open_stores
from reel.errors import InvalidRequest
from reel.settings import Settings
from reel.store import addresses, objects_at


def set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> Stores:
    config = Settings(home=tmp_path, **settings)
    for module in (outputs, addresses):
        monkeypatch.setattr(module, "settings", lambda: config)
    return open_stores(config)


@pytest.mark.parametrize("base", ["http://127.0.0.1:4201", "http://127.0.0.1:4201/"])
def test_a_folder_has_the_address_of_whoever_serves_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base: str
) -> None:
    stores = set_up(tmp_path, monkeypatch, outputs_url=base)
    assert output_address("acme/g/a b#?.mp4", stores) == "http://127.0.0.1:4201/acme/g/a%20b%23%3F.mp4"


def test_a_folder_that_nobody_serves_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Browsers do not follow `file:` links of pages that came by HTTP."""
    stores = set_up(tmp_path, monkeypatch)
    assert output_address("acme/g/report.html", stores) is None
    assert show_picture("acme/g", "beats.png", b"png", stores) is None
    assert not list(Path(stores.outputs.where("x")).parent.rglob("*.png"))


def test_a_bucket_signs_its_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    stores = replace(set_up(tmp_path, monkeypatch), outputs=objects_at("s3://media/outputs"))
    address = urlsplit(output_address("acme/g/report.html", stores) or "")
    assert address.scheme == "https"
    assert address.path.endswith("/outputs/acme/g/report.html")
    assert parse_qs(address.query)["X-Amz-Expires"] == ["604800"]


def test_a_picture_is_put_where_its_address_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stores = set_up(tmp_path, monkeypatch, outputs_url="http://127.0.0.1:4201")
    address = show_picture("acme/g", "failure-0.jpg", b"jpeg", stores)
    assert address == "http://127.0.0.1:4201/_shown/acme/g/failure-0.jpg"
    path = stores.outputs.local_path(urlsplit(address).path.removeprefix("/"))
    assert path
    assert path.read_bytes() == b"jpeg"


@pytest.mark.parametrize("given", ["127.0.0.1:4201", "file:///srv", "http://", "http://a b"])
def test_what_is_no_address_is_refused_by_name(given: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Settings(outputs_url=given)
    assert str(refused.value).startswith("REEL_OUTPUTS_URL: is no address of a web server")


def test_an_empty_address_is_none() -> None:
    assert Settings(outputs_url="").outputs_url is None
