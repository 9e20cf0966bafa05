"""Routes of tasks from above 任务交办: given to many schools at once; their parts live on under `/v1/issues`."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from contracts import lists, roles
from runtime.http.gate import Caller
from runtime.http.headers import json_response
from runtime.http.operation import operation
from runtime.http.paging import PageQuery
from services.inspection.application import assignments as use
from services.inspection.application.days import Days
from services.inspection.application.searching import Wanted, days_for
from services.inspection.application.standing import reach_for
from services.inspection.domain.issue_lights import Light
from services.inspection.entrypoints.context import New, Parts, Service
from services.inspection.entrypoints.parameters import IdPath, IdQuery

router = APIRouter(prefix="/v1/assignments", tags=["assignments"])
GIVERS = (roles.COUNTY_OFFICER, roles.BUREAU_OFFICER, roles.ORGANISATION_DEPARTMENT)
Giver = Literal["county_officer", "bureau_officer", "organisation_department"]


async def reading_of(request: Request) -> use.AssignmentReading:
    """The tasks as they are read."""
    found: use.AssignmentReading = request.app.state.assignments
    return found


Read = Annotated[use.AssignmentReading, Depends(reading_of)]


async def _filters(
    school: IdQuery = None,
    body: IdQuery = None,
    role: Annotated[Giver | None, Query()] = None,
    state: Annotated[lists.IssueState | None, Query()] = None,
    light: Annotated[Light | None, Query()] = None,
) -> use.AssignmentFilters:
    return use.AssignmentFilters(school=school, body=body, role=role, state=state, light=light)


async def _part_filters(
    school: IdQuery = None,
    state: Annotated[lists.IssueState | None, Query()] = None,
    light: Annotated[Light | None, Query()] = None,
) -> use.AssignmentFilters:
    return use.AssignmentFilters(school=school, state=state, light=light)


Asked = Annotated[use.AssignmentFilters, Depends(_filters)]
PartsAsked = Annotated[use.AssignmentFilters, Depends(_part_filters)]


async def _days(parts: Service) -> Days:
    return await days_for(parts.ports, await parts.now())


@router.post(
    "",
    **operation(
        "giveAssignment", summary=("交办任务", "Give a task to schools"), scope="division", roles=GIVERS, command=True,
        status=201, returns=dict,
    ),
)  # fmt: skip
async def give(command: New, body: use.GiveAssignment) -> Response:
    """To all of the schools or to none."""
    return await command.named("GiveAssignment", lambda ports, act: use.give_assignment(ports, act, body))


@router.get("", **operation("listAssignments", summary=("上级任务", "Tasks from above"), scope="self", returns=dict))
async def page(parts: Parts, caller: Caller, read: Read, page: PageQuery, asked: Asked) -> Response:
    """Newest first; the totals by state and light are of the parts within the caller's reach."""
    reach = await reach_for(parts.ports.registry, caller.subject)
    after = page.after(str, str)
    begin = None if after is None else (after[0], after[1])
    rows = await read.page(reach, asked, await _days(parts), begin, page.limit + 1)
    items, cursor = page.cut(rows, lambda row: (row["given_at"], row["id"]))
    return json_response({"items": items, "next": cursor})


@router.get(
    "/{assignment}",
    **operation("readAssignment", summary=("一项上级任务", "One task from above"), scope="self", returns=dict),
)
async def one(
    parts: Parts, caller: Caller, read: Read, page: PageQuery, assignment: IdPath, asked: PartsAsked
) -> Response:
    """Its schools' parts within the caller's reach, each with its light."""
    reach = await reach_for(parts.ports.registry, caller.subject)
    await read.parts(reach, assignment)
    after = page.after(str, str)
    wanted = Wanted(
        schools=None if asked.school is None else frozenset({asked.school}),
        equal={"assignment.id": assignment},
        among={} if asked.state is None else {"state": (asked.state,)},
        light=asked.light,
        days=await _days(parts) if asked.light else None,
        order="due" if asked.light else "newest",
        kind="assignment",
    )
    found = await parts.search.page(reach, wanted, None if after is None else (after[0], after[1]), page.limit)
    items = await parts.lighting.lit(found.rows)
    return json_response({"items": items, "next": None if found.next is None else page.next(*found.next)})


@router.get(
    "/{assignment}/timeline",
    **operation("assignmentTimeline", summary=("任务办理过程", "Who did what when"), scope="self", returns=dict),
)
async def timeline(parts: Parts, caller: Caller, read: Read, assignment: IdPath) -> Response:
    """Of every part within the caller's reach, from the ledger, oldest first."""
    reach = await reach_for(parts.ports.registry, caller.subject)
    of = await read.parts(reach, assignment)
    rows = [
        {"school": school, "issue": issue, **row}
        for issue, school in sorted(of.items())
        for row in await parts.reading.timeline(f"issue/{issue}")
    ]
    return json_response({"items": use.in_order(rows)})
