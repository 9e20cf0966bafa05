"""Routes of contact points 联系点: the log of the linked leaders, and the requests 诉求 that they bring back."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from contracts import liaison as shapes
from contracts import roles
from runtime.http.gate import Caller
from runtime.http.headers import json_response
from runtime.http.operation import operation
from runtime.http.paging import Page, PageQuery
from services.inspection.application import liaison as use
from services.inspection.application.searching import days_for
from services.inspection.application.standing import reach_for
from services.inspection.domain.issue_lights import Light
from services.inspection.entrypoints.context import New, Parts, Versioned, with_version
from services.inspection.entrypoints.parameters import IdPath, IdQuery

router = APIRouter(prefix="/v1", tags=["liaison"])
BUREAU = (roles.BUREAU_OFFICER,)
LEADERS = (roles.LIAISON_LEADER,)
RATERS = (roles.SECRETARY, roles.DEPUTY_SECRETARY)


def _after(page: Page) -> tuple[str, str] | None:
    after = page.after(str, str)
    return None if after is None else (after[0], after[1])


@router.post(
    "/liaisons",
    **operation(
        "logLiaison", summary=("记录联系点工作", "Log a contact"), scope="school", roles=LEADERS, command=True,
        status=201, returns=shapes.Liaison,
    ),
)  # fmt: skip
async def log(command: New, body: use.LogLiaison) -> Response:
    """蹲点坐班, 座谈交流 or 走访慰问 at a school of the linked branch."""
    return await command.named("LogLiaison", lambda ports, act: use.log_liaison(ports, act, body))


@router.get(
    "/liaisons", **operation("listLiaisons", summary=("联系点记录", "Logged contacts"), scope="self", returns=dict)
)
async def liaisons(
    parts: Parts, caller: Caller, page: PageQuery, school: IdQuery = None, branch: IdQuery = None,
    kind: Annotated[shapes.LiaisonKind | None, Query()] = None,
) -> Response:  # fmt: skip
    """Within reach, newest first."""
    reach = await reach_for(parts.ports.registry, caller.subject)
    filters = {"school": school, "branch": branch, "kind": kind}
    rows = await parts.ports.liaisons.listed(reach, filters, _after(page), page.limit + 1)
    items, cursor = page.cut(rows, lambda row: (row["at"], row["id"]))
    return json_response({"items": items, "next": cursor})


@router.get(
    "/liaisons/{liaison}",
    **operation("readLiaison", summary=("一次联系", "One contact"), scope="self", returns=shapes.Liaison),
)
async def liaison(parts: Parts, caller: Caller, liaison: IdPath) -> Response:
    """As it was logged."""
    found = await parts.ports.liaisons.within(liaison, await reach_for(parts.ports.registry, caller.subject))
    return json_response(with_version(found.value, found.version), version=found.version)


@router.post(
    "/liaisons/{liaison}/requests",
    **operation(
        "askRequest", summary=("提出诉求", "Ask for something"), scope="school", roles=LEADERS, command=True,
        status=201, returns=shapes.Request,
    ),
)  # fmt: skip
async def ask(command: New, liaison: IdPath, body: use.AskRequest) -> Response:
    """Out of what was logged: from now on the bureau's time to reply runs."""
    return await command.named("AskRequest", lambda ports, act: use.ask_request(ports, act, liaison, body))


@router.get("/requests", **operation("listRequests", summary=("诉求清单", "Requests"), scope="self", returns=dict))
async def requests(
    parts: Parts, caller: Caller, page: PageQuery, school: IdQuery = None, liaison: IdQuery = None,
    state: Annotated[shapes.RequestState | None, Query()] = None, light: Annotated[Light | None, Query()] = None,
) -> Response:  # fmt: skip
    """Within reach, newest first, each with its light."""
    reach, now = await reach_for(parts.ports.registry, caller.subject), await parts.now()
    filters = {"school": school, "liaison": liaison, "state": state}
    under = None if light is None else (light, await days_for(parts.ports, now))
    rows = await parts.ports.requests.listed(reach, filters, under, _after(page), page.limit + 1)
    items, cursor = page.cut(rows, lambda row: (row["asked_at"], row["id"]))
    return json_response({"items": await use.lit(parts.ports, items, now), "next": cursor})


@router.get(
    "/requests/{request}",
    **operation("readRequest", summary=("一项诉求", "One request"), scope="self", returns=shapes.Request),
)
async def request(parts: Parts, caller: Caller, request: IdPath) -> Response:
    """The request, with its light as of now."""
    found = await parts.ports.requests.within(request, await reach_for(parts.ports.registry, caller.subject))
    (row,) = await use.lit(parts.ports, [with_version(found.value, found.version)], await parts.now())
    return json_response(row, version=found.version)


@router.get(
    "/requests/{request}/timeline",
    **operation("requestTimeline", summary=("诉求办理过程", "Who did what when"), scope="self", returns=dict),
)
async def timeline(parts: Parts, caller: Caller, request: IdPath) -> Response:
    """From the ledger, oldest first."""
    await parts.ports.requests.within(request, await reach_for(parts.ports.registry, caller.subject))
    return json_response({"items": await parts.reading.timeline(f"request/{request}")})


@router.get(
    "/requests/{request}/deadlines",
    **operation("explainReplyBy", summary=("答复期限说明", "Why it is due then"), scope="self", returns=dict),
)
async def deadlines(parts: Parts, caller: Caller, request: IdPath) -> Response:
    """Whose clock runs, and the rule, day zero and skipped days of the day by which to reply."""
    found = await parts.ports.requests.within(request, await reach_for(parts.ports.registry, caller.subject))
    told = msgspec.to_builtins(await use.explained(parts.ports, found.value))
    return json_response({"clock": msgspec.to_builtins(found.value.clock), "deadlines": [told]})


@router.post(
    "/requests/{request}/accept",
    **operation(
        "acceptRequest", summary=("受理诉求", "Accept"), scope="city", roles=BUREAU, command=True,
        returns=shapes.Request,
    ),
)  # fmt: skip
async def accept(command: Versioned, request: IdPath, body: use.AcceptRequest) -> Response:
    """The bureau names the office that owns it."""
    return await command.named("AcceptRequest", lambda ports, act: use.accept_request(ports, act, request, body))


@router.post(
    "/requests/{request}/reply",
    **operation(
        "replyRequest", summary=("答复诉求", "Reply"), scope="city", roles=BUREAU, command=True, returns=shapes.Request
    ),
)
async def reply(command: Versioned, request: IdPath, body: use.ReplyRequest) -> Response:
    """The bureau's clock stops."""
    return await command.named("ReplyRequest", lambda ports, act: use.reply_request(ports, act, request, body))


@router.post(
    "/requests/{request}/rate",
    **operation(
        "rateRequest", summary=("评价答复", "Rate the reply"), scope="school", roles=RATERS, command=True,
        returns=shapes.Request,
    ),
)  # fmt: skip
async def rate(command: Versioned, request: IdPath, body: use.RateRequest) -> Response:
    """By the school that asked."""
    return await command.named("RateRequest", lambda ports, act: use.rate_request(ports, act, request, body))
