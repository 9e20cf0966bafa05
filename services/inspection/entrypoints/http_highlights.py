"""Routes of highlights 亮点: what visits found good, as one list."""

from collections.abc import Mapping
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from runtime.http.gate import Caller
from runtime.http.headers import json_response
from runtime.http.operation import operation
from runtime.http.paging import PageQuery
from services.inspection.application.reach import Reach
from services.inspection.application.searching import places
from services.inspection.application.standing import reach_for
from services.inspection.entrypoints.context import Parts
from services.inspection.entrypoints.issue_query import Level
from services.inspection.entrypoints.parameters import IdQuery

router = APIRouter(prefix="/v1/highlights", tags=["visits"])


class Highlights(Protocol):
    """Highlights of visits within a reader's reach."""

    async def page(
        self,
        reach: Reach,
        schools: frozenset[str] | None,
        filters: Mapping[str, str | None],
        after: tuple[str, str] | None,
        limit: int,
    ) -> list[dict[str, Any]]:
        """Newest first beyond `after` (instant, id)."""
        ...


async def highlights_of(request: Request) -> Highlights:
    """The list."""
    found: Highlights = request.app.state.highlights
    return found


async def _of(round: IdQuery = None, team: IdQuery = None, visit: IdQuery = None) -> dict[str, str | None]:
    return {"round": round, "team": team, "id": visit}


Read = Annotated[Highlights, Depends(highlights_of)]
Of = Annotated[dict[str, str | None], Depends(_of)]


async def _schools(
    parts: Parts, school: IdQuery = None, division: IdQuery = None, level: Annotated[Level | None, Query()] = None
) -> frozenset[str] | None:
    return await places(parts.ports, division, level, school)


@router.get("", **operation("listHighlights", summary=("亮点清单", "Highlights"), scope="self", returns=dict))
async def page(
    parts: Parts, caller: Caller, read: Read, page: PageQuery, of: Of,
    schools: Annotated[frozenset[str] | None, Depends(_schools)],
) -> Response:  # fmt: skip
    """With their material, newest first; by level it shows what the demonstration sites of a level are found by."""
    reach = await reach_for(parts.ports.registry, caller.subject)
    after = page.after(str, str)
    rows = await read.page(reach, schools, of, None if after is None else (after[0], after[1]), page.limit + 1)
    items, cursor = page.cut(rows, lambda row: (row["at"], row["id"]))
    return json_response({"items": items, "next": cursor})
