"""异议: the school objects, once, while the issue is new; somebody else of the issuing body, or one above, decides."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from services.inspection.domain.actor import Actor
from services.inspection.domain.authority import Authority
from services.inspection.domain.issue import Clock, Issue, Objection, Step, expect, step
from services.inspection.domain.issue_bodies import issuing
from services.inspection.domain.issue_stops import resumed, stop_ended, stopped
from services.inspection.domain.moment import Moment, day_of_text
from services.inspection.domain.rules_decisions import DecidesOwnAssignment, HelpLeads, ObjectedBefore, TooLateToObject
from services.inspection.domain.wording import COMMANDS_ZH, required
from services.inspection.domain.workdays import add_working_days

_SECRETARY: Final = ("书记", "the secretary")
_DECIDER: Final = ("交办单位或其上级的人员", "an officer of the issuing body or above")


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruling:
    """What was decided: upheld, the issue is withdrawn; the reason is told to the school."""

    upheld: bool
    reason: str


def object_to(issue: Issue, authority: Authority, moment: Moment, reason: str) -> Step:
    """提出异议: assigned, acknowledged → objected; the school's clock stops, the issuing body's starts."""
    expect(issue, authority, "object", "assigned", "acknowledged")
    actor = authority.within("object", _SECRETARY, authority.secretary())
    if issue.helper is not None:
        raise HelpLeads(command_zh=COMMANDS_ZH["object"], command_en="object")
    if issue.objections:
        raise ObjectedBefore
    _in_time(issue, moment)
    why = required(reason, moment.terms.note_length, "理由", "reason")
    due = moment.due(moment.terms.objection_decision_days, "decide_objection")
    raised = Objection(
        at=moment.text,
        by=actor,
        reason=why,
        state="assigned" if issue.state == "assigned" else "acknowledged",
        decide_by=due,
    )
    objected = replace(stopped(issue, moment, "objected", due), objections=(raised,))
    return step(objected, "issue.objected", actor, why)


def decide_objection(issue: Issue, authority: Authority, moment: Moment, ruling: Ruling) -> Step:
    """复核异议: objected → withdrawn, or back to the state before with every deadline later by the stop."""
    expect(issue, authority, "decide_objection", "objected")
    actor = _decider(issue, authority)
    why = required(ruling.reason, moment.terms.note_length, "理由", "reason")
    raised = issue.objections[-1]
    decided = replace(raised, upheld=ruling.upheld, decided_at=moment.text, decided_by=actor, decided_reason=why)
    ruled = replace(issue, objections=(decided,))
    if not ruling.upheld:
        back = resumed(ruled, moment, raised.state, "objection_decided")
        return step(back, "issue.objection_decided", actor, why)
    clock = Clock(owner="none", since=moment.text, due=None, reason="objection_decided")
    withdrawn = replace(stop_ended(ruled, moment), state="withdrawn", withdrawn_reason=why, clock=clock)
    return step(withdrawn, "issue.objection_decided", actor, why)


def _in_time(issue: Issue, moment: Moment) -> None:
    if issue.acknowledged_at is None:
        return
    days = moment.terms.object_days
    last = add_working_days(day_of_text(issue.acknowledged_at), days, moment.calendars)
    if moment.day > date.fromisoformat(last.day):
        raise TooLateToObject(days=days, day=last.day)


def _decider(issue: Issue, authority: Authority) -> Actor:
    actor = authority.above("decide_objection", _DECIDER, issuing(issue, authority), authority.bureau_officer())
    if issue.assigned_by is not None and issue.assigned_by.person == authority.person:
        raise DecidesOwnAssignment
    return actor
