"""Building the documents of published outputs again, from the reports of their generations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import ValidationError

from reel.catalogue import Catalogue, Generation, NoSuchGeneration
from reel.control.stores import Stores
from reel.control.titles import titles_in
from reel.errors import InvalidRequest
from reel.report import Report
from reel.search import documents_of
from reel.store import NoSuchObject, tenant_prefix, workspace
from reel.values import Value, texts_of

BATCH = 100
"""Generations that are read at a time. Each is written in a transaction of its own, for which nobody waits long."""
FIRST = 20
"""Generations without a report that are told by name."""


class Indexed(Value):
    """What came of building documents."""

    generations: int
    """Those whose documents were built."""
    outputs: int
    """Their documents."""
    without_report: int
    """Generations whose report is neither in the catalogue nor among their outputs, or of a form that is not known any more."""
    first_without: tuple[str, ...] = ()


class _Known(NamedTuple):
    generation: Generation
    report: Report | None


def build_documents(catalogue: Catalogue, stores: Stores, tenant: str | None = None) -> Indexed:
    """Build the documents of all generations that are done, or of one tenant's; safe at any time, and twice.

    Errors: those of the store and the catalogue; what was built until then stays.
    """
    generations, outputs, without = 0, 0, list[str]()
    for batch in _batches(catalogue, stores, tenant):
        for known in batch:
            if known.report is None:
                without.append(f"{known.generation.tenant_id}/{known.generation.id}")
            elif built := _describe(catalogue, known.generation, known.report):
                generations, outputs = generations + 1, outputs + built
    return Indexed(
        generations=generations, outputs=outputs, without_report=len(without), first_without=tuple(without[:FIRST])
    )


def _batches(catalogue: Catalogue, stores: Stores, tenant: str | None) -> Iterator[list[_Known]]:
    last: Generation | None = None
    while True:
        with catalogue.operator() as everybody:
            found = everybody.find_done(last, tenant, BATCH)
        yield [_Known(generation, _report_of(generation, stores)) for generation in found]
        if len(found) < BATCH:
            return
        last = found[-1]


def _describe(catalogue: Catalogue, generation: Generation, report: Report) -> int:
    """How many documents were written; none where the generation was forgotten meanwhile."""
    notes = generation.request_metadata or report.request.get("metadata") or {}
    try:
        with catalogue.tenant(generation.tenant_id) as records:
            titles = titles_in(texts_of(report.request), records)
            documents = documents_of(report, generation.id, generation.project, generation.slot, notes, titles)
            records.describe(generation.id, documents, generation.ended or generation.touched)
    except NoSuchGeneration:
        return 0
    return len(documents)


def _report_of(generation: Generation, stores: Stores) -> Report | None:
    """The report that the catalogue has, else the one that lies beside the outputs."""
    try:
        return Report.model_validate(generation.report) if generation.report else _published(generation, stores)
    except (ValidationError, NoSuchObject, InvalidRequest):
        return None


def _published(generation: Generation, stores: Stores) -> Report:
    """Raises `NoSuchObject` where it is gone, and `InvalidRequest` for an id that no folder can have."""
    with workspace(stores.scratch) as folder:
        stores.outputs.get(f"{tenant_prefix(generation.tenant_id, generation.id)}report.json", folder / "report.json")
        return Report.model_validate_json((folder / "report.json").read_bytes())
