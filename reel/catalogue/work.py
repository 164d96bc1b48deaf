"""What a generation's plan came to: steps, outputs, usage, and the assets that were read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlmodel import col, delete, select

from reel.catalogue.documents import row_of
from reel.catalogue.generations import Generations
from reel.catalogue.published import Published
from reel.catalogue.tables import AssetRow, DocumentRow, OutputRow, StepRow, UsageRow
from reel.catalogue.values import AssetRecord, NewOutputRecord, NewStepRecord, NewUsageRecord, OutputRecord, StepRecord
from reel.search import OutputDocument


class Processors(NamedTuple):
    """Seconds of processors of the steps that were made; null where nothing is known of them."""

    predicted_cpu_seconds: float | None = None
    predicted_cpu_seconds_p90: float | None = None
    cpu_seconds: float | None = None


NOT_KNOWN = Processors()


AT_ONCE = 1000
"""Keys in one question: SQLite takes 32,766 values in a statement, PostgreSQL 65,535."""


class WorkRecords(Generations, Published):
    """The part of a tenant's records that is about what was done."""

    def plan_known(
        self,
        id_: str,
        plan_digest: str,
        predicted_seconds: float,
        steps: Iterable[NewStepRecord],
        foretold: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """Note what is to be done, and what is to be delivered (`foretold_...`). Steps of an earlier plan that are not in this
        one are forgotten, the others kept.

        Raises `NoSuchGeneration`.
        """
        planned = [{**step.model_dump(), "generation": id_} for step in steps]
        change = {"plan_digest": plan_digest, "predicted_seconds": predicted_seconds, "touched": self._now()}
        self._change(id_, {**change, **foretold})
        keys = {step["key"] for step in planned}
        known = set(self._session.exec(select(StepRow.key).where(StepRow.generation == id_)))
        for key in known - keys:
            self._session.exec(delete(StepRow).where(col(StepRow.generation) == id_, col(StepRow.key) == key))
        self._put(StepRow, [step for step in planned if step["key"] not in known], [])

    def step_done(self, id_: str, steps: Iterable[NewStepRecord]) -> None:
        """Note how steps went, planned or not. Raises `NoSuchGeneration`."""
        self._change(id_, {"touched": self._now()})
        changed = [name for name in NewStepRecord.model_fields if name != "key"]
        self._put(StepRow, [{**step.model_dump(), "generation": id_} for step in steps], changed)

    def had(self, keys: Iterable[str], besides: str) -> set[str]:
        """Those of these keys that generations of the tenant's have had, whoever made them first, not counting one of them; of
        that one, where it was begun before, all: what its attempts have made is noted when one of them comes to its end."""
        wanted, found = sorted(set(keys)), set[str]()
        this = self._find(besides)
        if this is not None and this.attempts > 1:
            planned = set(self._session.exec(select(StepRow.key).where(StepRow.generation == besides)))
            found |= planned.intersection(wanted)
        for first in range(0, len(wanted), AT_ONCE):
            these = (col(StepRow.key).in_(wanted[first : first + AT_ONCE]), StepRow.generation != besides)
            found |= set(self._session.exec(select(StepRow.key).where(*these, StepRow.state == "done").distinct()))
        return found

    def steps(self, id_: str) -> list[StepRecord]:
        """The steps of a generation, by title and key."""
        query = select(StepRow).where(StepRow.generation == id_).order_by(StepRow.title, StepRow.key)
        return [StepRecord.model_validate(row) for row in self._session.exec(query)]

    def delivered(
        self,
        id_: str,
        outputs: Iterable[NewOutputRecord],
        usage: NewUsageRecord,
        report: dict[str, Any],
        seconds: float,
        documents: Iterable[OutputDocument] = (),
        processors: Processors = NOT_KNOWN,
    ) -> None:
        """Note what was published, what is known of it, what it cost and how long the attempt took; in the place of what was
        noted before.

        `move(id, "done")` belongs in the same transaction. Raises `NoSuchGeneration`.
        """
        of = self._locked(id_)
        self._change(id_, {"report": report, "seconds": seconds, "touched": self._now(), **processors._asdict()})
        self._session.exec(delete(OutputRow).where(col(OutputRow.generation) == id_))
        self._put(OutputRow, [{**output.model_dump(), "generation": id_} for output in outputs], [])
        self.describe(id_, documents, self._now())
        made_from = {"template": of.template, "template_version": of.template_version}
        used = {**usage.model_dump(), **made_from, "generation": id_, "created": self._now()}
        self._put(UsageRow, [used], list(NewUsageRecord.model_fields))

    def describe(self, id_: str, documents: Iterable[OutputDocument], published: datetime) -> None:
        """Keep the documents of what a generation published, in place of those that were kept before.

        Raises `NoSuchGeneration`.
        """
        self._locked(id_)
        self._session.exec(delete(DocumentRow).where(col(DocumentRow.generation) == id_))
        now = self._now()
        self._put(DocumentRow, [row_of(document, published, now) for document in documents], [])

    def outputs(self, id_: str) -> list[OutputRecord]:
        """The published files of a generation, by name."""
        query = select(OutputRow).where(OutputRow.generation == id_).order_by(OutputRow.name)
        return [OutputRecord.model_validate(row) for row in self._session.exec(query)]

    def output(self, id_: str, name: str) -> OutputRecord | None:
        """A published file of a generation; null where there is none of that name."""
        row = self._session.exec(select(OutputRow).where(OutputRow.generation == id_, OutputRow.name == name)).first()
        return row and OutputRecord.model_validate(row)

    def saw(
        self, assets: Iterable[tuple[str, str, int]], facts: Mapping[str, dict[str, Any]] = MappingProxyType({})
    ) -> None:
        """Note which assets were read: public name, SHA-256 in hex, bytes; and by SHA-256 what is known of them."""
        now = self._now()
        self._make_tenant(self._session.tenant)
        seen = [
            {
                "uri": uri,
                "sha256": sha256,
                "bytes": size,
                "facts": facts.get(sha256),
                "first_seen": now,
                "last_seen": now,
            }
            for uri, sha256, size in assets
        ]
        self._put(AssetRow, seen, ["last_seen", "facts"])

    def facts_of(self, uris: Iterable[str]) -> dict[str, dict[str, Any]]:
        """The facts of those of these assets that are known, as they were when they were last read."""
        known = (col(AssetRow.uri).in_(list(uris)), col(AssetRow.facts).is_not(None))
        rows = self._session.exec(select(AssetRow).where(*known).order_by(col(AssetRow.last_seen)))
        return {row.uri: row.facts for row in rows if row.facts}

    def assets(self, uri: str | None = None) -> list[AssetRecord]:
        """The assets that the tenant used, or all states of one of them; the latest seen first."""
        wanted = {"uri": uri} if uri is not None else {}
        query = select(AssetRow).filter_by(**wanted).order_by(col(AssetRow.last_seen).desc(), col(AssetRow.uri))
        return [AssetRecord.model_validate(row) for row in self._session.exec(query)]
