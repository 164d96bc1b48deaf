"""Searching a catalogue of 100,000 outputs: the median of nine askings of each query, and the slowest.

python -m bench.search --outputs 100000 --postgresql postgresql+psycopg://user@host/database
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.rows import FOLDER
from reel.catalogue import Catalogue, NewGeneration, open_catalogue, upgrade
from reel.search import OutputDocument
from reel.search.document import DocumentAsset, DocumentFile

TENANT = "bench"
VARIANTS = 100
"""Outputs of a generation."""
ASKED = 9
BEGINNINGS = ("ba", "ce", "di", "fo", "gu", "ha", "ke", "li", "mo", "nu")
ENDS = ("rt", "ld", "nk", "sh", "mp", "st")
WORDS = [f"{first}{last}" for first in BEGINNINGS for last in ENDS]
"""Sixty words, of which each output has two dozen."""

QUERIES = {
    "a word of one output": "rare77777",
    "a word of a third of all": "bart",
    "words and numbers": "codec:hevc height>=1080 bart",
    "a phrase": '"bart celd"',
    "alternatives, negation": "bart OR celd -dink",
    "a word of all": "mixer",
    "numbers alone": "height>=1080 duration<20",
    "metadata": "metadata.order:a-77777",
    "all": "",
    "the beginning of words": "ba*",
}
MOST_MS = 100


def documents(count: int) -> Iterator[OutputDocument]:
    """Outputs as a shop might have them, the same each time."""
    chance = random.Random(1)
    for number in range(count):
        height = chance.choice([480, 720, 1080, 2160])
        assets = [
            f"s3://shop/{chance.choice(WORDS)}/{chance.choice(WORDS)}-{chance.randrange(5000)}.mp4" for _ in "12345"
        ]
        yield OutputDocument(
            generation=f"g{number // VARIANTS}",
            name=f"variant-{number % VARIANTS + 1:03d}",
            kind="mixer",
            project=chance.choice(["spring", "summer", "autumn"]),
            slot=f"row {number}",
            tags=(chance.choice(WORDS), chance.choice(WORDS)),
            metadata={"order": f"A-{number}", "title": f"rare{number}"},
            width=height * 16 // 9,
            height=height,
            frame_rate="30",
            duration=chance.uniform(5, 60),
            bytes=chance.randrange(10**6, 10**8),
            bitrate=2.5e6,
            container="mp4",
            codec=chance.choice(["h264", "hevc"]),
            sound_codec="aac",
            sound=True,
            measured={"black_share": 0.0, "seconds": 10.0, "frames": 300},
            texts=(" ".join(chance.choices(WORDS, k=6)), " ".join(chance.choices(WORDS, k=4))),
            assets=tuple(
                DocumentAsset(place=f"clips[{place}].asset", name=name, sha256="0" * 64)
                for place, name in enumerate(assets)
            ),
            files=tuple(
                DocumentFile(name=name, role="other", location=f"s3://out/{number}/{name}", bytes=1, sha256="0" * 64)
                for name in ("variant-001.mp4", "variant-001/poster.jpg", "variant-001/sprite.jpg")
            ),
        )


def fill(catalogue: Catalogue, count: int) -> None:
    """Put the documents in, unless they are there."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    with catalogue.tenant(TENANT) as records:
        if records.search("").found:
            return
    waiting = list(documents(count))
    for start in range(0, count, VARIANTS):
        outputs = waiting[start : start + VARIANTS]
        with catalogue.tenant(TENANT) as records:
            records.add(NewGeneration(id=outputs[0].generation, kind="mixer", request={}))
            records.describe(outputs[0].generation, outputs, moment + timedelta(minutes=start))


def ask(catalogue: Catalogue, query: str, by_the_clock: bool) -> list[float]:
    """Milliseconds of each asking: on SQLite of this process's processor time, on PostgreSQL, which is another process, by the
    clock."""
    clock = time.perf_counter if by_the_clock else time.process_time
    times = []
    for _ in range(ASKED):
        started = clock()
        with catalogue.tenant(TENANT) as records:
            records.search(query)
        times.append((clock() - started) * 1000)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outputs", type=int, default=100_000)
    parser.add_argument("--postgresql", help="URL of an empty database, instead of SQLite")
    options = parser.parse_args()
    url = options.postgresql or f"sqlite:///{_file(options.outputs)}"
    upgrade(url)
    catalogue = open_catalogue(url)
    fill(catalogue, options.outputs)
    print(f"{'':28} {'median':>9} {'slowest':>9}  goal")
    for name, query in QUERIES.items():
        times = ask(catalogue, query, bool(options.postgresql))
        print(f"{name:28} {statistics.median(times):6.1f} ms {max(times):6.1f} ms  < {MOST_MS} ms", flush=True)


def _file(outputs: int) -> Path:
    FOLDER.mkdir(parents=True, exist_ok=True)
    return FOLDER / f"search-{outputs}.db"


if __name__ == "__main__":
    main()
