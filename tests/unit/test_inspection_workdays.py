"""Working days with 调休, and deadlines where a year is not published."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inspection.domain.workdays import (
    NO_CALENDARS,
    Calendars,
    Deadline,
    add_working_days,
    working_days_between,
)
from tests.unit.inspection_city import CALENDARS

DAYS = st.dates(date(2025, 12, 1), date(2027, 2, 28))


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        ("2026-09-25", 5, "2026-10-09"),  # 中秋 itself, and 国庆 between
        ("2026-02-10", 10, "2026-03-02"),  # 春节, with two Saturdays worked
        ("2026-02-13", 1, "2026-02-14"),  # a Saturday that is worked
        ("2026-03-07", 1, "2026-03-09"),  # an act on a Saturday
        ("2026-03-07", 0, "2026-03-07"),  # the day of the act itself
        ("2026-10-09", 1, "2026-10-10"),
    ],
)
def test_deadlines_count_working_days_after_the_day_of_the_act(day: str, n: int, expected: str) -> None:
    assert add_working_days(date.fromisoformat(day), n, CALENDARS) == Deadline(day=expected)


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [("2026-12-30", 1, "2026-12-31"), ("2026-12-30", 2, "2027-01-01"), ("2025-12-29", 1, "2025-12-30")],
)
def test_a_deadline_is_provisional_where_a_year_is_not_published(day: str, n: int, expected: str) -> None:
    deadline = add_working_days(date.fromisoformat(day), n, CALENDARS)
    assert deadline == Deadline(day=expected, provisional=not expected.startswith("2026"))


def test_the_day_of_the_act_itself_is_never_provisional() -> None:
    assert add_working_days(date(2027, 1, 2), 0, CALENDARS) == Deadline(day="2027-01-02")


def test_without_calendars_only_weekends_are_off() -> None:
    assert add_working_days(date(2026, 9, 30), 1, NO_CALENDARS) == Deadline(day="2026-10-01", provisional=True)


def test_a_deadline_before_its_act_is_no_deadline() -> None:
    with pytest.raises(ValueError, match="before"):
        add_working_days(date(2026, 3, 2), -1, CALENDARS)


def test_a_calendar_of_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="x"):
        Calendars.of([(2026, ["x"], [])])


@given(DAYS, st.integers(1, 60))
def test_a_deadline_is_a_working_day_and_counts_back_to_its_act(day: date, n: int) -> None:
    end = date.fromisoformat(add_working_days(day, n, CALENDARS).day)
    assert CALENDARS.is_working_day(end)
    assert working_days_between(day, end, CALENDARS) == n


@given(DAYS, st.integers(0, 90), st.integers(0, 90))
def test_spans_add_up(day: date, first: int, second: int) -> None:
    middle, end = day + timedelta(first), day + timedelta(first + second)
    whole = working_days_between(day, end, CALENDARS)
    assert whole == working_days_between(day, middle, CALENDARS) + working_days_between(middle, end, CALENDARS)
    assert working_days_between(end, day, CALENDARS) == 0 or end == day


@given(DAYS, st.integers(-10, 900))
def test_counting_by_weeks_is_counting_day_by_day(day: date, span: int) -> None:
    off_and_worked = Calendars(
        CALENDARS.known, CALENDARS.days_off | {date(2026, 3, 7), date(2026, 2, 14)}, CALENDARS.days_worked
    )
    for calendars in (CALENDARS, NO_CALENDARS, off_and_worked):
        one_by_one = sum(calendars.is_working_day(day + timedelta(days=n)) for n in range(1, span + 1))
        assert working_days_between(day, day + timedelta(days=span), calendars) == one_by_one
