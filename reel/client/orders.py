"""What orders are made from and go through: stored templates and batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reel.client import operations as op
from reel.client.generations import key_header
from reel.client.line import Line
from reel.client.models import Batch, Row, Template, Version, VersionUse, WholeTemplate, WholeVersion


@dataclass(frozen=True)
class Templates:
    """`client.templates`; of each, the id or the name is given."""

    _line: Line

    def list(self) -> tuple[Template, ...]:
        """All, by name."""
        return self._line.ask(op.TEMPLATES).templates

    def get(self, id: str) -> WholeTemplate:
        """A template with its versions."""
        return self._line.ask(op.TEMPLATE, id=id)

    def add(
        self, name: str, document: Mapping[str, Any], *, description: str = "", note: str = "", publish: bool = False
    ) -> WholeTemplate:
        """Keep a template, with its first version."""
        body = {"name": name, "document": dict(document), "description": description, "note": note, "publish": publish}
        return self._line.ask(op.ADD_TEMPLATE, body)

    def add_version(self, id: str, document: Mapping[str, Any], *, note: str = "", publish: bool = False) -> Version:
        """Keep its next version."""
        return self._line.ask(op.ADD_VERSION, {"document": dict(document), "note": note, "publish": publish}, id=id)

    def version(self, id: str, version: int) -> WholeVersion:
        """A version with its document."""
        return self._line.ask(op.VERSION, id=id, version=version)

    def publish(self, id: str, version: int) -> Version:
        """Let orders name a version."""
        return self._line.ask(op.PUBLISH, id=id, version=version)

    def retire(self, id: str) -> Template:
        """Let nothing new be made from it."""
        return self._line.ask(op.RETIRE, id=id)

    def retire_version(self, id: str, version: int) -> Version:
        """Let nothing new be made from a version."""
        return self._line.ask(op.RETIRE_VERSION, id=id, version=version)

    def preview(self, id: str, version: int, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The request that a version is with these values."""
        return self._line.ask(op.PREVIEW, {"values": dict(values or {})}, id=id, version=version).request

    def usage(self, id: str) -> tuple[VersionUse, ...]:
        """What was made from each version."""
        return self._line.ask(op.TEMPLATE_USE, id=id).versions


@dataclass(frozen=True)
class Batches:
    """`client.batches`."""

    _line: Line

    def order(
        self,
        template: Mapping[str, Any],
        rows: Sequence[Mapping[str, Any]] | None = None,
        *,
        table: str | None = None,
        idempotency_key: str | None = None,
        **more: Any,
    ) -> Batch:
        """Order a generation for each row, of `rows` or of the text of a `table`; `more` are other fields of it."""
        listed = None if rows is None else [dict(row) for row in rows]
        body = {"template": dict(template), "rows": listed, "table": table, **more}
        return self._line.ask(op.ADD_BATCH, body, headers=key_header(idempotency_key))

    def list(self, limit: int = 100) -> tuple[Batch, ...]:
        """The newest, newest first."""
        return self._line.ask(op.BATCHES, query={"limit": limit}).batches

    def get(self, id: str) -> Batch:
        """How it stands, as one thing."""
        return self._line.ask(op.BATCH, id=id)

    def rows(self, id: str) -> Iterator[Row]:
        """What became of each row, in order; read page by page."""
        after: int | None = 0
        while after is not None:
            page = self._line.ask(op.ROWS, query={"after": after}, id=id)
            yield from page.rows
            after = page.after

    def manifest(self, id: str) -> bytes:
        """The same as a file: JSON Lines."""
        return self._line.ask(op.MANIFEST, id=id)

    def retry(self, id: str) -> int:
        """Order failed and cancelled rows again; how many."""
        return self._line.ask(op.RETRY_BATCH, id=id).rows

    def cancel(self, id: str) -> tuple[str, ...]:
        """Order nothing more, and call off what is under way: its generations."""
        return self._line.ask(op.CANCEL_BATCH, id=id).generations
