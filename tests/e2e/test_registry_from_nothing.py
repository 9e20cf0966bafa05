"""A new user's way from an empty system through every row of the registry: places, people, roles, absences, letters."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from dudao.folder import OWN, Folder, Lock
from dudao.service_commands import first_administrator
from dudao.stack import running
from dudao.verify.command import Wanted, run_verify
from runtime.clock import SystemClock, shanghai_day
from services.portal.signing import Signer
from tests.e2e.conftest import Running
from tests.inspection_world import Entry, World

pytestmark = pytest.mark.timeout(300)

CITY, ADMIN = "230800", "P-admin"
SECRETARY, DEPUTY, TEACHER, LIAISON = "P-secretary", "P-deputy", "P-teacher", "P-liaison"
COUNTY, BUREAU, SECOND = "P-county", "P-bureau", "P-bureau-2"
REASON = {"reason": "调整"}


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Started, with nothing in it but its first administrator."""
    folder = Folder(tmp_path_factory.mktemp("empty"))
    with Lock(folder), running(folder, lambda _: None) as stack:
        first_administrator(stack, CITY, "佳木斯市", ADMIN)
        folder.system = OWN
        stack.start_services()
        yield Running(
            folder, stack, Signer(folder.signing_key.read_text(), "dudao-portal", timedelta(minutes=15), SystemClock())
        )


def school(id_: str, branch: str, division: str, organised: str = "own") -> Entry:
    return {
        "id": id_, "code": f"{division}-{id_}", "name": f"{id_}学校", "division": division, "level": "primary",
        "locality": "rural", "organised": organised, "branch": branch, "party_members": 9, "teachers": 20,
    }  # fmt: skip


def branch(id_: str, *covered: str, parent: str | None = None, **other: Any) -> Entry:
    return {
        "id": id_, "name": f"{id_}党支部", "kind": "branch", "form": "independent", "lead_school": covered[0],
        "parent": parent, "schools": [] if parent else list(covered), "members": 9, **other,
    }  # fmt: skip


async def refusal(world: World, person: str, path: str, body: Any = None, **given: Any) -> tuple[int, str]:
    answer = await world.send(person, path, body, **given)
    return answer.status_code, str(answer.json()["type"]).removeprefix("/problems/")


async def places(world: World) -> None:
    """Counties and the city-direct unit, a joint branch as a tree that covers several schools, and their changes."""
    for id_, kind in (("C1", "county"), ("C2", "district"), ("D1", "city_direct")):
        body = {"id": id_, "name": id_, "kind": kind, "parent": CITY, "principal_pilot": False}
        assert (await world.done(ADMIN, "/v1/divisions", body))["kind"] == kind
    bundle = {
        "branches": [branch("B1", "S1", "S2", "S3", form="joint", kind="general_branch"), branch("B4", "S4")],
        "schools": [
            school("S1", "B1", "C1"), school("S2", "B1", "C1", "joint"), school("S3", "B1", "C1", "joint"),
            school("S4", "B4", "D1"),
        ],
    }  # fmt: skip
    await world.done(ADMIN, "/v1/registry/imports", bundle)
    for below, parent in (("B1-1", "B1"), ("B1-1-1", "B1-1")):
        await world.done(ADMIN, "/v1/branches", branch(below, "S1", parent=parent))
    # A school whose code and division change is the same school.
    changed = {**school("S3", "B1", "C2", "joint"), "code": "新代码"}
    assert (await world.done(ADMIN, "/v1/schools/S3", changed, version=1, method="PUT"))["code"] == "新代码"
    # One that ends is retired: it is there to be read, no longer covered, and nothing deletes it.
    assert (await world.done(ADMIN, "/v1/schools/S2/retire", REASON, version=1))["retired"]
    assert (await world.get(ADMIN, "/v1/branches/B1")).json()["schools"] == ["S1", "S3"]
    assert (await world.get(ADMIN, "/v1/schools/S2")).json()["name"] == "S2学校"
    assert (await world.send(ADMIN, "/v1/schools/S2", method="DELETE")).status_code == 405
    for venue in ("red_site", "activity_room", "exhibit", "party_school", "studio"):
        at = {"division": "C1", "school": "S1", "free": False}
        await world.done(ADMIN, "/v1/venues", {"id": f"V-{venue}", "name": "阵地", "kind": venue, **at})
    await world.done(ADMIN, "/v1/venues/V-studio/retire", REASON, version=1)


async def persons(world: World) -> None:
    """One of each role, each where it is granted; those of the city by two people."""
    homes = {SECRETARY: "S1", DEPUTY: "S1", TEACHER: "S1", "P-cadre": "S1", "P-contact": "S3"}
    for person in (*homes, LIAISON, COUNTY, BUREAU, SECOND, "P-organisation", "P-tour"):
        body = {"id": person, "name": "某人", "post": "职务", "school": homes.get(person)}
        await world.done(ADMIN, "/v1/people", body)
    for person, role, at in (
        (SECRETARY, "secretary", "B1"), (DEPUTY, "deputy_secretary", "B1"), ("P-cadre", "cadre", "S1"),
        ("P-contact", "contact", "S3"), (LIAISON, "liaison_leader", "B1"), (COUNTY, "county_officer", "C1"),
        (BUREAU, "bureau_officer", CITY), ("P-organisation", "organisation_department", CITY),
        ("P-tour", "inspection_tour_reader", CITY),
    ):  # fmt: skip
        await world.done(ADMIN, "/v1/grants", {"person": person, "role": role, "organisation": at})
    nobody = {"person": COUNTY, "role": "county_officer", "organisation": "D1"}
    assert await refusal(world, ADMIN, "/v1/grants", nobody) == (422, "import-refused")
    second = {"person": SECOND, "role": "bureau_officer", "organisation": CITY}
    assert await refusal(world, ADMIN, "/v1/grants", second) == (403, "second-person-needed")
    proposed = await world.done(ADMIN, "/v1/nominations", second)
    await world.done(BUREAU, f"/v1/nominations/{proposed['id']}/confirm", version=1)


async def acts(world: World, told: Callable[[str, str], Any]) -> None:
    """Each acts as the domain says: the bureau for city-direct schools, the deputy for the absent secretary."""
    listed = {"source": "survey", "area": "其他", "description": "无标识"}
    assert await refusal(world, COUNTY, "/v1/issues", {**listed, "school": "S4"}) == (403, "not-allowed")
    direct = await world.done(BUREAU, "/v1/issues", {**listed, "school": "S4"})
    direct = await world.on_issue(BUREAU, direct, "submit")
    direct = await world.on_issue(BUREAU, direct, "assign", {"severity": "major", "mode": "deadline"})
    assert direct["issuer"] == CITY
    today = shanghai_day(SystemClock().now()).isoformat()
    await world.done(SECRETARY, "/v1/absences", {"starts": today, "ends": today, "reason": "外出培训"})
    brought = await world.done(LIAISON, "/v1/issues", {**listed, "source": "liaison", "school": "S1"})
    issue = await world.on_issue(LIAISON, brought, "submit")
    issue = await world.on_issue(COUNTY, issue, "assign", {"severity": "major", "mode": "deadline"})
    issue = await world.on_issue(DEPUTY, issue, "acknowledge")
    assert (issue["acknowledged_by"]["person"], issue["acknowledged_by"]["acting_for"]) == (DEPUTY, SECRETARY)
    year = int(today[:4])
    letter = {"person": TEACHER, "school": "S1", "year": year, "kind": "teaching_letter", "title": "责任书"}
    made = await world.done("P-cadre", "/v1/commitments", letter)
    for person, subject in (
        (SECRETARY, f"issue/{issue['id']}"), (DEPUTY, f"issue/{issue['id']}"), (TEACHER, f"commitment/{made['id']}"),
    ):  # fmt: skip
        await told(person, subject)
    await world.done(TEACHER, f"/v1/commitments/{made['id']}/sign", version=1)
    lists = (await world.get(LIAISON, "/v1/schools/S1/lists")).json()
    assert [row["id"] for row in lists["issues"]] == [issue["id"]]
    assert lists["commitments"][0]["signed_at"] is not None


async def life(system: Running) -> None:
    async with system.client() as http, system.client("notification") as alerts:

        async def told(person: str, subject: str) -> None:
            bearer = {"Authorization": f"Bearer {system.signer.sign(person).text}"}
            async with asyncio.timeout(60):
                while subject not in await _subjects(alerts, bearer):
                    await asyncio.sleep(0.1)

        world = system.world(http)
        await places(world)
        await persons(world)
        await acts(world, told)


async def _subjects(alerts: httpx.AsyncClient, bearer: dict[str, str]) -> set[str]:
    answer = await alerts.get("/v1/inbox", headers=bearer)
    return {row["subject"] for row in answer.json()["items"]} if answer.status_code == 200 else set()


def test_an_empty_system_becomes_a_city_in_which_everybody_has_their_part(empty: Running) -> None:
    asyncio.run(life(empty))
    found = run_verify(Wanted(empty.folder.path, 60), lambda _: None).findings
    assert found.verdict == "ok", found.shown
    assert found.checked["alerts"] >= 3
