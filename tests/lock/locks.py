"""Performing the examples, and holding what comes out against what is locked."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reel.find.ingest import fetch_asset
from reel.make.perform import perform
from reel.make.worker import Worker
from reel.plan.operations import AnyOperation, Protect
from reel.plan.operations.expected import Work
from reel.plan.step import Step
from reel.shaka.build import ABSENT
from tests.lock.examples import EXAMPLES, KEY, MEDIA, STEPS, make_media
from tests.lock.signature import is_alike, plain, signature
from tests.tools import TOOLS

LOCKED = Path(__file__).with_name("locked")
LOCKED_CODECS = Path(__file__).with_name("locked_codecs")
RATED = ("refit",)
"""What is encoded at a bit rate, not at a quality."""
NO_WORK = Work(seconds=0, bytes=0, memory_bytes=0)


def perform_all(worker: Worker, folder: Path) -> Iterator[tuple[AnyOperation, dict[str, Any]]]:
    """Each example, with the lock that fits what it makes now: `rules`, key on any machine, commands, and what files hold. What
    takes a program that is not here is left out."""
    media = make_media(folder)
    keys = {name: fetch_asset(name, str(path), folder, worker) for name, path in media.items()}
    plain_keys = plain_keys_of(MEDIA)
    for name, example in STEPS.items():
        operation = example(keys)
        if isinstance(operation, Protect) and worker.tools.packager == ABSENT:
            continue
        step = Step(key=operation.key(worker.tools), title=name, operation=operation, work=NO_WORK)
        with _commands() as commands:
            artefact = perform(step, worker).artefact
        keys[name] = step.key
        files = {file.name: signature(worker.store.open(artefact, file.name), KEY) for file in artefact.files}
        if name in EXAMPLES:
            yield operation, {"rules": operation.rules, "key": plain_keys[name], "commands": commands, "files": files}


def plain_keys_of(media: Iterable[str]) -> dict[str, str]:
    """Keys of all examples as they are on any machine: with names for media and tools, which may differ by a bit."""
    keys = {name: name for name in media}
    for name, example in STEPS.items():
        keys[name] = example(keys).key(TOOLS)
    return {name: keys[name] for name in EXAMPLES}


@contextmanager
def _commands() -> Iterator[list[str]]:
    """What FFmpeg is told meanwhile, in an order of its own: some of it runs side by side."""
    log, said = logging.getLogger("reel.ffmpeg"), _Said()
    level = log.level
    log.addHandler(said)
    log.setLevel(logging.DEBUG)
    commands: list[str] = []
    try:
        yield commands
    finally:
        log.removeHandler(said)
        log.setLevel(level)
        commands.extend(sorted(said.commands))


class _Said(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.commands: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.DEBUG and " -hide_banner" in record.getMessage():
            self.commands.append(plain(record.getMessage()))


def read_lock(name: str, folder: Path = LOCKED) -> dict[str, Any] | None:
    """What is locked of an operation or a codec; null where nothing is."""
    path = folder / f"{name}.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def write_lock(name: str, lock: dict[str, Any], folder: Path = LOCKED) -> None:
    """Lock what an operation makes now, or what a codec's encoder is told."""
    text = json.dumps(lock, indent=1, ensure_ascii=False)
    in_lines = re.sub(r"\[[^\[\]\"]*\]", lambda numbers: " ".join(numbers[0].split()), text)
    (folder / f"{name}.json").write_text(in_lines + "\n", "utf-8")


def differences(name: str, found: dict[str, Any], locked: dict[str, Any]) -> list[str]:
    """In what the output of an operation differs from what is locked: names of files, or its commands."""
    names = sorted({*found["files"], *locked["files"]})
    both = [(file, found["files"].get(file), locked["files"].get(file)) for file in names]
    changed = [file for file, now, then in both if not (now and then and is_alike(now, then, is_rated=name in RATED))]
    return changed + (["the commands for FFmpeg"] if found["commands"] != locked["commands"] else [])


def complaint(operation: AnyOperation, found: dict[str, Any], locked: dict[str, Any] | None) -> str:
    """What is wrong with an operation and its lock, and what to do; empty where nothing is.

    Output may change with the key: where `rules` were raised, of this operation or of one that it reads, or where the example
    is described otherwise.
    """
    name, kind = operation.operation, type(operation).__name__
    renew = "run `make lock-operations` and commit tests/lock/locked"
    if locked is None:
        return f"{name} is not locked: {renew}"
    if found["rules"] < locked["rules"]:
        return f"{kind}.rules is {found['rules']}, but was {locked['rules']} already: it only ever rises"
    if found["key"] != locked["key"]:
        return f"{name} has another key than is locked: {renew}"
    if changed := differences(name, found, locked):
        raised = locked["rules"] + 1
        return (
            f"{', '.join(changed)} of {name} changed, and old artefacts would be served for new ones: "
            f"set `{kind}.rules` in reel/plan/operations/ to {raised}, then {renew}"
        )
    return ""
