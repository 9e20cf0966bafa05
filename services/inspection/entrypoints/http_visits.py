"""Routes of visits."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from contracts import lists, roles
from runtime.http.gate import Caller
from runtime.http.headers import json_response
from runtime.http.operation import operation
from runtime.http.paging import PageQuery
from services.inspection.application import commands as c
from services.inspection.application import commands_visits as cv
from services.inspection.application import visits
from services.inspection.application.standing import reach_for
from services.inspection.entrypoints.context import Additive, Parts, Versioned, with_version
from services.inspection.entrypoints.parameters import IdPath, IdQuery

router = APIRouter(prefix="/v1/visits", tags=["visits"])
TEAM = (roles.TEAM_MEMBER, roles.TEAM_LEADER)
VISIT = lists.Visit


@router.get("", **operation("listVisits", summary=("督导安排", "Visits"), scope="self", returns=dict))
async def page(
    parts: Parts,
    caller: Caller,
    page: PageQuery,
    school: IdQuery = None,
    round: IdQuery = None,
    team: IdQuery = None,
    state: Annotated[lists.VisitState | None, Query()] = None,
) -> Response:
    """Visits within the caller's reach."""
    reach = await reach_for(parts.ports.registry, caller.subject)
    filters = {"school": school, "round": round, "team": team, "state": state}
    after = page.after(str)
    rows = await parts.reading.visits(reach, filters, after[0] if after else None, page.limit + 1)
    items, cursor = page.cut(rows, lambda row: (row["id"],))
    return json_response({"items": items, "next": cursor})


@router.get("/{visit}", **operation("readVisit", summary=("一次督导", "One visit"), scope="self", returns=VISIT))
async def read(parts: Parts, caller: Caller, visit: IdPath) -> Response:
    """The visit, with the findings that its failed items propose."""
    loaded, proposals = await visits.read_visit(parts.ports, caller.subject, visit)
    body = with_version(loaded.value, loaded.version)
    return json_response({**body, "proposals": msgspec.to_builtins(proposals)}, version=loaded.version)


@router.get(
    "/{visit}/timeline",
    **operation("visitTimeline", summary=("督导过程", "Who did what when"), scope="self", returns=dict),
)
async def timeline(parts: Parts, caller: Caller, visit: IdPath) -> Response:
    """From the ledger, oldest first."""
    await parts.ports.visits.within(visit, await reach_for(parts.ports.registry, caller.subject))
    return json_response({"items": await parts.reading.timeline(f"visit/{visit}")})


@router.put(
    "/{visit}/answers",
    **operation(
        "answerItems", summary=("填写清单", "Answer items"), scope="team", roles=TEAM, command=True, returns=VISIT
    ),
)
async def answers(command: Additive, visit: IdPath, body: cv.SaveItems) -> Response:
    """Some of the items; the others stay as they are."""
    return await command.named("AnswerItems", lambda ports, act: visits.answer_items(ports, act, visit, body))


@router.get(
    "/{visit}/progress",
    **operation("visitProgress", summary=("填写进度", "How far the checklist is filled"), scope="self", returns=dict),
)
async def progress(parts: Parts, caller: Caller, visit: IdPath) -> Response:
    """Section by section and member by member."""
    return json_response(msgspec.to_builtins(await visits.visit_progress(parts.ports, caller.subject, visit)))


@router.post(
    "/{visit}/correct",
    **operation(
        "correctVisit", summary=("更正督导", "Correct a submitted visit"), scope="city",
        roles=(roles.TEAM_LEADER, roles.BUREAU_OFFICER), command=True, returns=VISIT,
    ),
)  # fmt: skip
async def correct(command: Versioned, visit: IdPath, body: cv.CorrectVisit) -> Response:
    """New versions of answers; the old ones are kept."""
    return await command.named("CorrectVisit", lambda ports, act: visits.correct_visit(ports, act, visit, body))


@router.post(
    "/{visit}/highlights",
    **operation(
        "recordHighlight", summary=("记录亮点", "Record a highlight"), scope="team", roles=TEAM, command=True,
        returns=VISIT,
    ),
)  # fmt: skip
async def highlight(command: Additive, visit: IdPath, body: c.RecordHighlight) -> Response:
    """A good practice."""
    return await command.named("RecordHighlight", lambda ports, act: visits.record_highlight(ports, act, visit, body))


@router.post(
    "/{visit}/submit",
    **operation(
        "submitVisit", summary=("提交督导", "Submit the visit"), scope="team", roles=(roles.TEAM_LEADER,),
        command=True, returns=VISIT,
    ),
)  # fmt: skip
async def submit(command: Versioned, visit: IdPath, body: c.SubmitVisit) -> Response:
    """With every finding drafted in it, after the feedback on site."""
    return await command.named("SubmitVisit", lambda ports, act: visits.submit_visit(ports, act, visit, body))


@router.post(
    "/{visit}/cancel",
    **operation(
        "cancelVisit", summary=("取消督导", "Cancel the visit"), scope="city", roles=(roles.BUREAU_OFFICER,),
        command=True, returns=VISIT,
    ),
)  # fmt: skip
async def cancel(command: Versioned, visit: IdPath, body: c.CancelVisit) -> Response:
    """With a reason; a submitted visit stays."""
    return await command.named("CancelVisit", lambda ports, act: visits.cancel_visit(ports, act, visit, body))
