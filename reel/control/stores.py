"""Where an installation keeps things: the store of artefacts, the outputs, and the folder for what is under way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from reel.errors import InvalidRequest
from reel.fetch.roots import ANYWHERE, Roots
from reel.limits import USUAL as USUAL_LIMITS
from reel.limits import Limits, limits_of
from reel.settings import Heat, Settings, settings
from reel.store import ArtefactStore, ObjectStore, objects_at
from reel.store.tiers import ARCHIVES, USUAL, Tiers

REMEMBER_SECONDS = 15 * 60.0
"""How long an artefact that was found in a bucket need not be looked for again: long enough for the steps of a generation
that follow each other, far shorter than anything is kept."""


@dataclass(frozen=True)
class Stores:
    """The places that all parts of an installation share, and the scratch folder of this machine."""

    store: ArtefactStore
    outputs: ObjectStore
    scratch: Path
    limits: Limits = USUAL_LIMITS
    """How much a request may ask for; of the tenant's, while one works for a tenant."""
    roots: Roots = ANYWHERE
    """Where its assets may lie, likewise."""


def open_stores(config: Settings) -> Stores:
    """The places that the settings name. Raises `InvalidRequest` under the setting's name for what is none."""
    objects = _objects("REEL_STORE", config.store_location, Tiers(_readable("INTERMEDIATE", config.tier_intermediate)))
    return Stores(
        store=ArtefactStore(objects, config.home / "cache", config.cache_bytes, REMEMBER_SECONDS),
        outputs=_objects("REEL_OUTPUTS", config.outputs_location, output_tiers(config)),
        scratch=config.scratch_folder,
        limits=limits_of(config.limits),
    )


@cache
def these_stores() -> Stores:
    """Those of this process."""
    return open_stores(settings())


def these_backups() -> ObjectStore:
    """Where the backups of this installation are; in the bucket's own storage class, as they are short-lived."""
    return _objects("REEL_BACKUPS", settings().backups_location, USUAL)


def this_library() -> ObjectStore:
    """Where the assets are that tenants of this installation keep; in the bucket's own storage class."""
    return _objects("REEL_LIBRARY", settings().library_location, USUAL)


def output_tiers(config: Settings) -> Tiers:
    """The storage class of each kind of output. Raises `InvalidRequest` for one that cannot be, under its setting's name."""
    tiers = {kind: tier_of(config, heat) for kind, heat in config.output_tiers.items()}
    if tiers.get("document") in ARCHIVES:
        remedy = "keep documents hot or warm: playlists, reports and subtitles are read before all else"
        raise InvalidRequest.at("REEL_OUTPUT_TIERS", f"would put documents into {tiers['document']}", remedy)
    return Tiers(_readable("HOT", config.tier_hot), tiers)


def tier_of(config: Settings, heat: Heat) -> str:
    """The storage class that is hot, warm or cold. Raises `InvalidRequest` for an archive where nothing is to be restored."""
    tier = {"hot": config.tier_hot, "warm": config.tier_warm, "cold": config.tier_cold}[heat]
    return tier if config.restore_days else _readable(heat.upper(), tier)


def _readable(name: str, tier: str) -> str:
    if tier not in ARCHIVES:
        return tier
    what = f"{tier} holds objects that cannot be read until they are restored, hours later"
    remedy = "choose a class such as STANDARD_IA; for REEL_TIER_WARM and _COLD you may set REEL_RESTORE_DAYS instead"
    raise InvalidRequest.at(f"REEL_TIER_{name}", what, remedy)


def _objects(setting: str, location: str, tiers: Tiers) -> ObjectStore:
    try:
        return objects_at(location, tiers)
    except InvalidRequest as refused:
        raise InvalidRequest(*(replace(problem, place=setting) for problem in refused.problems)) from None
