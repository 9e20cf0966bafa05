"""Lists, to-dos, alerts and reports hold exactly what is within the caller's scope, however they are asked."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx
import pytest

from tests import small_city
from tests.component.access import cast
from tests.component.access.city import City

pytestmark = pytest.mark.asyncio(loop_scope="session")

Entry = dict[str, Any]
# Which of the seeded issues each person's list holds; the columns are those of the tables.
ISSUES: Final[Mapping[str, str]] = {
    #                 mlsdcrkLCBOTA mlsdcrkLC nsr
    "main.closed":    "+++++++++++-- --------- ---",
    "late":           "++------+++-- --------- ---",
    "dropped":        "++------+++-- --------- ---",
    "self.drafted":   "--+++-+++++-- --------- ---",
    "office.drafted": "--------+++-- --------- ---",
    "survey.assigned": "--+++-+++++-- --------- ---",
    "tour.planned":   "--++----++-+- --------- ---",
    "other.assigned": "---------++-- --+++-+++ ---",
    "other.tour.assigned": "---------+-+- --++----+ ---",
}  # fmt: skip
TOURS: Final = ("tour.planned", "other.tour.assigned")
SCHOOLS_OF: Final = {s["id"]: s["division"] for s in small_city.schools()}
AT_SCHOOL: Final = frozenset({cast.SECRETARY, cast.DEPUTY, cast.CADRE, cast.CONTACT, cast.LIAISON})


def held(table: Mapping[str, str], person: str) -> set[str]:
    """The names whose row has a `+` for this person."""
    column = cast.EVERYBODY.index(person)
    return {name for name, letters in table.items() if letters.replace(" ", "")[column] == "+"}


def ids(city: City, names: set[str]) -> set[str]:
    """The seeded issues' ids."""
    visit = city.kept["visits", "submitted"]["_id"]
    return {f"late-{visit}" if name == "late" else city.kept["issues", name]["_id"] for name in names}


async def whole(city: City, service: str, person: str, path: str, /, **params: Any) -> list[Entry]:
    """Every page of a list, two entries a page."""
    found: list[Entry] = []
    cursor: str | None = None
    while True:
        page = params | {"limit": 3} | ({"cursor": cursor} if cursor else {})
        answer = await city.get(service, person, path, **page)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        cursor = answer.json()["next"]
        if cursor is None:
            return found


@pytest.mark.parametrize("person", cast.EVERYBODY)
async def test_issue_list_holds_what_is_in_scope_and_nothing_else(city: City, person: str) -> None:
    rows = await whole(city, "inspection", person, "/v1/issues")
    assert {row["id"] for row in rows} == ids(city, held(ISSUES, person))


@pytest.mark.parametrize("person", cast.EVERYBODY)
async def test_no_filter_widens_the_issue_list(city: City, person: str) -> None:
    everything = await whole(city, "inspection", cast.BUREAU, "/v1/issues")
    own = await whole(city, "inspection", person, "/v1/issues")
    for field in ("school", "state", "severity", "round", "visit", "item", "area", "source", "mode"):
        for value in {row[field] for row in everything if row[field] is not None}:
            asked = await city.get("inspection", person, "/v1/issues", limit=200, **{field: value})
            expected = {row["id"] for row in own if row[field] == value}
            assert {row["id"] for row in asked.json()["items"]} == expected, (field, value)


def _visits(city: City, person: str) -> Callable[[Entry], bool]:
    teams = {cast.MEMBER: city.team, cast.LEADER: city.team}
    teams |= {"P-other-member": city.other_team, cast.OTHER_LEADER: city.other_team}
    counties = {cast.COUNTY: cast.DIVISION, cast.OTHER_COUNTY: cast.OTHER_DIVISION}

    def seen(visit: Entry) -> bool:
        if person in AT_SCHOOL:
            return bool(visit["school"] == cast.SCHOOL and visit["state"] == "submitted")
        if person in counties:
            return bool(SCHOOLS_OF[visit["school"]] == counties[person])
        return person in {cast.BUREAU, cast.DEPARTMENT} or bool(visit["team"] == teams.get(person))

    return seen


@pytest.mark.parametrize("person", cast.EVERYBODY)
async def test_visit_list_holds_what_is_in_scope_whatever_is_asked(city: City, person: str) -> None:
    everything = await whole(city, "inspection", cast.BUREAU, "/v1/visits")
    assert len(everything) == len(SCHOOLS_OF)
    expected = [visit for visit in everything if _visits(city, person)(visit)]
    assert await whole(city, "inspection", person, "/v1/visits") == expected
    for field, value in (("school", cast.OTHER_SCHOOL), ("team", city.other_team), ("round", "2026-1")):
        found = await whole(city, "inspection", person, "/v1/visits", **{field: value})
        assert found == [visit for visit in expected if visit[field] == value]


@pytest.mark.parametrize("person", cast.EVERYBODY)
async def test_what_is_mine_to_do_lies_within_my_lists(city: City, person: str) -> None:
    todo = (await city.get("inspection", person, "/v1/me/todo")).json()["items"]
    readable = {f"issue/{row['id']}" for row in await whole(city, "inspection", person, "/v1/issues")}
    readable |= {f"visit/{row['id']}" for row in await whole(city, "inspection", person, "/v1/visits")}
    readable |= {f"material/{row['id']}" for row in await whole(city, "inspection", person, "/v1/material")}
    assert {row["subject"] for row in todo} <= readable


async def test_everybody_who_must_act_has_it_to_do(city: City) -> None:
    expected = {cast.SECRETARY: "sign", cast.OTHER_SECRETARY: "acknowledge", cast.LEADER: "submit_visit"}
    for person, what in expected.items():
        todo = (await city.get("inspection", person, "/v1/me/todo")).json()["items"]
        assert what in {row["what"] for row in todo}, person


@pytest.mark.parametrize(("county", "division"), [
    (cast.COUNTY, cast.DIVISION), (cast.OTHER_COUNTY, cast.OTHER_DIVISION),
])  # fmt: skip
async def test_a_county_reads_its_own_people_and_grants_only(city: City, county: str, division: str) -> None:
    schools = {school for school, of in SCHOOLS_OF.items() if of == division}
    places = {division, *schools, *(b["id"] for b in small_city.branches() if b["lead_school"] in schools)}
    places |= {cast.SUB_BRANCH} if division == cast.DIVISION else set()
    everything = await whole(city, "inspection", cast.ADMIN, "/v1/grants")
    here = [grant for grant in everything if grant["organisation"] in places]
    assert await whole(city, "inspection", county, "/v1/grants") == here
    people = await whole(city, "inspection", county, "/v1/people")
    holders = {grant["person"] for grant in here if not grant["revoked"]}
    assert {p["id"] for p in people} >= holders
    assert all(p["school"] in schools or p["id"] in holders for p in people)
    assert await whole(city, "inspection", county, "/v1/grants", person=cast.BUREAU) == []
    assert await whole(city, "inspection", county, "/v1/grants", organisation=small_city.CITY) == []


@pytest.mark.parametrize("person", cast.EVERYBODY)
async def test_an_inbox_holds_own_alerts_and_no_word_of_a_hidden_entry(city: City, person: str) -> None:
    items = await whole(city, "notification", person, "/v1/inbox")
    assert {item["person"] for item in items} <= {person}
    readable = {f"issue/{id}" for id in ids(city, held(ISSUES, person))}
    assert {item["subject"] for item in items} <= readable


async def test_the_secretary_was_alerted(city: City) -> None:
    items = await whole(city, "notification", cast.SECRETARY, "/v1/inbox")
    assert {item["source"] for item in items} == {"supervision", "survey", "inspection_tour"}


@pytest.mark.parametrize(("person", "schools", "sources"), [
    (cast.COUNTY, {cast.SCHOOL}, {"supervision", "survey"}),
    (cast.OTHER_COUNTY, {cast.OTHER_SCHOOL}, {"survey"}),
    (cast.BUREAU, {cast.SCHOOL, cast.OTHER_SCHOOL}, {"supervision", "survey"}),
    (cast.TOUR, {cast.SCHOOL, cast.OTHER_SCHOOL}, {"inspection_tour"}),
])  # fmt: skip
async def test_officers_see_alerts_of_their_schools(
    city: City, person: str, schools: set[str], sources: set[str]
) -> None:
    items = await whole(city, "notification", person, "/v1/alerts")
    assert {item["school"] for item in items} == schools
    assert {item["source"] for item in items} == sources
    for school in (cast.SCHOOL, cast.OTHER_SCHOOL):
        asked = await whole(city, "notification", person, "/v1/alerts", school=school)
        assert asked == [item for item in items if item["school"] == school]


async def _report(city: City, person: str, name: str, by: str) -> httpx.Response:
    return await city.get("reporting", person, f"/v1/reports/{name}", by=by)


def _readable(person: str) -> dict[str, int]:
    """How many of the readable issues come from each source; what never was submitted is counted for nobody."""
    sources = {"main.closed": "supervision", "survey.assigned": "survey", "other.assigned": "survey"}
    sources |= dict.fromkeys(TOURS, "inspection_tour")
    told = [sources[name] for name in held(ISSUES, person) & sources.keys()]
    return {source: told.count(source) for source in told}


@pytest.mark.parametrize("person", cast.EVERYBODY)
async def test_a_report_counts_no_issue_that_its_reader_may_not_read(city: City, person: str) -> None:
    answer = await _report(city, person, "issues", "source")
    if answer.status_code == 403:
        return
    counted = {row["key"]: row["total"] for row in answer.json()["groups"]}
    readable = _readable(person)
    assert {source: n for source, n in counted.items() if n > readable.get(source, 0)} == {}


@pytest.mark.parametrize("name", ["rectification", "issues", "visits", "alerts"])
@pytest.mark.parametrize("person", cast.EVERYBODY)
async def test_a_report_names_no_school_outside_the_readers_scope(city: City, person: str, name: str) -> None:
    answer = await _report(city, person, name, "school")
    if answer.status_code == 403:
        return
    here = {cast.SCHOOL, "S1"} if person in AT_SCHOOL else set()
    here |= {s for s, d in SCHOOLS_OF.items() if d in {cast.COUNTY: cast.DIVISION}.get(person, "")}
    here |= {cast.OTHER_SCHOOL} if person in cast.OTHER else set()
    here |= {s for s, d in SCHOOLS_OF.items() if person == cast.OTHER_COUNTY and d == cast.OTHER_DIVISION}
    everywhere = set(SCHOOLS_OF) if person in {cast.BUREAU, cast.DEPARTMENT} else here
    assert {row["key"] for row in answer.json()["groups"]} <= everywhere


async def test_a_reports_heads_tell_of_no_stream_to_those_who_do_not_read_the_city(city: City) -> None:
    told = (await _report(city, cast.BUREAU, "issues", "city")).json()["ledgers"]["lists"]
    assert told["streams"]
    for person in (cast.SECRETARY, cast.CONTACT, cast.COUNTY, cast.TOUR, cast.OTHER_CADRE):
        own = (await _report(city, person, "issues", "city")).json()["ledgers"]["lists"]
        assert own == {"streams": {}, "digest": told["digest"]}, person
