"""`reel key`: what a command makes opens the gateway, until another one ends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from reel.catalogue import ApiKey, open_catalogue
from reel.control.keys import holder
from reel.secrets import every_derived
from reel.settings import settings
from tests.cli.test_operate import home, reel, said

__all__ = ["home"]


@pytest.fixture
def opened() -> Callable[[str], ApiKey | None]:
    """Who the gateway takes a key for."""

    def who(key: str) -> ApiKey | None:
        catalogue = open_catalogue(settings().catalogue_url)
        try:
            return holder(catalogue, key, every_derived("api-key"), datetime.now(UTC))
        finally:
            catalogue.close()

    return who


def test_a_key_is_made_rotated_and_revoked(opened: Callable[[str], ApiKey | None]) -> None:
    first = said("key", "add", "shop", "--tenant", "acme", "--role", "viewer", "--scope", "generations:read")
    found = opened(first["key"])
    assert found
    assert (found.tenant_id, found.role, found.scopes) == ("acme", "viewer", ["generations:read"])
    second = said("key", "rotate", first["id"], "--tenant", "acme")
    assert opened(first["key"])
    assert opened(second["key"])
    said("key", "rotate", second["id"], "--tenant", "acme", "--hours", 0)
    assert opened(second["key"]) is None
    said("key", "revoke", first["id"], "--tenant", "acme")
    assert opened(first["key"]) is None


def test_no_list_shows_a_key(opened: Callable[[str], ApiKey | None]) -> None:
    made = said("key", "add", "shop", "--days", 30)
    (listed,) = said("key", "list")
    assert listed["name"] == "shop"
    assert "key" not in listed
    assert "mac" not in listed
    shown = reel("key", "list").stdout
    assert "shop" in shown
    assert made["key"][30:] not in shown


def test_operators_keys_are_the_installations(opened: Callable[[str], ApiKey | None]) -> None:
    found = opened(said("key", "add", "ops", "--role", "operator", "--tenant", "acme")["key"])
    assert found
    assert (found.role, found.tenant_id) == ("operator", "-")
    reel("tenant", "set", "acme")
    assert said("key", "list", "--tenant", "acme") == []
    assert [key["name"] for key in said("key", "list", "--tenant", "-")] == ["ops"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["add", "shop", "--role", "king"], "--role"), (["add", "a\nb"], "name"), (["revoke", "nothing"], "there is no")],
)
def test_what_is_wrong_is_said(arguments: list[str], told: str) -> None:
    done = reel("key", *arguments)
    assert (done.exit_code, told in done.stderr) == (2, True)


def test_pages_that_may_ask_are_named() -> None:
    assert said("tenant", "set", "acme", "--origins", "https://Shop.example/")["origins"] == ["https://shop.example"]
    assert said("tenant", "set", "acme", "--weight", 2)["origins"] == ["https://shop.example"]
    assert said("tenant", "set", "acme", "--origins", "")["origins"] is None
