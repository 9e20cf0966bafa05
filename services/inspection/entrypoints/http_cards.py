"""The list of cards 督办单 across issues; they are issued, received and decided under `/v1/issues`."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from runtime.clock import shanghai_day
from runtime.http.gate import Caller
from runtime.http.headers import json_response
from runtime.http.operation import operation
from runtime.http.paging import PageQuery
from services.inspection.application.cards import CardFilters, CardReading, Standing
from services.inspection.application.standing import reach_for
from services.inspection.entrypoints.context import Parts, Service
from services.inspection.entrypoints.parameters import IdQuery

router = APIRouter(prefix="/v1/cards", tags=["lists"])


async def reading_of(request: Request) -> CardReading:
    """The cards as they are read."""
    found: CardReading = request.app.state.cards
    return found


async def _filters(
    parts: Parts,
    school: IdQuery = None,
    division: IdQuery = None,
    colour: Annotated[Literal["yellow", "red"] | None, Query()] = None,
    standing: Annotated[Standing | None, Query()] = None,
) -> CardFilters:
    return CardFilters(schools=await _schools(parts, school, division), colour=colour, standing=standing)


async def _schools(parts: Service, school: str | None, division: str | None) -> frozenset[str] | None:
    of_division = None if division is None else await parts.ports.registry.schools_of(division)
    of_school = None if school is None else frozenset({school})
    if of_division is None or of_school is None:
        return of_school if of_division is None else of_division
    return of_division & of_school


@router.get("", **operation("listCards", summary=("督办单", "Cards across issues"), scope="self", returns=dict))
async def page(
    parts: Parts,
    caller: Caller,
    read: Annotated[CardReading, Depends(reading_of)],
    page: PageQuery,
    asked: Annotated[CardFilters, Depends(_filters)],
) -> Response:
    """Of the issues within reach, newest first: number, receipt, decision, and the issue that each is about."""
    reach = await reach_for(parts.ports.registry, caller.subject)
    today = shanghai_day(parts.clock.now()).isoformat()
    after = page.after(str, str)
    begin = None if after is None else (after[0], after[1])
    rows = await read.page(reach, asked, today, begin, page.limit + 1)
    items, cursor = page.cut(rows, lambda row: (row["at"], row["number"]))
    return json_response({"items": items, "next": cursor})
