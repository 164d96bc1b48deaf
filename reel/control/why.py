"""Why things were made again, by what the catalogue remembers of a tenant's own generations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reel.catalogue import Generation, NewStepDocument, Records, StepRecord
from reel.control.titles import titles_in
from reel.errors import InvalidRequest, Problem
from reel.plan.step import Plan
from reel.plan.titled import titled
from reel.plan.why import Cause, Described, History, described, named
from reel.values import Value, public_name

SHORTEST_PREFIX = 6
"""Characters of a key that are enough to ask by, where no other begins so."""


class Why(Value):
    """Why a step was made, from what it was made of before."""

    key: str
    operation: str
    title: str
    generation: str
    """Of which it is told."""
    reused: bool
    """Whether it was in the store by then."""
    since: str | None
    """The generation that it is held against; null: there was none before."""
    causes: tuple[Cause, ...]
    said: tuple[str, ...]
    """The causes in words, each behind the fields that lead to it."""


def remember(plan: Plan, records: Records) -> None:
    """Note what the steps of a plan are made of, as far as that is new."""
    found = described(plan)
    new = records.undocumented(found)
    records.document_steps(NewStepDocument(key=key, document=found[key].document) for key in sorted(new))


def remembered(id_: str, records: Records) -> dict[str, Described]:
    """The steps of a generation, as far as it is known what they were made of."""
    return {
        step.key: Described(
            key=step.key,
            title=step.title,
            document=document.document,
            outputs=tuple(step.outputs),
        )
        for step, document in records.documented(id_)
    }


def history_of(id_: str, records: Records) -> tuple[History, Generation | None]:
    """A generation and the one that was done before it for the same place, and which that is."""
    before = records.done_before(records.generation(id_))
    return History(remembered(id_, records), remembered(before.id, records) if before else {}), before


def why(asked: str, records: Records) -> Why:
    """Why something was made: a step, by its key or the begin of it; an output, by the name under which it was last published.
    Both are told of the first generation that had them; an output of another one by `GENERATION/NAME`.

    Raises `InvalidRequest` where the tenant has nothing of that name.
    """
    step = _asked(asked, records)
    history, before = history_of(step.generation, records)
    if step.key not in history.now:
        what = f"{named(step.operation, step.title)}: what it was made of is not known"
        raise InvalidRequest.at(asked, what, "ask of what a newer version of Reelflow has made")
    causes = history.causes(step.key)
    names = _names(causes, records)
    return Why(
        key=step.key,
        operation=step.operation,
        title=step.title,
        generation=step.generation,
        reused=step.reused,
        since=before.id if before else None,
        causes=causes,
        said=tuple(" > ".join((*cause.path, cause.described(names))) for cause in causes),
    )


def reasons(id_: str, records: Records) -> Mapping[str, str]:
    """Why each step of a generation is another than before, in few words, by key; those that are not have none."""
    history, _ = history_of(id_, records)
    causes = {key: found for key in history.now if (found := history.causes(key))}
    names = _names((cause for found in causes.values() for cause in found), records)
    return {key: _briefly(key, found, names) for key, found in causes.items()}


def _briefly(key: str, causes: tuple[Cause, ...], names: Mapping[str, str]) -> str:
    """The cause that lies deepest: what is nearer to the output is often made otherwise because of it."""
    last = causes[-1]
    if last.key == key and not last.differences:
        return "new"
    more = f" and {len(causes) - 1} more" if len(causes) > 1 else ""
    return last.described(names) + more


def _names(causes: Iterable[Cause], records: Records) -> dict[str, str]:
    """The names of the assets that differ, as far as the tenant has seen them, by SHA-256."""
    values = [value for cause in causes for each in cause.differences for value in (each.before, each.now)]
    digests = {value for value in values if isinstance(value, str) and len(value) == 64}
    names = {sha256: public_name(uri) for sha256, uri in records.asset_names(digests).items()}
    titles = titles_in(names.values(), records)
    return {sha256: titled(name, titles) for sha256, name in names.items()}


def _asked(asked: str, records: Records) -> StepRecord:
    """The step that is asked about, in the generation of which it is told."""
    generation, _, name = asked.partition("/")
    if name and (found := records.found(generation)):
        return _output(found.id, name, asked, records)
    if _is_key(asked) and (keys := records.keys_like(asked)):
        if len(keys) > 1:
            raise InvalidRequest.at(asked, "several steps have keys that begin so", "give more of the key")
        return records.first_step(keys[0])
    if latest := records.latest_output(asked):
        return records.first_step(_output(latest.id, asked, asked, records).key)
    what = "is neither the key of a step nor the name of an output of this tenant"
    raise InvalidRequest(Problem(asked, what, "`reel generation show ID --json` lists both"))


def _output(generation: str, name: str, asked: str, records: Records) -> StepRecord:
    for step in records.steps(generation):
        if name in step.outputs:
            return step
    raise InvalidRequest.at(
        asked, f"generation {generation} has no such output", "`reel generation show ID` lists them"
    )


def _is_key(asked: str) -> bool:
    return len(asked) >= SHORTEST_PREFIX and set(asked) <= set("0123456789abcdef")
