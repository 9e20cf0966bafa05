"""What the demonstration plays beside the straight way is what the service allows."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from dudao.client.api import Act, Answered, Api
from dudao.demo.answers import Finding
from dudao.demo.asides import Aside, Asides
from dudao.demo.visits import Case
from dudao.demo.world import World as City
from runtime.clock import shanghai_day
from tests import small_city
from tests.inspection_world import Entry, World

pytestmark = pytest.mark.integration
SCHOOL, SECRETARY, CADRE, COUNTY = "S2", "P-secretary-B2", "P-cadre-S2", "P-county-230804-1"
FIRST, SECOND = small_city.BUREAU[0], small_city.BUREAU[1]
FINDING = Finding("C2", "其他", "无标识", "major", "deadline", evidence=False)
MAJOR = {"severity": "major", "mode": "deadline"}
PLAN = {"tasks": [{"measure": "补挂标识", "target": "标识齐全"}], "lead": CADRE}
PLAYED = [
    ("object", "assigned", "objected"),
    ("object", "acknowledged", "objected"),
    ("overrule", "assigned", "assigned"),
    ("uphold", "assigned", "withdrawn"),
    ("urge", "assigned", "assigned"),
    ("ask help", "acknowledged", "help_asked"),
    ("accept help", "acknowledged", "planned"),
    ("refuse help", "planned", "planned"),
    ("pass help up", "planned", "help_asked"),
    ("ask extension", "rectifying", "rectifying"),
    ("extend", "planned", "planned"),
    ("refuse extension", "planned", "planned"),
    ("yellow card", "rectifying", "rectifying"),
    ("red card", "rectifying", "rectifying"),
    ("met card", "rectifying", "rectifying"),
    ("merge", "submitted", "merged"),
    ("recur", "submitted", "assigned"),
]


class _Way:
    """The demonstration's way to the services, within this process."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def get(self, person: str, _: str, path: str) -> Entry:
        answer = await self._world.get(person, path)
        assert answer.status_code == 200, answer.text
        return cast(Entry, answer.json())

    async def act(self, act: Act) -> Answered:
        body = await self._world.done(act.person, act.path, act.body, key=act.key, version=act.version)
        return Answered(body, int(body["version"]))


def _city() -> City:
    seen = {SCHOOL: SimpleNamespace(school=SimpleNamespace(division="230804"))}
    known: dict[str, Any] = {
        "bureau": [FIRST, SECOND, SECOND, SECOND], "direct": set(), "seen": seen,
        "people_of": lambda _: SimpleNamespace(secretary=SECRETARY), "county_officers": lambda _: [COUNTY],
    }  # fmt: skip
    return cast(City, SimpleNamespace(**known))


async def _issue(world: World, state: str) -> Case:
    body = {"school": SCHOOL, "source": "survey", "area": "其他", "description": "无标识", **MAJOR}
    issue = await world.on_issue(COUNTY, await world.done(COUNTY, "/v1/issues", body), "submit")
    done = {"percent": 100, "evidence": [await world.evidence(CADRE, SCHOOL)]} if state == "closed" else {"percent": 50}
    way = [
        ("assigned", COUNTY, "assign", MAJOR),
        ("acknowledged", SECRETARY, "acknowledge", None),
        ("planned", SECRETARY, "plan", PLAN),
        ("planned", CADRE, "sign", None),
        ("rectifying", CADRE, "tasks/{task}/progress", done),
        ("reported", SECRETARY, "report", {"note": "完毕"}),
        ("closed", FIRST, "check", {"passed": True, "method": "evidence"}),
    ]
    for _, person, verb, given in way:
        if issue["state"] == state:
            break
        task = issue["tasks"][0]["id"] if issue["tasks"] else ""
        issue = await world.on_issue(person, issue, verb.format(task=task), given)
    assert issue["state"] == state
    return Case(issue["id"], SCHOOL, COUNTY, FINDING)


@pytest.mark.parametrize(("name", "before", "after"), PLAYED, ids=[f"{name} {before}" for name, before, _ in PLAYED])
async def test_each_aside_is_allowed_and_leads_where_it_should(
    inspection: World, name: str, before: str, after: str
) -> None:
    await inspection.opened_city()
    about = {"merge": "rectifying", "recur": "closed"}.get(name)
    other = await _issue(inspection, about) if about else None
    case = await _issue(inspection, before)
    inspection.clock.advance(timedelta(hours=1))
    api = cast(Api, _Way(inspection))
    await Asides(api, _city(), shanghai_day(inspection.clock.now())).play(Aside(name, case, other))
    now = (await inspection.get(COUNTY, f"/v1/issues/{case.issue}")).json()
    assert now["state"] == after
    assert (now["merged_into"], now["recurs_of"]) == {
        "merge": (other and other.issue, None), "recur": (None, other and other.issue),
    }.get(name, (None, None))  # fmt: skip
