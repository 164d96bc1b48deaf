"""What must be true of customers' orders when all has come to rest: of what they were told, of the catalogue, of Prefect."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags
from prefect.client.schemas.objects import FlowRun

from flows.labels import TAG
from reel.catalogue import Generation, Records
from reel.client import Client
from tests.catalogue.books import wrong_books
from tests.faults.customers import RATE, SECONDS, Order, Receipt, asked_again
from tests.faults.hearing import events_of
from tests.faults.installation import Installation
from tests.faults.trial import SAME_END
from tests.waiting import wait_for

CORRECTION_SECONDS = 90.0
"""Workers hold Prefect against the catalogue every 15 s, and what has died a moment ago comes back first."""
MOST_OFF = 12
"""Of 255: what an encoder and two matrices may do to an even colour; the next order's is 35 off."""
MOST_OFF_PITCH = 12.0
"""Hz: 0.3 s tell tones apart that are 3 Hz apart; the next order's are 60 off."""


def all_generations(site: Installation, tenants: Sequence[str]) -> list[Generation]:
    """Of these tenants, all there are."""

    def read() -> list[Generation]:
        found: list[Generation] = []
        for tenant in tenants:
            with site.catalogue.tenant(tenant) as records:
                found += records.generations(limit=10_000)
        return found

    return site.ask(read, 120)


def wrong_orders(
    receipts: Sequence[Receipt], generations: Sequence[Generation], apis: Mapping[str, Client]
) -> Iterator[str]:
    """Each order is one generation, of whose end its customer was told, and there are no others."""
    by_key: dict[tuple[str, str | None], list[Generation]] = defaultdict(list)
    for generation in generations:
        by_key[generation.tenant_id, generation.idempotency_key].append(generation)
    for receipt in receipts:
        order = receipt.order
        found = by_key.pop((order.tenant, order.key), [])
        if receipt.wrong:
            yield f"{order.key}: {receipt.wrong}"
        elif {each.id for each in found} != receipt.ids or len(found) != 1:
            yield f"{order.key} was answered with {receipt.ids}, and is {[each.id for each in found]}"
        else:
            yield from _wrong_end(receipt, found[0])
            yield from asked_again(receipt, apis[order.tenant])
    if by_key:
        yield f"nobody ordered {sorted(map(str, by_key))}"


def _wrong_end(receipt: Receipt, generation: Generation) -> Iterator[str]:
    order, may = receipt.order, ("done", "cancelled") if receipt.order.called_off else ("done",)
    if generation.status not in may or receipt.status != generation.status:
        yield f"{order.key} is {generation.status}, and its customer was told {receipt.status}: {generation.error}"
    videos = [path for path in receipt.outputs if path.suffix == ".mp4"]
    if len(videos) != (generation.status == "done"):
        yield f"{order.key} is {generation.status}, and has {[path.name for path in receipt.outputs]}"
    for path in videos:
        yield from wrong_video(order, path)


def wrong_video(order: Order, path: Path) -> Iterator[str]:
    """What a video does not show, or sound like, of what was uploaded for it."""
    with av.open(path) as file:
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
    if len(frames) != round(SECONDS * RATE):
        yield f"{order.key} has {len(frames)} frames"
    for frame in frames:
        shown = frame.reshape(-1, 3).mean(axis=0)
        if np.abs(shown - order.colour).max() > MOST_OFF:
            yield f"{order.key} shows {shown.round()}, and {order.colour} was uploaded"
            return
    if order.sort != "picture" and abs((heard := _pitch(path)) - order.pitch) > MOST_OFF_PITCH:
        yield f"{order.key} sounds like {heard:.0f} Hz, and {order.pitch} Hz was uploaded"


def _pitch(path: Path) -> float:
    """The loudest frequency, in Hz."""
    with av.open(path) as file:
        samples = np.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)])
        rate = file.streams.audio[0].rate
    return float(np.abs(np.fft.rfft(samples))[1:].argmax() + 1) * rate / len(samples)


def wrong_records(
    site: Installation, tenants: Sequence[str], generations: Sequence[Generation], credits: float
) -> Iterator[str]:
    """Books, usage, dead letters, and the ends that were told."""
    for tenant in tenants:
        mine = [each for each in generations if each.tenant_id == tenant]
        with site.catalogue.tenant(tenant) as records:
            yield from (f"{tenant}: {wrong}" for wrong in wrong_books(records))
            yield from (f"{tenant}: {wrong}" for wrong in _wrong_charges(records, mine, credits))
            yield from (f"a letter of {letter.generation}: {letter.problems}" for letter in records.dead_letters())
    for each in generations:
        ends = [event.type for event in events_of(site, each) if event.type.rpartition(".")[2] in SAME_END.values()]
        if ends != [f"generation.{each.status}"]:
            yield f"{each.id} is {each.status}, and its end was told as {ends}"


def _wrong_charges(records: Records, generations: Sequence[Generation], credits: float) -> Iterator[str]:
    """What is done was charged once and used once, what was called off was neither."""
    done = {each.id for each in generations if each.status == "done"}
    charges = Counter(each.generation for each in records.transfers(limit=100_000) if each.reason == "charge")
    if charges != Counter(done):
        yield f"charged were {charges}, and done are {sorted(done)}"
    used = Counter(each.record.generation for each in records.usage(datetime.now(UTC) - timedelta(days=1)))
    if used != Counter(done):
        yield f"usage was noted of {used}, and done are {sorted(done)}"
    balances = records.balances()
    if balances.reserved or balances.purchased != credits or (balances.spent > 0) != bool(done):
        yield f"{credits} credits were bought, and the balances are {balances}"


def wrong_runs(site: Installation, generations: Sequence[Generation]) -> Iterator[str]:
    """No generation has two runs, none is run that nobody knows, and Prefect says of each what the catalogue says."""
    statuses = {each.id: each.status for each in generations}

    def contradicted() -> list[str]:
        return [
            f"the run of {of_run(run)} is {run.state_name}, and it is {statuses.get(of_run(run))}"
            for run in site.ask(_runs)
            if SAME_END.get(run.state_type.value if run.state_type else "") != statuses.get(of_run(run))
        ]

    try:
        wait_for(lambda: not contradicted(), "Prefect to say the same", CORRECTION_SECONDS)
    except TimeoutError:
        yield from contradicted()
    counts = Counter(map(of_run, site.ask(_runs)))
    yield from (f"{id_} has {number} runs" for id_, number in counts.items() if number > 1)
    yield from (
        f"{each.id} is done without a run" for each in generations if each.status == "done" and each.id not in counts
    )


def of_run(run: FlowRun) -> str:
    """The generation that a run makes."""
    return next((tag.removeprefix("generation:") for tag in run.tags if tag.startswith("generation:")), str(run.id))


def _runs() -> list[FlowRun]:
    with get_client(sync_client=True) as client:
        found: list[FlowRun] = []
        wanted = FlowRunFilter(tags=FlowRunFilterTags(all_=[TAG]))
        while page := client.read_flow_runs(flow_run_filter=wanted, offset=len(found), limit=200):
            found += [run for run in page if "request" in run.parameters]
            if len(page) < 200:
                break
        return found
