"""Who was let in by a grant or a name, and is not any more; who is near, and not within."""

from typing import Any, Final

import pytest

from contracts import roles
from tests import small_city
from tests.component.access import cast
from tests.component.access.city import City
from tests.component.access.seeding import MAJOR, PASSED, REASON, TASKS
from tests.component.access.test_lists import whole

pytestmark = pytest.mark.asyncio(loop_scope="session")

SURVEY: Final = {"school": cast.SCHOOL, "source": "survey", "area": "其他", "description": "x"}


async def _hired(city: City, role: str, organisation: str) -> tuple[str, str]:
    """A new person with one grant; person and grant."""
    person = f"P-{city.word()}"
    await city.world.done(cast.ADMIN, "/v1/people", {"id": person, "name": "新人", "post": "职务"})
    body = {"person": person, "role": role, "organisation": organisation}
    grant = await city.world.done(cast.ADMIN, "/v1/grants", body)
    return person, grant["id"]


async def _dismissed(city: City, grant: str) -> None:
    await city.world.done(small_city.ADMIN, f"/v1/grants/{grant}/revoke", REASON)


async def _status(city: City, person: str, path: str) -> int:
    return (await city.get("inspection", person, path)).status_code


async def test_a_grant_counts_from_its_giving_to_its_revocation(tidy: City) -> None:
    person, grant = await _hired(tidy, roles.COUNTY_OFFICER, cast.DIVISION)
    entry, version = await tidy.copy("issues", "main.submitted")
    path = f"/v1/issues/{entry['id']}"
    assert await _status(tidy, person, path) == 200
    await _dismissed(tidy, grant)
    assert await _status(tidy, person, path) == 404
    assert (await tidy.world.send(person, f"{path}/assign", MAJOR, version=version)).status_code == 403
    assert await whole(tidy, "inspection", person, "/v1/issues") == []
    assert (await tidy.get("inspection", person, "/v1/me")).json()["grants"] == []


@pytest.mark.parametrize("source", ["survey", "inspection_tour"])
async def test_what_a_revoked_officer_drafted_is_closed_to_them(tidy: City, source: str) -> None:
    person, grant = await _hired(tidy, roles.COUNTY_OFFICER, cast.DIVISION)
    evidence = await tidy.world.evidence(person, cast.SCHOOL)
    body = {**SURVEY, "source": source, "evidence": [evidence]}
    draft = await tidy.world.done(person, "/v1/issues", body)
    paths = (f"/v1/issues/{draft['id']}", f"/v1/issues/{draft['id']}/timeline", f"/v1/evidence/{evidence}")
    assert [await _status(tidy, person, path) for path in paths] == [200, 200, 200]
    await _dismissed(tidy, grant)
    assert [await _status(tidy, person, path) for path in paths] == [404, 404, 404]
    assert await whole(tidy, "inspection", person, "/v1/issues") == []
    await tidy.world.on_issue(cast.COUNTY, draft, "submit")
    await tidy.world.on_issue(cast.COUNTY, draft | {"version": 2}, "withdraw", REASON)


async def test_a_liaison_leader_reads_on_what_they_found(tidy: City) -> None:
    found = await tidy.world.done(cast.LIAISON, "/v1/issues", {**SURVEY, "source": "liaison"})
    assert await _status(tidy, cast.LIAISON, f"/v1/issues/{found['id']}") == 200
    assert await _status(tidy, cast.SECRETARY, f"/v1/issues/{found['id']}") == 404
    await tidy.database("inspection")["issues"].delete_one({"_id": found["id"]})


@pytest.mark.parametrize("seed", ["main.planned", "tour.planned"])
async def test_whose_responsibility_was_superseded_is_named_no_more(tidy: City, seed: str) -> None:
    entry, version = await tidy.copy("issues", seed)
    issue: dict[str, Any] = {**entry, "version": version}
    path = f"/v1/issues/{entry['id']}"
    plan = {"tasks": TASKS, "lead": cast.RESPONSIBLE, **REASON}
    issue = await tidy.world.on_issue(cast.SECRETARY, issue, "replan", plan)
    assert await _status(tidy, cast.RESPONSIBLE, path) == 200
    await tidy.world.on_issue(cast.SECRETARY, issue, "replan", plan | {"lead": cast.SECRETARY})
    assert await _status(tidy, cast.RESPONSIBLE, path) == 404


async def test_a_contact_who_is_named_in_an_inspection_tours_entry_must_act_and_so_reads_it(tidy: City) -> None:
    entry, version = await tidy.copy("issues", "tour.planned")
    plan = {"tasks": TASKS, "lead": cast.CONTACT, **REASON}
    assert await _status(tidy, cast.CONTACT, f"/v1/issues/{entry['id']}") == 404
    await tidy.world.on_issue(cast.SECRETARY, {**entry, "version": version}, "replan", plan)
    assert await _status(tidy, cast.CONTACT, f"/v1/issues/{entry['id']}") == 200


async def test_a_secretary_of_a_group_below_has_nothing_to_read_of_the_whole_branch(tidy: City) -> None:
    assert await whole(tidy, "inspection", cast.SUB_SECRETARY, "/v1/issues") == []
    assert await whole(tidy, "inspection", cast.SUB_SECRETARY, "/v1/visits") == []
    for seed in ("main.planned", "tour.planned"):
        entry, version = await tidy.copy("issues", seed)
        assert await _status(tidy, cast.SUB_SECRETARY, f"/v1/issues/{entry['id']}") == 404
        answer = await tidy.world.send(
            cast.SUB_SECRETARY, f"/v1/issues/{entry['id']}/report", {"note": "x"}, version=version
        )
        assert answer.status_code == 404


async def test_an_officer_who_belongs_to_the_school_judges_nothing_of_it(tidy: City) -> None:
    for seed, verb, body in (("main.submitted", "assign", MAJOR), ("main.reported", "check", PASSED)):
        entry, version = await tidy.copy("issues", seed)
        path = f"/v1/issues/{entry['id']}"
        assert await _status(tidy, cast.LOCAL_COUNTY, path) == 200
        answer = await tidy.world.send(cast.LOCAL_COUNTY, f"{path}/{verb}", body, version=version)
        assert (answer.status_code, answer.json()["type"]) in {
            (403, "/problems/own-school"), (403, "/problems/judges-own-work"),
        }  # fmt: skip
    todo = (await tidy.get("inspection", cast.LOCAL_COUNTY, "/v1/me/todo")).json()["items"]
    assert [row for row in todo if row["school"] == cast.SCHOOL and row["what"] in {"assign", "check"}] == []


async def test_the_deputy_acts_only_where_nobody_is_secretary(tidy: City) -> None:
    entry, version = await tidy.copy("issues", "main.acknowledged")
    plan = {"tasks": TASKS, "lead": cast.RESPONSIBLE}
    answer = await tidy.world.send(cast.DEPUTY, f"/v1/issues/{entry['id']}/plan", plan, version=version)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-allowed")


async def test_the_bureaus_second_check_is_somebody_elses(tidy: City) -> None:
    entry, version = await tidy.copy("issues", "main.reported", severity="critical")
    checked = await tidy.world.on_issue(cast.COUNTY, {**entry, "version": version}, "check", PASSED)
    path = f"/v1/issues/{entry['id']}/check"
    assert checked["state"] == "checked"
    for person, status in ((cast.COUNTY, 403), (cast.LEADER, 403), (cast.OTHER_COUNTY, 404), (cast.BUREAU, 200)):
        answer = await tidy.world.send(person, path, PASSED, version=checked["version"])
        assert answer.status_code == status, person
