"""Tasks from above 任务交办 through the HTTP API, over a real MongoDB."""

from datetime import timedelta

import pytest

from tests import small_city
from tests.inspection_world import Entry, World

pytestmark = pytest.mark.integration
BUREAU, DEPARTMENT, COUNTY = small_city.BUREAU[0], "P-organisation", "P-county-230803-1"
SECOND_COUNTY = "P-county-230803-2"
# S1, S5 and S25 lie in county 230803, S4 is city-direct.
TASKS = [{"measure": "制定方案", "target": "方案上墙"}]


def _wanted(*schools: str, **given: object) -> Entry:
    plain = {"title": "主题党日", "description": "开展一次主题党日", "area": "党建载体", "deadline": "2026-10-20"}
    return {"schools": list(schools), **plain, **given}


async def _given(world: World, person: str, *schools: str, **given: object) -> Entry:
    return await world.done(person, "/v1/assignments", _wanted(*schools, **given))


async def _part(world: World, person: str, task: Entry, n: int = 0) -> Entry:
    found: Entry = (await world.get(person, f"/v1/issues/{task['items'][n]['issue']}")).json()
    return found


async def _reported(world: World, part: Entry) -> Entry:
    school = part["school"]
    secretary, cadre = f"P-secretary-B{school[1:]}", f"P-cadre-{school}"
    part = await world.on_issue(secretary, part, "acknowledge")
    part = await world.on_issue(secretary, part, "plan", {"tasks": TASKS, "lead": cadre})
    part = await world.on_issue(cadre, part, "sign")
    done = {"percent": 100, "evidence": [await world.evidence(cadre, school)]}
    part = await world.on_issue(cadre, part, f"tasks/{part['tasks'][0]['id']}/progress", done)
    return await world.on_issue(secretary, part, "report", {"note": "已完成"})


async def test_a_task_is_given_to_many_schools_in_one_act(inspection: World) -> None:
    await inspection.opened_city()
    schools = [school["id"] for school in small_city.schools()]
    answer = await inspection.send(BUREAU, "/v1/assignments", _wanted(*schools), key="once")
    assert answer.status_code == 201, answer.text
    task = answer.json()
    assert [item["school"] for item in task["items"]] == schools
    again = await inspection.send(BUREAU, "/v1/assignments", _wanted(*schools), key="once")
    assert again.json() == task
    rows = (await inspection.get(BUREAU, "/v1/assignments")).json()["items"]
    assert [(row["id"], row["schools"], row["parts"]) for row in rows] == [(task["id"], 25, 25)]
    assert rows[0]["states"] == {"assigned": 25}
    assert sum(rows[0]["lights"].values()) == 25
    part = await _part(inspection, "P-secretary-B1", task)
    assert (part["state"], part["issuer"], part["deadline"]["day"]) == ("assigned", "230800", "2026-10-20")
    assert part["clock"]["owner"] == "school"
    assert part["assignment"] == {"id": task["id"], "number": task["number"], "title": "主题党日", "schools": 25}
    assert (await inspection.get(BUREAU, "/v1/issues")).json()["items"] == []
    assert len((await inspection.get(BUREAU, "/v1/issues", kind="assignment")).json()["items"]) == 25


@pytest.mark.parametrize(
    ("person", "schools", "given", "status", "rule"),
    [
        # S2 is another county's, S4 is nobody's but the bureau's.
        (COUNTY, ("S1", "S2"), {}, 403, "not-allowed"),
        (COUNTY, ("S1", "S4"), {}, 403, "not-allowed"),
        (BUREAU, ("S1", "S2", "S1"), {}, 422, "school-named-twice"),
        (BUREAU, ("S1", "S2"), {"deadline": "2026-09-01"}, 422, "deadline-in-past"),
        (BUREAU, ("S1", "S2"), {"title": "机密★会议"}, 422, "state-secret"),
        (BUREAU, ("S1", "nowhere"), {}, 404, "not-found"),
    ],
)
async def test_one_school_refused_gives_nobody_anything(
    inspection: World, person: str, schools: tuple[str, ...], given: Entry, status: int, rule: str
) -> None:
    await inspection.opened_city()
    answer = await inspection.send(person, "/v1/assignments", _wanted(*schools, **given))
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{rule}"), answer.text
    assert (await inspection.get(BUREAU, "/v1/issues", kind="all")).json()["items"] == []


async def test_the_body_that_gave_it_checks_and_nobody_else(inspection: World) -> None:
    await inspection.opened_city()
    passed = {"passed": True, "method": "evidence"}
    of_county = await _reported(inspection, await _part(inspection, COUNTY, await _given(inspection, COUNTY, "S1")))
    assert await inspection.refused(BUREAU, of_county, "check", passed) == (403, "not-allowed")
    todo = (await inspection.get(COUNTY, "/v1/me/todo")).json()["items"]
    assert [row["what"] for row in todo] == ["check"]
    closed = await inspection.on_issue(COUNTY, of_county, "check", passed)
    assert closed["state"] == "closed"
    given = await _given(inspection, DEPARTMENT, "S5")
    of_department = await _reported(inspection, await _part(inspection, DEPARTMENT, given))
    assert of_department["assigned_by"]["role"] == "organisation_department"
    assert await inspection.refused(COUNTY, of_department, "check", passed) == (403, "not-allowed")
    assert await inspection.refused(DEPARTMENT, of_department, "check", passed) == (403, "forbidden")
    returned = await inspection.on_issue(
        BUREAU, of_department, "check",
        {"passed": False, "method": "evidence", "reason": "材料不全", "deadline": "2026-10-30"},
    )  # fmt: skip
    assert (returned["state"], returned["deadline"]["day"]) == ("returned", "2026-10-30")


async def test_a_task_has_objection_help_and_extension_like_an_issue(inspection: World) -> None:
    await inspection.opened_city()
    task = await _given(inspection, BUREAU, "S1", "S5", "S9")
    objected = await inspection.on_issue(
        "P-secretary-B1", await _part(inspection, BUREAU, task), "object", {"reason": "与本校无关"}
    )
    ruling = {"upheld": True, "reason": "情况属实"}
    assert await inspection.refused(BUREAU, objected, "decide-objection", ruling) == (403, "decides-own-assignment")
    withdrawn = await inspection.on_issue(small_city.BUREAU[1], objected, "decide-objection", ruling)
    assert withdrawn["state"] == "withdrawn"
    part = await inspection.on_issue("P-secretary-B5", await _part(inspection, BUREAU, task, 1), "acknowledge")
    helped = await inspection.on_issue("P-secretary-B5", part, "ask-help", {"reason": "无场地"})
    assert helped["clock"]["owner"] == "body"
    part = await inspection.on_issue("P-secretary-B9", await _part(inspection, BUREAU, task, 2), "acknowledge")
    asked = await inspection.on_issue(
        "P-secretary-B9", part, "ask-extension", {"day": "2026-10-30", "reason": "等待场地"}
    )
    granted = await inspection.on_issue(BUREAU, asked, "decide-extension", {"granted": True, "reason": "同意"})
    assert granted["deadline"]["day"] == "2026-10-30"


async def test_lists_by_school_body_state_and_light_hold_what_is_within_reach(inspection: World) -> None:
    await inspection.opened_city()
    city = await _given(inspection, DEPARTMENT, "S1", "S2")
    county = await _given(inspection, COUNTY, "S5")
    inspection.clock.advance(timedelta(minutes=1))
    await inspection.on_issue("P-secretary-B1", await _part(inspection, BUREAU, city), "acknowledge")

    async def listed(person: str, **asked: object) -> list[str]:
        return [row["id"] for row in (await inspection.get(person, "/v1/assignments", **asked)).json()["items"]]

    assert set(await listed(BUREAU)) == {city["id"], county["id"]}
    assert await listed(BUREAU, school="S5") == [county["id"]]
    assert await listed(BUREAU, body="230803") == [county["id"]]
    assert await listed(BUREAU, role="organisation_department") == [city["id"]]
    assert await listed(BUREAU, state="acknowledged") == [city["id"]]
    assert await listed(BUREAU, light="red") == []
    inspection.clock.advance(timedelta(days=40))
    assert set(await listed(BUREAU, light="red")) == {city["id"], county["id"]}
    (seen,) = (await inspection.get("P-secretary-B1", "/v1/assignments")).json()["items"]
    assert (seen["id"], seen["schools"], seen["parts"], seen["states"]) == (city["id"], 2, 1, {"acknowledged": 1})
    assert seen["lights"] == {"green": 0, "yellow": 0, "red": 1}
    assert (await inspection.get("P-secretary-B1", f"/v1/assignments/{county['id']}")).status_code == 404
    path = f"/v1/assignments/{city['id']}"
    parts = (await inspection.get(BUREAU, path)).json()["items"]
    assert {(part["school"], part["light"]) for part in parts} == {("S1", "red"), ("S2", "red")}
    (one,) = (await inspection.get(BUREAU, path, state="acknowledged", light="red")).json()["items"]
    assert one["school"] == "S1"
    told = (await inspection.get(BUREAU, f"{path}/timeline")).json()["items"]
    assert {(row["school"], row["state"]) for row in told[:2]} == {("S1", "assigned"), ("S2", "assigned")}
    assert [(row["school"], row["state"]) for row in told[2:]] == [("S1", "acknowledged")]
    own = (await inspection.get("P-secretary-B1", f"{path}/timeline")).json()["items"]
    assert {row["school"] for row in own} == {"S1"}
    three = (await inspection.get("P-secretary-B1", "/v1/schools/S1/lists")).json()
    assert (three["issues"], len(three["assignments"])) == ([], 1)


async def test_no_double_and_no_recurrence_ties_an_issue_to_a_task(inspection: World) -> None:
    await inspection.opened_city()
    part = await _part(inspection, COUNTY, await _given(inspection, COUNTY, "S1"))
    body = {"school": "S1", "source": "survey", "area": "其他", "description": "无标识"}
    issue = await inspection.on_issue(COUNTY, await inspection.done(COUNTY, "/v1/issues", body), "submit")
    assert (await inspection.refused(COUNTY, issue, "merge", {"into": part["id"]}))[1] == "bad-merge"
    closed = await inspection.on_issue(
        SECOND_COUNTY, await _reported(inspection, part), "check", {"passed": True, "method": "on_site"}
    )
    again = {"severity": "minor", "mode": "deadline", "recurs_of": closed["id"]}
    assert (await inspection.refused(COUNTY, issue, "assign", again))[1] == "bad-recurrence"
