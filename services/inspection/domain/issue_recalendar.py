"""期限重算: what was counted before a year's calendar was published is counted anew, and the entry says so."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from typing import Any, Final

from services.inspection.domain.actor import Actor
from services.inspection.domain.issue import ENDED, Issue, Recount, Step, step
from services.inspection.domain.moment import Moment, day_of_text
from services.inspection.domain.workdays import (
    NO_CALENDARS,
    Calendars,
    Deadline,
    add_working_days,
    working_days_between,
)

Again = Callable[[Deadline, str | None], Deadline]
DECIDED: Final = frozenset({"reports", "checks", "closings", "recounts"})
"""What was decided, or told, by the date of then stays so."""
_SINCE: Final = ("since", "at", "asked_at")
_LONGEST_NOTE: Final = 400


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the calendars said when: (instant, calendars from then on), earliest first."""

    landings: Sequence[tuple[str, Calendars]]

    def then(self, instant: str, first: date, last: date) -> Calendars:
        """The newest calendars up to that instant that did not know all of the span: by those it was provisional."""
        known = (calendars for at, calendars in reversed(self.landings) if at <= instant)
        return next((one for one in known if not one.knows(first, last)), NO_CALENDARS)


def recount(issue: Issue, actor: Actor, moment: Moment, knowledge: Knowledge, counted_at: str = "") -> Step | None:
    """Every provisional date of an open issue, by today's calendars; none where nothing can be said yet.

    The number of working days stays what it was, from the same act on. `counted_at` is the last recount, if any.
    Reports, checks and closings stay as they were decided.
    """
    if issue.state in ENDED:
        return None

    def again(due: Deadline, since: str | None) -> Deadline:
        return _again(due, since or issue.clock.since, moment, knowledge, counted_at)

    changed = _recounted(issue, again)
    if changed == issue:
        return None
    return step(_told_of(issue, changed, moment), "issue.recounted", actor, _note(issue, changed))


def _told_of(before: Issue, after: Issue, moment: Moment) -> Issue:
    old, new = _in_force(before), _in_force(after)
    if old is None or new is None or old == new:
        return after
    return replace(after, recounts=(*after.recounts, Recount(at=moment.text, before=old, after=new)))


def _again(due: Deadline, since: str, moment: Moment, knowledge: Knowledge, counted_at: str) -> Deadline:
    if not due.provisional:
        return due
    start, end = day_of_text(since), date.fromisoformat(due.day)
    basis = due.basis
    if basis is not None and basis.working_days is not None:
        start, days = date.fromisoformat(basis.day_zero), basis.working_days + basis.stopped_days
    else:
        before = knowledge.then(max(since, counted_at), start, end)
        days = working_days_between(start, end, before)
    if not moment.calendars.knows(start, end):
        return due
    return replace(add_working_days(start, days, moment.calendars), basis=basis)


def _recounted(issue: Issue, again: Again) -> Issue:
    changed = {
        one.name: _value(getattr(issue, one.name), _origin(issue, one.name), again)
        for one in fields(issue)
        if one.name not in DECIDED
    }
    moved = replace(issue, **changed)
    # The school's clock runs to the date in force, which is counted from 交办 and not from when the clock started.
    if issue.clock.owner == "school" and issue.clock.due == _in_force(issue):
        return replace(moved, clock=replace(moved.clock, due=_in_force(moved)))
    return moved


def _origin(issue: Issue, name: str) -> str | None:
    return issue.acknowledged_at if name == "plan_by" else issue.assigned_at


def _value(value: Any, since: str | None, again: Again) -> Any:
    """A date, or whatever holds dates: counted from the instant that its own `since` or `at` tells, if it has one."""
    if isinstance(value, Deadline):
        return again(value, since)
    if isinstance(value, tuple):
        return tuple(_value(one, since, again) for one in value)
    if not is_dataclass(value) or isinstance(value, (type, Actor)):
        return value
    own = next((getattr(value, name) for name in _SINCE if getattr(value, name, None)), since)
    return replace(value, **{one.name: _value(getattr(value, one.name), own, again) for one in fields(value)})


def _in_force(issue: Issue) -> Deadline | None:
    return issue.next_check if issue.mode == "standing" else issue.deadline


def _note(before: Issue, after: Issue) -> str:
    old, new = _in_force(before), _in_force(after)
    moved = "" if old is None or new is None or old == new else f"：期限{_told(old)}改为{_told(new)}"
    return f"工作日历公布，暂定日期重算{moved} / the calendar was published, provisional dates were counted anew"[
        :_LONGEST_NOTE
    ]


def _told(due: Deadline) -> str:
    return f"{due.day}（暂定）" if due.provisional else due.day
