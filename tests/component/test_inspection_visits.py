"""Checklists and visits through HTTP: many hands on one visit, offline, corrections, versions, a second round."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests import small_city
from tests.inspection_world import Entry, World

pytestmark = pytest.mark.integration
SCHOOL, SECRETARY, CADRE, COUNTY = "S2", "P-secretary-B2", "P-cadre-S2", "P-county-230804-1"
BUREAU = small_city.BUREAU[0]
VALUES: dict[str, Any] = {"C1": True, "C2": False, "C3": False, "D1": 5, "D2": False, "C8": 2}


async def team_at(world: World, school: str = SCHOOL) -> tuple[list[str], str]:
    """The members of the team that visits the school, its leader first; the visit's path."""
    leader, visit = await world.leader_at(school)
    team = (await world.get(BUREAU, f"/v1/teams/{visit['team']}")).json()
    others = [member for member in team["members"] if member != leader]
    return [leader, *others], f"/v1/visits/{visit['id']}"


async def save(world: World, person: str, path: str, *answers: Entry, **given: Any) -> Any:
    return await world.send(person, f"{path}/answers", {"answers": list(answers)}, method="PUT", **given)


async def read(world: World, path: str, person: str = BUREAU) -> Entry:
    found: Entry = (await world.get(person, path)).json()
    return found


def answered(visit: Entry) -> dict[str, tuple[Any, str, int]]:
    return {row["item"]: (row["value"], row["by"], row["version"]) for row in visit["answers"]}


def offline(id: str, minute: int) -> Entry:
    """Saved offline at that minute of the hour before the tests' day begins."""
    return {"id": f"018f2f6e-0000-7000-8000-{id:0>12}", "at": f"2026-09-21T08:{minute:02d}:00+08:00"}


async def test_three_members_fill_one_checklist_at_once_and_nothing_is_lost(inspection: World) -> None:
    await inspection.opened_city()
    team, path = await team_at(inspection)
    assert len(team) >= 3
    shares = {item: team[number % 3] for number, item in enumerate(VALUES)}
    saved = await asyncio.gather(
        *(save(inspection, person, path, {"item": item, "value": VALUES[item], "seen": 0})
          for item, person in shares.items())
    )  # fmt: skip
    assert [answer.status_code for answer in saved] == [200] * len(VALUES)
    visit = await read(inspection, path)
    assert answered(visit) == {item: (VALUES[item], shares[item], 1) for item in VALUES}
    assert [row["item"] for row in visit["answers"]] == list(VALUES)
    assert visit["version"] == 1 + len(VALUES)


async def test_of_two_at_one_item_one_is_told_what_the_other_saved_and_the_rest_of_it_waits(inspection: World) -> None:
    await inspection.opened_city()
    team, path = await team_at(inspection)
    one, other = await asyncio.gather(
        save(inspection, team[0], path, {"item": "C1", "value": True, "seen": 0}),
        save(inspection, team[1], path, {"item": "C1", "value": False, "seen": 0}, {"item": "C2", "value": True}),
    )
    assert sorted((one.status_code, other.status_code)) == [200, 412]
    won, lost = (one, other) if one.status_code == 200 else (other, one)
    told = lost.json()
    assert told["type"] == "/problems/answer-changed"
    kept = won.json()["answers"][0]
    assert [(row["item"], row["value"], row["by"]) for row in told["changed"]] == [("C1", kept["value"], kept["by"])]
    visit = await read(inspection, path)
    assert ("C2" in answered(visit)) == (won is other)
    loser = team[0] if lost is one else team[1]
    again = await save(inspection, loser, path, {"item": "C1", "value": kept["value"], "note": "同意", "seen": 1})
    assert again.status_code == 200
    assert answered(again.json())["C1"] == (kept["value"], loser, 2)
    blind = await save(inspection, team[2], path, {"item": "C1", "value": True})
    assert (blind.status_code, blind.json()["type"]) == (412, "/problems/answer-changed")


async def test_what_was_saved_offline_is_taken_once_however_often_and_late_it_is_sent(inspection: World) -> None:
    await inspection.opened_city()
    team, path = await team_at(inspection)
    inspection.clock.advance(timedelta(days=3))
    batch = [{"item": item, "value": VALUES[item], "sent": offline(item, 10)} for item in ("C1", "C2")]
    # The answer was lost on the way; the device sends it again under another key, twice at once.
    first, *again = await asyncio.gather(*(save(inspection, team[1], path, *batch) for _ in range(3)))
    assert [answer.status_code for answer in (first, *again)] == [200, 200, 200]
    visit = await read(inspection, path)
    assert {item: version for item, (_, _, version) in answered(visit).items()} == {"C1": 1, "C2": 1}
    assert visit["version"] == 2
    kept = visit["answers"][0]
    assert kept["sent"] == {"id": offline("C1", 10)["id"], "at": "2026-09-21T00:10:00.000000Z"}
    assert kept["at"].startswith("2026-09-24T01:00")
    told = (await inspection.get(BUREAU, f"{path}/timeline")).json()["items"]
    assert [row["type"].split(".")[2] for row in told] == ["planned", "answered"]


async def test_what_was_saved_offline_earlier_never_replaces_what_the_same_person_answered_since(
    inspection: World,
) -> None:
    await inspection.opened_city()
    team, path = await team_at(inspection)
    early, late = ({"item": "C1", "value": False, "sent": offline("1", 5)},
                   {"item": "C1", "value": True, "sent": offline("2", 20)})  # fmt: skip
    for answer in (early, late, early):
        assert (await save(inspection, team[1], path, answer)).status_code == 200
    assert answered(await read(inspection, path))["C1"] == (True, team[1], 2)
    inspection.clock.advance(timedelta(hours=1))
    assert (await save(inspection, team[1], path, {"item": "C2", "value": True})).status_code == 200
    stale = {"item": "C2", "value": False, "sent": offline("3", 30)}
    assert (await save(inspection, team[1], path, stale)).status_code == 200
    assert answered(await read(inspection, path))["C2"] == (True, team[1], 1)
    # Somebody else's stands until it was seen.
    assert (await save(inspection, team[2], path, {**stale, "sent": offline("4", 31)})).status_code == 412
    seen = {**stale, "sent": offline("5", 32), "seen": 1}
    assert answered((await save(inspection, team[2], path, seen)).json())["C2"] == (False, team[2], 2)


async def test_a_time_that_lies_ahead_or_is_none_is_refused(inspection: World) -> None:
    await inspection.opened_city()
    team, path = await team_at(inspection)
    for at in ("2026-09-21T10:00:00+08:00", "2026-09-21T08:00:00", "昨天"):
        refused = await save(inspection, team[1], path, {"item": "C1", "value": True, "sent": {"id": "u", "at": at}})
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/sent-time"), at
    assert answered(await read(inspection, path)) == {}


async def test_a_visit_and_a_highlight_sent_again_from_offline_are_there_once(inspection: World) -> None:
    await inspection.opened_city()
    team, path = await team_at(inspection)
    praise = {"text": "党建与教学融合案例", "sent": offline("7", 7)}
    told = await asyncio.gather(*(inspection.send(team[1], f"{path}/highlights", praise) for _ in range(3)))
    assert {answer.status_code for answer in told} <= {200, 201}
    assert len((await read(inspection, path))["highlights"]) == 1
    await inspection.drafted(SCHOOL)
    saved = await save(inspection, team[0], path, *({"item": i, "value": v} for i, v in VALUES.items()))
    body = {"feedback": {"person": SECRETARY, "outcome": "countersigned"}, "sent": offline("9", 40)}
    version = saved.json()["version"]
    sent = await asyncio.gather(
        *(inspection.send(team[0], f"{path}/submit", body, version=version) for _ in range(3)), return_exceptions=False
    )
    assert 200 in {answer.status_code for answer in sent}
    later = await inspection.send(team[0], f"{path}/submit", body, version=version)
    assert (later.status_code, later.json()["state"]) == (200, "submitted")
    issues = (await inspection.get(BUREAU, "/v1/issues", school=SCHOOL)).json()["items"]
    assert [issue["state"] for issue in issues] == ["submitted"]
    events = (await inspection.get(BUREAU, f"{path}/timeline")).json()["items"]
    assert [row["type"] for row in events].count("inspection.visit.submitted.v1") == 1


async def test_a_correction_is_a_new_version_and_keeps_the_old_one(inspection: World) -> None:
    await inspection.opened_city()
    team, path = await team_at(inspection)
    early = {"answers": [{"item": "C2", "value": True}], "reason": "误判"}
    before = await read(inspection, path)
    refused = await inspection.send(BUREAU, f"{path}/correct", early, version=before["version"])
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-submitted-yet")
    visit = await inspection.visited(SCHOOL)
    for person in (team[1], SECRETARY, COUNTY):
        refused = await inspection.send(person, f"{path}/correct", early, version=visit["version"])
        assert refused.status_code == 403, person
    unchanged = {"answers": [{"item": "C2", "value": False}], "reason": "误判"}
    refused = await inspection.send(team[0], f"{path}/correct", unchanged, version=visit["version"])
    assert refused.json()["type"] == "/problems/answers-unchanged"
    corrected = await inspection.done(team[0], f"{path}/correct", early, version=visit["version"])
    assert answered(corrected)["C2"] == (True, team[0], 2)
    assert corrected["score"] > visit["score"]
    (row,) = corrected["corrections"]
    assert (row["reason"], row["score"], row["items"]) == ("误判", visit["score"], ["C2"])
    assert row["answers"] == [one for one in visit["answers"] if one["item"] == "C2"]
    stale = await inspection.send(BUREAU, f"{path}/correct", unchanged, version=visit["version"])
    assert stale.status_code == 412
    twice = await inspection.done(BUREAU, f"{path}/correct", unchanged, version=corrected["version"])
    assert [len(one["answers"]) for one in twice["corrections"]] == [1, 1]
    assert (answered(twice)["C2"][2], twice["score"]) == (3, visit["score"])
    assert twice["corrections"][0] == row


async def test_a_checklist_is_drafted_published_compared_and_retired(inspection: World) -> None:
    await inspection.opened_city()
    first = small_city.checklist()
    items = [*first["items"][1:], {**first["items"][1], "code": "C9"}]
    items[0] = {**items[0], "weight": 8, "text": "改写"}
    second = {**first, "version": 2, "items": items}
    skipped = await inspection.send(BUREAU, "/v1/checklist-drafts", {**second, "version": 5})
    assert (skipped.status_code, skipped.json()["type"]) == (422, "/problems/checklist-version")
    draft = await inspection.done(BUREAU, "/v1/checklist-drafts", {**second, "title": "草"})
    drafts = (await inspection.get(BUREAU, "/v1/checklist-drafts")).json()["items"]
    assert [row["id"] for row in drafts] == ["small@2"]
    assert (await inspection.get(COUNTY, "/v1/checklists/small@2")).status_code == 404
    diff = "/v1/checklists/small@2/diff"
    assert (await inspection.get(COUNTY, diff, against="small@1")).status_code == 404
    wanted = {
        "year": 2026, "ordinal": 2, "title": "第二轮", "starts": "2026-11-02", "ends": "2026-12-18",
        "checklist": "small@2",
    }  # fmt: skip
    refused = await inspection.send(BUREAU, "/v1/rounds", wanted)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/checklist-not-published")
    path = "/v1/checklist-drafts/small@2"
    draft = await inspection.done(BUREAU, path, second, version=draft["version"], method="PUT")
    published = await inspection.done(BUREAU, f"{path}/publish", version=draft["version"])
    assert published["state"] == "published"
    again = await inspection.send(BUREAU, path, second, version=published["version"], method="PUT")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/checklist-not-a-draft")
    told = (await inspection.get(COUNTY, diff, against="small@1")).json()
    assert ([row["code"] for row in told["added"]], [row["code"] for row in told["dropped"]]) == (["C9"], ["C1"])
    assert [(row["code"], row["before"], row["after"]) for row in told["changed"]] == [
        ("C2", {"text": "条目C2", "weight": 5}, {"text": "改写", "weight": 8})
    ]
    old = (await inspection.get(BUREAU, "/v1/checklists/small@1")).json()
    await inspection.done(BUREAU, "/v1/checklists/small@1/retire", version=old["version"])
    refused = await inspection.send(BUREAU, "/v1/rounds", {**wanted, "checklist": "small@1"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/checklist-not-published")
    assert (await inspection.visited(SCHOOL))["checklist"] == "small@1"


SYSTEM: list[Entry] = [
    {"code": "G1", "type": "score", "max": 10, "pass_mark": 8, "indicator": "last_round_on_time"},
    {"code": "G2", "type": "yes_no", "indicator": "none_came_back"},
]  # fmt: skip


async def closed(world: World, issue: Entry) -> Entry:
    issue = await world.on_issue(COUNTY, issue, "assign", {"severity": "minor", "mode": "deadline"})
    issue = await world.on_issue(SECRETARY, issue, "acknowledge")
    tasks = [{"measure": "补挂标识", "target": "标识齐全"}]
    issue = await world.on_issue(SECRETARY, issue, "plan", {"tasks": tasks, "lead": CADRE})
    issue = await world.on_issue(CADRE, issue, "sign")
    done = {"percent": 100, "evidence": [await world.evidence(CADRE, SCHOOL)]}
    issue = await world.on_issue(CADRE, issue, f"tasks/{issue['tasks'][0]['id']}/progress", done)
    issue = await world.on_issue(SECRETARY, issue, "report", {"note": "整改完毕"})
    return await world.on_issue(COUNTY, issue, "check", {"passed": True, "method": "on_site"})


async def second_round(world: World) -> None:
    first = small_city.checklist()
    plain = first["items"][1]
    items = [*first["items"], *({**plain, "by": "system", "had_previous_round": True, **one} for one in SYSTEM)]
    await world.done(BUREAU, "/v1/checklists", {**first, "version": 2, "items": items})
    wanted = {
        "year": 2026, "ordinal": 2, "title": "第二轮", "starts": "2026-11-02", "ends": "2026-12-18",
        "checklist": "small@2",
    }  # fmt: skip
    world.clock.advance(timedelta(days=42))
    opened = await world.done(BUREAU, "/v1/rounds", wanted)
    await world.done(BUREAU, "/v1/rounds/2026-2/plan", {"team_size": 3, "seed": 8}, version=opened["version"])


async def visited_again(world: World, school: str, drafts: tuple[str, ...] = ()) -> Entry:
    visit = (await world.get(BUREAU, "/v1/visits", school=school, round="2026-2")).json()["items"][0]
    leader = (await world.get(BUREAU, f"/v1/teams/{visit['team']}")).json()["leader"]
    for item in drafts:
        body = {
            "school": school,
            "visit": visit["id"],
            "source": "supervision",
            "item": item,
            "description": "又无标识",
        }
        await world.done(leader, "/v1/issues", body)
    path = f"/v1/visits/{visit['id']}"
    own = await save(world, leader, path, {"item": "G1", "value": 10})
    assert own.json()["type"] in ("/problems/system-item", "/problems/item-does-not-apply")
    saved = await save(world, leader, path, *({"item": item, "value": value} for item, value in VALUES.items()))
    branch = (await world.get(leader, f"/v1/schools/{school}")).json()["branch"]
    body = {"feedback": {"person": f"P-secretary-{branch}", "outcome": "countersigned"}}
    return await world.done(leader, f"{path}/submit", body, version=saved.json()["version"])


async def test_the_system_answers_for_the_last_round_in_the_second(inspection: World) -> None:
    await inspection.opened_city()
    leader, one = await inspection.drafted(SCHOOL, "C2")
    _, other = await inspection.drafted(SCHOOL, "C3")
    await inspection.visited(SCHOOL)
    one, other = [(await inspection.get(leader, f"/v1/issues/{row['id']}")).json() for row in (one, other)]
    await closed(inspection, one)
    await inspection.on_issue(COUNTY, other, "assign", {"severity": "minor", "mode": "deadline"})
    await second_round(inspection)
    again = answered(await visited_again(inspection, SCHOOL, ("C2",)))
    # One of two was closed by its deadline; what was closed has come back.
    assert (again["G1"], again["G2"]) == ((5, "system", 1), (False, "system", 1))
    # A school without a round before is not asked.
    assert not {"G1", "G2"} & set(answered(await visited_again(inspection, "S3")))
