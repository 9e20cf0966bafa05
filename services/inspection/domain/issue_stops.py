"""The school's clock standing still 停表: while an objection or a request for help is with a higher body."""

from dataclasses import replace
from typing import Literal

from services.inspection.domain.issue import Clock, Issue, State, Stop
from services.inspection.domain.issue_deadlines import later
from services.inspection.domain.moment import Moment
from services.inspection.domain.workdays import Deadline

Reason = Literal["objected", "help_asked"]


def stopped(issue: Issue, moment: Moment, reason: Reason, due: Deadline) -> Issue:
    """The issue in the state `reason`: the school's clock stands still, the issuer's or the asked body's runs."""
    return replace(
        issue,
        state=reason,
        stops=(*issue.stops, Stop(since=moment.text, until=None, reason=reason, days=None)),
        clock=Clock(owner="issuer" if reason == "objected" else "body", since=moment.text, due=due, reason=reason),
    )


def stop_ended(issue: Issue, moment: Moment) -> Issue:
    """The stop, if one is running, has its end and its working days; nothing else changes."""
    if not issue.stops or issue.stops[-1].until is not None:
        return issue
    last = issue.stops[-1]
    ended = replace(last, until=moment.text, days=moment.worked(last.since, moment.text))
    return replace(issue, stops=(*issue.stops[:-1], ended))


def resumed(issue: Issue, moment: Moment, state: State, reason: str) -> Issue:
    """Back in `state`: whatever the school still has to do is due later by the working days of the stop."""
    ended = stop_ended(issue, moment)
    days = ended.stops[-1].days or 0
    moved = _moved(ended, days, moment)
    return replace(moved, state=state, clock=Clock(owner="school", since=moment.text, due=moved.due, reason=reason))


def _moved(issue: Issue, days: int, moment: Moment) -> Issue:
    def moved(deadline: Deadline | None) -> Deadline | None:
        return None if deadline is None else later(deadline, days, moment)

    return replace(
        issue,
        deadline=moved(issue.deadline),
        next_check=moved(issue.next_check),
        acknowledge_by=issue.acknowledge_by if issue.acknowledged_at else moved(issue.acknowledge_by),
        plan_by=issue.plan_by if issue.planned_at else moved(issue.plan_by),
        tasks=tuple(
            task if task.done_at else replace(task, deadline=later(task.deadline, days, moment)) for task in issue.tasks
        ),
        responsibilities=tuple(
            row if row.signed_at or not row.in_force else replace(row, sign_by=later(row.sign_by, days, moment))
            for row in issue.responsibilities
        ),
    )
