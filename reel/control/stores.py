"""Where an installation keeps things: the store of artefacts, the outputs, and the folder for what is under way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from reel.errors import InvalidRequest
from reel.settings import Settings, settings
from reel.store import ArtefactStore, ObjectStore, objects_at

REMEMBER_SECONDS = 15 * 60.0
"""How long an artefact that was found in a bucket need not be looked for again: long enough for the steps of a generation
that follow each other, far shorter than anything is kept."""


@dataclass(frozen=True)
class Stores:
    """The places that all parts of an installation share, and the scratch folder of this machine."""

    store: ArtefactStore
    outputs: ObjectStore
    scratch: Path


def open_stores(config: Settings) -> Stores:
    """The places that the settings name. Raises `InvalidRequest` under the setting's name for what is none."""
    objects = _objects("REEL_STORE", config.store_location, config.tier_intermediate)
    return Stores(
        store=ArtefactStore(objects, config.home / "cache", config.cache_bytes, REMEMBER_SECONDS),
        outputs=_objects("REEL_OUTPUTS", config.outputs_location, config.tier_output),
        scratch=config.scratch_folder,
    )


@cache
def these_stores() -> Stores:
    """Those of this process."""
    return open_stores(settings())


def _objects(setting: str, location: str, tier: str) -> ObjectStore:
    try:
        return objects_at(location, tier)
    except InvalidRequest as refused:
        raise InvalidRequest(*(replace(problem, place=setting) for problem in refused.problems)) from None
