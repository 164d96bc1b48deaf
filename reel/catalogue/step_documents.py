"""What the keys of a tenant's steps stand for, and where they stood: from which one can tell why something was made again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from sqlmodel import col, select

from reel.catalogue.measures import ASSET
from reel.catalogue.tables import AssetRow, GenerationRow, OutputRow, StepDocumentRow, StepRow
from reel.catalogue.values import Generation, NewStepDocument, StepDocument, StepRecord
from reel.catalogue.work import AT_ONCE, WorkRecords


class StepDocuments(WorkRecords):
    """The part of a tenant's records that remembers what steps were made of."""

    def undocumented(self, keys: Iterable[str]) -> set[str]:
        """Those of these keys that the tenant has no document of."""
        wanted = set(keys)
        for some in _some(wanted):
            query = select(StepDocumentRow.key).where(col(StepDocumentRow.key).in_(some))
            known: set[str] = set(self._session.exec(query))
            wanted -= known
        return wanted

    def document_steps(self, documents: Iterable[NewStepDocument]) -> None:
        """Remember what keys stand for. A key stands for the same always: what is there already stays."""
        self._put(StepDocumentRow, [document.model_dump() for document in documents], [])

    def documented(self, id_: str) -> list[tuple[StepRecord, StepDocument]]:
        """The steps of a generation with what they were made of, where that is known."""
        same = (col(StepDocumentRow.tenant_id) == StepRow.tenant_id) & (col(StepDocumentRow.key) == StepRow.key)
        query = select(StepRow, StepDocumentRow).where(same, StepRow.generation == id_).order_by(StepRow.key)
        return [
            (StepRecord.model_validate(step), StepDocument.model_validate(document))
            for step, document in self._session.exec(query)
        ]

    def keys_like(self, prefix: str, limit: int = 2) -> list[str]:
        """Keys of steps that begin so."""
        begins = (col(StepRow.key) >= prefix, col(StepRow.key) < f"{prefix}g")  # no digit of a key comes after f
        query = select(StepRow.key).where(*begins, StepRow.operation != ASSET).distinct()
        return list(self._session.exec(query.order_by(StepRow.key).limit(limit)))

    def first_step(self, key: str) -> StepRecord:
        """The step of a key, in the first generation that had it; there is one."""
        of_it = (col(GenerationRow.tenant_id) == StepRow.tenant_id) & (col(GenerationRow.id) == StepRow.generation)
        query = select(StepRow).where(of_it, StepRow.key == key).order_by(col(GenerationRow.created)).limit(1)
        return StepRecord.model_validate(self._session.exec(query).one())

    def latest_output(self, name: str) -> Generation | None:
        """The newest generation that has published a file of that name."""
        of_it = (col(GenerationRow.tenant_id) == OutputRow.tenant_id) & (col(GenerationRow.id) == OutputRow.generation)
        query = select(GenerationRow).where(of_it, OutputRow.name == name)
        row = self._session.exec(query.order_by(col(GenerationRow.created).desc()).limit(1)).first()
        return row and Generation.model_validate(row)

    def done_before(self, generation: Generation) -> Generation | None:
        """The one that was last done before a generation for the same place: its slot, or where it has none, the others of its
        project and kind that have none."""
        same = (
            GenerationRow.project == generation.project,
            GenerationRow.kind == generation.kind,
            col(GenerationRow.slot).is_(None) if generation.slot is None else GenerationRow.slot == generation.slot,
            GenerationRow.status == "done",
            GenerationRow.created < generation.created,
        )
        newest = select(GenerationRow).where(*same).order_by(col(GenerationRow.created).desc()).limit(1)
        row = self._session.exec(newest).first()
        return row and Generation.model_validate(row)

    def asset_names(self, digests: Collection[str]) -> dict[str, str]:
        """The public names of assets, by the SHA-256 of their bytes."""
        names: dict[str, str] = {}
        for some in _some(digests):
            query = select(AssetRow).where(col(AssetRow.sha256).in_(some)).order_by(col(AssetRow.last_seen))
            names |= {row.sha256: row.uri for row in self._session.exec(query)}
        return names


def _some(keys: Collection[str]) -> Iterator[list[str]]:
    """Keys in lists of at most `AT_ONCE`."""
    ordered = sorted(keys)
    return (ordered[first : first + AT_ONCE] for first in range(0, len(ordered), AT_ONCE))
