"""Absences: from which instant to which somebody is away, and who acts meanwhile."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.inspection.domain import rules
from services.inspection.domain import rules_persons as wrong
from services.inspection.domain.absence import LONGEST_DAYS, away_on, declared, ended
from services.inspection.domain.actor import Actor
from services.inspection.domain.authority import seated
from services.inspection.domain.moment import Moment, shanghai_day
from services.inspection.domain.persons import Absence
from services.inspection.domain.rules_input import StateSecret, TextMissing
from services.inspection.domain.seat import Seat, seat_of
from tests.unit.inspection_city import CALENDARS, MONDAY, authority
from tests.unit.inspection_scene import Scene

NOW = Moment(MONDAY, CALENDARS)
ABSENCE = Absence(id="A1", person="secretary", starts="2026-03-03", ends="2026-03-05", reason="外出培训")
PEOPLE = st.frozensets(st.sampled_from(["P1", "P2", "P3", "P4"]))


def test_an_absence_runs_from_the_start_of_its_first_day_in_china_to_the_end_of_its_last() -> None:
    edge = timedelta(microseconds=1)
    begins, over = datetime(2026, 3, 2, 16, tzinfo=UTC), datetime(2026, 3, 5, 16, tzinfo=UTC)
    for instant, away in ((begins - edge, False), (begins, True), (over - edge, True), (over, False)):
        assert ("secretary" in away_on([ABSENCE], shanghai_day(instant))) is away


def test_what_was_ended_no_longer_counts() -> None:
    later = replace(NOW, now=MONDAY + timedelta(days=2))
    assert away_on([ABSENCE], later.day) == {"secretary"}
    assert away_on([ended(ABSENCE, later)], later.day) == frozenset()
    # What has not begun is called off.
    assert ended(ABSENCE, NOW).ended
    with pytest.raises(wrong.AbsenceOver):
        ended(ended(ABSENCE, NOW), NOW)
    with pytest.raises(wrong.AbsenceOver):
        ended(ABSENCE, replace(NOW, now=MONDAY + timedelta(days=4)))


def test_nobody_was_away_before_they_said_so() -> None:
    assert declared(replace(ABSENCE, starts="2026-03-02"), (), NOW).starts == "2026-03-02"
    last = (date(2026, 3, 3) + timedelta(days=LONGEST_DAYS)).isoformat()
    for starts, ends in (
        ("2026-03-01", "2026-03-05"),
        ("2026-03-05", "2026-03-04"),
        ("2026-03-03", last),
        ("2026-02-30", "2026-03-05"),
        ("20260303", "2026-03-05"),
    ):
        with pytest.raises(wrong.BadAbsence):
            declared(replace(ABSENCE, starts=starts, ends=ends), (), NOW)


def test_two_absences_of_a_person_share_no_day() -> None:
    other = replace(ABSENCE, id="A2", starts="2026-03-05", ends="2026-03-09")
    with pytest.raises(wrong.AbsenceOverlaps):
        declared(other, [ABSENCE], NOW)
    assert declared(other, [replace(ABSENCE, ended=True)], NOW) == other
    after = replace(other, starts="2026-03-06")
    assert declared(after, [ABSENCE], NOW) == after


@pytest.mark.parametrize(
    ("reason", "rule"),
    [("  ", TextMissing), ("【秘密】赴京", StateSecret), ("请联系13812345678", wrong.ContactInText)],
)
def test_the_reason_is_there_and_holds_no_secret_and_no_number(reason: str, rule: type[rules.Broken]) -> None:
    with pytest.raises(rule):
        declared(replace(ABSENCE, reason=reason), (), NOW)


@given(secretaries=PEOPLE, deputies=PEOPLE, away=PEOPLE)
def test_one_side_acts_and_somebody_does_wherever_anybody_sits(
    secretaries: frozenset[str], deputies: frozenset[str], away: frozenset[str]
) -> None:
    seat = seat_of(secretaries, deputies, away)
    assert bool(seat.acting) == bool(secretaries | deputies)
    assert seat.acting <= (deputies if seat.by_deputy else secretaries)
    # Nobody who is away acts while anybody who sits there is not.
    assert not seat.acting & away or not (secretaries | deputies) - away
    # The deputies act only while no secretary is there, and then in the place of one, if there is any.
    assert not seat.by_deputy or not secretaries - away
    assert (seat.in_place_of is not None) == (seat.by_deputy and bool(secretaries))


AWAY = Seat(acting=frozenset({"deputy"}), by_deputy=True, in_place_of="secretary")
HERE = Seat(acting=frozenset({"secretary"}))


def test_what_the_deputy_signs_names_both() -> None:
    acting = seated(authority("deputy"), AWAY)
    wanted = Actor(person="deputy", role="deputy_secretary", organisation="B1", acting_for="secretary")
    assert acting.secretary() == wanted
    assert wanted.named == {"deputy", "secretary"}
    assert seated(authority("deputy"), HERE).secretary() is None
    assert seated(authority("deputy"), HERE).deputy() == replace(wanted, acting_for=None)
    assert acting.still(wanted) == wanted


def test_the_secretary_does_not_act_beside_the_deputy() -> None:
    scene = Scene().until("acknowledged")
    resting = seated(authority("secretary"), AWAY)
    assert resting.secretary() is None
    with pytest.raises(wrong.DeputyActs):
        resting.within("plan", ("书记", "the secretary"), resting.secretary())
    with pytest.raises(rules.NotAllowed):
        resting.within("assign", ("县区", "the county"), resting.county_officer())
    assert scene.issue.acknowledged_by == authority("secretary").secretary()
    assert seated(authority("secretary"), HERE).secretary() == authority("secretary").secretary()


def test_a_deputy_who_is_away_too_does_not_act() -> None:
    seat = seat_of({"secretary"}, {"deputy", "other deputy"}, {"secretary", "deputy"})
    assert seat.acting == {"other deputy"}
    assert seated(authority("deputy"), seat).secretary() is None
