"""Routes about the caller: who am I, what is mine to do now."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from runtime.http.gate import Caller
from runtime.http.headers import json_response
from runtime.http.operation import operation
from runtime.http.paging import PageQuery
from services.inspection.application.standing import SEATED, reach_for
from services.inspection.application.todo import Sources, todo_for
from services.inspection.domain.moment import shanghai_day
from services.inspection.entrypoints.context import Parts

router = APIRouter(prefix="/v1/me", tags=["me"])


@router.get("", **operation("readMe", summary=("我的身份", "Who am I"), scope="self", returns=dict))
async def me(parts: Parts, caller: Caller) -> Response:
    """The person, the grants in force, and whether they act as secretary now."""
    person = await parts.ports.registry.person(caller.subject)
    grants = await parts.ports.registry.grants_of(caller.subject)
    return json_response(
        {
            "person": caller.subject,
            "name": person.name if person else None,
            "post": person.post if person else None,
            "school": person.school if person else None,
            "grants": [{"id": g.id, "role": g.role, "organisation": g.organisation} for g in grants],
            "seats": await _seats(parts, caller.subject, {g.organisation for g in grants if g.role in SEATED}),
        }
    )


async def _seats(parts: Parts, person: str, branches: set[str]) -> list[dict[str, Any]]:
    """For each branch where the person sits as secretary or deputy: whether they act now, and in whose place."""
    today = shanghai_day(parts.clock.now())
    found = []
    for branch in sorted(branches):
        seat = await parts.ports.registry.seat(branch, today)
        acts = person in seat.acting
        found.append({"branch": branch, "acts": acts, "in_place_of": seat.in_place_of if acts else None})
    return found


@router.get(
    "/todo", **operation("listTodo", summary=("我的待办", "What is mine to do now"), scope="self", returns=dict)
)
async def todo(parts: Parts, caller: Caller, page: PageQuery) -> Response:
    """Most urgent first; each act with its date, light and working days left.

    A page holds the acts of at most `limit` entries, and may hold fewer and still have a `next`: a scan is bounded.
    """
    registry = parts.ports.registry
    reach = await reach_for(registry, caller.subject)
    now = await parts.now()
    after = page.after(str, str)
    sources = Sources(parts.ports, parts.reading, parts.waiting)
    items, following = await todo_for(sources, reach, now, None if after is None else (after[0], after[1]), page.limit)
    return json_response({"items": items, "next": None if following is None else page.next(*following)})
