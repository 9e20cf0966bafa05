"""Objection, help, extension, correction, opinion, urging and cards: load, one domain call, save."""

from runtime.commands import Outcome
from services.inspection.application import issue_commands as c
from services.inspection.application.act import Act
from services.inspection.application.evidence import require_evidence
from services.inspection.application.issue_loading import changed, item_of, load, take
from services.inspection.application.ports import Ports
from services.inspection.domain import (
    issue_correcting,
    issue_extending,
    issue_helping,
    issue_objecting,
    issue_opinion,
    issue_pressing,
)
from services.inspection.domain.issue_assigning import of_tour
from services.inspection.domain.moment import Moment, instant_text, months_before


async def object_to_issue(ports: Ports, act: Act, issue: str, command: c.ObjectToIssue) -> Outcome:
    """异议: the school's clock stops."""
    return await take(ports, act, issue, lambda i, a, m: issue_objecting.object_to(i, a, m, command.reason))


async def decide_objection(ports: Ports, act: Act, issue: str, command: c.DecideObjection) -> Outcome:
    """复核异议."""
    ruling = issue_objecting.Ruling(upheld=command.upheld, reason=command.reason)
    return await take(ports, act, issue, lambda i, a, m: issue_objecting.decide_objection(i, a, m, ruling))


async def ask_for_help(ports: Ports, act: Act, issue: str, command: c.AskForHelp) -> Outcome:
    """提请上级协调: the school's clock stops."""
    return await take(ports, act, issue, lambda i, a, m: issue_helping.ask_help(i, a, m, command.reason))


async def pass_help_up(ports: Ports, act: Act, issue: str, command: c.PassHelpUp) -> Outcome:
    """转请: the county passes it up to the bureau."""
    return await take(ports, act, issue, lambda i, a, m: issue_helping.pass_up(i, a, m, command.reason))


async def decide_help(ports: Ports, act: Act, issue: str, command: c.DecideHelp) -> Outcome:
    """受理: the body leads from now on; or not."""
    answer = issue_helping.Answer(accepted=command.accepted, reason=command.reason, deadline=command.deadline)
    return await take(ports, act, issue, lambda i, a, m: issue_helping.decide_help(i, a, m, answer))


async def ask_for_extension(ports: Ports, act: Act, issue: str, command: c.AskForExtension) -> Outcome:
    """申请延期."""
    day, reason = command.day, command.reason
    return await take(ports, act, issue, lambda i, a, m: issue_extending.ask_extension(i, a, m, day, reason))


async def decide_extension(ports: Ports, act: Act, issue: str, command: c.DecideExtension) -> Outcome:
    """准予延期, or not."""
    decision = issue_extending.Decision(granted=command.granted, reason=command.reason, day=command.day)
    return await take(ports, act, issue, lambda i, a, m: issue_extending.decide_extension(i, a, m, decision))


async def correct_issue(ports: Ports, act: Act, issue: str, command: c.CorrectIssue) -> Outcome:
    """更正, after 交办."""
    at = await load(ports, act, issue)
    await require_evidence(ports, act.person, command.evidence, at.issue.school)
    change = issue_correcting.Correction(
        reason=command.reason, description=command.description, area=command.area, evidence=command.evidence
    )
    item = await item_of(ports, at.issue.checklist, at.issue.item)
    return changed(act, at, issue_correcting.correct(at.issue, at.authority, at.moment, change, item))


async def give_opinion(ports: Ports, act: Act, issue: str, command: c.GiveOpinion) -> Outcome:
    """督导组意见."""
    return await take(ports, act, issue, lambda i, a, m: issue_opinion.give_opinion(i, a, m, command.text))


async def urge_issue(ports: Ports, act: Act, issue: str, command: c.UrgeIssue) -> Outcome:
    """催办."""
    return await take(ports, act, issue, lambda i, a, m: issue_pressing.urge(i, a, m, command.note))


def _red_cards_count_from(moment: Moment) -> str:
    return instant_text(months_before(moment.now, moment.terms.red_cards_months))


async def issue_card(ports: Ports, act: Act, issue: str, command: c.IssueCard) -> Outcome:
    """督办单: its number is given here, once the step itself was found to be allowed."""
    at = await load(ports, act, issue)
    # What is proposed for everybody to see must not tell of cards that do not exist for everybody.
    since, tours = _red_cards_count_from(at.moment), of_tour(at.issue.source)
    earlier = await ports.issues.red_cards(at.issue.school, since, tours=tours)

    def wanted(number: str) -> issue_pressing.Reprimand:
        return issue_pressing.Reprimand(
            number=number,
            colour=command.colour,
            reason=command.reason,
            deadline=command.deadline,
            earlier_red=earlier,
        )

    issue_pressing.issue_card(at.issue, at.authority, at.moment, wanted("0"))
    number = await ports.issues.next_card(at.moment.day.year)
    return changed(act, at, issue_pressing.issue_card(at.issue, at.authority, at.moment, wanted(number)))


async def receive_card(ports: Ports, act: Act, issue: str, card: str) -> Outcome:
    """签收督办单."""
    return await take(ports, act, issue, lambda i, a, m: issue_pressing.receive_card(i, a, m, card))


async def decide_card(ports: Ports, act: Act, issue: str, card: str, command: c.DecideCard) -> Outcome:
    """办结督办单."""
    decision = issue_pressing.CardDecision(card=card, met=command.met, reason=command.reason)
    return await take(ports, act, issue, lambda i, a, m: issue_pressing.decide_card(i, a, m, decision))
