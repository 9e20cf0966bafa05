"""What the demonstration plays beside the straight way is what the service allows."""

from collections import Counter
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from contracts import roles
from contracts.ledgers import LISTS, REGISTRY
from dudao.city import read_calendars
from dudao.client.api import Act, Answered, Api, Upload
from dudao.demo.answers import Finding
from dudao.demo.asides import Aside, Asides
from dudao.demo.beside import Beside
from dudao.demo.play import demonstration_world
from dudao.demo.supervisors import Supervisors
from dudao.demo.visits import Case
from dudao.demo.world import SchoolPeople
from dudao.demo.world import World as City
from dudao.verify.alerts import wanted_alerts
from dudao.verify.findings import Findings
from dudao.verify.log import read_log
from dudao.verify.states import check_states
from dudao.verify.structure import Structure
from runtime.clock import shanghai_day
from runtime.mirror import Mirror, MirrorProjection
from runtime.mongo import Mongo
from services.notification.adapters.mirror_structures import LOOKUPS, MirrorStructures
from services.notification.adapters.mongo_alert_writing import MongoAlertWriting
from services.notification.application.raise_alerts import RaiseAlerts
from tests import small_city
from tests.component.access.city import City as Fed
from tests.component.access.feeding import seal
from tests.inspection_world import Entry, World

pytestmark = pytest.mark.integration
SCHOOL, SECRETARY, CADRE, COUNTY = "S2", "P-secretary-B2", "P-cadre-S2", "P-county-230804-1"
FIRST, SECOND = small_city.BUREAU[0], small_city.BUREAU[1]
FINDING = Finding("C2", "其他", "无标识", "major", "deadline", evidence=False)
TASKS = [{"measure": "补挂标识", "target": "标识齐全"}]
PASSED = {"passed": True, "method": "evidence"}
ABOUT = {"merge": "rectifying", "recur": "closed"}
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
        return Answered(body, int(body.get("version", 0)))

    async def upload(self, person: str, path: str, file: Upload, *, key: str) -> Answered:
        assert (path, bool(key)) == ("/v1/evidence", True)
        return Answered({"id": await self._world.evidence(person, file.fields["school"], file.data)}, 1)


def _city() -> City:
    seen = {SCHOOL: SimpleNamespace(school=SimpleNamespace(division="230804"))}
    known: dict[str, Any] = {
        "bureau": [FIRST, SECOND, SECOND, SECOND], "direct": set(), "seen": seen,
        "people_of": lambda _: SchoolPeople(SECRETARY, CADRE, None), "county_officers": lambda _: [COUNTY],
    }  # fmt: skip
    return cast(City, SimpleNamespace(**known))


async def _issue(world: World, city: City, school: str, state: str, severity: str = "major") -> Case:
    """An issue that the body above the school lists, as far as it got."""
    case = Case("", school, "", replace(FINDING, severity=severity))
    office, people = city.county_officers(school)[-1], city.people_of(school)
    given = {"severity": severity, "mode": "deadline"}
    body = {"school": school, "source": "survey", "area": "其他", "description": "无标识", **given}
    issue = await world.on_issue(office, await world.done(office, "/v1/issues", body), "submit")
    closing = state == "closed"
    done = {"percent": 100, "evidence": [await world.evidence(people.cadre, school)]} if closing else {"percent": 50}
    way = [
        ("assigned", Supervisors(city).assigner(case), "assign", given),
        ("acknowledged", people.secretary, "acknowledge", None),
        ("planned", people.secretary, "plan", {"tasks": TASKS, "lead": people.cadre}),
        ("planned", people.cadre, "sign", None),
        ("rectifying", people.cadre, "tasks/{task}/progress", done),
        ("reported", people.secretary, "report", {"note": "完毕"}),
        ("closed", Supervisors(city).first_checker(case), "check", PASSED),
        ("closed", Supervisors(city).final_checker(), "check", PASSED),
    ]
    for _, person, verb, what in way:
        if issue["state"] == state:
            break
        task = issue["tasks"][0]["id"] if issue["tasks"] else ""
        issue = await world.on_issue(person, issue, verb.format(task=task), what)
    assert issue["state"] == state
    return replace(case, issue=issue["id"])


async def _played(world: World, city: City, aside: Aside) -> Entry:
    api = cast(Api, _Way(world))
    await Asides(api, city, shanghai_day(world.clock.now())).play(aside)
    return cast(Entry, (await world.get(city.bureau[0], f"/v1/issues/{aside.case.issue}")).json())


@pytest.mark.parametrize(("name", "before", "after"), PLAYED, ids=[f"{name} {before}" for name, before, _ in PLAYED])
async def test_each_aside_is_allowed_and_leads_where_it_should(
    inspection: World, name: str, before: str, after: str
) -> None:
    await inspection.opened_city()
    city = _city()
    about = ABOUT.get(name)
    other = await _issue(inspection, city, SCHOOL, about) if about else None
    case = await _issue(inspection, city, SCHOOL, before)
    now = await _played(inspection, city, Aside(name, case, other))
    assert now["state"] == after
    assert (now["merged_into"], now["recurs_of"]) == {
        "merge": (other and other.issue, None), "recur": (None, other and other.issue),
    }.get(name, (None, None))  # fmt: skip


async def _whole_city(world: World) -> City:
    city = demonstration_world()
    whole = {
        "divisions": city.city.divisions, "schools": city.city.schools, "branches": city.city.branches,
        "people": city.cast.people, "calendars": read_calendars(),
        "grants": [grant for grant in city.cast.grants if grant.role != roles.ADMINISTRATOR],
    }  # fmt: skip
    await world.done(small_city.ADMIN, "/v1/registry/imports", msgspec.to_builtins(whole))
    return city


@pytest.mark.parametrize(("kind", "severity"), [("direct", "critical"), ("own", "major"), ("covered", "critical")])
async def test_it_is_the_same_in_the_demonstrations_city(inspection: World, kind: str, severity: str) -> None:
    city = await _whole_city(inspection)
    school = next(
        school for school, seen in sorted(city.seen.items())
        if (seen.school.division in city.direct) == (kind == "direct")
        and (kind == "covered") == (seen.branch.lead_school != school)
    )  # fmt: skip
    for name, before, after in PLAYED:
        about = ABOUT.get(name)
        other = await _issue(inspection, city, school, about, severity) if about else None
        case = await _issue(inspection, city, school, before, severity)
        assert (await _played(inspection, city, Aside(name, case, other)))["state"] == after


async def test_what_stands_beside_issues_is_allowed_and_told_as_verify_wants_it(
    inspection: World, mongod_url: str, database: str
) -> None:
    city = await _whole_city(inspection)
    beside = Beside(cast(Api, _Way(inspection)), city, shanghai_day(inspection.clock.now()))
    for scene in (*beside.scenes(), beside.absence):
        await scene()
    reader = city.bureau[0]
    tasks = (await inspection.get(reader, "/v1/assignments")).json()["items"]
    (first,) = [row for row in tasks if row["title"] == "主题党日"]
    assert first["states"] == {"acknowledged": 1, "planned": 2, "rectifying": 1, "reported": 1, "closed": 1}
    states = [row["state"] for row in (await inspection.get(reader, "/v1/requests")).json()["items"]]
    assert sorted(set(states)) == ["accepted", "asked", "rated", "replied"]
    given = (await inspection.get(reader, "/v1/material", state="given")).json()["items"]
    later = (await inspection.get(reader, "/v1/material", state="asked")).json()["items"]
    assert len(given) == 2
    # What one school gave is not asked of it again; the other had nothing, and is.
    again = [row["school"] for row in later if row["asking"]["title"] == "年度党建材料"]
    assert len(again) == 1
    assert {row["school"] for row in given} > set(again)
    assert len((await inspection.get(reader, "/v1/absences")).json()["items"]) == 1
    mongo = Mongo(mongod_url)
    fed = SimpleNamespace(
        mongo=mongo, clock=inspection.clock, database=lambda name: mongo.database(f"{database}_{name}")
    )  # fmt: skip
    findings, db, notified = Findings(), fed.database("inspection"), fed.database("notification")
    sealed = await seal(cast(Fed, fed), db, (REGISTRY, LISTS), REGISTRY.name)
    raising = RaiseAlerts(MirrorStructures(Mirror(notified)), MongoAlertWriting(notified))
    for ledger, projection in ((REGISTRY, MirrorProjection(notified, LOOKUPS)), (LISTS, raising)):
        told = [entry for entry in sealed if entry.ledger == ledger.name]
        await mongo.transaction(partial(projection.apply, told))
    registry, log = [await read_log(db, ledger, findings) for ledger in (REGISTRY, LISTS)]
    await check_states(db, log, findings)
    assert findings.verdict == "ok"
    wanted = Counter(wanted_alerts(log, Structure.of(registry), dict.fromkeys(range(LISTS.streams), 10_000)))
    raised = [row["entry"] async for row in notified["alerts"].find({})]
    assert Counter((row["event"], row["rule"], row["person"]) for row in raised) == wanted
    assert {"material_asked", "material_given", "request_asked", "request_replied"} <= {row["rule"] for row in raised}
    await mongo.drop(f"{database}_notification")
    await mongo.close()
