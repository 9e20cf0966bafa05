"""Dates that people set or that the terms suggest."""

from dataclasses import replace
from datetime import date
from typing import Final

from services.inspection.domain.issue import Issue, Mode, Severity
from services.inspection.domain.moment import Moment
from services.inspection.domain.rules_input import DeadlineInPast, NotADay, TaskBeyondIssue
from services.inspection.domain.workdays import Basis, Deadline, add_working_days

SET: Final = "set"
"""The rule of a day that a person set."""


def parse_day(text: str) -> date:
    """The day of `YYYY-MM-DD`; raises `NotADay` on anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotADay(text=text[:20]) from None
    if day.isoformat() != text:
        raise NotADay(text=text[:20])
    return day


def suggested(severity: Severity, mode: Mode, moment: Moment) -> Deadline:
    """The terms' deadline (立行立改, 限期整改 by severity) or, for 长期坚持, the first check date, like 限期整改."""
    if mode == "immediate":
        return moment.due(moment.terms.immediate_days, "immediate")
    return moment.due(getattr(moment.terms, f"deadline_{severity}_days"), f"deadline_{severity}")


def set_day(text: str, moment: Moment) -> Deadline:
    """A deadline set by a person: firm, whatever the calendars know; raises `DeadlineInPast`, `NotADay`."""
    day = parse_day(text)
    if day < moment.day:
        raise DeadlineInPast
    return Deadline(day=day.isoformat(), basis=Basis(rule=SET, day_zero=moment.day.isoformat()))


def plan_by(issue: Issue, moment: Moment) -> Deadline:
    """When the plan is due after 签收 now."""
    if issue.mode == "immediate":
        return moment.due(moment.terms.plan_immediate_days, "plan_immediate")
    if issue.severity == "critical":
        return moment.due(moment.terms.plan_critical_days, "plan_critical")
    return moment.due(moment.terms.plan_days, "plan")


def sign_by(issue: Issue, moment: Moment) -> Deadline:
    """When a responsibility given now is to be signed."""
    if issue.mode == "immediate":
        return moment.due(moment.terms.sign_immediate_days, "sign_immediate")
    return moment.due(moment.terms.sign_days, "sign")


def task_deadline(text: str | None, issue: Issue, moment: Moment) -> Deadline:
    """A task's deadline: the issue's when none is given, else a day from today (or the issue's, if past) to it."""
    whole = issue.due
    if text is None:
        return whole
    day = parse_day(text).isoformat()
    if not min(moment.day.isoformat(), whole.day) <= day <= whole.day:
        raise TaskBeyondIssue(deadline=whole.day)
    basis = whole.basis if day == whole.day else Basis(rule=SET, day_zero=moment.day.isoformat())
    return Deadline(day=day, provisional=whole.provisional and day == whole.day, basis=basis)


def under(issue: Issue, due: Deadline) -> Issue:
    """The issue with another date in force: the deadline, or for standing issues the check date."""
    return replace(issue, next_check=due) if issue.mode == "standing" else replace(issue, deadline=due)


def later(deadline: Deadline, days: int, moment: Moment) -> Deadline:
    """The deadline so many working days later, since the clock stood still for them."""
    if days == 0:
        return deadline
    moved = add_working_days(date.fromisoformat(deadline.day), days, moment.calendars)
    basis = deadline.basis or Basis(rule=SET, day_zero=deadline.day)
    return Deadline(
        day=moved.day,
        provisional=deadline.provisional or moved.provisional,
        basis=replace(basis, stopped_days=basis.stopped_days + days),
    )
