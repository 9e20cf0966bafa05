"""An issue's whole life through the HTTP API, and what it refuses on the way."""

import asyncio

import pytest

from tests import small_city
from tests.inspection_world import Entry, World

pytestmark = pytest.mark.integration
# S2 lies in the second county; S4 is city-direct; S25 is covered by the branch of S1.
SCHOOL, SECRETARY, CADRE, COUNTY = "S2", "P-secretary-B2", "P-cadre-S2", "P-county-230804-1"


async def _assigned(world: World, item: str = "C2", severity: str = "minor", mode: str = "deadline") -> Entry:
    given = {"evidence": [await world.evidence((await world.leader_at(SCHOOL))[0], SCHOOL)]} if item == "C1" else {}
    _, issue = await world.submitted(SCHOOL, item, **given)
    by = small_city.BUREAU[0] if severity == "critical" else COUNTY
    return await world.on_issue(by, issue, "assign", {"severity": severity, "mode": mode})


async def _reported(world: World, issue: Entry) -> Entry:
    if issue["state"] == "assigned":
        issue = await world.on_issue(SECRETARY, issue, "acknowledge")
        tasks = [{"measure": "补挂标识", "target": "标识齐全"}]
        issue = await world.on_issue(SECRETARY, issue, "plan", {"tasks": tasks, "lead": CADRE})
        issue = await world.on_issue(CADRE, issue, "sign")
    evidence = [await world.evidence(CADRE, SCHOOL)]
    done = {"percent": 100, "note": "已完成", "evidence": evidence}
    issue = await world.on_issue(CADRE, issue, f"tasks/{issue['tasks'][0]['id']}/progress", done)
    return await world.on_issue(SECRETARY, issue, "report", {"note": "整改完毕"})


async def test_a_minor_issue_from_draft_to_closed(inspection: World) -> None:
    await inspection.opened_city()
    issue = await _reported(inspection, await _assigned(inspection))
    assert issue["number"] == "2026-1-0001"
    assert issue["clock"]["owner"] == "checker"
    closed = await inspection.on_issue(COUNTY, issue, "check", {"passed": True, "method": "on_site"})
    assert closed["state"] == "closed"
    assert closed["closings"][0]["on_time"] is True
    timeline = (await inspection.get(SECRETARY, f"/v1/issues/{issue['id']}/timeline")).json()["items"]
    verbs = [row["type"].split(".")[2] for row in timeline]
    assert verbs == [
        "drafted", "submitted", "assigned", "acknowledged", "planned", "signed", "progressed", "reported", "closed",
    ]  # fmt: skip
    assert [row["version"] for row in timeline] == list(range(1, 10))
    assert timeline[2]["actor"]["person"] == COUNTY


async def test_a_critical_issue_needs_county_then_bureau(inspection: World) -> None:
    await inspection.opened_city()
    issue = await _reported(inspection, await _assigned(inspection, "D1", "critical"))
    passed = {"passed": True, "method": "evidence"}
    assert (await inspection.refused(small_city.BUREAU[0], issue, "check", passed))[0] == 403
    checked = await inspection.on_issue(COUNTY, issue, "check", passed)
    assert checked["state"] == "checked"
    assert (await inspection.refused(COUNTY, checked, "check", passed))[0] == 403
    assert (await inspection.on_issue(small_city.BUREAU[0], checked, "check", passed))["state"] == "closed"


async def test_a_returned_issue_goes_round_again(inspection: World) -> None:
    await inspection.opened_city()
    issue = await _reported(inspection, await _assigned(inspection))
    refusal = {"passed": False, "method": "on_site", "reason": "标识不规范"}
    assert (await inspection.refused(COUNTY, issue, "check", refusal))[1] == "deadline-missing"
    returned = await inspection.on_issue(COUNTY, issue, "check", {**refusal, "deadline": "2026-10-20"})
    assert (returned["state"], returned["deadline"]["day"]) == ("returned", "2026-10-20")
    again = await _reported(inspection, returned)
    assert len(again["reports"]) == 2
    closed = await inspection.on_issue(COUNTY, again, "check", {"passed": True, "method": "on_site"})
    reopened = await inspection.on_issue(
        small_city.BUREAU[0], closed, "reopen", {"reason": "虚假销号", "deadline": "2026-10-30"}
    )
    assert reopened["state"] == "rectifying"
    assert reopened["closings"][0]["false_closure"] is True


async def test_what_is_refused_names_the_rule(inspection: World) -> None:
    await inspection.opened_city()
    issue = await _assigned(inspection)
    progress = f"tasks/{'x' * 8}/progress"
    assert (await inspection.refused("P-secretary-B3", issue, "acknowledge"))[0] == 404
    assert (await inspection.refused(CADRE, issue, "acknowledge"))[0] == 403
    issue = await inspection.on_issue(SECRETARY, issue, "acknowledge")
    tasks = [{"measure": "补挂标识", "target": "标识齐全"}]
    outsider = {"tasks": tasks, "lead": "P-cadre-S3"}
    assert (await inspection.refused(SECRETARY, issue, "plan", outsider))[1] == "outsider-responsible"
    issue = await inspection.on_issue(SECRETARY, issue, "plan", {"tasks": tasks, "lead": CADRE})
    done = {"percent": 100, "evidence": [await inspection.evidence(CADRE, SCHOOL)]}
    before_signing = await inspection.refused(CADRE, issue, f"tasks/{issue['tasks'][0]['id']}/progress", done)
    assert before_signing == (409, "sign-before-progress")
    assert (await inspection.refused(SECRETARY, issue, "sign"))[1] == "not-responsible"
    issue = await inspection.on_issue(CADRE, issue, "sign")
    assert (await inspection.refused(CADRE, issue, progress, done))[1] == "unknown-task"
    assert (await inspection.refused(SECRETARY, issue, "report", {"note": "完成"}))[0] == 409
    issue = await _reported(inspection, issue)
    passed = {"passed": True, "method": "on_site"}
    assert (await inspection.refused(SECRETARY, issue, "check", passed))[0] == 403
    closed = await inspection.on_issue(COUNTY, issue, "check", passed)
    assert (await inspection.refused(SECRETARY, closed, "report", {"note": "再报"}))[1] == "issue-ended"


async def test_a_finding_outside_the_teams_visit_is_refused(inspection: World) -> None:
    await inspection.opened_city()
    leader, visit = await inspection.leader_at(SCHOOL)
    body = {"school": "S3", "visit": visit["id"], "source": "supervision", "item": "C2", "description": "x"}
    other = await inspection.send(leader, "/v1/issues", body)
    assert (other.status_code, other.json()["type"]) in {(403, "/problems/own-school"), (422, "/problems/other-visit")}
    others = [(await inspection.leader_at(school))[0] for school in ("S1", "S3", "S4", "S5", "S6", "S7", "S8")]
    stranger = next(person for person in others if person != leader)
    assert (await inspection.send(stranger, "/v1/issues", {**body, "school": SCHOOL})).status_code == 404
    unknown = await inspection.send(leader, "/v1/issues", {**body, "school": SCHOOL, "item": "Z9"})
    assert unknown.json()["type"] == "/problems/unknown-item"


async def test_the_same_key_answers_once(inspection: World) -> None:
    await inspection.opened_city()
    leader, visit = await inspection.leader_at(SCHOOL)
    body = {"school": SCHOOL, "visit": visit["id"], "source": "supervision", "item": "C2", "description": "一次"}
    answers = await asyncio.gather(*(inspection.send(leader, "/v1/issues", body, key="k") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    listed = (await inspection.get(leader, "/v1/issues", school=SCHOOL)).json()["items"]
    assert len(listed) == 1
    other = await inspection.send(leader, "/v1/issues", {**body, "description": "两次"}, key="k")
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")


async def test_two_people_on_one_version(inspection: World) -> None:
    await inspection.opened_city()
    _, issue = await inspection.submitted(SCHOOL)
    order = {"severity": "minor", "mode": "deadline"}
    sent = [
        inspection.send(f"P-county-230804-{n}", f"/v1/issues/{issue['id']}/assign", order, version=issue["version"])
        for n in (1, 2)
    ]
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*sent))
    assert statuses == [200, 412]
    missing = await inspection.send(COUNTY, f"/v1/issues/{issue['id']}/assign", order)
    assert missing.status_code == 428


async def test_a_revoked_grant_counts_at_once(inspection: World) -> None:
    await inspection.opened_city()
    issue = await _assigned(inspection)
    grants = (await inspection.get(small_city.ADMIN, "/v1/grants", person=SECRETARY)).json()["items"]
    path = f"/v1/grants/{grants[0]['id']}/revoke"
    await inspection.done(small_city.ADMIN, path, {"reason": "调离"}, version=grants[0]["version"])
    answer = await inspection.send(SECRETARY, f"/v1/issues/{issue['id']}/acknowledge", version=issue["version"])
    assert answer.status_code == 403


async def test_bounds(inspection: World) -> None:
    await inspection.opened_city()
    leader, visit = await inspection.leader_at(SCHOOL)
    body = {
        "school": SCHOOL,
        "visit": visit["id"],
        "source": "supervision",
        "item": "C2",
        "description": "字" * 4_000_000,
    }
    assert (await inspection.send(leader, "/v1/issues", body)).status_code == 413
    assert (await inspection.send(leader, "/v1/issues", {**body, "description": "字" * 2001})).status_code == 422


async def test_an_event_above_its_bound_is_refused_and_loses_nothing(inspection: World) -> None:
    await inspection.opened_city()
    leader, visit = await inspection.leader_at(SCHOOL)
    path, kept = f"/v1/visits/{visit['id']}", 0
    for _ in range(100):
        answer = await inspection.send(leader, f"{path}/highlights", {"text": "字" * 2000})
        if answer.status_code != 200:
            break
        kept += 1
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/event-too-large")
    assert len((await inspection.get(leader, path)).json()["highlights"]) == kept


async def test_what_is_mine_to_do_now(inspection: World) -> None:
    await inspection.opened_city()
    leader, _ = await inspection.leader_at(SCHOOL)
    visits = (await inspection.get(leader, "/v1/me/todo")).json()["items"]
    assert {row["what"] for row in visits} == {"submit_visit"}
    issue = await _assigned(inspection)
    mine = (await inspection.get(SECRETARY, "/v1/me/todo")).json()["items"]
    assert [(row["what"], row["subject"]) for row in mine if row["school"] == SCHOOL] == [
        ("acknowledge", f"issue/{issue['id']}")
    ]
    await _reported(inspection, issue)
    county = (await inspection.get(COUNTY, "/v1/me/todo")).json()["items"]
    assert [row["what"] for row in county] == ["check"]
    assert (await inspection.get("P-secretary-B3", "/v1/me/todo")).json()["items"] == []
