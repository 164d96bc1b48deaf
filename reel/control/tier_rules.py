"""The lifecycle rules that an installation wants of its buckets, from its settings."""

from __future__ import annotations

from reel.control.stores import Stores, tier_of
from reel.errors import InvalidRequest
from reel.settings import Settings
from reel.store import ObjectStore
from reel.store.lifecycle import Transition, apply, check

LEAST_WARM_DAYS = 30
"""S3 moves nothing on that has been in an infrequent class for less
(docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html)."""


def transitions(config: Settings) -> tuple[Transition, ...]:
    """When outputs change their class. Raises `InvalidRequest` for moments and classes that no bucket takes."""
    warm, cold = config.warm_after_days, config.cold_after_days
    if warm and cold and cold < warm + LEAST_WARM_DAYS:
        remedy = f"say {warm + LEAST_WARM_DAYS} or more: S3 keeps objects in a warm class for {LEAST_WARM_DAYS} days"
        raise InvalidRequest.at("REEL_COLD_AFTER_DAYS", f"{cold} is too soon after the {warm} of warm", remedy)
    days = (("warm", warm), ("cold", cold))
    return tuple(Transition(after, _named(config, heat)) for heat, after in days if after)


def check_rules(stores: Stores, config: Settings) -> dict[str, list[str]]:
    """What is not as wanted, by place. Errors: `Resource` where rights or the server lack rules; `InvalidRequest` where no
    place is a bucket."""
    return {where: check(objects, moves) for where, objects, moves in _places(stores, config)}


def apply_rules(stores: Stores, config: Settings) -> None:
    """Write what is wanted. Errors: as `check_rules`."""
    for _, objects, moves in _places(stores, config):
        apply(objects, moves)


def _places(stores: Stores, config: Settings) -> list[tuple[str, ObjectStore, tuple[Transition, ...]]]:
    outputs = transitions(config)
    places = (
        ("store", config.store_location, stores.store.objects, ()),
        ("outputs", config.outputs_location, stores.outputs, outputs),
    )
    found = [(f"{name} {where}", objects, moves) for name, where, objects, moves in places if not objects.local]
    if not found:
        raise InvalidRequest.at("REEL_OUTPUTS", "is a folder, and has no lifecycle rules", "name a bucket: s3://...")
    return found


def _named(config: Settings, heat: str) -> str:
    tier = tier_of(config, heat)  # type: ignore[arg-type]
    if not tier:
        raise InvalidRequest.at(
            f"REEL_TIER_{heat.upper()}", "names no class to move to", "name one, such as STANDARD_IA"
        )
    return tier
