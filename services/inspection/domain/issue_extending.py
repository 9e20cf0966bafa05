"""延期: asked before the due day, once, decided by the issuing body; the school's clock goes on meanwhile."""

from dataclasses import dataclass, replace
from typing import Final

from services.inspection.domain.authority import Authority
from services.inspection.domain.issue import Extension, Issue, State, Step, expect, step
from services.inspection.domain.issue_bodies import ISSUING, answering, issuing
from services.inspection.domain.issue_deadlines import set_day, under
from services.inspection.domain.moment import Moment
from services.inspection.domain.rules_decisions import (
    AskedBefore,
    DecidesOwnRequest,
    NothingAsked,
    NotLater,
    TooLateToExtend,
)
from services.inspection.domain.rules_input import DeadlineNeedless
from services.inspection.domain.wording import required
from services.inspection.domain.workdays import Deadline

RUNNING: Final[tuple[State, ...]] = ("acknowledged", "planned", "rectifying", "returned")
_SECRETARY: Final = ("书记", "the secretary")


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """Granted, until `day`, none as asked; or refused."""

    granted: bool
    reason: str
    day: str | None = None


def ask_extension(issue: Issue, authority: Authority, moment: Moment, day: str, reason: str) -> Step:
    """申请延期: for the secretary, or for the body that leads; nothing changes until it is decided."""
    expect(issue, authority, "ask_extension", *RUNNING)
    actor = answering(issue, authority, "ask_extension", _SECRETARY, authority.secretary())
    limit = moment.terms.extensions
    if len(issue.extensions) >= limit:
        raise AskedBefore(limit=limit)
    if moment.day.isoformat() >= issue.due.day:
        raise TooLateToExtend(day=issue.due.day)
    why = required(reason, moment.terms.note_length, "理由", "reason")
    asked = Extension(at=moment.text, by=actor, reason=why, day=_later_day(day, issue, moment).day, deadline=issue.due)
    return step(replace(issue, extensions=(*issue.extensions, asked)), "issue.extension_asked", actor, why)


def decide_extension(issue: Issue, authority: Authority, moment: Moment, decision: Decision) -> Step:
    """准予 or refused, by the issuing body: granted, the new deadline is in force at once."""
    expect(issue, authority, "decide_extension", *RUNNING)
    actor = authority.above("decide_extension", ISSUING, issuing(issue, authority))
    asked = pending(issue)
    if asked is None:
        raise NothingAsked
    if asked.by.person == authority.person:
        raise DecidesOwnRequest
    why = required(decision.reason, moment.terms.note_length, "理由", "reason")
    decided = replace(asked, decided_at=moment.text, decided_by=actor, decided_reason=why)
    if not decision.granted:
        if decision.day is not None:
            raise DeadlineNeedless
        return step(_with(issue, replace(decided, outcome="refused")), "issue.extension_decided", actor, why)
    due = _later_day(decision.day or asked.day, issue, moment)
    granted = _with(issue, replace(decided, outcome="granted", granted=due))
    # What was due with the issue still is.
    tasks = tuple(
        replace(task, deadline=due) if task.done_at is None and task.deadline == issue.due else task
        for task in issue.tasks
    )
    extended = replace(under(granted, due), tasks=tasks, clock=replace(issue.clock, due=due))
    return step(extended, "issue.extension_decided", actor, why)


def pending(issue: Issue) -> Extension | None:
    """The extension that waits for its decision."""
    return issue.extensions[-1] if issue.extensions and issue.extensions[-1].outcome is None else None


def lapsed(issue: Issue, moment: Moment) -> Issue:
    """What was asked and not decided has lapsed: the deadline it was about is no longer the one in force."""
    asked = pending(issue)
    return issue if asked is None else _with(issue, replace(asked, outcome="lapsed", decided_at=moment.text))


def _with(issue: Issue, changed: Extension) -> Issue:
    return replace(issue, extensions=(*issue.extensions[:-1], changed))


def _later_day(text: str, issue: Issue, moment: Moment) -> Deadline:
    due = set_day(text, moment)
    if due.day <= issue.due.day:
        raise NotLater(day=issue.due.day)
    return due
