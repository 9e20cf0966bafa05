"""A school moves division, and joins a branch, in the middle of things: what was keeps the structure of its time."""

from datetime import timedelta
from typing import Any

from tests import small_city
from tests.component.test_inspection_absences import ADMIN, COUNTY, OTHER_COUNTY, SECRETARY, TASKS, assigned
from tests.inspection_world import World

Entry = dict[str, Any]
BUREAU = small_city.BUREAU[0]


async def moved(inspection: World, **changes: Any) -> Entry:
    """S1, changed."""
    school = (await inspection.get(ADMIN, "/v1/schools/S1")).json()
    given = {"version": school["version"], "method": "PUT"}
    return await inspection.done(ADMIN, "/v1/schools/S1", {**small_city.schools()[0], **changes}, **given)


async def test_an_issue_goes_with_its_school_and_its_past_stays_what_it_was(inspection: World) -> None:
    await inspection.done(ADMIN, "/v1/registry/imports", small_city.bundle())
    issue = await inspection.on_issue(SECRETARY, await assigned(inspection), "acknowledge")
    path = f"/v1/issues/{issue['id']}"
    before = (await inspection.get(COUNTY, f"{path}/timeline")).json()["items"]
    inspection.clock.advance(timedelta(days=1))
    await moved(inspection, division="230805", code="230805-new")
    # The county of today reads and acts; of the county of then whoever listed it reads on, and nobody acts.
    assert (await inspection.get("P-county-230803-2", path)).status_code == 404
    assert (await inspection.get(OTHER_COUNTY, path)).status_code == 200
    assert await inspection.refused(COUNTY, issue, "withdraw", {"reason": "误登"}) == (403, "not-allowed")
    planned = await inspection.on_issue(SECRETARY, issue, "plan", {"tasks": TASKS, "lead": "P-cadre-S1"})
    # Who issued it, and in which capacity everybody acted, is not written anew.
    assert planned["issuer"] == "230803"
    after = (await inspection.get(OTHER_COUNTY, f"{path}/timeline")).json()["items"]
    assert after[: len(before)] == before
    assert [row["actor"]["organisation"] for row in after] == ["230803", "230803", "230803", "B1", "B1"]
    # The issuing body's acts are those of the county of today.
    assert (await inspection.on_issue(OTHER_COUNTY, planned, "withdraw", {"reason": "误登"}))["state"] == "withdrawn"


async def test_a_visit_keeps_the_facts_of_its_day(inspection: World) -> None:
    await inspection.opened_city()
    submitted = await inspection.visited("S1")
    assert submitted["facts"]["division"] == "230803"
    await moved(inspection, division="230805")
    visit = (await inspection.get(BUREAU, f"/v1/visits/{submitted['id']}")).json()
    assert (visit["facts"], visit["version"]) == (submitted["facts"], submitted["version"])
    assert [row["id"] for row in (await inspection.get(OTHER_COUNTY, "/v1/visits", school="S1")).json()["items"]] == [
        submitted["id"]
    ]
    assert (await inspection.get(COUNTY, "/v1/visits", school="S1")).json()["items"] == []


async def test_what_was_signed_in_the_old_branch_stays_signed_and_the_new_one_goes_on(inspection: World) -> None:
    await inspection.done(ADMIN, "/v1/registry/imports", small_city.bundle())
    issue = await inspection.on_issue(SECRETARY, await assigned(inspection), "acknowledge")
    issue = await inspection.on_issue(SECRETARY, issue, "plan", {"tasks": TASKS, "lead": "P-cadre-S1"})
    signed = await inspection.on_issue("P-cadre-S1", issue, "sign")
    lead = {**small_city.branches()[0], "lead_school": "S25", "form": "independent"}
    await inspection.done(ADMIN, "/v1/branches/B1", lead, version=1, method="PUT")
    await moved(inspection, branch="B5", organised="joint")
    found = (await inspection.get("P-secretary-B5", f"/v1/issues/{issue['id']}")).json()
    assert found["responsibilities"] == signed["responsibilities"]
    assert (found["acknowledged_by"]["organisation"], found["version"]) == ("B1", signed["version"])
    again = {"tasks": TASKS, "lead": "P-cadre-S5", "reason": "并入"}
    assert await inspection.refused("P-secretary-B9", signed, "replan", again) == (404, "not-found")
    replanned = await inspection.on_issue("P-secretary-B5", signed, "replan", again)
    assert [(row["person"], row["superseded_at"] is None) for row in replanned["responsibilities"]] == [
        ("P-cadre-S1", False),
        ("P-cadre-S5", True),
    ]
