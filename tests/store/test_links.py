"""Signed links: what they open, and that nothing of them can be changed."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote, urlsplit

import pytest

from reel.store.links import Grant, granted, link, scope_of

KEY, OLD = b"k" * 32, b"o" * 32
FILE = Grant("acme", "8c0e", "variant-001/für 日本.mp4", 2_000_000_000, sha256="ab" * 32)
FOLDER = replace(FILE, opens="variant-001/ladder/", sha256="")
ALL = replace(FILE, opens="", sha256="")


def asked(path: str) -> tuple[str, str, str, str]:
    """Token, tenant, generation and name of a link, as a server reads them."""
    _, d, token, tenant, rest = unquote(urlsplit(path).path).split("/", 4)
    assert d == "d"
    generation, _, name = rest.partition("/")
    return token, tenant, generation.removesuffix(".zip") if not name else generation, name


def opened(path: str, sha256: str = "ab" * 32, **changed: str) -> Grant | None:
    found = dict(zip(("token", "tenant", "generation", "name"), asked(path), strict=True))
    return granted(**{**found, **changed}, sha256=lambda: sha256, keys=(KEY, OLD))


@pytest.mark.parametrize("key", [KEY, OLD])
@pytest.mark.parametrize("grant", [FILE, replace(FILE, download=True), replace(FILE, sha256="")])
def test_a_file(grant: Grant, key: bytes) -> None:
    path = link(grant, grant.opens, key)
    assert path.isascii()
    assert opened(path) == grant


def test_a_file_and_no_other() -> None:
    path = link(FILE, FILE.opens, KEY)
    for name in ("variant-001/other.mp4", "variant-001/", "variant-001", "", f"{FILE.opens}/a"):
        assert opened(path, name=name) is None


def test_these_bytes_and_no_others() -> None:
    assert opened(link(FILE, FILE.opens, KEY), sha256="cd" * 32) is None
    assert opened(link(replace(FILE, sha256=""), FILE.opens, KEY), sha256="cd" * 32)


@pytest.mark.parametrize("name", ["master.m3u8", "1080p.cmaf", "texts/en.vtt"])
def test_a_folder_with_all_below_it(name: str) -> None:
    path = link(FOLDER, f"variant-001/ladder/{name}", KEY)
    assert opened(path) == FOLDER
    assert opened(path, name="variant-001/ladder/any/thing") == FOLDER
    for outside in (
        "variant-001/poster.jpg",
        "variant-001/ladder",
        "variant-002/ladder/a",
        "a",
        "",
        "variant-001/ladders/a",
    ):
        assert opened(path, name=outside) is None


def test_everything() -> None:
    assert opened(link(ALL, "", KEY)) == ALL
    assert opened(link(ALL, "a/b.mp4", KEY)) == ALL


@pytest.mark.parametrize("grant", [FILE, FOLDER, ALL])
def test_nobody_elses(grant: Grant) -> None:
    path = link(grant, FILE.opens, KEY)
    assert opened(path, tenant="theirs") is None
    assert opened(path, generation="9d1f") is None
    assert granted(*asked(path), lambda: "", (b"x" * 32,)) is None


@pytest.mark.parametrize("grant", [FILE, FOLDER, ALL])
def test_no_bit_can_be_changed(grant: Grant) -> None:
    """Longer life, saved in place of shown, a wider folder: each is somebody else's token."""
    token, tenant, generation, name = asked(link(grant, "variant-001/ladder/a" if grant is FOLDER else FILE.opens, KEY))
    for at in range(len(token)):
        for letter in "A_x":
            if token[at] != letter:
                changed = f"{token[:at]}{letter}{token[at + 1 :]}"
                found = granted(changed, tenant, generation, name, lambda: grant.sha256, (KEY,))
                assert found in (None, grant), "Base64 has bits in its last letter that mean nothing"
                assert found is None or at == len(token) - 1


@pytest.mark.parametrize("token", ["", "a", "!!!!", "\u00e4" * 31, "A" * 31, "A" * 30, "A" * 5000, "=" * 31])
def test_nonsense(token: str) -> None:
    assert granted(token, "acme", "8c0e", "a.mp4", lambda: "", (KEY,)) is None


@pytest.mark.parametrize(
    ("name", "opens"),
    [
        ("a.mp4", "a.mp4"),
        ("v/ladder/master.m3u8", "v/ladder/"),
        ("v/ladder/manifest.mpd", "v/ladder/"),
        ("master.m3u8", ""),
        ("report.html", ""),
        ("v/report.html", "v/report.html"),
        ("v/poster.jpg", "v/poster.jpg"),
    ],
)
def test_what_has_to_be_open(name: str, opens: str) -> None:
    assert scope_of(name) == opens
