"""What happens, as it happens: server-sent events and WebSockets, of one generation and of all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Response, WebSocket
from fastapi.requests import HTTPConnection
from fastapi.responses import StreamingResponse
from pydantic import Field

from gateway.access import Viewer
from gateway.desk import TheDesk
from gateway.hub import Hub
from gateway.problems import Refused
from gateway.routing import resource
from gateway.streams import EventStream, over_websocket
from gateway.tickets import PURPOSE, ticket_for
from reel.values import Value

router = resource("events")
of_generations = resource("generations")

LARGEST = 1 << 62


async def _hub(connection: HTTPConnection) -> Hub:
    hub: Hub = connection.app.state.hub
    return hub


async def _room(caller: Viewer, hub: Annotated[Hub, Depends(_hub)]) -> AsyncIterator[Hub]:
    """Keep room for one stream until it has ended."""
    with hub.place(caller.tenant, caller.api_key):
        await hub.ready()
        yield hub


Room = Annotated[Hub, Depends(_room)]


async def _seen(
    last_event_id: Annotated[str | None, Header(description="Of the last event that was seen.")] = None,
    after: Annotated[str | None, Query(description="The same, where no header can be sent.")] = None,
    ticket: Annotated[str | None, Query(description="From `/v1/events/tickets`, in place of a key.")] = None,
) -> int | None:
    """The number of the last event that a client has seen; 0, which is from the start, for what is no number; null: unsaid."""
    told = last_event_id if last_event_id is not None else after
    if told is None:
        return None
    # A browser comes back with whatever id it was sent last, by whomever. An error would keep it away for good.
    number = int(told) if told.isascii() and told.isdecimal() and len(told) < 20 else 0
    return number if number < LARGEST else 0


Seen = Annotated[int | None, Depends(_seen)]
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events, each with an id, a type and its JSON.",
        "content": {"text/event-stream": {}},
    }
}


class WantedTicket(Value):
    """A ticket that is wanted."""

    generation: str | None = Field(None, max_length=64, description="Whose events it is for; null: those of all.")
    seconds: int = Field(3600, ge=60, le=24 * 3600, description="How long a stream can be begun with it.")


class Ticket(Value):
    """What opens streams in place of a key: `?ticket=`."""

    ticket: str
    expires: datetime


@router.post("/tickets", status_code=201)
def ticket(wanted: WantedTicket, caller: Viewer, desk: TheDesk, response: Response) -> Ticket:
    """Make a ticket, for a browser: `EventSource` and `WebSocket` can send no key. It opens what the key does itself."""
    if not caller.may(scope := "events:read" if wanted.generation is None else "generations:read"):
        raise Refused(403, f"the key is not good for {scope}, which the ticket would open")
    if wanted.generation is not None:
        with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
            records.standing(wanted.generation)
    ends = desk.clock().replace(microsecond=0) + timedelta(seconds=wanted.seconds)
    response.headers["Cache-Control"] = "no-store"
    made = ticket_for(caller, wanted.generation, int(ends.timestamp()), desk.secrets(PURPOSE))
    return Ticket(ticket=made, expires=ends)


@router.get("", response_class=StreamingResponse, responses=STREAM)
async def all_events(caller: Viewer, hub: Room, seen: Seen) -> Response:
    """The events of all generations from now on, or from after the `Last-Event-ID`."""
    return EventStream(hub.follow(caller.tenant, None, seen, caller.api_key))


@router.websocket("")
async def all_events_by_websocket(socket: WebSocket, caller: Viewer, hub: Room, seen: Seen) -> None:
    """The same over a WebSocket."""
    await over_websocket(socket, hub.follow(caller.tenant, None, seen, caller.api_key))


@of_generations.get(
    "/{id}/events",
    response_class=StreamingResponse,
    responses=STREAM | {204: {"description": "It has ended, and all of it was seen: there is no reason to come back."}},
)
async def events(id: str, caller: Viewer, hub: Room, seen: Seen) -> Response:
    """The events of one generation, from its first or from after the `Last-Event-ID`, until it ends."""
    caught = await hub.missed(caller.tenant, seen or 0, id)
    if seen and caught.ended and not caught.told:
        return Response(status_code=204)
    return EventStream(hub.follow(caller.tenant, id, seen or 0, caller.api_key))


@of_generations.websocket("/{id}/events")
async def events_by_websocket(id: str, socket: WebSocket, caller: Viewer, hub: Room, seen: Seen) -> None:
    """The same over a WebSocket."""
    await hub.missed(caller.tenant, seen or 0, id)
    await over_websocket(socket, hub.follow(caller.tenant, id, seen or 0, caller.api_key))
