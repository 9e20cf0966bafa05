"""What somebody tries who means ill: fields nobody asked for, evidence of others, outsiders made responsible."""

from typing import Any, Final

import pytest

from tests.component.access import cast
from tests.component.access.city import City, problem
from tests.component.access.seeding import MAJOR, TASKS

pytestmark = pytest.mark.asyncio(loop_scope="session")

SURVEY: Final = {"school": cast.SCHOOL, "source": "survey", "area": "其他", "description": "x"}
SELF: Final = SURVEY | {"source": "self"}
FORBIDDEN: Final = {
    "id": "I-1", "state": "closed", "version": 99, "number": "2026-1-9999", "issuer": cast.DIVISION,
    "drafted_by": {"person": cast.BUREAU, "role": "bureau_officer", "organisation": "230800"}, "assigned_at": "2026",
    "closings": [], "by": cast.BUREAU, "entry": {}, "_id": "x", "$set": {"entry.state": "closed"}, "team": "T-1",
}  # fmt: skip


@pytest.mark.parametrize("field", sorted(FORBIDDEN))
async def test_no_command_takes_a_field_that_is_not_its_own(tidy: City, field: str) -> None:
    extra = {field: FORBIDDEN[field]}
    entry, version = await tidy.copy("issues", "main.submitted")
    issue = f"/v1/issues/{entry['id']}"
    visit = f"/v1/visits/{(await tidy.copy('visits', 'answered'))[0]['id']}"
    calls: list[tuple[str, str, Any, int | None]] = [
        (cast.COUNTY, "/v1/issues", SURVEY, None),
        (cast.COUNTY, f"{issue}/assign", MAJOR, version),
        (cast.COUNTY, f"{issue}/amend", {"description": "改"}, version),
        (cast.LEADER, f"{visit}/highlights", {"text": "亮点"}, None),
        (cast.ADMIN, "/v1/people", {"name": "x", "post": "x"} | ({} if field == "id" else {"id": "P-x"}), None),
        (cast.ADMIN, "/v1/grants", {"person": cast.NOBODY, "role": "contact", "organisation": "S24"}, None),
    ]
    for person, path, body, seen in calls:
        if path == "/v1/people" and field == "id":
            continue
        answer = await tidy.world.send(person, path, body | extra, version=seen)
        assert problem(answer) == (422, "/problems/invalid"), path
    after = await tidy.database("inspection")["issues"].find_one({"_id": entry["id"]})
    assert after is not None
    assert after["version"] == version


async def test_commands_without_a_body_take_none_of_its_fields(tidy: City) -> None:
    entry, version = await tidy.copy("issues", "main.assigned")
    answer = await tidy.world.send(
        cast.SECRETARY, f"/v1/issues/{entry['id']}/acknowledge", {"state": "closed", "version": 99}, version=version
    )
    assert (answer.status_code, answer.json()["state"], answer.json()["version"]) == (200, "acknowledged", version + 1)


async def test_an_import_keeps_nothing_it_does_not_know(tidy: City) -> None:
    person = {"id": f"P-{tidy.word()}", "name": "新人", "post": "职务", "school": None}
    rows = {"people": [{**person, "phone": "13800000000", "version": 99, "grants": ["administrator"]}]}
    await tidy.world.done(cast.ADMIN, "/v1/registry/imports", rows)
    kept = (await tidy.get("inspection", cast.ADMIN, f"/v1/people/{person['id']}")).json()
    assert kept == {**person, "retired": False, "version": 1}


async def test_the_portal_takes_no_field_that_is_not_its_own(city: City) -> None:
    body = {"username": f"user-{city.word()}", "person": "P-x"}
    for extra in ({"password": "correct horse battery"}, {"must_change": False}, {"role": "administrator"}):
        answer = await city.ask("portal", "POST", "/v1/accounts", city.token(cast.ADMIN), body=body | extra)
        assert problem(answer) == (422, "/problems/invalid")


async def test_evidence_of_another_school_hangs_on_nothing_here(tidy: City) -> None:
    elsewhere = tidy.evidence["other"]
    task, version = await tidy.copy("issues", "main.signed")
    visit = (await tidy.copy("visits", "answered"))[0]["id"]
    progress = f"/v1/issues/{task['id']}/tasks/{task['tasks'][0]['id']}/progress"
    answers = {"answers": [{"item": "C1", "value": True, "evidence": [elsewhere]}]}
    sent = [
        await tidy.world.send(cast.CADRE, "/v1/issues", SELF | {"evidence": [elsewhere]}),
        await tidy.world.send(cast.CADRE, progress, {"percent": 5, "evidence": [elsewhere]}, version=version),
        await tidy.world.send(cast.LEADER, f"/v1/visits/{visit}/answers", answers, method="PUT"),
    ]
    assert [problem(answer) for answer in sent] == [(422, "/problems/evidence-unknown")] * 3


@pytest.mark.parametrize("name", ["tour", "unattached"])
async def test_nobody_opens_anothers_evidence_by_hanging_it_on_an_entry_of_their_own(tidy: City, name: str) -> None:
    hidden = tidy.evidence[name]
    path = f"/v1/evidence/{hidden}"
    assert (await tidy.get("inspection", cast.CADRE, path)).status_code == 404
    answer = await tidy.world.send(cast.CADRE, "/v1/issues", SELF | {"evidence": [hidden]})
    if answer.status_code == 201:
        await tidy.database("inspection")["issues"].delete_one({"_id": answer.json()["id"]})
    assert problem(answer) == (422, "/problems/evidence-unknown")
    assert (await tidy.get("inspection", cast.CADRE, path)).status_code == 404


@pytest.mark.parametrize(
    ("by", "hung_by", "status"),
    [
        (cast.CONTACT, cast.CADRE, 200),
        (cast.CADRE, cast.RESPONSIBLE, 200),
        (cast.SECRETARY, cast.CADRE, 200),
        (cast.MEMBER, cast.CADRE, 422),
        (cast.LIAISON, cast.CADRE, 422),
        (cast.COUNTY, cast.CADRE, 422),
        (cast.BUREAU, cast.RESPONSIBLE, 422),
    ],
)
async def test_a_fellow_hangs_what_another_uploaded_and_nobody_else_does(
    tidy: City, by: str, hung_by: str, status: int
) -> None:
    evidence = await tidy.world.evidence(by, cast.SCHOOL)
    issue, version = await tidy.copy("issues", "main.signed")
    path = f"/v1/issues/{issue['id']}/tasks/{issue['tasks'][0]['id']}/progress"
    answer = await tidy.world.send(hung_by, path, {"percent": 5, "evidence": [evidence]}, version=version)
    assert answer.status_code == status, answer.text
    seen = await tidy.get("inspection", cast.DEPUTY, f"/v1/evidence/{evidence}")
    assert seen.status_code == (200 if status == 200 else 404)


async def test_a_team_shares_its_photographs_before_anybody_else_sees_them(tidy: City) -> None:
    evidence = await tidy.world.evidence(cast.MEMBER, cast.SCHOOL)
    visit = (await tidy.copy("visits", "answered"))[0]["id"]
    body = {"school": cast.SCHOOL, "visit": visit, "source": "supervision", "item": "C2", "description": "无标识"}
    answer = await tidy.world.send(cast.LEADER, "/v1/issues", body | {"evidence": [evidence]})
    assert answer.status_code == 201
    await tidy.database("inspection")["issues"].delete_one({"_id": answer.json()["id"]})
    assert (await tidy.get("inspection", cast.SECRETARY, f"/v1/evidence/{evidence}")).status_code == 404


async def test_nobody_outside_the_school_is_made_responsible(tidy: City) -> None:
    entry, version = await tidy.copy("issues", "tour.assigned")
    issue = await tidy.world.on_issue(cast.SECRETARY, {**entry, "version": version}, "acknowledge")
    for outsider in (cast.OTHER_SECRETARY, cast.LIAISON, cast.NOBODY, cast.STRANGER, cast.ADMIN, cast.COUNTY):
        refused = await tidy.world.refused(cast.SECRETARY, issue, "plan", {"tasks": TASKS, "lead": outsider})
        assert refused == (422, "outsider-responsible"), outsider
