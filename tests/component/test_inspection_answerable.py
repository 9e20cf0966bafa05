"""Who answers over HTTP while people leave and branches move, and what the registry refuses meanwhile."""

from typing import Any

from tests import small_city
from tests.component.test_inspection_absences import (
    ADMIN,
    CADRE,
    COUNTY,
    DEPUTY,
    SECRETARY,
    TASKS,
    TRIP,
    assigned,
    city,
    refusal,
)
from tests.inspection_world import World

OTHER_CADRE = "P-cadre-S25"
LEAVES = {"name": "某人", "post": "教师", "school": "S5"}
REASON = {"reason": "调动"}
Entry = dict[str, Any]


async def planned(inspection: World, lead: str = CADRE) -> Entry:
    await city(inspection)
    issue = await inspection.on_issue(SECRETARY, await assigned(inspection), "acknowledge")
    return await inspection.on_issue(SECRETARY, issue, "plan", {"tasks": TASKS, "lead": lead})


async def who_answers(inspection: World, issue: Entry) -> Entry | None:
    found: Entry | None = (await inspection.get(COUNTY, f"/v1/issues/{issue['id']}/answerable")).json()["answerable"]
    return found


async def grant_of(inspection: World, person: str) -> Entry:
    rows = (await inspection.get(ADMIN, "/v1/grants", person=person)).json()["items"]
    found: Entry = next(row for row in rows if not row["revoked"])
    return found


async def leave(inspection: World, person: str) -> None:
    """The person's grant is revoked, and another school is theirs."""
    grant = await grant_of(inspection, person)
    await inspection.done(ADMIN, f"/v1/grants/{grant['id']}/revoke", REASON)
    version = (await inspection.get(ADMIN, f"/v1/people/{person}")).json()["version"]
    await inspection.done(ADMIN, f"/v1/people/{person}", LEAVES, version=version, method="PUT")


async def test_a_lead_who_leaves_answers_no_more_and_the_secretary_does(inspection: World) -> None:
    issue = await planned(inspection)
    assert await who_answers(inspection, issue) == {"person": CADRE, "why": "lead", "in_place_of": None}
    signed = await inspection.on_issue(CADRE, issue, "sign")
    await leave(inspection, CADRE)
    assert await who_answers(inspection, issue) == {"person": SECRETARY, "why": "secretary", "in_place_of": None}
    path = f"/v1/issues/{issue['id']}"
    assert (await inspection.get(CADRE, path)).status_code == 404
    task = f"tasks/{issue['tasks'][0]['id']}/progress"
    assert await inspection.refused(CADRE, signed, task, {"percent": 50}) == (404, "not-found")
    await inspection.done(SECRETARY, "/v1/absences", {**TRIP, "starts": "2026-09-21"})
    acting = {"person": DEPUTY, "why": "deputy", "in_place_of": SECRETARY}
    assert await who_answers(inspection, issue) == acting
    plan = {"tasks": TASKS, "lead": OTHER_CADRE, **REASON}
    replanned = await inspection.on_issue(DEPUTY, signed, "replan", plan)
    assert await who_answers(inspection, issue) == {"person": OTHER_CADRE, "why": "lead", "in_place_of": None}
    kept = {row["person"]: row["superseded_at"] for row in replanned["responsibilities"]}
    assert kept[CADRE] is not None
    assert kept[OTHER_CADRE] is None


async def test_who_retires_neither_reads_nor_signs_though_named(inspection: World) -> None:
    issue = await planned(inspection)
    await inspection.done(ADMIN, f"/v1/people/{CADRE}/retire", REASON, version=1)
    assert (await inspection.get(CADRE, f"/v1/issues/{issue['id']}")).status_code == 404
    assert await inspection.refused(CADRE, issue, "sign") == (404, "not-found")


async def test_the_last_who_could_answer_goes_once_there_is_a_successor(inspection: World) -> None:
    issue = await planned(inspection)
    await leave(inspection, DEPUTY)
    grant = await grant_of(inspection, SECRETARY)
    revoke = f"/v1/grants/{grant['id']}/revoke"
    assert await refusal(inspection, ADMIN, revoke, REASON) == (409, "nobody-answers")
    bundle = {"grants": [{**{k: grant[k] for k in ("id", "person", "role", "organisation")}, "revoked": True}]}
    assert await refusal(inspection, ADMIN, "/v1/registry/imports", bundle) == (409, "nobody-answers")
    assert await refusal(inspection, ADMIN, f"/v1/people/{SECRETARY}/retire", REASON, version=1) == (
        409,
        "nobody-answers",
    )
    new = {"person": OTHER_CADRE, "role": "secretary", "organisation": "B1"}
    await inspection.done(ADMIN, "/v1/grants", new)
    assert (await inspection.done(ADMIN, revoke, REASON))["revoked"]
    assert (await who_answers(inspection, issue) or {})["person"] == CADRE


async def test_a_body_that_leads_keeps_an_officer(inspection: World) -> None:
    issue = await planned(inspection)
    asked = await inspection.on_issue(SECRETARY, issue, "ask-help", {"reason": "学校无力解决"})
    led = await inspection.on_issue(COUNTY, asked, "decide-help", {"accepted": True, "reason": "由县局牵头"})
    assert (await who_answers(inspection, led) or {})["person"] == COUNTY
    first, second = await grant_of(inspection, COUNTY), await grant_of(inspection, "P-county-230803-2")
    await inspection.done(ADMIN, f"/v1/grants/{first['id']}/revoke", REASON)
    found = (await inspection.get(SECRETARY, f"/v1/issues/{led['id']}/answerable")).json()["answerable"]
    assert found == {"person": "P-county-230803-2", "why": "body", "in_place_of": None}
    revoke = f"/v1/grants/{second['id']}/revoke"
    assert await refusal(inspection, ADMIN, revoke, REASON) == (409, "nobody-answers")


async def test_a_school_with_open_issues_joins_no_branch_without_anybody_and_is_not_retired(inspection: World) -> None:
    await planned(inspection)
    await leave(inspection, "P-secretary-B5")
    school = (await inspection.get(ADMIN, "/v1/schools/S1")).json()
    moved = {**small_city.schools()[0], "branch": "B5", "organised": "joint"}
    branch = {**small_city.branches()[0], "lead_school": "S25", "form": "independent"}
    await inspection.done(ADMIN, "/v1/branches/B1", branch, version=1, method="PUT")
    move: dict[str, Any] = {"version": school["version"], "method": "PUT"}
    assert await refusal(inspection, ADMIN, "/v1/schools/S1", moved, **move) == (409, "nobody-answers")
    new = {"person": "P-cadre-S5", "role": "secretary", "organisation": "B5"}
    await inspection.done(ADMIN, "/v1/grants", new)
    assert (await inspection.done(ADMIN, "/v1/schools/S1", moved, **move))["branch"] == "B5"


async def test_who_is_of_a_group_deep_below_the_branch_judges_nothing_there(inspection: World) -> None:
    await city(inspection)
    for id_, parent in (("B1-1", "B1"), ("B1-1-1", "B1-1")):
        group = {**small_city.branches()[0], "id": id_, "parent": parent, "schools": []}
        await inspection.done(ADMIN, "/v1/branches", group)
    officer = "P-county-230803-2"
    await inspection.done(ADMIN, "/v1/grants", {"person": officer, "role": "secretary", "organisation": "B1-1-1"})
    body = {"school": "S1", "source": "survey", "area": "其他", "description": "无标识"}
    assert await refusal(inspection, officer, "/v1/issues", body) == (403, "own-school")
