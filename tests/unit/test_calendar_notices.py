"""The calendars under `data/` against the State Council's notices, written here from the notices themselves."""

from collections.abc import Sequence
from datetime import date, timedelta

import chinese_calendar
import pytest

from dudao.city import read_calendars
from services.inspection.domain.workdays import Calendars, Deadline, add_working_days

Span = tuple[str, str]

# Year → holidays (first and last day), weekend days worked 调休; 国办发明电〔2023〕7号, 〔2024〕12号, 〔2025〕7号.
NOTICES: dict[int, tuple[Sequence[Span], Sequence[str]]] = {
    2024: (
        [
            ("01-01", "01-01"), ("02-10", "02-17"), ("04-04", "04-06"), ("05-01", "05-05"), ("06-10", "06-10"),
            ("09-15", "09-17"), ("10-01", "10-07"),
        ],
        ["02-04", "02-18", "04-07", "04-28", "05-11", "09-14", "09-29", "10-12"],
    ),
    2025: (
        [
            ("01-01", "01-01"), ("01-28", "02-04"), ("04-04", "04-06"), ("05-01", "05-05"), ("05-31", "06-02"),
            ("10-01", "10-08"),
        ],
        ["01-26", "02-08", "04-27", "09-28", "10-11"],
    ),
    2026: (
        [
            ("01-01", "01-03"), ("02-15", "02-23"), ("04-04", "04-06"), ("05-01", "05-05"), ("06-19", "06-21"),
            ("09-25", "09-27"), ("10-01", "10-07"),
        ],
        ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"],
    ),
}  # fmt: skip
KNOWN = Calendars.of((one.year, one.days_off, one.days_worked) for one in read_calendars())


def works(day: date) -> bool:
    """Whether the notice has people work on that day."""
    holidays, worked = NOTICES[day.year]
    text = day.isoformat()[5:]
    if text in worked:
        return True
    return day.weekday() < 5 and not any(first <= text <= last for first, last in holidays)


@pytest.mark.parametrize("year", NOTICES)
def test_every_day_is_as_the_notice_has_it(year: int) -> None:
    first = date(year, 1, 1)
    days = [first + timedelta(n) for n in range((date(year + 1, 1, 1) - first).days)]
    assert [day for day in days if KNOWN.is_working_day(day) != works(day)] == []
    assert [day for day in days if chinese_calendar.is_workday(day) != works(day)] == []


@pytest.mark.parametrize("year", NOTICES)
def test_days_worked_are_weekend_days_outside_the_holidays(year: int) -> None:
    holidays, worked = NOTICES[year]
    for text in worked:
        assert date.fromisoformat(f"{year}-{text}").weekday() >= 5
        assert not any(first <= text <= last for first, last in holidays)


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        ("2024-02-08", 3, "2024-02-19"),  # 春节, Sunday the 18th worked
        ("2024-09-13", 1, "2024-09-14"),  # a Saturday before 中秋
        ("2025-01-24", 2, "2025-01-27"),  # Sunday the 26th worked
        ("2025-09-30", 3, "2025-10-11"),  # eight days off, then Saturday the 11th worked
        ("2026-09-25", 5, "2026-10-09"),
        ("2026-02-10", 10, "2026-03-02"),
    ],
)
def test_deadlines_by_the_published_years(day: str, n: int, expected: str) -> None:
    assert add_working_days(date.fromisoformat(day), n, KNOWN) == Deadline(day=expected)


def test_2027_is_not_published_yet() -> None:
    assert 2027 not in KNOWN.known
    assert add_working_days(date(2026, 12, 31), 1, KNOWN) == Deadline(day="2027-01-01", provisional=True)
