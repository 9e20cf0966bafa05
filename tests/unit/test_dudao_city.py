from collections import Counter
from pathlib import Path

import pytest

from contracts import roles
from contracts.registry import Calendar
from dudao.city import DATA, City, CityFileError, cast_people, read_calendars, read_checklist, read_city
from dudao.city.calendars import FOLDER
from dudao.city.make_calendars import calendar_text, published
from dudao.city.people import invented_name

SOURCE_FIGURES = {
    "activity_room": 216,
    "amateur_party_school": 128,
    "history_exhibit": 87,
    "red_army_school": 4,
    "red_tutor": 45,
    "red_reader": 32,
    "master_studio": 135,
    "studio_teacher": 3425,
}


@pytest.fixture(scope="module")
def city() -> City:
    return read_city(DATA / "jiamusi")


def test_every_division_with_schools_lies_somewhere(city: City) -> None:
    with_schools = {school.division for school in city.schools}
    pairs = [frozenset({row.start, row.end}) for row in city.distances]
    assert len(pairs) == len(set(pairs)) == len(with_schools) * (len(with_schools) - 1) // 2
    assert set().union(*pairs) == with_schools
    assert all(0 < row.km < 500 for row in city.distances)


def test_indicators_add_up_to_the_source(city: City) -> None:
    totals: Counter[str] = Counter()
    for counts in city.indicators.values():
        totals.update(counts)
    assert totals == SOURCE_FIGURES


def test_the_structure_is_the_source_s(city: City) -> None:
    assert len(city.schools) == 231
    assert sum(school.organised != "own" for school in city.schools) == 52
    assert sum(division.principal_pilot for division in city.divisions) == 4
    assert {division.kind for division in city.divisions} == {
        "city", "district", "county", "county_level_city", "city_direct",
    }  # fmt: skip


def test_every_school_is_covered_by_exactly_one_root_branch(city: City) -> None:
    covered = [school for branch in city.root_branches for school in branch.schools]
    assert sorted(covered) == sorted(school.id for school in city.schools)
    assert all(branch.lead_school in branch.schools for branch in city.root_branches)
    assert all(not branch.schools for branch in city.branches if branch.parent)


def test_people_are_one_for_every_part(city: City) -> None:
    cast = cast_people(city)
    count = Counter(grant.role for grant in cast.grants)
    assert count[roles.CADRE] == 231
    assert count[roles.SECRETARY] == len(city.root_branches) == 179
    assert count[roles.CONTACT] == 52
    assert count[roles.COUNTY_OFFICER] == 20
    assert count[roles.BUREAU_OFFICER] >= 3
    assert count[roles.ADMINISTRATOR] == count[roles.ORGANISATION_DEPARTMENT] == 1
    assert count[roles.LIAISON_LEADER] == 11
    assert 0 < count[roles.DEPUTY_SECRETARY] < count[roles.SECRETARY]


def test_every_grant_is_at_an_organisation_of_its_kind(city: City) -> None:
    places = {
        "city": {d.id for d in city.divisions if d.kind == "city"},
        "division": {d.id for d in city.divisions if d.kind not in {"city", "city_direct"}},
        "school": {school.id for school in city.schools},
        "branch": {branch.id for branch in city.branches},
    }
    cast = cast_people(city)
    assert all(grant.organisation in places[roles.GRANTED_AT[grant.role]] for grant in cast.grants)


def test_people_are_the_same_each_time_and_nobody_shares_a_name_or_account(city: City) -> None:
    cast = cast_people(city)
    assert cast == cast_people(city)
    assert len({person.name for person in cast.people}) == len(cast.people)
    assert len(set(cast.usernames.values())) == len(cast.people)


def test_names_are_recognisably_invented() -> None:
    assert invented_name(12)[1:] == "某〇一二"


def test_who_holds_a_role_is_found_by_organisation(city: City) -> None:
    cast = cast_people(city)
    (secretary,) = cast.holding(roles.SECRETARY, "B001")
    assert secretary.school == "S001"
    assert cast.role_of(secretary.id).organisation == "B001"
    with pytest.raises(KeyError):
        cast.role_of("P-nobody")


def test_the_checklist_keeps_every_condition() -> None:
    checklist = read_checklist(DATA / "standards" / "school-branch.yaml")
    items = {item.code: item for item in checklist.items}
    assert checklist.id == "school-branch@1"
    assert len(items) == 41
    assert items["A3"].principal_pilot is True
    assert items["B1"].members_at_least == 50
    assert items["B2"].organised == ("joint", "affiliated")
    assert items["E4"].levels == ("high", "vocational", "junior")
    assert items["E4"].indicator == "amateur_party_school"
    assert (items["G1"].by, items["G1"].had_previous_round) == ("system", True)
    assert (items["H1"].records, items["H2"].records, items["A1"].records) == ("highlight", "finding", "answer")
    assert {item.indicator for item in checklist.items if item.type == "count"} == set(SOURCE_FIGURES)


@pytest.mark.parametrize("calendar", published(), ids=lambda calendar: calendar.id)
def test_the_calendars_are_what_an_empty_system_starts_with(calendar: Calendar) -> None:
    assert (FOLDER / f"{calendar.year}.json").read_text(encoding="utf-8") == calendar_text(calendar)


def test_calendars_are_read_in_order() -> None:
    calendars = read_calendars()
    assert [calendar.year for calendar in calendars] == [calendar.year for calendar in published()]
    assert "2026-10-10" in calendars[-1].days_worked
    assert "2026-09-25" in calendars[-1].days_off


def _copy(to: Path, **changes: str) -> Path:
    for path in (DATA / "jiamusi").glob("*.csv"):
        (to / path.name).write_text(changes.get(path.stem, path.read_text(encoding="utf-8")), encoding="utf-8")
    return to


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("schools", "S001,230890-H02", "S001", "schools.csv"),
        ("schools", ",high,urban,own,B001,", ",college,urban,own,B001,", "schools.csv"),
        ("schools", ",own,B001,", ",own,B999,", "B999"),
        ("branches", ",independent,S001,", ",independent,S999,", "S999"),
        ("indicators", "S001,activity_room,1", "S001,activity_room,one", "indicators.csv"),
    ],
)
def test_a_wrong_row_is_refused_by_name(tmp_path: Path, file: str, old: str, new: str, says: str) -> None:
    text = (DATA / "jiamusi" / f"{file}.csv").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(CityFileError, match=says):
        read_city(_copy(tmp_path, **{file: text.replace(old, new, 1)}))


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CityFileError, match=r"divisions\.csv"):
        read_city(tmp_path)


@pytest.mark.parametrize("text", ["", "[", "id: x", "id: x\nversion: 1\ntitle: t\nsections: [{title: a}]"])
def test_a_broken_checklist_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CityFileError, match=r"broken\.yaml"):
        read_checklist(path)
