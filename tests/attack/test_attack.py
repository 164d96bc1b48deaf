"""A small part of `make attack`, the same each time; and sixteen pictures that are bombs, read at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.attack.addresses import addresses
from tests.attack.attacks import against_addresses, against_files, against_texts, mutated, shown
from tests.attack.files import FILES
from tests.attack.texts import paths, texts
from tests.attack.watch import Listener, Outcome, Target, listening, target

FEW = (
    "time stamps of thirty years", "a PNG of 30,000 by 30,000", "a PNG of a million chunks", "a GIF of 65,535 by 65,535",
    "an MP4 of boxes within boxes", "an MP4 of four thousand million samples", "an HLS playlist", "an SVG that reads files",
    "comments of XML without end", "an empty file",
)  # fmt: skip
BOMBS = (
    "a PNG bomb within bounds", "a WebP of 8,000 by 8,000", "a JPEG in CMYK of 7,900 by 7,900",
    "a GIF of 100,000 frames of 7,000 by 7,000",
)  # fmt: skip
MOST_BYTES = 8 << 30


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Target, Listener]]:
    with listening() as listener, target(tmp_path_factory.mktemp("attack"), listener.port) as victim:
        yield victim, listener


def held_off(attacks: Iterator[tuple[str, object]], victim: Target, listener: Listener) -> list[str]:
    """What was not held off."""
    outcomes = [victim.attack(name, order) for name, order in attacks]  # type: ignore[arg-type]
    wrong = [fault for outcome in outcomes for fault in outcome.faults(victim.canary)]
    assert victim.deaths == 0
    assert victim.read() == []
    return [*wrong, *listener.hits]


def test_there_are_as_many_as_is_said(tmp_path: Path) -> None:
    for name in ("assets", "elsewhere"):
        (tmp_path / name).mkdir()
    (tmp_path / "elsewhere" / "canary").write_text("")
    assert len(FILES) == 60
    assert len([*paths(tmp_path), *texts(tmp_path)]) == 40
    assert len({*addresses(1)}) == 124


def test_texts_and_paths_are_held_off(attacked: tuple[Target, Listener]) -> None:
    victim, listener = attacked
    assert held_off(against_texts(victim.folder, listener.port), victim, listener) == []


def test_addresses_are_held_off(attacked: tuple[Target, Listener]) -> None:
    victim, listener = attacked
    attacks = [*against_addresses(victim.folder, listener.port)]
    assert held_off(iter(attacks), victim, listener) == []


def test_some_files_are_held_off(attacked: tuple[Target, Listener]) -> None:
    victim, listener = attacked
    some = (each for each in against_files(victim.folder, listener.port) if each[0].startswith(FEW))
    assert held_off(some, victim, listener) == []


def test_some_mutations_are_held_off(attacked: tuple[Target, Listener]) -> None:
    victim, listener = attacked
    assert held_off(mutated(victim.folder, range(40), "plan"), victim, listener) == []


def test_what_is_not_held_off_is_told() -> None:
    good = Outcome("a file", "BadMedia", "is damaged", 1.0, 1.0, 1)
    assert good.faults("canary") == []
    wrong = (
        replace(good, ended="Internal"), replace(good, ended="the worker's death"), replace(good, seconds=1e6),
        replace(good, peak_bytes=3 << 30), replace(good, said="it says canary"),
    )  # fmt: skip
    assert [len(each.faults("canary")) for each in wrong] == [1] * 5


@pytest.mark.slow
def test_sixteen_bombs_at_once_leave_a_worker_its_memory(tmp_path: Path) -> None:
    """And honest work beside them goes on."""
    with listening() as listener, target(tmp_path, listener.port) as victim:
        documents = [bomb(tmp_path / "assets", number) for number in range(16)]
        outcome = victim.attack("sixteen bombs", {"what": "all", "documents": documents})
    assert (outcome.ended, outcome.said) == ("well", "")
    assert 1 << 30 < outcome.peak_bytes < MOST_BYTES


def bomb(folder: Path, number: int) -> dict[str, Any]:
    """A request with a picture of as many pixels as are taken, which no other is."""
    path = folder / f"bomb-{number}"
    path.write_bytes(FILES[BOMBS[number % len(BOMBS)]](folder) + bytes([number]))
    return shown(path.name, "image")
