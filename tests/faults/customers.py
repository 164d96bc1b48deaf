"""Customers of the gateway: each uploads a file of its own, orders a short video of it, and asks again until it is answered, as
docs/client.md says. Some order twice by the same key, some call off what they ordered."""

from __future__ import annotations

import random
import threading
import time
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from reel.client import Client, GatewayError, Unreachable, files
from reel.errors import ReelError, Transient
from tests.clips import lavfi_clip

Answer = TypeVar("Answer")
Sort = Literal["picture", "sound", "video"]

TENANTS = ("north", "east")
SORTS: tuple[Sort, ...] = ("picture", "sound", "video")
SECONDS, RATE, SAMPLE_RATE = 0.3, 30, 48_000
LEVELS = (35, 70, 105, 140, 175, 210)
"""Of each channel: so that no two orders in a row of 216 look alike."""
CALLED_OFF_EVERY, TWICE_EVERY = 6, 4
BLOCK_BYTES = 8 << 10
"""Sent in one request, so that an upload takes several, between which something dies."""
PAUSE_SECONDS = 0.4
"""At most, between two of them."""
MOST_UNTIL_CALLED_OFF = 8.0
PATIENCE_SECONDS = 900.0
"""Only what hangs is not answered within that."""
ENDED = ("done", "failed", "cancelled")
OVER = threading.Event()
"""Set where all is broken off: nobody asks for anything any more."""


@dataclass(frozen=True)
class Order:
    """What one customer wants."""

    number: int
    file: Path
    """What it uploads."""

    @property
    def tenant(self) -> str:
        return TENANTS[self.number // len(SORTS) % len(TENANTS)]

    @property
    def key(self) -> str:
        return f"order-{self.number}"

    @property
    def sort(self) -> Sort:
        return SORTS[self.number % len(SORTS)]

    @property
    def colour(self) -> tuple[int, int, int]:
        """What its video shows."""
        digits = self.number % 216
        return LEVELS[digits // 36], LEVELS[digits // 6 % 6], LEVELS[digits % 6]

    @property
    def pitch(self) -> int:
        """What its video sounds like, where it is ordered with a sound (Hz)."""
        return 400 + 20 * (self.number % 100)

    @property
    def called_off(self) -> bool:
        return self.number % CALLED_OFF_EVERY == CALLED_OFF_EVERY - 1

    @property
    def begun_first(self) -> bool:
        """Whether it is called off when it is under way; else wherever it is."""
        return self.number % (2 * CALLED_OFF_EVERY) == CALLED_OFF_EVERY - 1

    @property
    def twice(self) -> bool:
        return self.number % TWICE_EVERY == 1

    def request(self, asset: str) -> dict[str, Any]:
        """A video of what was uploaded."""
        seen = {"picture": "image", "video": "video", "sound": "colour"}[self.sort]
        picture: dict[str, Any] = {"type": seen, "duration": SECONDS}
        if self.sort == "sound":
            picture["colour"] = "#{:02x}{:02x}{:02x}".format(*self.colour)
        else:
            picture |= {"asset": asset, "fit": "cover"}
        tracks = [{"clips": [picture]}]
        if self.sort == "sound":
            tracks.append({"clips": [{"type": "audio", "asset": asset, "duration": SECONDS}]})
        return {
            "kind": "template",
            "resolution": "480p",
            "aspect": "16:9",
            "frame_rate": RATE,
            "stills": False,
            "timeline": {"tracks": tracks},
        }


@dataclass
class Receipt:
    """What a customer was told of its order."""

    order: Order
    ids: set[str] = field(default_factory=set)
    """Of the generations that answers named, with 202."""
    asset: str = ""
    """What its order names."""
    status: str = ""
    outputs: list[Path] = field(default_factory=list)
    """What it fetched."""
    uploads: int = 0
    """How often it began to send its file."""
    wrong: str = ""
    """What it was refused, or was not answered at all."""


def prepare(folder: Path, number: int) -> Order:
    """An order, with its file made: some ten kilobytes of one colour with a little noise, or of one tone."""
    folder.mkdir(parents=True, exist_ok=True)
    suffix = {"picture": "png", "sound": "wav", "video": "mp4"}[SORTS[number % len(SORTS)]]
    order = Order(number, folder / f"{number}.{suffix}")
    noise = np.random.default_rng(number)
    if order.sort == "picture":
        pixels = np.array(order.colour) + noise.integers(-8, 9, (90, 160, 3))
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(order.file)
    elif order.sort == "sound":
        moments = np.arange(round(SECONDS * 2 * SAMPLE_RATE)) / SAMPLE_RATE
        _write_sound(order.file, 0.3 * np.sin(2 * np.pi * order.pitch * moments))
    else:
        colour = "0x{:02x}{:02x}{:02x}".format(*order.colour)
        picture = f"color=c={colour}:s=320x180:r={RATE},noise=alls=8:allf=t:all_seed={number}"
        lavfi_clip(picture, f"sine=frequency={order.pitch}", SECONDS, order.file)
    return order


def _write_sound(path: Path, samples: NDArray[np.float64]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((samples * 32767).astype("<i2").tobytes())


def ordered(order: Order, api: Client, folder: Path, chance: random.Random) -> Receipt:
    """Go the whole way of a customer, from its file to its video."""
    receipt = Receipt(order)
    try:
        receipt.asset = f"asset:{persisted(lambda: _uploaded(receipt, api, chance))}"
        _place(receipt, api, chance)
        _fetch(receipt, api, folder)
    except ReelError as error:
        receipt.wrong = f"{type(error).__name__}: {error}"
    return receipt


def _place(receipt: Receipt, api: Client, chance: random.Random) -> None:
    order = receipt.order
    for _ in range(2 if order.twice else 1):
        request = order.request(receipt.asset)
        made = persisted(lambda: api.generations.order(request, idempotency_key=order.key))  # noqa: B023 - called at once
        receipt.ids.add(made.id)
    if order.called_off:
        while order.begun_first and persisted(lambda: api.generations.get(made.id)).status == "queued":
            time.sleep(0.5)
        time.sleep(chance.uniform(0, MOST_UNTIL_CALLED_OFF))
        persisted(lambda: api.generations.cancel(made.id))


def _fetch(receipt: Receipt, api: Client, folder: Path) -> None:
    """Wait for the end, and fetch what there is then."""
    id_ = next(iter(receipt.ids))
    while (now := persisted(lambda: api.generations.get(id_))).status not in ENDED:
        time.sleep(1)
    receipt.status = now.status
    for name in [output.name for output in now.outputs]:
        to = folder / f"{receipt.order.number}-{name.replace('/', '-')}"
        persisted(lambda: api.generations.download(id_, name, to))  # noqa: B023 - called at once
        receipt.outputs.append(to)


def _uploaded(receipt: Receipt, api: Client, chance: random.Random) -> str:
    """The id of an asset that is ready."""
    receipt.uploads += 1
    asset = api.assets.upload(receipt.order.file, told=lambda *_: time.sleep(chance.uniform(0, PAUSE_SECONDS)))
    return persisted(lambda: api.assets.wait(asset.id)).id


def persisted(ask: Callable[[], Answer]) -> Answer:
    """An answer, asked for again and again where none comes or one that passes."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        if OVER.is_set():
            raise Unreachable.at("gateway", "is not asked any more")
        try:
            return ask()
        except (Transient, GatewayError) as error:
            passes = isinstance(error, Unreachable) or (isinstance(error, GatewayError) and _passes(error))
            if not passes or time.monotonic() > until:
                raise
        time.sleep(1)


def _passes(error: GatewayError) -> bool:
    return error.status in files.COME_AGAIN


def in_small_blocks() -> Any:
    """Have clients send files in small blocks for the length of a block."""
    return patch.object(files, "BLOCK_BYTES", BLOCK_BYTES)


def asked_again(receipt: Receipt, api: Client) -> Iterator[str]:
    """An order that is placed once more by its key when all is over: the same generation answers."""
    order = receipt.order
    made = persisted(lambda: api.generations.order(order.request(receipt.asset), idempotency_key=order.key))
    if made.id not in receipt.ids:
        yield f"{order.key} was asked for again, and became {made.id} besides {receipt.ids}"
