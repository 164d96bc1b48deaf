"""What can be said of a request before anything is made, by who has neither its assets nor any pixels.

Its form is checked whole, and so is all that follows from the facts of assets, of those that this tenant's generations have
read before; which are not known is told. What making it takes is estimated from a plan, as if nothing of it were made yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from reel.catalogue import Records
from reel.control.allowed import allowed
from reel.control.naming import read_in_full, unusable
from reel.control.orders import hosts_of
from reel.control.templates import Ordered, from_template
from reel.control.titles import titled_problems, titles_in
from reel.errors import BadMedia, InvalidRequest, Problem
from reel.fetch import INSTEAD, KeptAsset, LocalFile, WebFile, locate, require_source_allowed
from reel.fetch.roots import Roots
from reel.kinds import kind_of
from reel.kinds.beside import ambiguous_keys, unfit_beside
from reel.kinds.foreseen import foreseen
from reel.limits import USUAL, Limits
from reel.media import MediaFacts
from reel.plan.amounts import Amounts, amounts_of
from reel.plan.bounded import bounded, too_long
from reel.plan.estimate import Basis, Estimate, Prices, estimate
from reel.plan.pace import History
from reel.plan.plan import plan_compiled
from reel.plan.proving import foreseen_proofs
from reel.plan.titled import titled
from reel.request import Request
from reel.request.read import Reading
from reel.request.uncapped import uncapped
from reel.settings import Settings
from reel.toolchain import Toolchain
from reel.values import public_document, public_name
from reel.web import Hosts, check_url

NO_TOOLS = Toolchain.model_validate(dict.fromkeys(Toolchain.model_fields, ""))
"""Of plans that nobody performs: their keys name nothing, and what they weigh is the same."""
NOWHERE = Path("/")


@dataclass(frozen=True)
class Expected:
    """What making a request takes, and what it delivers."""

    estimate: Estimate
    amounts: Amounts


@dataclass(frozen=True)
class Judged:
    """What can be said of a request."""

    errors: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    """Fields that name assets of which no facts are known yet: what follows from these is said when they were read."""
    resolved: dict[str, Any] | None = None
    """The request in full, without secrets of addresses; null where it cannot be read."""
    expected: Expected | None = None
    """Null where assets, or what is found in them (beats, offsets), have to be known first."""

    @property
    def estimate(self) -> Estimate | None:
        return self.expected.estimate if self.expected else None


def judge(document: Mapping[str, Any] | Ordered, records: Records, config: Settings) -> Judged:
    """Look at a request, or an order of one, on behalf of a tenant. Raises errors of the catalogue alone."""
    try:
        ordered = document if isinstance(document, Ordered) else from_template(document, records)
    except InvalidRequest as error:
        return Judged(errors=error.problems)
    judged = _judged(ordered, records, config)
    titles = titles_in(judged.warnings, records)
    return replace(
        judged,
        errors=titled_problems(ordered.told(judged.errors), records),
        unknown=ordered.told_places(judged.unknown),
        warnings=tuple(titled(warning, titles) for warning in judged.warnings),
    )


def _judged(ordered: Ordered, records: Records, config: Settings) -> Judged:
    may = allowed(records.tenant_as_it_is())
    try:
        reading = _read(ordered, records, may.limits)
    except InvalidRequest as error:
        return Judged(errors=error.problems)
    places = reading.asset_places()
    known = _library(places, records)
    endless = {place: faults for place, facts in known.items() if (faults := [*too_long(place, facts, may.limits)])}
    library = {place: facts for place, facts in known.items() if place not in endless}
    unknown = tuple(place for place in places if place not in known)
    beyond = [fault for faults in endless.values() for fault in faults]
    found = (*reading.problems, *beyond, *_unreachable(places, config, may.roots), *_wrong(reading, library, config))
    if found:  # else planning says it
        found += foreseen(kind_of(reading.request), reading, library, found, may.limits)
    errors = tuple(dict.fromkeys(found))
    webhook = tuple(_unwanted_webhook(reading.request, records))
    resolved = public_document(reading.request.model_dump(mode="json", by_alias=True)) if not reading.problems else None
    if errors or webhook:
        return Judged(errors=(*errors, *webhook), unknown=unknown, resolved=resolved)
    odd = (f"{place}: {each}" for place, facts in library.items() for each in facts.warnings)
    warnings = (*odd, *uncapped(reading.request))
    try:
        expected = None if unknown else expect(reading.request, library, records.history(), config, may.limits)
    except (InvalidRequest, BadMedia) as error:
        return Judged(errors=error.problems, unknown=unknown, resolved=resolved)
    return Judged(warnings=warnings, unknown=unknown, resolved=resolved, expected=expected)


def _read(ordered: Ordered, records: Records, limits: Limits) -> Reading:
    """What is asked for, with all that is wrong with what it says and with what of the library it names."""
    try:
        reading = read_in_full(ordered.document, records, limits)
    except InvalidRequest as refused:
        raise InvalidRequest(*ordered.problems, *refused.problems) from None
    unfit = tuple(unusable(reading, records))
    problems = tuple(dict.fromkeys((*ordered.problems, *reading.problems, *unfit)))
    return replace(reading, problems=problems, unknown=reading.unknown | {problem.place for problem in unfit})


def expect(
    request: Request, library: Mapping[str, MediaFacts], history: History, config: Settings, limits: Limits = USUAL
) -> Expected | None:
    """What making a request takes, as if nothing were made yet; null where it cannot be planned before something is found.
    Raises `InvalidRequest` and `BadMedia` as planning does."""
    kind = kind_of(request)
    if not all(want.optional for want in kind.wants(request)):
        return None
    compiled = bounded(kind.compile(request, library, {}), limits)
    plan = plan_compiled(request, compiled, library, NO_TOOLS, limits=limits)
    prices = Prices(processor_second=config.price_processor_second, stored_gigabyte=config.price_stored_gigabyte)
    basis = Basis(config.jobs, _busiest(history), history, prices)
    # What proves it is planned by who knows pixels; what that takes is known about.
    proofs = () if config.proof == "off" else tuple(foreseen_proofs(plan))
    return Expected(estimate(plan, (), basis, proofs), amounts_of(plan, basis))


def require_good(judged: Judged) -> None:
    """Raises `InvalidRequest` with all that is wrong."""
    if judged.errors:
        raise InvalidRequest(*judged.errors)


def _library(places: Mapping[str, str], records: Records) -> dict[str, MediaFacts]:
    """The facts that are known, under the fields that name the assets."""
    known = records.facts_of({public_name(asset) for asset in places.values()})
    found: dict[str, MediaFacts] = {}
    for place, asset in places.items():
        try:
            if facts := known.get(public_name(asset)):
                found[place] = MediaFacts.model_validate(facts)
        except ValidationError:  # a former version's: they are read anew
            continue
    return found


def _unreachable(places: Mapping[str, str], config: Settings, roots: Roots) -> Iterator[Problem]:
    """Assets that no worker would fetch, as far as that can be told without asking anybody."""
    for place, asset in places.items():
        try:
            source = locate(asset, NOWHERE, place)
            if isinstance(source, LocalFile) and not _is_whole(asset):
                yield Problem(place, f"{asset!r} is a relative path", INSTEAD)
            elif isinstance(source, WebFile):
                check_url(asset, place, None if config.web_hosts is None else Hosts(config.web_hosts))
            elif not isinstance(source, KeptAsset):  # those of the library were looked up
                require_source_allowed(source, place, roots)
        except InvalidRequest as error:
            yield from error.problems


def _is_whole(asset: str) -> bool:
    return asset.removeprefix("file:").startswith("/")


def _wrong(reading: Reading, library: Mapping[str, MediaFacts], config: Settings) -> Iterator[Problem]:
    """What is wrong besides the form, as far as facts are known; and what this installation does not take on."""
    kind = kind_of(reading.request)
    found = kind.faults(reading.request, library, reading.doubtful)
    yield from (*found.unfit, *unfit_beside(reading.request, library))
    yield from (*filter(reading.is_certain, found.wrong), *ambiguous_keys(reading.request, library))
    for asked in kind.amounts(reading.request, library, reading.doubtful):
        most = getattr(config, asked.setting)
        if asked.number > most:
            yield Problem(asked.place, asked.words.format(float(asked.number), float(most)), "ask for less")


def _unwanted_webhook(request: Request, records: Records) -> Iterator[Problem]:
    if request.webhook:
        tenant = records.tenant_as_it_is()
        try:
            check_url(request.webhook.url, "webhook.url", hosts_of(tenant.id, tenant.webhook_hosts or ()))
        except InvalidRequest as error:
            yield from error.problems


def _busiest(history: History) -> str:
    """The class of machines that most is known of: whichever worker will make it, that is the likeliest."""
    known = Counter({key.machine: 0 for key in history.observed})
    for key, values in history.observed.items():
        known[key.machine] += len(values)
    return max(known, key=lambda machine: (known[machine], machine), default="")
