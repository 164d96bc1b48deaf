"""Who comes next, whoever asks and by whatever way; and what a run looks like to an operator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from flows.submit import submit
from reel.catalogue import Catalogue
from reel.control.documents import read_document
from reel.control.ledger import this_catalogue
from reel.request.terms import Terms
from tests.flows.runs import end_of, start_run, state_of
from tests.waiting import wait_for

pytestmark = pytest.mark.usefixtures("prefect_stack")


def card(number: int, seconds: float = 0.2) -> dict[str, Any]:
    """A request of a moment's work that no other number shares."""
    clip = {"type": "colour", "colour": f"#0000{number:02x}", "duration": seconds}
    return {"kind": "template", "resolution": "480p", "stills": False, "timeline": {"tracks": [{"clips": [clip]}]}}


def run_of(run_id: UUID) -> Any:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        return client.read_flow_run(run_id)


@pytest.mark.slow
def test_who_asks_by_prefects_own_api_waits_no_longer_than_who_submits() -> None:
    """In a stream of one tenant's orders, of which each new one has a place near the oldest waiter's."""
    catalogue: Catalogue = this_catalogue()

    def order(number: int, tenant: str = "stream") -> UUID:
        generation = submit(card(number), Terms(tenant=tenant), catalogue)

        def known() -> str | None:
            with catalogue.tenant(tenant) as records:
                return records.generation(generation.id).flow_run

        return UUID(wait_for(known, "the order's run"))

    first = order(0)
    wait_for(lambda: not state_of(first).is_scheduled(), "the first order's start")
    before = [order(number) for number in (1, 2)]
    plain = start_run(card(10), {"tenant": "plain"})
    urgent = start_run(card(11), {"tenant": "plain", "priority": "batch"})
    # It waits by the same rule from the moment that a worker has seen it.
    wait_for(lambda: state_of(plain).name == "Queued" or not state_of(plain).is_scheduled(), "its place in the queue")
    later = [order(number, tenant) for number, tenant in ((3, "stream"), (4, "stream"), (5, "another"), (6, "third"))]
    for run in (first, *before, plain, *later, urgent):
        assert end_of(run).is_completed()
    starts = {run: run_of(run).start_time for run in (*before, plain, *later, urgent)}
    place = sorted(starts, key=starts.__getitem__).index(plain)
    assert place <= 3, "its fair place is the first after the one under way, or the second; two jobs more are borne"
    assert max(starts, key=starts.__getitem__) == urgent, "what is no haste comes last, whatever queue it lies in"


def test_a_run_is_tagged_with_what_it_is_however_it_was_asked_for() -> None:
    plain = start_run(card(20), {"tenant": "acme", "project": "spring"})
    submitted = submit(card(21), Terms(tenant="acme", project="spring"), this_catalogue())
    for run, generation in ((plain, str(plain)), (UUID(str(submitted.flow_run)), submitted.id)):
        assert end_of(run).is_completed()
        wanted = {"reelflow", "kind:template", "tenant:acme", "project:spring", f"generation:{generation}"}
        assert wanted <= set(run_of(run).tags)


def test_a_duplicate_ends_in_a_state_of_its_own() -> None:
    """It is not completed: nothing that waits for the end of a generation may take it for one."""
    terms = {"tenant": "twice", "idempotency_key": "order-9"}
    first = start_run(card(30), terms)
    assert end_of(first).is_completed()
    second = start_run(card(30), terms)
    state = end_of(second)
    assert (state.type.value, state.name) == ("CANCELLED", "Duplicate")
    assert str(first) in state.message
    wanted = {"reelflow", "kind:template", "tenant:twice", "project:default"}
    assert {*run_of(second).tags} == wanted | {f"generation:{first}"}
    refused = start_run(card(31), terms)
    assert "was used for another request" in end_of(refused).message
    assert {*run_of(refused).tags} == wanted


@pytest.mark.parametrize("submitted_first", [True, False])
def test_an_order_is_the_same_by_either_way(submitted_first: bool, tmp_path: Path) -> None:
    """Prefect's API hands on what was written, `submit` all of it, with each colour in one form."""
    terms = {"tenant": "twice", "project": "spring", "idempotency_key": f"either-{submitted_first}"}
    document = card(32 + submitted_first)
    document["timeline"]["tracks"][0]["clips"][0]["colour"] = "gold"
    (tmp_path / "card.json").write_text(json.dumps(document))

    def by_submitting() -> str:
        return submit(read_document(tmp_path / "card.json"), Terms(**terms), this_catalogue()).id

    if submitted_first:
        first = by_submitting()
        state = end_of(start_run(document, terms))
        assert (state.name, first in state.message) == ("Duplicate", True)
    else:
        run = start_run(document, terms)
        assert end_of(run).is_completed()
        assert by_submitting() == str(run)
