"""外出 over HTTP: who may declare it, when rights pass to the deputy and back, and what is told of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests import small_city
from tests.inspection_world import NOW, World

ADMIN, BUREAU = small_city.ADMIN, small_city.BUREAU[0]
SECRETARY, DEPUTY, CADRE, COUNTY = "P-secretary-B1", "P-deputy", "P-cadre-S1", "P-county-230803-1"
OTHER_SECRETARY, OTHER_COUNTY = "P-secretary-B3", "P-county-230805-1"
MAJOR = {"severity": "major", "mode": "deadline"}
TASKS = [{"measure": "补挂标识", "target": "标识齐全"}]
TRIP = {"starts": "2026-09-22", "ends": "2026-09-23", "reason": "外出培训"}
EDGE = timedelta(microseconds=1)
BEGINS, OVER = datetime(2026, 9, 21, 16, tzinfo=UTC), datetime(2026, 9, 23, 16, tzinfo=UTC)
Entry = dict[str, Any]


async def city(inspection: World) -> None:
    """The small city with a deputy at the branch of S1 and S25."""
    await inspection.done(ADMIN, "/v1/registry/imports", small_city.bundle())
    person = {"id": DEPUTY, "name": "副书记", "post": "副书记", "school": "S1"}
    await inspection.done(ADMIN, "/v1/people", person)
    await inspection.done(ADMIN, "/v1/grants", {"person": DEPUTY, "role": "deputy_secretary", "organisation": "B1"})


async def assigned(inspection: World) -> Entry:
    body = {"school": "S1", "source": "survey", "area": "其他", "description": "无标识"}
    issue = await inspection.done(COUNTY, "/v1/issues", body)
    issue = await inspection.on_issue(COUNTY, issue, "submit")
    return await inspection.on_issue(COUNTY, issue, "assign", MAJOR)


async def refusal(inspection: World, person: str, path: str, body: Any = None, **given: Any) -> tuple[int, str]:
    answer = await inspection.send(person, path, body, **given)
    problem = answer.json()
    assert problem["zh"]
    assert problem["en"]
    return answer.status_code, str(problem["type"]).removeprefix("/problems/")


def at(inspection: World, instant: datetime) -> None:
    inspection.clock.advance(instant - inspection.clock.now())


async def seats(inspection: World, person: str) -> list[Entry]:
    found: list[Entry] = (await inspection.get(person, "/v1/me")).json()["seats"]
    return found


async def test_rights_pass_to_the_deputy_and_back_at_the_right_instants(inspection: World) -> None:
    await city(inspection)
    issue = await assigned(inspection)
    issue = await inspection.on_issue(SECRETARY, issue, "acknowledge")
    plan = {"tasks": TASKS, "lead": CADRE}
    absence = await inspection.done(SECRETARY, "/v1/absences", TRIP)
    assert (absence["person"], absence["ended"], absence["version"]) == (SECRETARY, False, 1)
    at(inspection, BEGINS - EDGE)
    assert await inspection.refused(DEPUTY, issue, "plan", plan) == (403, "not-allowed")
    assert await seats(inspection, SECRETARY) == [{"branch": "B1", "acts": True, "in_place_of": None}]
    at(inspection, BEGINS)
    assert await inspection.refused(SECRETARY, issue, "plan", plan) == (403, "deputy-acts")
    assert await seats(inspection, SECRETARY) == [{"branch": "B1", "acts": False, "in_place_of": None}]
    assert await seats(inspection, DEPUTY) == [{"branch": "B1", "acts": True, "in_place_of": SECRETARY}]
    at(inspection, OVER - EDGE)
    planned = await inspection.on_issue(DEPUTY, issue, "plan", plan)
    assert (planned["planned_by"]["person"], planned["planned_by"]["acting_for"]) == (DEPUTY, SECRETARY)
    told = (await inspection.get(SECRETARY, f"/v1/issues/{issue['id']}/timeline")).json()["items"][-1]
    assert (told["actor"]["person"], told["actor"]["acting_for"]) == (DEPUTY, SECRETARY)
    at(inspection, OVER)
    again = {**plan, "reason": "调整"}
    assert await inspection.refused(DEPUTY, planned, "replan", again) == (403, "not-allowed")
    replanned = await inspection.on_issue(SECRETARY, planned, "replan", again)
    assert replanned["planned_by"]["acting_for"] is None


async def test_who_is_back_early_acts_again_at_once(inspection: World) -> None:
    await city(inspection)
    issue = await assigned(inspection)
    absence = await inspection.done(SECRETARY, "/v1/absences", {**TRIP, "starts": "2026-09-21"})
    assert await inspection.refused(SECRETARY, issue, "object", {"reason": "不属实"}) == (403, "deputy-acts")
    path = f"/v1/absences/{absence['id']}/end"
    assert await refusal(inspection, SECRETARY, path, {}, version=2) == (412, "version-changed")
    assert (await inspection.done(SECRETARY, path, {"note": "提前返回"}, version=1))["ended"]
    assert await refusal(inspection, SECRETARY, path, {}, version=2) == (409, "absence-over")
    assert await inspection.refused(DEPUTY, issue, "object", {"reason": "不属实"}) == (403, "not-allowed")
    assert (await inspection.on_issue(SECRETARY, issue, "object", {"reason": "不属实"}))["state"] == "objected"


async def test_a_signature_is_personal_whoever_acts(inspection: World) -> None:
    await city(inspection)
    issue = await inspection.on_issue(SECRETARY, await assigned(inspection), "acknowledge")
    issue = await inspection.on_issue(SECRETARY, issue, "plan", {"tasks": TASKS, "lead": SECRETARY})
    await inspection.done(SECRETARY, "/v1/absences", {**TRIP, "starts": "2026-09-21"})
    assert await inspection.refused(DEPUTY, issue, "sign") == (403, "not-responsible")
    assert (await inspection.on_issue(SECRETARY, issue, "sign"))["responsibilities"][0]["signed_at"]


async def test_what_is_mine_to_do_is_the_deputys_meanwhile(inspection: World) -> None:
    await city(inspection)
    issue = await assigned(inspection)

    async def todo(person: str) -> list[tuple[str, str]]:
        rows = (await inspection.get(person, "/v1/me/todo")).json()["items"]
        return [(row["what"], row["subject"]) for row in rows]

    wanted = [("acknowledge", f"issue/{issue['id']}")]
    assert (await todo(SECRETARY), await todo(DEPUTY)) == (wanted, [])
    await inspection.done(SECRETARY, "/v1/absences", {**TRIP, "starts": "2026-09-21"})
    assert (await todo(SECRETARY), await todo(DEPUTY)) == ([], wanted)


async def test_an_absence_where_nobody_else_could_act_takes_nothing_away(inspection: World) -> None:
    await inspection.done(ADMIN, "/v1/registry/imports", small_city.bundle())
    issue = await assigned(inspection)
    await inspection.done(SECRETARY, "/v1/absences", {**TRIP, "starts": "2026-09-21"})
    assert (await inspection.on_issue(SECRETARY, issue, "acknowledge"))["acknowledged_by"]["person"] == SECRETARY


async def test_who_may_declare_and_end(inspection: World) -> None:
    await city(inspection)
    of_secretary = {**TRIP, "person": SECRETARY}
    for person in (DEPUTY, OTHER_SECRETARY, OTHER_COUNTY):
        assert await refusal(inspection, person, "/v1/absences", of_secretary) == (403, "not-allowed")
    assert await refusal(inspection, CADRE, "/v1/absences", TRIP) == (403, "forbidden")
    assert await refusal(inspection, COUNTY, "/v1/absences", {**TRIP, "person": CADRE}) == (403, "not-allowed")
    assert await refusal(inspection, BUREAU, "/v1/absences", {**TRIP, "person": CADRE}) == (
        422,
        "absence-of-no-secretary",
    )
    absence = await inspection.done(COUNTY, "/v1/absences", of_secretary)
    assert absence["person"] == SECRETARY
    end = f"/v1/absences/{absence['id']}/end"
    assert await refusal(inspection, DEPUTY, end, {}, version=1) == (403, "not-allowed")
    for person in (OTHER_SECRETARY, OTHER_COUNTY):
        assert await refusal(inspection, person, end, {}, version=1) == (404, "not-found")
    assert (await inspection.done(BUREAU, end, {}, version=1))["ended"]


async def test_what_is_no_absence_is_refused_by_name(inspection: World) -> None:
    await city(inspection)
    await inspection.done(SECRETARY, "/v1/absences", TRIP)
    for changes, problem in (
        ({"starts": "2026-09-23", "ends": "2026-09-25"}, (409, "absence-overlaps")),
        ({"starts": "2026-09-20"}, (422, "bad-absence")),
        ({"starts": "2026-10-02", "ends": "2026-10-01"}, (422, "bad-absence")),
        ({"starts": "2026-10-02", "ends": "2028-10-01"}, (422, "bad-absence")),
        ({"starts": "2026-10-02", "ends": "2026-10-03", "reason": "找13812345678"}, (422, "contact-in-text")),
    ):
        assert await refusal(inspection, SECRETARY, "/v1/absences", {**TRIP, **changes}) == problem


async def test_absences_are_read_by_colleagues_and_the_offices_above(inspection: World) -> None:
    await city(inspection)
    mine = (await inspection.done(SECRETARY, "/v1/absences", TRIP))["id"]
    theirs = (await inspection.done(OTHER_SECRETARY, "/v1/absences", {**TRIP, "ends": "2026-09-30"}))["id"]

    async def ids(reader: str, **asked: str) -> set[str]:
        rows = (await inspection.get(reader, "/v1/absences", **asked)).json()["items"]
        return {row["id"] for row in rows}

    for person in (SECRETARY, DEPUTY, CADRE, "P-contact-S25", COUNTY):
        assert await ids(person) == {mine}
    assert await ids(OTHER_COUNTY) == {theirs}
    assert await ids(BUREAU) == {mine, theirs}
    assert await ids(BUREAU, day="2026-09-24") == {theirs}
    assert await ids(BUREAU, person=SECRETARY) == {mine}
    assert await ids(ADMIN) == set()
    assert (await inspection.get(OTHER_SECRETARY, f"/v1/absences/{mine}")).status_code == 404
    assert (await inspection.get(DEPUTY, f"/v1/absences/{mine}")).json()["reason"] == TRIP["reason"]
    assert inspection.clock.now() == NOW
