"""Lights 绿黄红: computed from the issue and the day whenever they are shown, never stored."""

from datetime import date
from typing import Final, Literal

from services.inspection.domain.issue import Issue, State
from services.inspection.domain.moment import Moment
from services.inspection.domain.workdays import working_days_between

Light = Literal["green", "yellow", "red"]
LIT: Final[tuple[State, ...]] = ("assigned", "acknowledged", "planned", "rectifying", "returned")


def light(issue: Issue, moment: Moment) -> Light | None:
    """绿 on time, 黄 due within the terms' working days or a task behind its own date, 红 overdue.

    None while nobody has to rectify: before 交办, while the clock stands still, from the report on.
    """
    if issue.state not in LIT:
        return None
    by_date = light_by(issue.due.day, moment)
    today = moment.day.isoformat()
    behind = any(task.done_at is None and task.deadline.day < today for task in issue.tasks)
    return "yellow" if by_date == "green" and behind else by_date


def light_by(day: str, moment: Moment) -> Light:
    """What a date alone says: 绿 on time, 黄 within the terms' working days, 红 past."""
    due = date.fromisoformat(day)
    if moment.day > due:
        return "red"
    near = working_days_between(moment.day, due, moment.calendars) <= moment.terms.yellow_light_days
    return "yellow" if near else "green"
