"""The rules that an installation wants of its buckets, written to and compared with a stand-in for AWS."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reel.control.stores import open_stores
from reel.control.tier_rules import apply_rules, check_rules, transitions
from reel.errors import InvalidRequest
from reel.settings import Settings
from reel.store.lifecycle import Transition
from tests.moto import MotoServer
from tests.store.conftest import moto

__all__ = ["moto"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ()),
        ({"warm_after_days": 30}, (Transition(30, "STANDARD_IA"),)),
        ({"cold_after_days": 7}, (Transition(7, "GLACIER_IR"),)),
        (
            {"warm_after_days": 30, "cold_after_days": 60, "tier_cold": "DEEP_ARCHIVE", "restore_days": 7},
            (Transition(30, "STANDARD_IA"), Transition(60, "DEEP_ARCHIVE")),
        ),
    ],
)
def test_when_outputs_change_their_class(given: dict[str, Any], expected: tuple[Transition, ...]) -> None:
    assert transitions(Settings(**given)) == expected


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"warm_after_days": 29}, "REEL_WARM_AFTER_DAYS"),
        ({"warm_after_days": 30, "cold_after_days": 59}, "REEL_COLD_AFTER_DAYS"),
        ({"cold_after_days": 30, "tier_cold": ""}, "REEL_TIER_COLD"),
        ({"cold_after_days": 30, "tier_cold": "GLACIER"}, "REEL_TIER_COLD"),
    ],
)
def test_what_no_bucket_takes_is_refused(given: dict[str, Any], place: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        transitions(Settings(**given))
    assert refused.value.problems[0].place == place


@pytest.fixture
def configured(moto: MotoServer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """Settings with the server of the stand-in, which stores ask the process for."""

    def configure(**given: Any) -> Settings:
        config = Settings(s3_endpoint=moto.endpoint, **given)
        monkeypatch.setattr("reel.store.location.settings", lambda: config)
        return config

    return configure


def test_rules_are_written_and_found(moto: MotoServer, configured: Callable[..., Settings], tmp_path: Path) -> None:
    bucket = f"reel-{uuid.uuid4().hex}"
    moto.make_bucket(bucket)
    places = {"home": tmp_path, "store": f"s3://{bucket}/store", "outputs": f"s3://{bucket}/outputs"}
    config = configured(**places, warm_after_days=30)
    stores = open_stores(config)
    assert {where: len(faults) for where, faults in check_rules(stores, config).items()} == {
        f"store s3://{bucket}/store": 1,
        f"outputs s3://{bucket}/outputs": 2,
    }
    apply_rules(stores, config)
    assert not any(check_rules(stores, config).values())
    rules = moto.client().get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert sorted(rule["ID"] for rule in rules) == [
        "reelflow tiers of outputs/",
        "reelflow uploads of outputs/",
        "reelflow uploads of store/",
    ]
    later = configured(**places, warm_after_days=60)
    assert check_rules(stores, later)[f"outputs s3://{bucket}/outputs"] == [
        "the rule 'reelflow tiers of outputs/' says something else"
    ]


def test_one_of_two_places_may_be_a_folder(
    moto: MotoServer, configured: Callable[..., Settings], tmp_path: Path
) -> None:
    bucket = f"reel-{uuid.uuid4().hex}"
    moto.make_bucket(bucket)
    config = configured(home=tmp_path, outputs=f"s3://{bucket}")
    apply_rules(open_stores(config), config)
    assert check_rules(open_stores(config), config) == {f"outputs s3://{bucket}": []}
    config = configured(home=tmp_path)
    with pytest.raises(InvalidRequest, match="is a folder"):
        check_rules(open_stores(config), config)
