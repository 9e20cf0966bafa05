"""Routes of what is asked, decided and said about an issue beside its straight way."""

from dataclasses import asdict

from fastapi import APIRouter
from starlette.responses import Response

from contracts import roles
from runtime.http.gate import Caller
from runtime.http.headers import json_response
from runtime.http.operation import operation
from services.inspection.application import answering, assigning, issue_asides
from services.inspection.application import issue_commands as c
from services.inspection.application.standing import reach_for
from services.inspection.domain.moment import shanghai_day
from services.inspection.entrypoints.context import New, Parts, Versioned
from services.inspection.entrypoints.http_issues import ANSWERING, ISSUE, OFFICERS, SECRETARIES
from services.inspection.entrypoints.parameters import IdPath

router = APIRouter(prefix="/v1/issues", tags=["issues"])

DECIDING = (roles.COUNTY_OFFICER, roles.BUREAU_OFFICER)
TEAM = (roles.TEAM_MEMBER, roles.TEAM_LEADER)
BUREAU = (roles.BUREAU_OFFICER,)


@router.post(
    "/assign",
    **operation(
        "assignIssues", summary=("批量交办", "Assign many"), scope="division", roles=OFFICERS, command=True,
        returns=dict,
    ),
)  # fmt: skip
async def assign_many(command: New, body: c.AssignIssues) -> Response:
    """One act: all of them or none, doubles merged; the versions seen stand in the body."""
    return await command.named("AssignIssues", lambda ports, act: assigning.assign_issues(ports, act, body))


@router.post(
    "/{issue}/merge",
    **operation(
        "mergeIssue", summary=("合并重复问题", "Merge a double"), scope="division", roles=OFFICERS, command=True,
        returns=ISSUE,
    ),
)  # fmt: skip
async def merge(command: Versioned, issue: IdPath, body: c.MergeIssue) -> Response:
    """At 交办, into another issue of the same school."""
    return await command.named("MergeIssue", lambda ports, act: assigning.merge_issue(ports, act, issue, body))


@router.get(
    "/{issue}/deadlines",
    **operation("explainDeadlines", summary=("期限说明", "Why it is due then"), scope="self", returns=dict),
)
async def deadlines(parts: Parts, caller: Caller, issue: IdPath) -> Response:
    """Whose clock runs, when it stood still, and for each deadline the rule, day zero and the days skipped."""
    loaded = await parts.ports.issues.within(issue, await reach_for(parts.ports.registry, caller.subject))
    return json_response(await parts.lighting.explained(loaded.value))


@router.get(
    "/{issue}/answerable",
    **operation("whoAnswers", summary=("谁负责", "Who answers for it now"), scope="self", returns=dict),
)
async def who_answers(parts: Parts, caller: Caller, issue: IdPath) -> Response:
    """One person from the plan on: the lead, or where that one is gone whoever acts for the school or the body."""
    registry = parts.ports.registry
    loaded = await parts.ports.issues.within(issue, await reach_for(registry, caller.subject))
    found = await answering.who_answers(registry, loaded.value, shanghai_day(parts.clock.now()))
    return json_response({"answerable": None if found is None else asdict(found)})


@router.post(
    "/{issue}/object",
    **operation(
        "objectToIssue", summary=("提出异议", "Object"), scope="school", roles=SECRETARIES, command=True, returns=ISSUE
    ),
)
async def object_to(command: Versioned, issue: IdPath, body: c.ObjectToIssue) -> Response:
    """Once, within the terms' days of 签收; the school's clock stops."""
    return await command.named(
        "ObjectToIssue", lambda ports, act: issue_asides.object_to_issue(ports, act, issue, body)
    )


@router.post(
    "/{issue}/decide-objection",
    **operation(
        "decideObjection", summary=("复核异议", "Decide an objection"), scope="division", roles=DECIDING, command=True,
        returns=ISSUE,
    ),
)  # fmt: skip
async def decide_objection(command: Versioned, issue: IdPath, body: c.DecideObjection) -> Response:
    """By the issuing body or one above, and not by who assigned it."""
    return await command.named(
        "DecideObjection", lambda ports, act: issue_asides.decide_objection(ports, act, issue, body)
    )


@router.post(
    "/{issue}/ask-help",
    **operation(
        "askForHelp", summary=("提请上级协调", "Ask a higher body for help"), scope="school", roles=SECRETARIES,
        command=True, returns=ISSUE,
    ),
)  # fmt: skip
async def ask_help(command: Versioned, issue: IdPath, body: c.AskForHelp) -> Response:
    """What the school cannot do alone; its clock stops."""
    return await command.named("AskForHelp", lambda ports, act: issue_asides.ask_for_help(ports, act, issue, body))


@router.post(
    "/{issue}/pass-help-up",
    **operation(
        "passHelpUp", summary=("转请市教育局协调", "Pass a request for help up"), scope="division", roles=DECIDING,
        command=True, returns=ISSUE,
    ),
)  # fmt: skip
async def pass_help_up(command: Versioned, issue: IdPath, body: c.PassHelpUp) -> Response:
    """From the county to the bureau."""
    return await command.named("PassHelpUp", lambda ports, act: issue_asides.pass_help_up(ports, act, issue, body))


@router.post(
    "/{issue}/decide-help",
    **operation(
        "decideHelp", summary=("决定是否受理协调", "Accept or refuse to help"), scope="division", roles=DECIDING,
        command=True, returns=ISSUE,
    ),
)  # fmt: skip
async def decide_help(command: Versioned, issue: IdPath, body: c.DecideHelp) -> Response:
    """Accepted, the body leads: its officer plans and reports, another one checks."""
    return await command.named("DecideHelp", lambda ports, act: issue_asides.decide_help(ports, act, issue, body))


@router.post(
    "/{issue}/ask-extension",
    **operation(
        "askForExtension", summary=("申请延期", "Ask for an extension"), scope="school", roles=ANSWERING, command=True,
        returns=ISSUE,
    ),
)  # fmt: skip
async def ask_extension(command: Versioned, issue: IdPath, body: c.AskForExtension) -> Response:
    """Before the due day, once; the clock goes on."""
    return await command.named(
        "AskForExtension", lambda ports, act: issue_asides.ask_for_extension(ports, act, issue, body)
    )


@router.post(
    "/{issue}/decide-extension",
    **operation(
        "decideExtension", summary=("决定是否准予延期", "Decide an extension"), scope="division", roles=DECIDING,
        command=True, returns=ISSUE,
    ),
)  # fmt: skip
async def decide_extension(command: Versioned, issue: IdPath, body: c.DecideExtension) -> Response:
    """By the issuing body."""
    return await command.named(
        "DecideExtension", lambda ports, act: issue_asides.decide_extension(ports, act, issue, body)
    )


@router.post(
    "/{issue}/correct",
    **operation(
        "correctIssue", summary=("更正问题", "Correct a finding"), scope="division", roles=DECIDING, command=True,
        returns=ISSUE,
    ),
)  # fmt: skip
async def correct(command: Versioned, issue: IdPath, body: c.CorrectIssue) -> Response:
    """After 交办, by the issuing body; what it read before stays visible."""
    return await command.named("CorrectIssue", lambda ports, act: issue_asides.correct_issue(ports, act, issue, body))


@router.post(
    "/{issue}/opinion",
    **operation(
        "giveOpinion", summary=("督导组意见", "The team's opinion"), scope="school", roles=TEAM, command=True,
        returns=ISSUE,
    ),
)  # fmt: skip
async def opinion(command: Versioned, issue: IdPath, body: c.GiveOpinion) -> Response:
    """On the rectification; it goes along with the check."""
    return await command.named("GiveOpinion", lambda ports, act: issue_asides.give_opinion(ports, act, issue, body))


@router.post(
    "/{issue}/urge",
    **operation("urgeIssue", summary=("催办", "Urge"), scope="division", roles=DECIDING, command=True, returns=ISSUE),
)
async def urge(command: Versioned, issue: IdPath, body: c.UrgeIssue) -> Response:
    """One click, once a day."""
    return await command.named("UrgeIssue", lambda ports, act: issue_asides.urge_issue(ports, act, issue, body))


@router.post(
    "/{issue}/cards",
    **operation(
        "issueCard", summary=("发出督办单", "Issue a card"), scope="city", roles=BUREAU, command=True, returns=ISSUE
    ),
)
async def issue_card(command: Versioned, issue: IdPath, body: c.IssueCard) -> Response:
    """黄牌 or 红牌: numbered, with a deadline; repeated red ones propose 约谈 or 通报."""
    return await command.named("IssueCard", lambda ports, act: issue_asides.issue_card(ports, act, issue, body))


@router.post(
    "/{issue}/cards/{card}/receive",
    **operation(
        "receiveCard", summary=("签收督办单", "Receive a card"), scope="school", roles=SECRETARIES, command=True,
        returns=ISSUE,
    ),
)  # fmt: skip
async def receive_card(command: Versioned, issue: IdPath, card: IdPath) -> Response:
    """The school's receipt."""
    return await command.named("ReceiveCard", lambda ports, act: issue_asides.receive_card(ports, act, issue, card))


@router.post(
    "/{issue}/cards/{card}/decide",
    **operation(
        "decideCard", summary=("办结督办单", "Decide a card"), scope="city", roles=BUREAU, command=True, returns=ISSUE
    ),
)
async def decide_card(command: Versioned, issue: IdPath, card: IdPath, body: c.DecideCard) -> Response:
    """Whether what it asked for was done."""
    return await command.named("DecideCard", lambda ports, act: issue_asides.decide_card(ports, act, issue, card, body))
