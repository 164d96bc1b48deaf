"""Outputs of a generation on their way into the cold and back.

    archive(outputs, "acme/8c0e.../", "DEEP_ARCHIVE")
    restore(outputs, "acme/8c0e.../", days=7)            # again later: what has become readable meanwhile

What takes room goes: videos and sound. Documents and pictures stay where they can be read at once, so that reports, posters and
lists show what is in the archive.
"""

from __future__ import annotations

from collections.abc import Iterator

from reel.catalogue import Catalogue, Generation
from reel.errors import InvalidRequest
from reel.settings import Settings
from reel.store import ObjectStat, ObjectStore, tenant_prefix
from reel.store.objects import Speed
from reel.store.tiers import SMALLEST_TIERED_BYTES, Availability, kind_of
from reel.values import Value

MOVED = frozenset({"video", "audio"})
"""Kinds of output that an archive takes."""
LEAST_READY: tuple[Availability, ...] = ("archived", "restoring", "restored", "ready")


class Holding(Value):
    """An output as it lies in its store."""

    name: str
    """Within the generation."""
    bytes: int
    tier: str
    """Its storage class; empty for the bucket's own."""
    availability: Availability


class Holdings(Value):
    """All outputs of a generation, and whether they can be read."""

    generation: str
    tenant: str
    status: Availability
    """Of what can be read least."""
    outputs: tuple[Holding, ...]


def delivered(catalogue: Catalogue, generation: str, tenant: str | None = None) -> Generation:
    """A generation whose outputs may be moved. Raises `InvalidRequest` for one that is not known or not done."""
    with catalogue.operator() as everybody:
        found = everybody.find_generation(generation, tenant)
    if found.status != "done":
        raise InvalidRequest.at("generation", f"{generation} is {found.status}", "wait until it is done")
    return found


def restore_days(config: Settings, asked: int | None = None) -> int:
    """How long restored copies are kept. Raises `InvalidRequest` where neither the settings nor the question says so."""
    if days := asked or config.restore_days:
        return days
    raise InvalidRequest.at("REEL_RESTORE_DAYS", "is not set", "say how many days what is restored is to be readable")


def holdings(outputs: ObjectStore, generation: Generation) -> Holdings:
    """How the outputs of a generation lie. Errors: those of the store."""
    prefix = tenant_prefix(generation.tenant_id, generation.id)
    found = [_holding(stat, prefix) for stat in _stats(outputs, prefix)]
    status = min((each.availability for each in found), key=LEAST_READY.index, default="ready")
    return Holdings(generation=generation.id, tenant=generation.tenant_id, status=status, outputs=tuple(found))


def archive(outputs: ObjectStore, generation: Generation, tier: str) -> Holdings:
    """Move what takes room into a storage class; how all lies afterwards. What is archived already stays as it is, so that one
    that broke off is gone on with by asking again. Errors: those of `ObjectStore.move`."""
    prefix = tenant_prefix(generation.tenant_id, generation.id)
    for stat in _stats(outputs, prefix):
        takes_room = kind_of(stat.name) in MOVED and stat.bytes >= SMALLEST_TIERED_BYTES
        if takes_room and stat.tier != tier and stat.availability in ("ready", "restored"):
            outputs.move(stat.name, tier)
    return holdings(outputs, generation)


def restore(outputs: ObjectStore, generation: Generation, days: int, speed: Speed = "Standard") -> Holdings:
    """Ask for all that is archived to be readable for so many days; how it lies. Harmless again: then it tells what has become
    readable. Errors: those of `ObjectStore.restore`."""
    for stat in _stats(outputs, tenant_prefix(generation.tenant_id, generation.id)):
        if stat.availability == "archived":
            outputs.restore(stat.name, days, speed)
    return holdings(outputs, generation)


def _stats(outputs: ObjectStore, prefix: str) -> Iterator[ObjectStat]:
    """All objects; of those in an archive it is looked up whether they are being restored, as listings do not tell."""
    for listed in list(outputs.list(prefix)):
        stat = listed if listed.availability == "ready" else outputs.stat(listed.name)
        if stat:
            yield stat


def _holding(stat: ObjectStat, prefix: str) -> Holding:
    name = stat.name.removeprefix(prefix)
    return Holding(name=name, bytes=stat.bytes, tier=stat.tier, availability=stat.availability)
