"""What a receiver of webhooks heard, held against what the catalogue says was told."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

from reel.catalogue import Generation, WebhookEvent
from tests.control.receiving import Receiver
from tests.faults.installation import Installation


def events_of(site: Installation, generation: Generation) -> list[WebhookEvent]:
    """All events of a generation, in their order."""

    def read() -> list[WebhookEvent]:
        with site.catalogue.tenant(generation.tenant_id) as records:
            return records.events(generation.id)

    return site.ask(read)


def unsent(site: Installation, generations: Sequence[Generation]) -> list[str]:
    """Events that are still to be sent."""
    return [event.id for each in generations for event in events_of(site, each) if event.state == "pending"]


def wrong_webhooks(
    site: Installation,
    receiver: Receiver,
    generations: Sequence[Generation],
    secrets: Mapping[str, str],
    say: Callable[[str], None],
) -> Iterator[str]:
    """Each event has come, signed by its tenant's secret, in its order; one that came again bore the same id, so that its
    receiver knew it."""
    heard: dict[str, list[str]] = defaultdict(list)
    again = 0
    tenants = {generation.id: generation.tenant_id for generation in generations}
    for headers, body in receiver.got:
        generation = json.loads(body)["data"]["generation"]
        try:
            # As of its own moment: what was received a while ago is not refused for its age.
            signed = Webhook(secrets[tenants[generation]]).sign(
                headers["webhook-id"], _moment(headers["webhook-timestamp"]), body.decode()
            )
        except KeyError:
            yield f"an event of {generation}, which nobody knows"
            continue
        if signed not in headers["webhook-signature"].split():
            yield f"{headers['webhook-id']} of {generation} is not signed by its tenant's secret"
        if headers["webhook-id"] in heard[generation]:
            again += 1
        else:
            heard[generation].append(headers["webhook-id"])
    say(f"{sum(map(len, heard.values()))} events were heard, {again} of them came again")
    for each in generations:
        told = [event.id for event in events_of(site, each)]
        if heard[each.id] != told:
            yield f"of {each.id} was told {told}, heard {heard[each.id]}"


def _moment(text: str) -> datetime:
    return datetime.fromtimestamp(int(text), UTC)
