"""When a command happens: the instant, the calendars known then, the terms in force then."""

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from services.inspection.domain.terms import DEFAULT_TERMS, Terms
from services.inspection.domain.workdays import Basis, Calendars, Deadline, add_working_days, working_days_between

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")


def instant_text(instant: datetime) -> str:
    """RFC 3339 in UTC with six decimals and `Z`; raises `ValueError` for a naive instant."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def shanghai_day(instant: datetime) -> date:
    """The calendar day of an instant in China."""
    return instant.astimezone(SHANGHAI).date()


def day_of_text(text: str) -> date:
    """The calendar day in China of an RFC 3339 text; raises `ValueError`."""
    return shanghai_day(datetime.fromisoformat(text))


def months_before(instant: datetime, months: int) -> datetime:
    """The same time of the same day of the month so many months earlier, or of that month's last day."""
    whole = instant.year * 12 + instant.month - 1 - months
    year, month = whole // 12, whole % 12 + 1
    return instant.replace(year=year, month=month, day=min(instant.day, monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True)
class Moment:
    """`now` is aware; everything a command says about time follows from these three."""

    now: datetime
    calendars: Calendars
    terms: Terms = DEFAULT_TERMS

    @property
    def text(self) -> str:
        """The instant as entries store it."""
        return instant_text(self.now)

    @property
    def day(self) -> date:
        """Today in China."""
        return shanghai_day(self.now)

    def of_division(self, division: str) -> "Moment":
        """The same instant where that division's school holidays are no working days."""
        return replace(self, calendars=self.calendars.of_division(division))

    def due(self, working_days: int, rule: str) -> Deadline:
        """The deadline so many working days after today, by that rule of the terms."""
        basis = Basis(rule=rule, day_zero=self.day.isoformat(), working_days=working_days, terms=self.terms.id)
        return replace(add_working_days(self.day, working_days, self.calendars), basis=basis)

    def worked(self, since: str, until: str) -> int:
        """Working days from one stored instant to another; the first one's day is day 0."""
        return working_days_between(day_of_text(since), day_of_text(until), self.calendars)
