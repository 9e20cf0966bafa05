"""The registry: references kept, roles where they belong, and what a person's grants amount to at a school."""

from dataclasses import replace
from typing import Any

import pytest

from services.inspection.domain import actor as roles
from services.inspection.domain import rules_registry as wrong
from services.inspection.domain.authority import authority_of
from services.inspection.domain.nominating import decided, nominated, require_givable
from services.inspection.domain.persons import Nomination
from services.inspection.domain.registry import (
    Calendar,
    Division,
    Grant,
    Holiday,
    Person,
    Venue,
    covering,
    place_of,
    revoked,
    staff_of,
)
from services.inspection.domain.registry_checks import Registry, check_grant, whole
from services.inspection.domain.round import NewRound, PlannedVisit, Team, opened, planned
from services.inspection.domain.rules import Broken
from services.inspection.domain.rules_input import NotADay, TextMissing
from tests.unit.inspection_city import BRANCHES, CITY, COUNTY, DIRECT, DIVISIONS, SCHOOLS, branch, place, school

BUREAU = Division(id=CITY, name="佳木斯市", kind="city", parent=None, principal_pilot=False)
PERSON = Person(id="P1", name="某人", post="书记", school="S1")
KEEPER = Person(id="P0", name="管理员", post="系统管理员", school=None)
KEYS = Grant(id="G0", person="P0", role=roles.ADMINISTRATOR, organisation=CITY)
TEAM = Team(id="T-1", round="R1", name="一组", leader="P1", members=("P1",))
YEAR = Calendar(id="2026", year=2026, days_off=("2026-10-01",), days_worked=("2026-10-10",), source="国务院办公厅")
VENUE = Venue(id="V1", name="红色教育基地", kind="red_site", division=COUNTY, school="S1", free=True)
HOLIDAY = Holiday(id="H1", division=COUNTY, name="暑假", starts="2026-07-15", ends="2026-08-25")
SOUND: dict[str, Any] = {
    "divisions": (BUREAU, *DIVISIONS.values()),
    "schools": tuple(SCHOOLS.values()),
    "branches": BRANCHES,
    "people": (PERSON, KEEPER),
    "grants": (Grant(id="G1", person="P1", role=roles.SECRETARY, organisation="B1"), KEYS),
    "teams": (TEAM,),
    "calendars": (YEAR,),
    "venues": (VENUE, replace(VENUE, id="V2", school=None, division=CITY)),
    "holidays": (HOLIDAY, replace(HOLIDAY, id="H2", division="9", retired=True)),
}


def grant(role: str, organisation: str, **other: Any) -> Grant:
    plain: dict[str, Any] = {"id": "G1", "person": "P1"}
    return Grant(role=role, organisation=organisation, **plain | other)


def schools(**changed: Any) -> tuple[Any, ...]:
    return (replace(SCHOOLS["S1"], **changed), *(s for s in SOUND["schools"] if s.id != "S1"))


def branches(*changed: Any) -> tuple[Any, ...]:
    ids = {row.id for row in changed}
    return (*(row for row in BRANCHES if row.id not in ids), *changed)


def test_a_sound_registry_is_whole() -> None:
    registry = Registry(**SOUND)
    assert whole(registry) is registry
    assert registry.kinds[CITY] == "city"
    assert registry.kinds[DIRECT] == "city_direct"
    assert registry.kinds["T-1"] == "team"


@pytest.mark.parametrize(
    ("wrong_part", "rule"),
    [
        ({"divisions": tuple(DIVISIONS.values())}, wrong.CityMissing),
        ({"divisions": (BUREAU, replace(BUREAU, id="2"), *DIVISIONS.values())}, wrong.CityMissing),
        ({"divisions": (BUREAU, replace(DIVISIONS[COUNTY], parent="9"), DIVISIONS[DIRECT])}, wrong.UnknownReference),
        ({"divisions": (BUREAU, replace(DIVISIONS[COUNTY], parent=None), DIVISIONS[DIRECT])}, wrong.CityMissing),
        ({"divisions": (*SOUND["divisions"], DIVISIONS[COUNTY])}, wrong.DuplicateId),
        ({"schools": schools(division="9")}, wrong.UnknownReference),
        ({"schools": schools(division=CITY)}, wrong.UnknownReference),
        ({"schools": schools(branch="B7")}, wrong.UnknownReference),
        ({"schools": schools(branch="B9")}, wrong.BranchCoverage),
        ({"schools": schools(branch="B1-1")}, wrong.BranchCoverage),
        ({"schools": schools(teachers=-1)}, wrong.NegativeNumber),
        ({"schools": (*SOUND["schools"], SCHOOLS["S1"])}, wrong.DuplicateId),
        ({"schools": (*SOUND["schools"], school(" ", "B1"))}, wrong.DuplicateId),
        ({"schools": (*SOUND["schools"], school("B9", "B9"))}, wrong.DuplicateId),
        ({"branches": branches(branch("B1", "S1"))}, wrong.BranchCoverage),
        ({"branches": branches(branch("B1", "S1", "S2", "S9"))}, wrong.BranchCoverage),
        ({"branches": branches(branch("B1", "S1", "S2", "S7"))}, wrong.BranchCoverage),
        ({"branches": branches(replace(BRANCHES[0], lead_school="S3"))}, wrong.BranchCoverage),
        ({"branches": branches(branch("B1-1", "S1", parent="B7"))}, wrong.UnknownReference),
        ({"branches": branches(branch("B1-1", "S7", parent="B1"))}, wrong.UnknownReference),
        ({"branches": branches(branch("X", "S1", parent="Y"), branch("Y", "S1", parent="X"))}, wrong.BranchLoop),
        ({"branches": branches(replace(branch("B1-1", "S1", parent="B1"), schools=("S1",)))}, wrong.BranchLoop),
        ({"branches": branches(replace(BRANCHES[0], members=-1))}, wrong.NegativeNumber),
        ({"people": (replace(PERSON, school="S7"),)}, wrong.UnknownReference),
        ({"people": ()}, wrong.UnknownReference),
        ({"people": (replace(PERSON, retired=True),)}, wrong.UnknownReference),
        ({"grants": (grant("king", CITY),)}, wrong.UnknownRole),
        ({"grants": (grant(roles.SECRETARY, "S1"),)}, wrong.WrongOrganisation),
        ({"grants": (grant(roles.CADRE, "B1"),)}, wrong.WrongOrganisation),
        ({"grants": (grant(roles.BUREAU_OFFICER, COUNTY),)}, wrong.WrongOrganisation),
        ({"grants": (grant(roles.COUNTY_OFFICER, DIRECT),)}, wrong.WrongOrganisation),  # 市直 has no officer of its own
        ({"grants": (grant(roles.TEAM_LEADER, "T-9"),)}, wrong.UnknownReference),
        ({"grants": (grant(roles.SECRETARY, "B1"),)}, wrong.LastAdministrator),
        ({"people": (PERSON, replace(KEEPER, retired=True))}, wrong.LastAdministrator),
        ({"people": (replace(PERSON, name="张三 13800000000"), KEEPER)}, wrong.ContactInRegistry),
        ({"people": (replace(PERSON, post="书记 0454-8612345"), KEEPER)}, wrong.ContactInRegistry),
        ({"people": (replace(PERSON, name="a.b@example.com"), KEEPER)}, wrong.ContactInRegistry),
        ({"people": (replace(PERSON, name="某" * 121), KEEPER)}, wrong.BadName),
        ({"people": (replace(PERSON, name="某\n人"), KEEPER)}, wrong.BadName),
        ({"people": (replace(PERSON, name=" "), KEEPER)}, wrong.BadName),
        ({"people": (replace(PERSON, id="P/1"), KEEPER)}, wrong.BadId),
        ({"venues": (replace(VENUE, division="9"),)}, wrong.UnknownReference),
        ({"venues": (replace(VENUE, school="S7"),)}, wrong.UnknownReference),
        ({"venues": (VENUE, VENUE)}, wrong.DuplicateId),
        ({"holidays": (replace(HOLIDAY, division=CITY),)}, wrong.UnknownReference),
        ({"holidays": (replace(HOLIDAY, ends="2026-07-01"),)}, wrong.BadHoliday),
        ({"holidays": (replace(HOLIDAY, ends="2026-12-01"),)}, wrong.BadHoliday),
        ({"holidays": (replace(HOLIDAY, starts="July"),)}, wrong.BadHoliday),
        ({"calendars": (replace(YEAR, days_off=("2026-10-03",)),)}, wrong.BadCalendar),  # a Saturday
        ({"calendars": (replace(YEAR, days_worked=("2026-10-09",)),)}, wrong.BadCalendar),  # a Friday
        ({"calendars": (replace(YEAR, days_off=("2025-10-01",)),)}, wrong.BadCalendar),
        ({"calendars": (replace(YEAR, days_off=("1st October",)),)}, wrong.BadCalendar),
    ],
)
def test_a_registry_that_is_not_whole_is_refused(wrong_part: dict[str, Any], rule: type[Broken]) -> None:
    with pytest.raises(wrong.ImportRefused) as refused:
        whole(Registry(**SOUND | wrong_part))
    assert rule in {type(problem) for problem in refused.value.problems}
    assert refused.value.detail["count"] == len(refused.value.problems)


def test_every_problem_of_an_import_is_told_at_once() -> None:
    with pytest.raises(wrong.ImportRefused) as refused:
        whole(Registry(**SOUND | {"people": (KEEPER,), "schools": schools(teachers=-1)}))
    assert {problem.code for problem in refused.value.problems} == {"negative-number", "unknown-reference"}


def test_what_is_retired_or_revoked_needs_no_reference() -> None:
    gone = replace(SCHOOLS["S9"], retired=True, branch="B-gone")
    rest = tuple(s for s in SOUND["schools"] if s.id != "S9")
    old = grant("king", "nowhere", revoked=True)
    closed = replace(branch("B0", "S0"), schools=(), lead_school="S-gone", retired=True)
    people = (
        PERSON,
        KEEPER,
        replace(PERSON, id="P2", school="S9", retired=True),
        replace(PERSON, id="P3", school=None),
    )
    branches_left = tuple(row for row in BRANCHES if row.id != "B9")
    small = replace(rest[0], party_members=0, teachers=0)
    changes = {
        "schools": (small, *rest[1:], gone),
        "branches": (*branches_left[:-1], replace(branches_left[-1], members=0), closed),
        "grants": (old, KEYS),
        "people": people,
    }
    whole(Registry(**SOUND | changes))


@pytest.mark.parametrize(
    ("role", "kind", "rule"),
    [
        ("king", "city", wrong.UnknownRole),
        (roles.SECRETARY, "school", wrong.WrongOrganisation),
        (roles.SECRETARY, None, wrong.UnknownReference),
    ],
)
def test_a_single_grant_is_checked_like_an_imported_one(role: str, kind: str | None, rule: type[Broken]) -> None:
    with pytest.raises(rule):
        check_grant(grant(role, "X"), PERSON, kind)
    check_grant(grant(roles.SECRETARY, "B1"), PERSON, "branch")
    with pytest.raises(wrong.UnknownReference):
        check_grant(grant(roles.SECRETARY, "B1"), None, "branch")


def test_a_grant_is_revoked_once() -> None:
    once = revoked(grant(roles.CADRE, "S1"))
    assert once.revoked
    with pytest.raises(wrong.GrantRevoked):
        revoked(once)


def test_a_place_has_its_branch_the_sub_branches_and_every_covered_school() -> None:
    here = place("S2")
    assert here.covered == {"S1", "S2"}
    assert here.family == {"S1", "S2", "B1", "B1-1"}
    assert (here.county, place("S3").county) == (COUNTY, CITY)
    with pytest.raises(ValueError, match="B9"):
        place_of(SCHOOLS["S9"], BRANCHES[:2], DIVISIONS[COUNTY], CITY)


@pytest.mark.parametrize(
    ("of", "grants", "belongs"),
    [
        ("S1", [], True),
        ("S2", [], True),
        ("S9", [], False),
        (None, [(roles.CADRE, "S2")], True),
        (None, [(roles.SECRETARY, "B1")], True),
        (None, [(roles.SECRETARY, "B1-1")], True),
        (None, [(roles.LIAISON_LEADER, "B1")], False),
        (None, [(roles.COUNTY_OFFICER, COUNTY)], False),
        ("S9", [(roles.TEAM_LEADER, "T-1")], False),
    ],
)
def test_who_belongs_to_a_school_or_its_branch(of: str | None, grants: list[tuple[str, str]], belongs: bool) -> None:
    assert authority_of("P1", of, grants, place("S1")).belongs is belongs


def test_the_secretary_of_a_sub_branch_is_not_the_schools_secretary() -> None:
    assert authority_of("P1", "S1", [(roles.SECRETARY, "B1-1")], place()).secretary() is None


def test_at_a_city_direct_school_nobody_is_the_county_officer() -> None:
    assert authority_of("P1", None, [(roles.COUNTY_OFFICER, DIRECT)], place("S3")).county_officer() is None


def test_staff_are_people_of_the_school_and_holders_of_its_roles() -> None:
    people = [
        Person(id="teacher", name="甲", post="教师", school="S1"),
        Person(id="contact", name="乙", post="负责人", school=None),
        Person(id="officer", name="丙", post="科长", school=None),
        Person(id="former", name="丁", post="教师", school="S1", retired=True),
        Person(id="liaison", name="己", post="局长", school=None),
        Person(id="neighbour", name="庚", post="党务干部", school=None),
        Person(id="moved", name="戊", post="党务干部", school="S9"),
    ]
    grants = [
        grant(roles.CONTACT, "S2", person="contact"),
        grant(roles.COUNTY_OFFICER, COUNTY, person="officer"),
        grant(roles.LIAISON_LEADER, "B1", person="liaison"),
        grant(roles.CADRE, "S9", person="neighbour"),
        grant(roles.CADRE, "S1", person="moved", revoked=True),
    ]
    assert staff_of(place(), people, grants) == {"teacher", "contact"}


def wanted(**other: Any) -> NewRound:
    plain: dict[str, Any] = {
        "id": "R1", "year": 2026, "ordinal": 1, "title": "第一轮", "starts": "2026-03-02", "ends": "2026-05-29",
        "checklist": "list@1",
    }  # fmt: skip
    return NewRound(**plain | other)


@pytest.mark.parametrize(
    ("other", "rule"),
    [
        ({"ends": "2026-03-01"}, wrong.BadPeriod),
        ({"year": 2025}, wrong.BadPeriod),
        ({"ordinal": 0}, wrong.BadPeriod),
        ({"ends": "2027-06-01"}, wrong.BadPeriod),
        ({"starts": "spring"}, NotADay),
        ({"title": " "}, TextMissing),
    ],
)
def test_a_round_has_a_sound_period(other: dict[str, Any], rule: type[Broken]) -> None:
    with pytest.raises(rule):
        opened(wanted(**other))


def test_a_round_lasts_a_day_or_a_year() -> None:
    assert opened(wanted(ends="2026-03-02")).ends == "2026-03-02"
    assert opened(wanted(ends="2027-03-03")).ends == "2027-03-03"


def test_a_round_is_planned_once() -> None:
    row = PlannedVisit(visit="V1", school="S1", team="T-1", day="2026-03-02")
    done = planned(opened(wanted()), (TEAM,), (row,))
    assert (done.state, done.teams, done.visits) == ("planned", ("T-1",), (row,))
    with pytest.raises(wrong.RoundNotOpen):
        planned(done, (), ())


def test_a_top_branch_covers_the_schools_that_say_so() -> None:
    moved = replace(SCHOOLS["S9"], branch="B1", organised="joint")
    joined = covering((*(s for s in SCHOOLS.values() if s.id != "S9"), moved), BRANCHES)
    assert {branch.id: branch.schools for branch in joined} == {"B1": ("S1", "S2", "S9"), "B9": ()}
    assert covering(SCHOOLS.values(), BRANCHES) == ()
    gone = replace(SCHOOLS["S2"], retired=True)
    left = covering((*(s for s in SCHOOLS.values() if s.id != "S2"), gone), BRANCHES)
    assert {branch.id: branch.schools for branch in left} == {"B1": ("S1",)}


HELD = {("P0", roles.ADMINISTRATOR, CITY), ("P2", roles.BUREAU_OFFICER, CITY)}


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (grant(roles.COUNTY_OFFICER, COUNTY, person="P0"), wrong.GrantToOneself),
        (grant(roles.ORGANISATION_DEPARTMENT, CITY, person="P0"), wrong.GrantToOneself),
        (grant(roles.BUREAU_OFFICER, CITY), wrong.SecondPersonNeeded),
        (grant(roles.ADMINISTRATOR, CITY), wrong.SecondPersonNeeded),
    ],
)
def test_nobody_alone_gives_what_takes_two(given: Grant, rule: type[Broken]) -> None:
    with pytest.raises(rule):
        require_givable(given, "P0", HELD)


def test_one_person_alone_gives_county_roles_the_first_of_the_city_and_what_is_held_already() -> None:
    require_givable(grant(roles.COUNTY_OFFICER, COUNTY), "P0", HELD)
    require_givable(grant(roles.ORGANISATION_DEPARTMENT, CITY), "P0", HELD)
    require_givable(grant(roles.ADMINISTRATOR, CITY, person="P0"), "P0", HELD)
    require_givable(grant(roles.BUREAU_OFFICER, CITY, person="P2"), "P0", HELD)


def proposal(**other: Any) -> Nomination:
    plain: dict[str, Any] = {
        "id": "N1", "person": "P1", "role": roles.BUREAU_OFFICER, "organisation": CITY, "by": "P0",
        "state": "proposed", "decided_by": None,
    }  # fmt: skip
    return Nomination(**plain | other)


def test_a_nomination_is_for_somebody_else_and_for_a_role_of_the_city() -> None:
    assert nominated(proposal()) == proposal()
    with pytest.raises(wrong.GrantToOneself):
        nominated(proposal(person="P0"))
    with pytest.raises(wrong.RoleNeedsNoNomination):
        nominated(proposal(role=roles.COUNTY_OFFICER, organisation=COUNTY))


def test_a_third_person_decides_a_nomination_once() -> None:
    assert decided(proposal(), "P2", confirmed=True) == proposal(state="confirmed", decided_by="P2")
    assert decided(proposal(), "P0", confirmed=False) == proposal(state="declined", decided_by="P0")
    for who, confirmed in (("P0", True), ("P1", True), ("P1", False)):
        with pytest.raises(wrong.DecidesOwnNomination):
            decided(proposal(), who, confirmed)
    with pytest.raises(wrong.NominationDecided):
        decided(proposal(state="declined"), "P2", confirmed=True)
