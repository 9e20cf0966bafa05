"""A year's calendar as it lands: its days in order, and changed only for a reason."""

from services.inspection.domain.registry import Calendar
from services.inspection.domain.registry_checks import calendar_problems
from services.inspection.domain.rules_registry import CalendarTooShort, CorrectionNeedsReason


def landed(given: Calendar, before: Calendar | None, reason: str | None) -> Calendar:
    """The calendar to publish; the one before when it says the same. Raises the rule it breaks."""
    calendar = Calendar(
        id=str(given.year),
        year=given.year,
        days_off=tuple(sorted(set(given.days_off))),
        days_worked=tuple(sorted(set(given.days_worked))),
        source=given.source,
    )
    for problem in calendar_problems(calendar):
        raise problem
    if not calendar.days_off:
        raise CalendarTooShort(year=calendar.year)
    if before is None:
        return calendar
    if (before.days_off, before.days_worked) == (calendar.days_off, calendar.days_worked):
        return before
    if not reason:
        raise CorrectionNeedsReason(year=calendar.year)
    return calendar
