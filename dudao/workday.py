"""`dudao workday`: the day so many Chinese working days after another, by the same counting as every deadline."""

from collections.abc import Sequence
from datetime import date

from contracts.registry import Calendar
from services.inspection.domain.workdays import Calendars, add_working_days


def workday(day: date, days: int, calendars: Sequence[Calendar]) -> str:
    """`YYYY-MM-DD`, then 暂定 where a year counted through is not published; raises `ValueError` for days < 0."""
    known = Calendars.of((calendar.year, calendar.days_off, calendar.days_worked) for calendar in calendars)
    deadline = add_working_days(day, days, known)
    return f"{deadline.day} 暂定" if deadline.provisional else deadline.day
