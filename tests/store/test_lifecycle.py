"""Lifecycle rules: which we want, that they are written beside those of others, and what is said where they differ."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from reel.buckets import Bucket
from reel.errors import InvalidRequest, Resource
from reel.store import LocalObjects
from reel.store.lifecycle import Transition, apply, check, differences, merged, rules_of
from reel.store.s3 import S3Objects
from tests.moto import MotoServer

WARM, COLD = Transition(30, "STANDARD_IA"), Transition(90, "GLACIER")
THEIRS = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 30}}


@pytest.fixture
def aws(moto: MotoServer) -> S3Objects:
    """A bucket of its own: rules belong to the whole of one."""
    name = f"reel-{uuid.uuid4().hex}"
    moto.make_bucket(name)
    return S3Objects(Bucket(name, moto.endpoint), "reel/outputs/")


def test_what_is_wanted_is_written_and_found(aws: S3Objects, moto: MotoServer) -> None:
    client = moto.client()
    client.put_bucket_lifecycle_configuration(Bucket=aws.bucket.name, LifecycleConfiguration={"Rules": [THEIRS]})
    assert len(check(aws, [WARM, COLD])) == 2
    apply(aws, [WARM, COLD])
    assert check(aws, [WARM, COLD]) == []
    found = {rule["ID"]: rule for rule in client.get_bucket_lifecycle_configuration(Bucket=aws.bucket.name)["Rules"]}
    assert found["theirs"]["Expiration"] == {"Days": 30}
    tiers = found["reelflow tiers of reel/outputs/"]
    assert [(each["Days"], each["StorageClass"]) for each in tiers["Transitions"]] == [
        (30, "STANDARD_IA"),
        (90, "GLACIER"),
    ]
    assert tiers["Filter"] == {"Prefix": "reel/outputs/"}
    uploads = found["reelflow uploads of reel/outputs/"]
    assert uploads["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 2}
    assert not any("Expiration" in rule for id_, rule in found.items() if id_ != "theirs")


def test_what_is_not_wanted_any_more_goes_and_a_neighbours_stays(aws: S3Objects) -> None:
    neighbour = S3Objects(aws.bucket, "reel/outputs/ b/")
    apply(neighbour, [WARM])
    apply(aws, [WARM, COLD])
    assert check(aws, [WARM]) == ["the rule 'reelflow tiers of reel/outputs/' says something else"]
    assert check(aws) == ["the rule 'reelflow tiers of reel/outputs/' is not wanted any more"]
    apply(aws)
    assert check(aws) == check(neighbour, [WARM]) == []


@pytest.mark.parametrize(
    ("theirs", "told"),
    [
        ({"Filter": {"Prefix": "reel/"}, "Expiration": {"Days": 30}}, True),
        ({"Filter": {"Prefix": "reel/outputs/acme/"}, "Expiration": {"Days": 30}}, True),
        ({"Prefix": "", "Expiration": {"Days": 30}}, True),
        ({"Filter": {}, "Expiration": {"Date": "2027-01-01"}}, True),
        ({"Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 30}}, False),
        ({"Filter": {"Prefix": "reel/"}, "Expiration": {"ExpiredObjectDeleteMarker": True}}, False),
        ({"Filter": {"Prefix": "reel/"}, "Expiration": {"Days": 30}, "Status": "Disabled"}, False),
    ],
)
def test_rules_of_others_that_remove_what_is_ours_are_told(theirs: dict[str, Any], told: bool) -> None:
    ours = rules_of("reel/outputs/")
    found = merged([{"ID": "theirs", "Status": "Enabled", **theirs}], "reel/outputs/", ours)
    said = differences(found, "reel/outputs/", ours)
    assert said == (["the rule 'theirs' removes what is below " + said[0].split("below ")[1]] if told else [])


def test_a_folder_has_none(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="is a folder"):
        check(LocalObjects(tmp_path))


def test_a_server_that_knows_none_says_so(bucket: Bucket) -> None:
    objects = S3Objects(bucket, "reel/")
    for use in (lambda: check(objects), lambda: apply(objects)):
        with pytest.raises(Resource, match=r"NotImplemented.*docs/storage\.md"):
            use()
