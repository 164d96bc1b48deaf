"""The names of assets of a tenant's library in what is told of requests that name ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reel.catalogue import Records
from reel.errors import Problem
from reel.plan.titled import Titles, ids_in, titled
from reel.request.kept import ASSET


def titles_in(texts: Iterable[str], records: Records) -> Titles:
    """The names of the tenant's assets that texts speak of."""
    named = ids_in(texts)
    return {f"{ASSET}{id_}": asset.name for id_, asset in records.library_assets(named).items()} if named else {}


def titled_problems(problems: Sequence[Problem], records: Records) -> tuple[Problem, ...]:
    """What is wrong, in words that name assets by their names."""
    titles = titles_in((text for each in problems for text in (each.what, each.remedy)), records)
    return tuple(replace(each, what=titled(each.what, titles), remedy=titled(each.remedy, titles)) for each in problems)
