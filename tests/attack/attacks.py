"""The attacks in order: what each is called, and what the worker is told to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.attack.addresses import addresses
from tests.attack.files import FILES
from tests.attack.mutations import mutation
from tests.attack.texts import clip, paths, texts

Attack = tuple[str, Mapping[str, Any]]

SMALL = {"resolution": "480p", "stills": False, "loudness": "off"}


def shown(asset: str, kind: str) -> dict[str, Any]:
    """A request that has a file seen, or heard, for a fifth of a second."""
    layer = {"type": kind, "asset": asset, "duration": 0.2}
    ground = {"type": "colour", "colour": "#102030", "duration": 0.2}
    return {"kind": "template", **SMALL, "timeline": {"tracks": [{"clips": [ground]}, {"clips": [layer]}]}}


def against_files(folder: Path, port: int) -> Iterator[Attack]:
    """Each hostile file as a clip, as a picture and as sound."""
    for number, (name, make) in enumerate(FILES.items()):
        path = folder / "assets" / f"hostile-{number}"
        path.write_bytes(make(folder).replace(b"PORT", str(port).encode()))
        # Not to its end: what it says that it lasts may be a day, and is what its tenant pays for.
        yield f"{name}, as a clip", {"what": "render", "document": clip({"asset": path.name, "out": 0.2})}
        for kind in ("video", "image", "audio"):
            yield f"{name}, as {kind}", {"what": "render", "document": shown(path.name, kind)}


def against_texts(folder: Path, port: int) -> Iterator[Attack]:
    """Each text and path."""
    for path in paths(folder):
        yield f"the path {path[:60]!r}", {"what": "plan", "document": clip(path)}
    for number, text in enumerate(texts(folder)):
        yield f"text {number}", {"what": "render" if number < 5 else "plan", "document": text}


def against_addresses(folder: Path, port: int) -> Iterator[Attack]:
    """Each form of an address of this machine, as an asset; and as a webhook's."""
    for address in addresses(port):
        yield f"the address {address}", {"what": "get", "url": address}
        yield f"a webhook at {address}", {"what": "check", "url": address}


def mutated(folder: Path, numbers: range, what: str) -> Iterator[Attack]:
    """Mutations, each read (`plan`) or shown (`render`)."""
    for number in numbers:
        name, data = mutation(number)
        path = folder / "assets" / "mutation"
        path.write_bytes(data)
        sound = name in ("wav", "m4a", "mp3", "flac", "opus")
        picture = name in ("gif", "png", "jpg", "webp", "tiff")
        document = shown(path.name, "audio" if sound else "image") if sound or picture else clip(path.name)
        yield f"mutation {number} of {name}", {"what": what, "document": document}
