"""What an operator does with dead letters, whosever they are."""

from __future__ import annotations

from reel.catalogue import Catalogue, DeadLetter, Generation


def dead_letter(catalogue: Catalogue, id_: str) -> DeadLetter:
    """A dead letter of any tenant. Raises `InvalidRequest` where there is none of that id."""
    with catalogue.operator() as everybody:
        return everybody.find_dead_letter(id_)


def replay(catalogue: Catalogue, id_: str) -> Generation:
    """Queue the request of an open dead letter again; the new generation, which a worker starts by itself.

    It finds what was made in the store, so only what failed is made. Raises `InvalidRequest` where the letter is closed.
    """
    with catalogue.tenant(dead_letter(catalogue, id_).tenant_id) as records:
        return records.replay(id_)


def drop(catalogue: Catalogue, id_: str) -> bool:
    """Close a dead letter for good; false where it was closed before. Raises `InvalidRequest`."""
    with catalogue.tenant(dead_letter(catalogue, id_).tenant_id) as records:
        return records.dropped(id_)
