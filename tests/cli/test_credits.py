"""`reel credits`, `reel usage --csv` and the quotas of `reel tenant set`."""

from __future__ import annotations

import json

import pytest

from tests.cli.test_cli import reel


def test_credits_are_granted_and_shown() -> None:
    assert reel("credits", "grant", "payer", "10", "--key", "inv-1", "--note", "invoice 1").exit_code == 0
    assert reel("credits", "grant", "payer", "2.5", "--free").exit_code == 0
    repeated = reel("credits", "grant", "payer", "10", "--key", "inv-1", "--json")
    assert "Nothing was given now: 'inv-1' counted already" in repeated.stderr
    again = json.loads(repeated.stdout)
    assert again["is_new"] is False
    assert (again["transfer"], again["available"], again["granted"]) == ("inv-1", 12.5, 2.5)
    assert json.loads(reel("credits", "show", "payer", "--json").stdout)["purchased"] == 10
    transfers = json.loads(reel("credits", "ledger", "payer", "--json").stdout)
    assert [(each["reason"], each["amount"]) for each in transfers] == [("grant", 2_500_000), ("purchase", 10_000_000)]
    assert "invoice 1" in " ".join(reel("credits", "ledger", "payer").stdout.split())


def test_what_is_not_there_cannot_be_taken_back() -> None:
    result = reel("credits", "grant", "poor", "--", "-1")
    assert result.exit_code == 2
    assert "1.0 credits are to be taken back, and 0.0 are available" in result.stderr


def test_quotas_stay_until_they_are_named() -> None:
    reel("tenant", "set", "narrow", "--monthly-minutes", "90", "--monthly-credits", "12.5")
    kept = json.loads(reel("tenant", "set", "narrow", "--weight", "2", "--json").stdout)
    assert (kept["monthly_minutes"], kept["monthly_credits"], kept["monthly_bytes"]) == (90, 12.5, None)
    freed = json.loads(reel("tenant", "set", "narrow", "--monthly-minutes", "-1", "--json").stdout)
    assert (freed["monthly_minutes"], freed["monthly_credits"]) == (None, 12.5)


def test_what_is_little_is_not_shown_as_nothing() -> None:
    assert "monthly credits: 0.001000" in reel("tenant", "set", "thrifty", "--monthly-credits", "0.001").stdout
    reel("credits", "grant", "thrifty", "0.004947")
    shown = reel("credits", "show", "thrifty").stdout
    assert "available: 0.004947" in shown
    assert "spent: 0.00\n" in shown


@pytest.mark.parametrize("tenant", ["idle"])
def test_usage_as_csv_has_a_header(tenant: str) -> None:
    reel("tenant", "set", tenant)
    header = reel("usage", tenant, "--csv").stdout
    assert header.strip().split(",")[:4] == ["generation", "done", "output_seconds", "bytes"]
