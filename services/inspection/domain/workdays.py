"""Chinese working days with 调休: Monday to Friday, less the days off, plus the weekend days worked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

_ONE_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_WEEK: Final = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class Basis:
    """Why a deadline falls on its day: which rule, counted from which day, under which version of the terms.

    `working_days` none: a person set the day. `stopped_days` are the working days that it moved by stopped clocks.
    """

    rule: str
    day_zero: str
    working_days: int | None = None
    terms: str | None = None
    stopped_days: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadline:
    """Last day to act, to its end in Asia/Shanghai; provisional (暂定) where a year's calendar is unpublished.

    Two deadlines on the same day are the same, whatever they rest on.
    """

    day: str
    provisional: bool = False
    basis: Basis | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Calendars:
    """The published years. In any other year only weekends are off, and what is counted there is provisional.

    `holidays` are the school holidays 假期 of each division that has any.
    """

    known: frozenset[int]
    days_off: frozenset[date]
    days_worked: frozenset[date]
    holidays: Mapping[str, frozenset[date]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        years: Iterable[tuple[int, Iterable[str], Iterable[str]]],
        holidays: Iterable[tuple[str, str, str]] = (),
    ) -> "Calendars":
        """From (year, days off, days worked) and (division, first, last); raises `ValueError` unless `YYYY-MM-DD`."""
        known: set[int] = set()
        off: set[date] = set()
        worked: set[date] = set()
        for year, days_off, days_worked in years:
            known.add(year)
            off.update(map(date.fromisoformat, days_off))
            worked.update(map(date.fromisoformat, days_worked))
        free: dict[str, frozenset[date]] = {}
        for division, first, last in holidays:
            days = _days(date.fromisoformat(first), date.fromisoformat(last))
            free[division] = free.get(division, frozenset()) | days
        return cls(frozenset(known), frozenset(off), frozenset(worked), free)

    def of_division(self, division: str) -> "Calendars":
        """As they count for the schools of a division: its school holidays are off, 调休 or not."""
        free = self.holidays.get(division)
        if not free:
            return self
        return replace(self, days_off=self.days_off | free, days_worked=self.days_worked - free)

    def is_working_day(self, day: date) -> bool:
        """Whether people work on that day, as far as is known."""
        if day in self.days_worked:
            return True
        return day.weekday() < _SATURDAY and day not in self.days_off

    def knows(self, first: date, last: date) -> bool:
        """Whether every year from `first` to `last` is published."""
        return all(year in self.known for year in range(first.year, last.year + 1))


def _days(first: date, last: date) -> frozenset[date]:
    return frozenset(first + timedelta(days=n) for n in range((last - first).days + 1))


NO_CALENDARS: Final = Calendars(frozenset(), frozenset(), frozenset())


def add_working_days(day: date, n: int, calendars: Calendars) -> Deadline:
    """The n-th working day after `day`, which is day 0 whether worked or not; n = 0 is `day` itself.

    Provisional when counting touched a year that is not published. Raises `ValueError` for n < 0.
    """
    if n < 0:
        raise ValueError("a deadline cannot lie before its act")
    end = day
    left = n
    while left:
        end += _ONE_DAY
        left -= calendars.is_working_day(end)
    provisional = n > 0 and not calendars.knows(day + _ONE_DAY, end)
    return Deadline(day=end.isoformat(), provisional=provisional)


def working_days_between(start: date, end: date, calendars: Calendars) -> int:
    """Working days after `start` up to and with `end`: 0 on the same day, and 0 when `end` is earlier.

    Counted by weeks and exceptions, so that ten years cost no more than ten days.
    """
    if end <= start:
        return 0
    off = sum(start < day <= end and day.weekday() < _SATURDAY for day in calendars.days_off - calendars.days_worked)
    worked = sum(start < day <= end and day.weekday() >= _SATURDAY for day in calendars.days_worked)
    return _weekdays_until(end) - _weekdays_until(start) - off + worked


def _weekdays_until(day: date) -> int:
    """Mondays to Fridays from the first Monday there is up to this day."""
    weeks, left = divmod(day.toordinal(), _WEEK)
    return weeks * _SATURDAY + min(left, _SATURDAY)
