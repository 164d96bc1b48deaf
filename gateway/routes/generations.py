"""Generations: ordered, looked at, called off, tried again, removed."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from gateway.access import Member, Viewer
from gateway.addresses import base_of, output_address
from gateway.callers import Caller
from gateway.desk import Desk, TheDesk
from gateway.idempotency import IdempotencyKey, plain
from gateway.problems import PlacedProblem, Refused, in_lines, problems_of
from gateway.routing import Route, resource
from gateway.told import (
    Estimate,
    GenerationDetail,
    Generations,
    NewOrder,
    Output,
    Page,
    Verdict,
    detail,
    output,
    summary,
)
from reel.catalogue import Generation, Records
from reel.catalogue.managing import Listed
from reel.control.judging import Judged, judge
from reel.control.placing import Placed, place, waits_behind
from reel.control.templates import names_template
from reel.errors import InvalidRequest
from reel.kinds.read import read_request
from reel.kinds.registry import REQUESTS
from reel.request.read import parse_terms
from reel.request.terms import Terms
from reel.search.query import PLACE as QUERY
from reel.settings import settings
from reel.store import tenant_prefix
from reel.words import did_you_mean

router = resource("generations", 402, 409)


class OrderRoute(Route):
    """The route of orders: where fields beside the request are wrong, what is wrong with the request's form is told with
    them."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                problems = (*problems_of(error, request), *_wrong_form(error.body))
                raise Refused(422, in_lines(problems), *problems) from None

        return handler


def _wrong_form(body: Any) -> Iterator[PlacedProblem]:
    asked = body.get("request") if isinstance(body, Mapping) else None
    if not isinstance(asked, Mapping) or names_template(asked):
        return
    try:
        problems = read_request(asked).problems
    except InvalidRequest as refused:
        problems = refused.problems
    yield from (PlacedProblem(place=each.place, what=each.what, remedy=each.remedy) for each in problems)


Id = Annotated[str, Path(max_length=64, description="Id of a generation.")]
Expand = Annotated[tuple[Literal["steps", "report"], ...], Query(max_length=2, description="What else to tell.")]


async def order(
    wanted: NewOrder,
    caller: Member,
    desk: TheDesk,
    request: Request,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> GenerationDetail:
    """Order a generation. It is queued when this answers, whatever happens next; what cannot be made is refused with all that
    is wrong with it."""
    key = plain(idempotency_key)
    terms = parse_terms(
        {
            "tenant": caller.tenant,
            "project": wanted.project,
            "priority": wanted.priority,
            "slot": wanted.slot,
            "idempotency_key": key,
        }
    )
    with desk.under_way.only(caller.tenant, key):
        placed = await desk.work.done(caller.tenant, _place, wanted, terms, caller, desk)
    response.headers["Location"] = f"{base_of(request, desk)}/v1/generations/{placed.generation.id}"
    if not placed.is_new:
        response.headers["Idempotency-Replayed"] = "true"
    return detail(placed.generation, placed.ahead)


def _place(wanted: NewOrder, terms: Terms, caller: Caller, desk: Desk) -> Placed:
    desk.limiter.take("orders", caller.key)
    placed = place(desk.catalogue, wanted.request, terms, settings(), wanted.delete_after_download)
    desk.ordered()
    return placed


router.add_api_route("", order, methods=["POST"], status_code=202, route_class_override=OrderRoute)


@router.post("/estimate")
async def estimate(wanted: NewOrder, caller: Viewer, desk: TheDesk) -> Estimate | None:
    """What an order would take, as if nothing of it were made yet; null where its assets have to be read first."""
    judged = await desk.work.done(caller.tenant, _judged, wanted, caller, desk)
    if judged.errors:
        raise InvalidRequest(*judged.errors)
    return _estimate(judged)


@router.post("/validate")
async def validate(wanted: NewOrder, caller: Viewer, desk: TheDesk) -> Verdict:
    """What is wrong with the request of an order, as far as that can be said without reading its assets. Nothing is ordered."""
    judged = await desk.work.done(caller.tenant, _judged, wanted, caller, desk)
    return Verdict(
        valid=not judged.errors,
        errors=tuple(PlacedProblem(place=each.place, what=each.what, remedy=each.remedy) for each in judged.errors),
        warnings=judged.warnings,
        unknown=judged.unknown,
        resolved=judged.resolved,
        estimate=_estimate(judged),
    )


def _judged(wanted: NewOrder, caller: Caller, desk: Desk) -> Judged:
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        return judge(wanted.request, records, settings())


def _estimate(judged: Judged) -> Estimate | None:
    return None if judged.estimate is None else Estimate.model_validate(judged.estimate.model_dump())


@router.get("")
def all_generations(page: Annotated[Page, Query()], caller: Viewer, desk: TheDesk) -> Generations:
    """Generations, the newest first; with `search`, those that it finds best."""
    if page.kind is not None and page.kind not in REQUESTS:
        raise InvalidRequest.at("kind", f"there is no {page.kind!r}", did_you_mean(page.kind, REQUESTS, ALL_KINDS))
    asked = page.model_dump(exclude={"search", "status"})
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        find = records.listed if page.search is None else partial(_searched, records, page.search)
        listed = find(statuses=page.status, **asked)
    return Generations(generations=tuple(map(summary, listed.found)), after=listed.after)


def _searched(records: Records, query: str, **asked: Any) -> Listed:
    """As `Records.searched`; what is wrong with the query is told of the parameter."""
    try:
        return records.searched(query, **asked)
    except InvalidRequest as refused:
        told = (replace(each, place="search") if each.place == QUERY else each for each in refused.problems)
        raise InvalidRequest(*told) from None


ALL_KINDS = f"there are {', '.join(REQUESTS)}"


@router.get("/{id}")
def one(id: Id, caller: Viewer, desk: TheDesk, request: Request, expand: Expand = ()) -> GenerationDetail:
    """A generation: how it stands, its outputs, and why it failed."""
    with desk.catalogue.tenant(caller.tenant, only_reads=True) as records:
        return _told(records.standing(id), records, desk, request, expand)


@router.post("/{id}/cancel")
def cancel(id: Id, caller: Member, desk: TheDesk, request: Request) -> GenerationDetail:
    """Call a generation off. One that has ended stays as it is."""
    with desk.catalogue.tenant(caller.tenant) as records:
        records.standing(id)
        told = _told(records.call_off(id), records, desk, request)
        run = records.generation(id).flow_run
    if run and told.status == "cancelled":
        desk.called_off(run)
    return told


@router.post("/{id}/retry", status_code=202)
def retry(id: Id, caller: Member, desk: TheDesk, request: Request, response: Response) -> GenerationDetail:
    """Order what failed or was cancelled again: a new generation, which makes only what is not there yet. Asked again while
    that is queued, under way or done, it is the same one."""
    desk.limiter.take("orders", caller.key)
    with desk.catalogue.tenant(caller.tenant) as records:
        records.standing(id)
        found, is_new = records.again(id)
        told = _told(found, records, desk, request)
    desk.ordered()
    if not is_new:
        response.headers["Idempotency-Replayed"] = "true"
    response.headers["Location"] = f"{base_of(request, desk)}/v1/generations/{told.id}"
    return told


@router.delete("/{id}", status_code=204)
def remove(id: Id, caller: Member, desk: TheDesk) -> None:
    """Call a generation off and remove its outputs. What it used stays counted."""
    with desk.catalogue.tenant(caller.tenant) as records:
        found = records.standing(id)
        records.remove(id)
    if found.flow_run:
        desk.called_off(found.flow_run)
    outputs = desk.stores.outputs
    outputs.delete(*(stat.name for stat in outputs.list(tenant_prefix(caller.tenant, id))))


def _told(
    found: Generation, records: Records, desk: Desk, request: Request, expand: tuple[str, ...] = ()
) -> GenerationDetail:
    base = base_of(request, desk)
    return detail(
        found,
        waits_behind(found, records),
        _outputs(found, records, base, desk),
        records.last_letter(found.id) if found.status == "failed" else None,
        records.steps(found.id) if "steps" in expand else None,
        with_report="report" in expand,
    )


def _outputs(found: Generation, records: Records, base: str, desk: Desk) -> list[Output]:
    if found.status != "done":
        return []
    once = found.delete_after_download
    return [output(each, *output_address(each, base, desk, once=once)) for each in records.outputs(found.id)]
