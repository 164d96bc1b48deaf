"""Generations: ordered, judged, seen before they are made, followed, fetched."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from reel.client import operations as op
from reel.client.errors import not_made
from reel.client.events import Event, follow
from reel.client.files import Told, download, nobody
from reel.client.line import Line
from reel.client.models import Estimate, GenerationDetail, GenerationSummary, OutputLink, Verdict
from reel.errors import InvalidRequest, Transient

ENDED = ("done", "failed", "cancelled")
SOONEST_SECONDS, LATEST_SECONDS = 1.0, 30.0
"""How often a generation is looked at that is waited for."""


@dataclass(frozen=True)
class Generations:
    """`client.generations`."""

    _line: Line

    def order(
        self,
        request: Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        project: str | None = None,
        priority: Literal["interactive", "batch"] | None = None,
        slot: str | None = None,
        delete_after_download: bool | None = None,
    ) -> GenerationDetail:
        """Order what a request asks for. Give an `idempotency_key` of your own where an order must not be placed twice though
        this program ends in between; without, it has one of its own, so that it is not placed twice by this call."""
        body = {
            "request": dict(request),
            "project": project,
            "priority": priority,
            "slot": slot,
            "delete_after_download": delete_after_download,
        }
        return self._line.ask(op.ORDER, body, headers=key_header(idempotency_key))

    def validate(self, request: Mapping[str, Any]) -> Verdict:
        """What is wrong with a request; orders nothing."""
        return self._line.ask(op.VALIDATE, {"request": dict(request)})

    def estimate(self, request: Mapping[str, Any]) -> Estimate | None:
        """What a request would take; null where its assets have to be read first."""
        return self._line.ask(op.ESTIMATE, {"request": dict(request)})

    def frame(self, request: Mapping[str, Any], at: float = 0, *, scale: float = 1, variant: int = 1) -> bytes:
        """One frame of what a request makes, a JPEG."""
        return self._line.ask(op.FRAME, {"request": dict(request), "at": at, "scale": scale, "variant": variant})

    def contact_sheet(
        self, request: Mapping[str, Any], pictures: int = 9, *, scale: float = 1, variant: int = 1
    ) -> bytes:
        """Several frames of what a request makes on one sheet, a JPEG."""
        body = {"request": dict(request), "pictures": pictures, "scale": scale, "variant": variant}
        return self._line.ask(op.CONTACT_SHEET, body)

    def get(self, id: str, *expand: Literal["steps", "report"]) -> GenerationDetail:
        """A generation; with its steps or its report, where these are named."""
        return self._line.ask(op.GENERATION, query={"expand": expand} if expand else None, id=id)

    def list(
        self,
        *,
        project: str | None = None,
        kind: str | None = None,
        slot: str | None = None,
        status: tuple[str, ...] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        search: str | None = None,
    ) -> Iterator[GenerationSummary]:
        """All that match, the newest first; read page by page."""
        query: dict[str, Any] = {"project": project, "kind": kind, "slot": slot, "status": status or None}
        query |= {"since": since and since.isoformat(), "until": until and until.isoformat(), "search": search}
        after: str | None = None
        while True:
            page = self._line.ask(op.GENERATIONS, query={**query, "after": after})
            yield from page.generations
            if (after := page.after) is None:
                return

    def wait(self, id: str, seconds: float = 24 * 3600) -> GenerationDetail:
        """A generation when it is done. Raises `NotMade` where it failed or was cancelled, `Transient` after so long."""
        until = self._line.clock.now() + seconds
        while (found := self.get(id)).status not in ENDED:
            delay = min(LATEST_SECONDS, max(SOONEST_SECONDS, (found.progress.eta_seconds or 0) / 4))
            if self._line.clock.now() + delay > until or self._line.clock.sleep(delay):
                raise Transient.at(id, f"is {found.status} after {seconds:g} s", "wait longer, or cancel it")
        if found.status != "done":
            raise not_made(found)
        return found

    def events(self, id: str, after: str | None = None) -> Iterator[Event]:
        """Its events as they happen, from its first or from after one on, until it ends; connections may break."""
        return follow(self._line, id, after)

    def cancel(self, id: str) -> GenerationDetail:
        """End it, for good. One that has ended stays as it is."""
        return self._line.ask(op.CANCEL, id=id)

    def retry(self, id: str) -> GenerationDetail:
        """Order what failed or was cancelled again: a new generation."""
        return self._line.ask(op.RETRY, id=id)

    def remove(self, id: str) -> None:
        """Cancel it, and remove its files."""
        self._line.ask(op.REMOVE, id=id)

    def download(self, id: str, name: str, to: str | Path, told: Told = nobody) -> Path:
        """Fetch an output to a file, whole and right, over connections that may break. Raises `Damaged` where its bytes are not
        those of the digest that the gateway tells of it."""
        known = {output.name: output.sha256 for output in self.get(id).outputs}
        return download(self._line, id, name, Path(to), known.get(name), told)

    def archive(self, id: str, to: str | Path) -> Path:
        """Fetch all outputs, in one ZIP archive."""
        path = Path(to)
        part = path.with_name(f"{path.name}.part")
        with self._line.streamed(op.ARCHIVE, id=id) as response, part.open("wb") as file:
            for block in response.iter_raw():
                file.write(block)
        return part.replace(path)

    def link(self, id: str, output: str | None = None, *, seconds: int = 3600, save: bool = False) -> OutputLink:
        """A link by which anybody may fetch an output for a time, or all of them in an archive; `save`: a browser is to."""
        return self._line.ask(op.LINK, {"output": output, "seconds": seconds, "download": save}, id=id)


def key_header(key: str | None) -> dict[str, str]:
    """The `Idempotency-Key` of an order; null: one of its own. Raises `InvalidRequest` for what no header can say."""
    if key is None:
        return {"Idempotency-Key": secrets.token_hex(16)}
    if not key.strip() or not key.isascii() or not key.isprintable():
        raise InvalidRequest.at(
            "idempotency_key", f"{key[:80]!r} is no key", "use 1 to 255 letters and digits of ASCII"
        )
    return {"Idempotency-Key": key}
