"""The `replay` deployment: dead letters are tried again."""

from __future__ import annotations

import logging
from typing import Literal

from prefect.artifacts import create_table_artifact

from flows.kind import pool_flow, tie_to_worker
from reel.catalogue import DeadLetter
from reel.control.dead_letters import dead_letter
from reel.control.dead_letters import replay as replay_letter
from reel.control.ledger import this_catalogue
from reel.errors import InvalidRequest
from reel.report.words import count

log = logging.getLogger(__name__)

ErrorClass = Literal["invalid request", "bad media", "transient", "resource", "internal"]


@pool_flow("replay", lambda parameters: f"replay {parameters.get('tenant') or 'dead letters'}")
def replay(
    letters: list[str] | None = None, tenant: str | None = None, error_class: ErrorClass | None = None
) -> dict[str, str]:
    """Queue the generations of dead letters again; only what failed is made again.

    Args:
        letters: Ids of dead letters; or none, and instead:
        tenant: All open ones of this tenant,
        error_class: or of this class of error, or of both.
    """
    tie_to_worker()
    replayed = {letter.id: _again(letter) for letter in chosen(letters, tenant, error_class)}
    rows = [{"dead letter": id_, "generation": generation} for id_, generation in replayed.items()]
    create_table_artifact(rows, key="replay", description=f"{count(len(rows), 'generation')} queued again")
    return replayed


def chosen(letters: list[str] | None, tenant: str | None, error_class: ErrorClass | None) -> list[DeadLetter]:
    """The dead letters that are meant, the oldest first. Raises `InvalidRequest` where none is said to be."""
    catalogue = this_catalogue()
    if letters:
        return [dead_letter(catalogue, id_) for id_ in letters]
    if not tenant and not error_class:
        raise InvalidRequest.at("letters", "no dead letter is named", "give ids, a tenant or an error class")
    with catalogue.operator() as everybody:
        return everybody.find_dead_letters(tenant=tenant, error_class=error_class, limit=None)[::-1]


def _again(letter: DeadLetter) -> str:
    try:
        return replay_letter(this_catalogue(), letter.id).id
    except InvalidRequest as error:
        log.warning("%s", error)  # somebody else was quicker; the others go on
        return f"not replayed: {error}"
