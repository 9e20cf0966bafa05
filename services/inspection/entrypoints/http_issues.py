"""Routes of the issue list."""

from fastapi import APIRouter
from starlette.responses import Response

from contracts import lists, roles
from runtime.http.gate import Caller
from runtime.http.headers import json_response
from runtime.http.operation import operation
from services.inspection.application import assigning, issues
from services.inspection.application import commands as c
from services.inspection.application.standing import reach_for
from services.inspection.entrypoints.context import New, Parts, Versioned, with_version
from services.inspection.entrypoints.parameters import IdPath

router = APIRouter(prefix="/v1/issues", tags=["issues"])

DRAFTERS = (
    roles.TEAM_MEMBER,
    roles.TEAM_LEADER,
    roles.SECRETARY,
    roles.DEPUTY_SECRETARY,
    roles.CADRE,
    roles.LIAISON_LEADER,
    roles.COUNTY_OFFICER,
    roles.BUREAU_OFFICER,
)
OFFICERS = (roles.TEAM_LEADER, roles.COUNTY_OFFICER, roles.BUREAU_OFFICER)
SECRETARIES = (roles.SECRETARY, roles.DEPUTY_SECRETARY)
# Whoever answers for the rectification: the school, or the higher body that leads since it accepted to help.
ANSWERING = (*SECRETARIES, roles.COUNTY_OFFICER, roles.BUREAU_OFFICER)
ISSUE = lists.Issue


@router.post(
    "",
    **operation(
        "draftIssue", summary=("登记问题", "Draft an issue"), scope="school", roles=DRAFTERS, command=True,
        status=201, returns=ISSUE,
    ),
)  # fmt: skip
async def draft(command: New, body: c.DraftIssue) -> Response:
    """A finding of a visit, or an issue listed outside visits."""
    return await command.named("DraftIssue", lambda ports, act: issues.draft_issue(ports, act, body))


@router.get("/{issue}", **operation("readIssue", summary=("一个问题", "One issue"), scope="self", returns=ISSUE))
async def read(parts: Parts, caller: Caller, issue: IdPath) -> Response:
    """The issue with its tasks and responsibilities, and its light as of now."""
    reach = await reach_for(parts.ports.registry, caller.subject)
    loaded = await parts.ports.issues.within(issue, reach)
    (row,) = await parts.lighting.lit([with_version(loaded.value, loaded.version)])
    return json_response(row, version=loaded.version)


@router.get(
    "/{issue}/timeline",
    **operation("issueTimeline", summary=("办理过程", "Who did what when"), scope="self", returns=dict),
)
async def timeline(parts: Parts, caller: Caller, issue: IdPath) -> Response:
    """From the ledger, oldest first."""
    reach = await reach_for(parts.ports.registry, caller.subject)
    await parts.ports.issues.within(issue, reach)
    return json_response({"items": await parts.reading.timeline(f"issue/{issue}")})


@router.post(
    "/{issue}/amend",
    **operation(
        "amendIssue", summary=("修改问题", "Amend"), scope="school", roles=DRAFTERS, command=True, returns=ISSUE
    ),
)
async def amend(command: Versioned, issue: IdPath, body: c.AmendIssue) -> Response:
    """Before 交办; both versions stay visible."""
    return await command.named("AmendIssue", lambda ports, act: issues.amend_issue(ports, act, issue, body))


@router.post(
    "/{issue}/submit",
    **operation(
        "submitIssue", summary=("提交问题", "Submit"), scope="school", roles=DRAFTERS, command=True, returns=ISSUE
    ),
)
async def submit(command: Versioned, issue: IdPath) -> Response:
    """What no visit carries, or came in while its visit was being submitted."""
    return await command.named("SubmitIssue", lambda ports, act: issues.submit_issue(ports, act, issue))


@router.post(
    "/{issue}/assign",
    **operation(
        "assignIssue", summary=("交办", "Assign"), scope="division", roles=OFFICERS, command=True, returns=ISSUE
    ),
)
async def assign(command: Versioned, issue: IdPath, body: c.AssignIssue) -> Response:
    """Severity, mode and deadline are set here."""
    return await command.named("AssignIssue", lambda ports, act: assigning.assign_issue(ports, act, issue, body))


@router.post(
    "/{issue}/acknowledge",
    **operation(
        "acknowledgeIssue", summary=("签收", "Acknowledge"), scope="school", roles=SECRETARIES, command=True,
        returns=ISSUE,
    ),
)  # fmt: skip
async def acknowledge(command: Versioned, issue: IdPath) -> Response:
    """By the secretary, or the deputy."""
    return await command.named("AcknowledgeIssue", lambda ports, act: issues.acknowledge_issue(ports, act, issue))


@router.post(
    "/{issue}/plan",
    **operation(
        "planIssue", summary=("制定整改方案", "Plan"), scope="school", roles=ANSWERING, command=True, returns=ISSUE
    ),
)
async def plan(command: Versioned, issue: IdPath, body: c.PlanIssue) -> Response:
    """Tasks, one lead, others."""
    return await command.named("PlanIssue", lambda ports, act: issues.plan_issue(ports, act, issue, body))


@router.post(
    "/{issue}/replan",
    **operation(
        "replanIssue", summary=("调整方案或责任人", "Change plan or lead"), scope="school", roles=ANSWERING,
        command=True, returns=ISSUE,
    ),
)  # fmt: skip
async def replan(command: Versioned, issue: IdPath, body: c.ReplanIssue) -> Response:
    """The old responsibility is kept as superseded."""
    return await command.named("ReplanIssue", lambda ports, act: issues.replan_issue(ports, act, issue, body))


@router.post(
    "/{issue}/sign",
    **operation("signResponsibility", summary=("责任人签字", "Sign"), scope="self", command=True, returns=ISSUE),
)
async def sign(command: Versioned, issue: IdPath) -> Response:
    """Each responsible person signs personally."""
    return await command.named("SignResponsibility", lambda ports, act: issues.sign_responsibility(ports, act, issue))


@router.post(
    "/{issue}/tasks/{task}/progress",
    **operation("progressTask", summary=("推进任务", "Progress"), scope="self", command=True, returns=ISSUE),
)
async def progress(command: Versioned, issue: IdPath, task: IdPath, body: c.ProgressTask) -> Response:
    """By a responsible person or the cadre."""
    return await command.named("ProgressTask", lambda ports, act: issues.progress_task(ports, act, issue, task, body))


@router.post(
    "/{issue}/report",
    **operation(
        "reportIssue", summary=("申请销号", "Report"), scope="school", roles=ANSWERING, command=True, returns=ISSUE
    ),
)
async def report(command: Versioned, issue: IdPath, body: c.ReportIssue) -> Response:
    """The school's clock stops."""
    return await command.named("ReportIssue", lambda ports, act: issues.report_issue(ports, act, issue, body))


@router.post(
    "/{issue}/check",
    **operation("checkIssue", summary=("核查", "Check"), scope="division", roles=OFFICERS, command=True, returns=ISSUE),
)
async def check(command: Versioned, issue: IdPath, body: c.CheckIssue) -> Response:
    """初核 or 复核, as the issue's severity and state ask."""
    return await command.named("CheckIssue", lambda ports, act: issues.check_issue(ports, act, issue, body))


@router.post(
    "/{issue}/withdraw",
    **operation(
        "withdrawIssue", summary=("撤销问题", "Withdraw"), scope="school", roles=DRAFTERS, command=True, returns=ISSUE
    ),
)
async def withdraw(command: Versioned, issue: IdPath, body: c.WithdrawIssue) -> Response:
    """With a reason."""
    return await command.named("WithdrawIssue", lambda ports, act: issues.withdraw_issue(ports, act, issue, body))


@router.post(
    "/{issue}/reopen",
    **operation(
        "reopenIssue", summary=("撤销销号", "Reopen"), scope="division",
        roles=(roles.COUNTY_OFFICER, roles.BUREAU_OFFICER), command=True, returns=ISSUE,
    ),
)  # fmt: skip
async def reopen(command: Versioned, issue: IdPath, body: c.ReopenIssue) -> Response:
    """A false closure stays visible."""
    return await command.named("ReopenIssue", lambda ports, act: issues.reopen_issue(ports, act, issue, body))
