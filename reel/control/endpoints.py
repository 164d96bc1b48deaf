"""Adding endpoints of webhooks: one that nothing could ever be sent to is refused at once."""

from __future__ import annotations

from collections.abc import Sequence

from reel.catalogue import Endpoint, EventType, Records
from reel.web import check_url


def add_endpoint(records: Records, url: str, events: Sequence[EventType] | None = None) -> Endpoint:
    """As `Records.add_endpoint`. Raises `InvalidRequest` too for what no request of ours may go to, by the settings: hosts,
    ports, and networks that are not public, by their addresses or by where their names lead now."""
    check_url(url, "url", resolve=True)
    return records.add_endpoint(url, events)
