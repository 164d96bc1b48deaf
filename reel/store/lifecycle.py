"""Lifecycle rules of a bucket: what we want of it, whether it has them, and writing them beside those of others.

    check(outputs, [Transition(30, "STANDARD_IA")])     # [] where all is as it should be
    apply(outputs, [Transition(30, "STANDARD_IA")])

The server obeys them once a day. They never remove anything that is whole: what is needed, the janitor alone knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from reel.buckets import Rule
from reel.errors import InvalidRequest
from reel.store.objects import ObjectStore
from reel.store.s3 import S3Objects

UPLOAD_DAYS = 2
"""Unfinished uploads are forgotten after so long: the janitor's net is a day, this one is for when no worker runs any more."""


class Transition(NamedTuple):
    """Objects change their storage class so many days after they were put."""

    days: int
    tier: str


def rules_of(prefix: str, transitions: Sequence[Transition] = ()) -> list[Rule]:
    """The rules that we want for what lies below a prefix (empty: the whole bucket)."""
    uploads = {
        "ID": _id(prefix, "uploads"),
        "Status": "Enabled",
        "Filter": {"Prefix": prefix},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": UPLOAD_DAYS},
    }
    tiers = {
        "ID": _id(prefix, "tiers"),
        "Status": "Enabled",
        # S3 itself leaves objects under 128 KiB where they are, unless a rule names a size
        # (docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html).
        "Filter": {"Prefix": prefix},
        "Transitions": [{"Days": each.days, "StorageClass": each.tier} for each in transitions],
    }
    return [uploads, tiers] if transitions else [uploads]


def merged(found: Sequence[Rule], prefix: str, ours: Sequence[Rule]) -> list[Rule]:
    """All rules of a bucket when ours are written: those of others as they are, then ours."""
    return [rule for rule in found if rule.get("ID") not in _ids(prefix)] + list(ours)


def differences(found: Sequence[Rule], prefix: str, ours: Sequence[Rule]) -> list[str]:
    """What of a bucket's rules is not as we want it, in words."""
    own = {rule["ID"]: _meaning(rule) for rule in found if rule.get("ID") in _ids(prefix)}
    wanted = {rule["ID"]: _meaning(rule) for rule in ours}
    missing = [f"the rule {id_!r} is not there" for id_ in wanted if id_ not in own]
    other = [f"the rule {id_!r} says something else" for id_ in wanted if own.get(id_, wanted[id_]) != wanted[id_]]
    old = [f"the rule {id_!r} is not wanted any more" for id_ in own if id_ not in wanted]
    return [*missing, *other, *old, *_expiring(found, prefix)]


def check(objects: ObjectStore, transitions: Sequence[Transition] = ()) -> list[str]:
    """What of the rules of a store's bucket is not as wanted; nothing is changed. Errors: `InvalidRequest` of a folder,
    `Resource` where the rights or the server lack rules."""
    place = _bucket_of(objects)
    return differences(place.bucket.lifecycle(), place.prefix, rules_of(place.prefix, transitions))


def apply(objects: ObjectStore, transitions: Sequence[Transition] = ()) -> None:
    """Write the rules that are wanted into the store's bucket. Errors: as `check`."""
    place = _bucket_of(objects)
    ours = rules_of(place.prefix, transitions)
    place.bucket.set_lifecycle(merged(place.bucket.lifecycle(), place.prefix, ours))


def _bucket_of(objects: ObjectStore) -> S3Objects:
    if not isinstance(objects, S3Objects):
        raise InvalidRequest.at(objects.where("x")[:-2], "is a folder, and has no lifecycle rules", "name a bucket")
    return objects


def _id(prefix: str, what: str) -> str:
    """An id tells the prefix: several installations may share a bucket."""
    return f"reelflow {what} of {prefix or 'all'}"


def _ids(prefix: str) -> frozenset[str]:
    return frozenset({_id(prefix, "uploads"), _id(prefix, "tiers")})


def _meaning(rule: Rule) -> Any:
    """What a rule says, whatever the server adds to it and in what order it keeps it."""
    moves = sorted((each["Days"], each["StorageClass"]) for each in rule.get("Transitions", ()))
    scope = rule.get("Filter", {})
    both = scope.get("And", scope)
    unfinished = rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation")
    where = both.get("Prefix", rule.get("Prefix", "")), sorted(both.keys() - {"Prefix"})
    return rule["Status"], where, moves, unfinished, "Expiration" in rule


def _expiring(found: Sequence[Rule], prefix: str) -> list[str]:
    """Rules of others that remove what is ours by age."""
    live = [
        rule for rule in found if rule["Status"] == "Enabled" and rule.get("Expiration", {}).keys() & {"Days", "Date"}
    ]
    return [
        f"the rule {rule.get('ID', '')!r} removes what is below {theirs or 'all'} by age, whether it is needed or not"
        for rule in live
        for theirs in [_meaning(rule)[1][0]]
        if prefix.startswith(theirs) or theirs.startswith(prefix)
    ]
