"""Two people at one issue at once, and one person twice: one of them clashes and is told so, nothing is lost."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import httpx
import pytest

from tests import small_city
from tests.inspection_world import Entry, World

pytestmark = pytest.mark.integration
SCHOOL, SECRETARY, CADRE, COUNTY = "S2", "P-secretary-B2", "P-cadre-S2", "P-county-230804-1"
BUREAU, SECOND = small_city.BUREAU[0], small_city.BUREAU[1]
MAJOR = {"severity": "major", "mode": "deadline"}
TASKS = [{"measure": "补挂标识", "target": "标识齐全"}, {"measure": "建制度", "target": "上墙"}]
WHY = {"reason": "理由"}
PLAN = {"tasks": TASKS, "lead": CADRE}
Asked = tuple[str, str, Any]
WAYS: dict[str, tuple[tuple[str, Any], ...]] = {
    "submitted": (),
    "assigned": (("assign", MAJOR),),
    "acknowledged": (("assign", MAJOR), ("acknowledge", None)),
    "planned": (("assign", MAJOR), ("acknowledge", None), ("plan", PLAN)),
    "objected": (("assign", MAJOR), ("object", WHY)),
    "help_asked": (("assign", MAJOR), ("acknowledge", None), ("ask-help", WHY)),
}
RULING = {"upheld": False, **WHY}
EXTENSION = {"day": "2026-12-31", **WHY}
CLASHES: list[tuple[str, Asked, Asked]] = [
    ("submitted", (COUNTY, "assign", MAJOR), (BUREAU, "assign", MAJOR)),
    ("submitted", (COUNTY, "assign", MAJOR), (BUREAU, "withdraw", WHY)),
    ("assigned", (SECRETARY, "acknowledge", None), (COUNTY, "withdraw", WHY)),
    ("assigned", (SECRETARY, "object", WHY), (COUNTY, "correct", {"description": "门口无标识", **WHY})),
    ("acknowledged", (SECRETARY, "plan", PLAN), (BUREAU, "urge", {})),
    ("planned", (CADRE, "sign", None), (SECRETARY, "ask-extension", EXTENSION)),
    ("planned", (CADRE, "sign", None), (SECRETARY, "replan", {"tasks": TASKS, "lead": SECRETARY, **WHY})),
    ("objected", (BUREAU, "decide-objection", RULING), (SECOND, "decide-objection", {**RULING, "upheld": True})),
    ("help_asked", (COUNTY, "decide-help", {"accepted": False, **WHY}), (COUNTY, "pass-help-up", WHY)),
    ("planned", (BUREAU, "cards", {"colour": "red", "deadline": "2026-10-30", **WHY}), (SECRETARY, "ask-help", WHY)),
]


async def _issue(world: World, state: str) -> Entry:
    await world.opened_city()
    body = {"school": SCHOOL, "source": "survey", "area": "其他", "description": "无标识", **MAJOR}
    issue = await world.on_issue(COUNTY, await world.done(COUNTY, "/v1/issues", body), "submit")
    people = {"assign": COUNTY}
    for verb, given in WAYS[state]:
        issue = await world.on_issue(people.get(verb, SECRETARY), issue, verb, given)
    assert issue["state"] == state
    return issue


async def _timeline(world: World, issue: Entry) -> list[Entry]:
    return list((await world.get(COUNTY, f"/v1/issues/{issue['id']}/timeline")).json()["items"])


def _sent(world: World, issue: Entry, asked: Asked, key: str | None = None) -> Awaitable[httpx.Response]:
    person, verb, body = asked
    return world.send(person, f"/v1/issues/{issue['id']}/{verb}", body, version=issue["version"], key=key)


@pytest.mark.parametrize(("state", "one", "other"), CLASHES, ids=[f"{a[1]} and {b[1]}" for _, a, b in CLASHES])
async def test_two_people_at_one_version_clash_and_the_second_is_told_which_is_now(
    inspection: World, state: str, one: Asked, other: Asked
) -> None:
    issue = await _issue(inspection, state)
    before = await _timeline(inspection, issue)
    answers = await asyncio.gather(_sent(inspection, issue, one), _sent(inspection, issue, other))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    (done,) = [answer for answer in answers if answer.status_code == 200]
    (clash,) = [answer for answer in answers if answer.status_code == 412]
    problem = clash.json()
    assert problem["type"] == "/problems/version-changed"
    assert problem["zh"]
    assert problem["en"]
    assert problem["version"] == issue["version"] + 1
    now = (await inspection.get(COUNTY, f"/v1/issues/{issue['id']}")).json()
    assert now["version"] == done.json()["version"] == issue["version"] + 1
    after = await _timeline(inspection, issue)
    assert after[: len(before)] == before
    assert len(after) == len(before) + 1


async def test_whoever_clashed_looks_again_and_both_are_there(inspection: World) -> None:
    issue = await inspection.on_issue(CADRE, await _issue(inspection, "planned"), "sign")
    tasks = [task["id"] for task in issue["tasks"]]
    acts: list[Asked] = [(CADRE, f"tasks/{task}/progress", {"percent": 40}) for task in tasks]
    answers = await asyncio.gather(*(_sent(inspection, issue, act) for act in acts))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    late = acts[[answer.status_code for answer in answers].index(412)]
    now = (await inspection.get(CADRE, f"/v1/issues/{issue['id']}")).json()
    both = (await _sent(inspection, now, late)).json()
    assert [task["percent"] for task in both["tasks"]] == [40, 40]


async def test_one_command_sent_many_times_at_once_happens_once_and_is_answered_alike(inspection: World) -> None:
    issue = await _issue(inspection, "planned")
    asked: Asked = (SECRETARY, "ask-extension", EXTENSION)
    answers = await asyncio.gather(*(_sent(inspection, issue, asked, key="again") for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    now = (await inspection.get(SECRETARY, f"/v1/issues/{issue['id']}")).json()
    assert (now["version"], len(now["extensions"])) == (issue["version"] + 1, 1)


async def test_a_repeat_after_the_issue_went_on_gets_the_first_answer(inspection: World) -> None:
    issue = await _issue(inspection, "assigned")
    asked: Asked = (SECRETARY, "object", WHY)
    first = await _sent(inspection, issue, asked, key="objection")
    assert first.status_code == 200
    await inspection.on_issue(BUREAU, first.json(), "decide-objection", RULING)
    again = await _sent(inspection, issue, asked, key="objection")
    assert (again.status_code, again.content) == (200, first.content)
    other = await _sent(inspection, issue, (SECRETARY, "object", {"reason": "另一理由"}), key="objection")
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    # The same key of somebody else is another command.
    assert (await _sent(inspection, issue, (BUREAU, "urge", {}), key="objection")).status_code == 412
