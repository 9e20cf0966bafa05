"""Lights 绿黄红: computed from the issue and the day whenever they are shown, never stored."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from services.inspection.domain.issue import Issue, State
from services.inspection.domain.moment import Moment
from services.inspection.domain.workdays import add_working_days

Light = Literal["green", "yellow", "red"]
LIT: Final[tuple[State, ...]] = ("assigned", "acknowledged", "planned", "rectifying", "returned")


@dataclass(frozen=True, slots=True)
class Horizon:
    """Today, and the last day that is near: what the lights of a division go by."""

    today: str
    soon: str

    @classmethod
    def of(cls, moment: Moment) -> "Horizon":
        """As of this moment. Days off behind the last near working day are near, too."""
        first_far = add_working_days(moment.day, moment.terms.yellow_light_days + 1, moment.calendars)
        soon = date.fromisoformat(first_far.day) - timedelta(days=1)
        return cls(moment.day.isoformat(), soon.isoformat())

    def light_by(self, day: str) -> Light:
        """What a date alone says: 绿 on time, 黄 within the terms' working days, 红 past."""
        if day < self.today:
            return "red"
        return "yellow" if day <= self.soon else "green"

    def light(self, issue: Issue) -> Light | None:
        """绿 on time, 黄 due within the terms' working days or a task behind its own date, 红 overdue.

        None while nobody has to rectify: before 交办, while the clock stands still, from the report on.
        """
        if issue.state not in LIT:
            return None
        by_date = self.light_by(issue.due.day)
        behind = any(task.done_at is None and task.deadline.day < self.today for task in issue.tasks)
        return "yellow" if by_date == "green" and behind else by_date


def light(issue: Issue, moment: Moment) -> Light | None:
    """As `Horizon.light`, for a single issue."""
    return Horizon.of(moment).light(issue)


def light_by(day: str, moment: Moment) -> Light:
    """As `Horizon.light_by`, for a single day."""
    return Horizon.of(moment).light_by(day)
