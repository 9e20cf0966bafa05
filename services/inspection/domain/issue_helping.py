"""提请上级协调: what a school cannot do alone is asked of the county, which accepts, refuses or passes it up."""

from dataclasses import dataclass, replace
from typing import Final, Literal

from services.inspection.domain.actor import Actor
from services.inspection.domain.authority import Authority
from services.inspection.domain.issue import Clock, Help, Issue, Responsibility, Step, expect, step
from services.inspection.domain.issue_bodies import county_now
from services.inspection.domain.issue_deadlines import plan_by, set_day, sign_by, suggested
from services.inspection.domain.issue_extending import lapsed
from services.inspection.domain.issue_stops import resumed, stop_ended, stopped
from services.inspection.domain.moment import Moment
from services.inspection.domain.rules_decisions import HelpLeads, NothingAbove
from services.inspection.domain.rules_input import DeadlineNeedless
from services.inspection.domain.wording import COMMANDS_ZH, required

_SECRETARY: Final = ("书记", "the secretary")
_COUNTY: Final = ("县区教育局（市直学校为市教育局）", "the county (city-direct: the bureau)")
_BUREAU: Final = ("市教育局机关党委", "a bureau officer")
_TAKEN_OVER: Final = "上级受理协调"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What was decided; accepted, `deadline` is the body's own, none takes what is suggested."""

    accepted: bool
    reason: str
    deadline: str | None = None


def ask_help(issue: Issue, authority: Authority, moment: Moment, reason: str) -> Step:
    """提请上级协调: acknowledged, planned, rectifying → help_asked; the school's clock stops, the body's starts."""
    expect(issue, authority, "ask_help", "acknowledged", "planned", "rectifying")
    actor = authority.within("ask_help", _SECRETARY, authority.secretary())
    if issue.helper is not None:
        raise HelpLeads(command_zh=COMMANDS_ZH["ask_help"], command_en="ask_help")
    why = required(reason, moment.terms.note_length, "理由", "reason")
    due = moment.due(moment.terms.help_decision_days, "decide_help")
    asked = Help(at=moment.text, by=actor, reason=why, state=_before(issue), body=authority.place.county, decide_by=due)
    after = replace(stopped(issue, moment, "help_asked", due), helps=(*issue.helps, asked))
    return step(after, "issue.help_asked", actor, why)


def pass_up(issue: Issue, authority: Authority, moment: Moment, reason: str) -> Step:
    """转请: the county passes the request up to the bureau, whose time to decide begins."""
    expect(issue, authority, "pass_up", "help_asked")
    asked = issue.helps[-1]
    if asked.body == authority.place.city:
        raise NothingAbove
    actor = authority.above("pass_up", _COUNTY, authority.county_officer())
    why = required(reason, moment.terms.note_length, "理由", "reason")
    due = moment.due(moment.terms.help_decision_days, "decide_help")
    passed = replace(
        asked,
        body=authority.place.city,
        decide_by=due,
        passed_up_at=moment.text,
        passed_up_by=actor,
        passed_up_reason=why,
    )
    clock = Clock(owner="body", since=moment.text, due=due, reason="help_passed_up")
    after = replace(issue, helps=(*issue.helps[:-1], passed), clock=clock)
    return step(after, "issue.help_passed_up", actor, why)


def decide_help(issue: Issue, authority: Authority, moment: Moment, answer: Answer) -> Step:
    """受理 → acknowledged, the body leads; or refused → the state before, its clock resumed."""
    expect(issue, authority, "decide_help", "help_asked")
    actor = _decider(issue, authority)
    why = required(answer.reason, moment.terms.note_length, "理由", "reason")
    if answer.accepted:
        return step(_accepted(issue, actor, moment, why, answer.deadline), "issue.help_decided", actor, why)
    if answer.deadline is not None:
        raise DeadlineNeedless
    asked = replace(issue.helps[-1], outcome="refused", decided_at=moment.text, decided_by=actor, decided_reason=why)
    back = resumed(replace(issue, helps=(*issue.helps[:-1], asked)), moment, asked.state, "help_refused")
    return step(back, "issue.help_decided", actor, why)


def _before(issue: Issue) -> Literal["acknowledged", "planned", "rectifying"]:
    if issue.state == "acknowledged":
        return "acknowledged"
    return "planned" if issue.state == "planned" else "rectifying"


def _decider(issue: Issue, authority: Authority) -> Actor:
    if issue.helps[-1].body == authority.place.city:
        return authority.above("decide_help", _BUREAU, authority.bureau_officer())
    return authority.above("decide_help", _COUNTY, county_now(authority))


def _accepted(issue: Issue, actor: Actor, moment: Moment, why: str, day: str | None) -> Issue:
    due = (
        suggested(issue.severity or "major", issue.mode or "deadline", moment) if day is None else set_day(day, moment)
    )
    standing = issue.mode == "standing"
    asked = replace(
        issue.helps[-1],
        body=actor.organisation,
        outcome="accepted",
        decided_at=moment.text,
        decided_by=actor,
        decided_reason=why,
        deadline=due,
    )
    return replace(
        lapsed(stop_ended(issue, moment), moment),
        state="acknowledged",
        helper=actor.organisation,
        helps=(*issue.helps[:-1], asked),
        deadline=None if standing else due,
        next_check=due if standing else None,
        plan_by=plan_by(issue, moment),
        responsibilities=_taken_over(issue, actor, moment),
        clock=Clock(owner="body", since=moment.text, due=due, reason="help_accepted"),
    )


def _taken_over(issue: Issue, actor: Actor, moment: Moment) -> tuple[Responsibility, ...]:
    """From now on the officer who accepted answers, until the body's plan names its lead; what was is kept."""
    kept = (
        replace(row, superseded_at=moment.text, superseded_reason=_TAKEN_OVER) if row.in_force else row
        for row in issue.responsibilities
    )
    lead = Responsibility(
        id=f"{issue.id}-R{len(issue.responsibilities) + 1}",
        person=actor.person,
        part="lead",
        since=moment.text,
        sign_by=sign_by(issue, moment),
        signed_at=None,
        superseded_at=None,
        superseded_reason=None,
    )
    return (*kept, lead)
