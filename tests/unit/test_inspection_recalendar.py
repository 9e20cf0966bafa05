"""期限重算: provisional dates follow the calendar once it is published, by the same number of working days."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.inspection.domain import actor as roles
from services.inspection.domain.actor import Actor
from services.inspection.domain.issue_assigning import acknowledge, assign
from services.inspection.domain.issue_recalendar import DECIDED, Knowledge, recount
from services.inspection.domain.moment import Moment
from services.inspection.domain.workdays import NO_CALENDARS, Basis, Calendars, Deadline
from tests.unit.inspection_city import CALENDARS
from tests.unit.inspection_scene import Scene

SYSTEM = Actor(person="system:calendar", role=roles.ADMINISTRATOR, organisation="230800")
YEAR_END = datetime(2026, 12, 29, 1, tzinfo=UTC)
LANDED = "2027-01-05T00:00:00.000000Z"
_2027 = (2027, ["2027-01-01", "2027-02-05", "2027-02-08", "2027-02-09"], ["2027-01-03"])
AFTER = Calendars(
    CALENDARS.known | {2027},
    CALENDARS.days_off | Calendars.of([_2027]).days_off,
    CALENDARS.days_worked | Calendars.of([_2027]).days_worked,
)
SPAN = (date(2026, 12, 29), date(2027, 1, 19))
KNOWLEDGE = Knowledge([("2026-01-01T00:00:00.000000Z", CALENDARS), (LANDED, AFTER)])


def at(scene: Scene, state: str) -> Scene:
    scene.now = YEAR_END
    return scene.until(state)


def later(calendars: Calendars = AFTER) -> Moment:
    return Moment(datetime(2027, 1, 5, 1, tzinfo=UTC), calendars)


def test_a_deadline_counted_before_the_calendar_came_moves_by_the_holidays() -> None:
    issue = at(Scene(), "assigned").issue
    # 15 working days by weekends alone: three in December, twelve in January.
    assert issue.deadline == Deadline(day="2027-01-19", provisional=True)
    step = recount(issue, SYSTEM, later(), KNOWLEDGE)
    assert step is not None
    # New Year's Day is off, Sunday the 3rd is worked: the same count ends a working day earlier and later at once.
    assert step.issue.deadline == Deadline(day="2027-01-19")
    without = Calendars(AFTER.known, AFTER.days_off, CALENDARS.days_worked)
    knowledge = Knowledge([("2026-01-01T00:00:00.000000Z", CALENDARS), (LANDED, without)])
    moved = recount(issue, SYSTEM, later(without), knowledge)
    assert moved is not None
    assert moved.issue.deadline == Deadline(day="2027-01-20")
    assert moved.issue.clock.due == moved.issue.deadline
    assert moved.events == (("inspection.issue.recounted.v1", None),)
    assert moved.note is not None
    assert "2027-01-19（暂定）改为2027-01-20" in moved.note


@pytest.mark.parametrize("state", ["assigned", "acknowledged", "planned", "rectifying", "reported"])
@pytest.mark.parametrize("mode", ["deadline", "standing", "immediate"])
def test_after_a_recount_nothing_open_is_provisional(state: str, mode: Any) -> None:
    issue = at(Scene("minor" if mode == "immediate" else "major", mode), state).issue
    step = recount(issue, SYSTEM, later(), KNOWLEDGE)
    changed = step.issue if step else issue
    assert "provisional=True" not in repr(replace(changed, reports=(), checks=(), recounts=()))
    assert recount(changed, SYSTEM, later(), KNOWLEDGE) is None


def test_what_was_decided_stays_as_it_was_decided() -> None:
    issue = at(Scene(), "reported").issue
    step = recount(issue, SYSTEM, later(), KNOWLEDGE)
    assert step is not None
    assert step.issue.reports == issue.reports
    closed = at(Scene(), "closed").issue
    assert recount(closed, SYSTEM, later(), KNOWLEDGE) is None


def test_nothing_is_said_before_every_year_of_the_span_is_published() -> None:
    issue = at(Scene(), "assigned").issue
    assert recount(issue, SYSTEM, later(CALENDARS), KNOWLEDGE) is None


def test_a_deadline_that_a_person_set_stays() -> None:
    scene = at(Scene(), "submitted")
    issue = scene.do(assign, "county", scene.order(deadline="2027-01-19")).issue
    step = recount(issue, SYSTEM, later(), KNOWLEDGE)
    assert step is None or step.issue.deadline == Deadline(day="2027-01-19")


def test_an_act_within_the_unpublished_year_counts_from_that_act() -> None:
    scene = Scene("critical")
    scene.now = datetime(2027, 1, 4, 1, tzinfo=UTC)
    issue = scene.until("assigned").issue
    assert issue.deadline == Deadline(day="2027-01-11", provisional=True)
    step = recount(issue, SYSTEM, later(), KNOWLEDGE)
    assert step is not None
    # The holiday on the 1st lay before the act and moves nothing.
    assert step.issue.deadline == Deadline(day="2027-01-11")


def test_a_command_that_did_not_see_the_calendar_yet_is_counted_by_what_it_saw() -> None:
    landed_before = Knowledge([("2026-01-01T00:00:00.000000Z", CALENDARS), ("2026-12-01T00:00:00.000000Z", AFTER)])
    issue = at(Scene("critical"), "assigned").issue
    # 2027-01-05 by weekends alone; by the calendar the same five days end there too, but the 1st is off and the 3rd on.
    one_off = Calendars(AFTER.known, AFTER.days_off, CALENDARS.days_worked)
    step = recount(issue, SYSTEM, later(one_off), landed_before)
    assert step is not None
    assert (issue.deadline, step.issue.deadline) == (
        Deadline(day="2027-01-05", provisional=True),
        Deadline(day="2027-01-06"),
    )


def test_a_deadline_that_tells_what_it_rests_on_is_counted_from_that() -> None:
    issue = at(Scene(), "assigned").issue
    basis = Basis(rule="deadline", day_zero="2026-12-29", working_days=3, terms="1", stopped_days=2)
    rests = replace(issue, deadline=Deadline(day="2027-01-05", provisional=True, basis=basis))
    without_sunday = Calendars(AFTER.known, AFTER.days_off, CALENDARS.days_worked)
    step = recount(rests, SYSTEM, later(without_sunday), Knowledge([]))
    assert step is not None
    assert step.issue.deadline == Deadline(day="2027-01-06")
    assert step.issue.deadline is not None
    assert step.issue.deadline.basis == basis


def test_before_the_first_calendar_only_weekends_were_known() -> None:
    assert Knowledge([(LANDED, AFTER)]).then("2026-01-01T00:00:00.000000Z", *SPAN) is NO_CALENDARS
    assert Knowledge([]).then(LANDED, *SPAN) is NO_CALENDARS


def test_every_date_of_an_issue_is_recounted_but_those_of_what_was_decided() -> None:
    issue = at(Scene(), "reported").issue
    step = recount(issue, SYSTEM, later(), KNOWLEDGE)
    assert step is not None
    before, after = (
        {field.name: getattr(one, field.name) for field in fields(one) if field.name not in DECIDED}
        for one in (issue, step.issue)
    )
    assert "provisional=True" in repr(before)
    assert "provisional=True" not in repr(after)
    assert {name for name, value in before.items() if value != after[name]} == {
        "deadline", "plan_by", "tasks", "responsibilities", "clock",
    }  # fmt: skip


def test_a_moved_date_in_force_is_told_once_with_what_it_was() -> None:
    issue = at(Scene(), "assigned").issue
    step = recount(issue, SYSTEM, later(), KNOWLEDGE)
    assert step is not None
    (told,) = step.issue.recounts
    assert told.at == later().text
    assert (told.before, told.after) == (issue.deadline, step.issue.deadline)
    # What was told stays told: that it was provisional then is no date to be counted anew.
    assert recount(step.issue, SYSTEM, later(), KNOWLEDGE) is None


def test_where_the_date_in_force_was_firm_nothing_is_told_of_it() -> None:
    scene = at(Scene(), "submitted")
    issue = scene.do(assign, "county", scene.order(deadline="2027-01-19")).do(acknowledge, "secretary").issue
    step = recount(issue, SYSTEM, later(), KNOWLEDGE)
    assert step is not None
    assert step.issue.plan_by != issue.plan_by
    assert step.issue.recounts == ()
