"""What a tenant may use, by its record and the terms of an order: how much, and from where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reel.fetch.roots import Roots
from reel.limits import Limits, limits_of
from reel.settings import settings

if TYPE_CHECKING:  # a worker without a catalogue needs none of its libraries
    from reel.catalogue import Catalogue, Tenant


@dataclass(frozen=True)
class Allowed:
    """Of one order."""

    limits: Limits
    roots: Roots


def allowed(tenant: Tenant, lowered: Mapping[str, float] | None = None) -> Allowed:
    """By the record as it is now; whoever asks may ask for less. Raises `InvalidRequest` where a limit is none that is
    known."""
    limits = limits_of(settings().limits, tenant.limits, lowered=lowered)
    roots = Roots(
        None if tenant.file_roots is None else tuple(tenant.file_roots),
        None if tenant.s3_roots is None else tuple(tenant.s3_roots),
        f"`reel tenant set {tenant.id}`",
    )
    return Allowed(limits, roots)


def allowed_to(catalogue: Catalogue, tenant: str, lowered: Mapping[str, float] | None = None) -> Allowed:
    """What a tenant may use. Errors: those of the catalogue; as `allowed`."""
    with catalogue.tenant(tenant, only_reads=True) as records:
        return allowed(records.tenant_as_it_is(), lowered)
