"""A client of the gateway: orders, assets, templates, batches, events, downloads and webhooks over HTTP::

from reel.client import Client

with Client("https://reel.example", key) as api:
    ordered = api.generations.order({"kind": "encode", "asset": "https://cdn.example/a.mp4"})
    done = api.generations.wait(ordered.id)
    api.generations.download(done.id, done.outputs[0].name, "film.mp4")

What is sent may be sent again: an order has an `Idempotency-Key`, by which one whose answer was lost is not ordered twice.
Rule of this folder: it knows HTTP and what the gateway answers, and nothing else of Reelflow.
"""

from reel.client.client import Client
from reel.client.errors import GatewayError, NotMade, Unreachable
from reel.client.events import Event

__all__ = ["Client", "Event", "GatewayError", "NotMade", "Unreachable"]
