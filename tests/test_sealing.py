"""What is encrypted: only where something is secret, back as it was, and by nobody else's secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reel.errors import Resource
from reel.sealing import is_newest, opened, opened_document, require_openable, seal, sealed_document, tokens_of, unseal
from reel.secrets import FILE, forget_older, rotate
from reel.settings import settings
from reel.values import public_document

SECRET_PARTS = [
    ("https://user:pass@cdn.example/a.mp4", "https://cdn.example/a.mp4"),
    ("https://bucket.s3.amazonaws.com/a?X-Amz-Signature=0f", "https://bucket.s3.amazonaws.com/a"),
    ("HTTPS://cdn.example/a.mp4#key", "HTTPS://cdn.example/a.mp4"),
]
PLAIN = ["https://cdn.example/a.mp4", "s3://bucket/key?x#y", "/footage/a?b.mp4", "Sale: 50 % off?", "", "a" * 3000]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("REEL_SECRET", "REEL_SECRET_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REEL_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


@pytest.mark.parametrize(("address", "shown"), SECRET_PARTS)
def test_of_an_address_what_is_secret_is_sealed(address: str, shown: str) -> None:
    document = {"clips": [address, {"asset": address}], "seconds": 1.5, "none": None}
    sealed = sealed_document(document)
    assert sealed["clips"][0].startswith(f"{shown}?sealed=v1.")
    assert opened_document(sealed) == document
    assert not {"pass", "Signature", "0f", "#"} & set(sealed["clips"][0].partition("?")[2].replace("=", " ").split())
    assert public_document(sealed) == public_document(document)
    assert len([*tokens_of(sealed)]) == 2


@pytest.mark.parametrize("text", PLAIN)
def test_what_holds_no_secret_stays_as_it_is(text: str, home: Path) -> None:
    assert sealed_document([text]) == [text]
    assert not (home / FILE).exists(), "no secret is needed for it"


def test_of_a_webhook_all_but_the_host_is_secret() -> None:
    document = {"webhook": {"url": "https://u:p@hooks.example/T0/B0/xyz", "events": None}}
    sealed = sealed_document(document)
    assert sealed["webhook"]["url"].startswith("https://hooks.example/?sealed=v1.")
    assert opened_document(sealed) == document
    assert public_document(document) == {"webhook": {"url": "https://hooks.example/", "events": None}}


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.from_regex(r"https?://[^/]*/.*[?#@].*", fullmatch=True),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("webhook"), inner),
    max_leaves=12,
)


@given(JSON)
def test_every_document_comes_back(document: Any) -> None:
    assert opened_document(sealed_document(document)) == document
    again = sealed_document(sealed_document(document))
    assert opened_document(opened_document(again)) == document, "what looks sealed is what somebody wrote"


def test_a_rotation_keeps_what_was_sealed_until_the_older_is_forgotten(home: Path) -> None:
    before = seal(b"a key")
    assert rotate() == str(home / FILE)
    assert (home / FILE).stat().st_mode & 0o777 == 0o600
    assert (unseal(before), is_newest(before)) == (b"a key", False)
    after = seal(b"a key")
    assert is_newest(after)
    forget_older()
    assert unseal(after) == b"a key"
    with pytest.raises(
        Resource, match=rf"with secret {before.split('.')[2]}, and this machine has {after.split('.')[2]}: "
    ):
        unseal(before)
    assert opened_document(f"https://a.example/?{before.replace('.', '=', 1)}").startswith("https://a.example/?sealed=")


@pytest.mark.parametrize("place", range(20, 60, 4))
def test_what_was_changed_is_not_opened(place: int) -> None:
    sealed = seal(b"a key of sixteen bytes")
    changed = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
    with pytest.raises(Resource, match="and is damaged"):
        unseal(changed)


def test_a_document_of_another_machine_is_refused_by_name_and_what_only_looks_sealed_is_not(home: Path) -> None:
    (home / FILE).write_text("a" * 32)
    document = sealed_document({"clips": ["https://a.example/1.mp4?signature=1"]})
    require_openable(document)
    require_openable(sealed_document(document))
    (home / FILE).write_text("b" * 32)
    with pytest.raises(
        Resource, match=r"request: .* its REEL_SECRET is another \(give all machines of the installation"
    ):
        require_openable(document)
    # What somebody wrote himself.
    require_openable(sealed_document(document))
    require_openable({"metadata": {"note": "sealed.v1.00000000.AAAA"}})


def test_a_file_that_was_not_sealed_is_as_it_is() -> None:
    assert opened(b"0123456789abcdef") == b"0123456789abcdef"
    assert opened(seal(b"0123456789abcdef").encode()) == b"0123456789abcdef"
