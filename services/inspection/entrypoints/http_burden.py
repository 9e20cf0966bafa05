"""Routes of 减负: what schools are asked for."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from runtime.http.gate import Caller
from runtime.http.headers import json_response
from runtime.http.operation import operation
from runtime.http.paging import PageQuery
from services.inspection.application import burden as use
from services.inspection.application.guard import rejected
from services.inspection.application.standing import reach_for
from services.inspection.domain.burden import SchoolTerm, term_named, term_of
from services.inspection.domain.moment import shanghai_day
from services.inspection.domain.rules import Broken
from services.inspection.entrypoints.context import Parts
from services.inspection.entrypoints.parameters import IdPath, IdQuery

router = APIRouter(prefix="/v1", tags=["burden"])


async def reading_of(request: Request) -> use.BurdenReading:
    """What schools were asked for."""
    found: use.BurdenReading = request.app.state.burden
    return found


async def _term(
    parts: Parts,
    term: Annotated[
        str | None, Query(max_length=20, description="学期，如 2026-autumn，缺省为本学期 / default: the one of today")
    ] = None,
) -> SchoolTerm:
    try:
        return term_of(shanghai_day(parts.clock.now())) if term is None else term_named(term)
    except Broken as rule:
        raise rejected(rule) from rule


Read = Annotated[use.BurdenReading, Depends(reading_of)]
Name = Annotated[str | None, Query(max_length=120, description="材料名称 / a piece's name")]
Term = Annotated[SchoolTerm, Depends(_term)]


@router.get(
    "/burden",
    **operation("readBurden", summary=("学校负担", "Visits and requests for material"), scope="self", returns=dict),
)
async def burden(parts: Parts, caller: Caller, read: Read, page: PageQuery, term: Term) -> Response:
    """Visits, and how often material was asked for, of schools within reach, beside the caps in force."""
    reach = await reach_for(parts.ports.registry, caller.subject)
    after = page.after(str)
    rows = await read.burden(reach, term, after[0] if after else None, page.limit + 1)
    items, cursor = page.cut(rows, lambda row: (row["school"],))
    told = {"term": term.name, "starts": term.starts, "ends": term.ends}
    return json_response({**told, "items": await use.capped(parts.ports, items), "next": cursor})


@router.get(
    "/schools/{school}/material",
    **operation("listMaterial", summary=("已报材料", "Material given already"), scope="self", returns=dict),
)
async def material(
    parts: Parts, caller: Caller, read: Read, school: IdPath, item: IdQuery = None, name: Name = None
) -> Response:
    """For a checklist item, or of a piece's name, within reach: to be used again instead of asked for again."""
    await parts.ports.registry.site(school)
    reach = await reach_for(parts.ports.registry, caller.subject)
    sought = use.Sought([school], [name] if name else [], [item] if item else [])
    found = await use.material(parts.ports, read, reach, sought)
    return json_response({"items": [{**row, "given_for": sorted({fit.given_for for fit in on})} for row, on in found]})
