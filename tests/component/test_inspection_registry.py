"""The registry entry by entry: what is made, changed and retired, by whom, and what is refused by name."""

from typing import Any

from tests import small_city
from tests.inspection_world import World

ADMIN = small_city.ADMIN
BUREAU = small_city.BUREAU[0]
Entry = dict[str, Any]


async def imported(inspection: World) -> None:
    await inspection.done(ADMIN, "/v1/registry/imports", small_city.bundle())


async def refusal(inspection: World, person: str, path: str, body: Any = None, **given: Any) -> tuple[int, str]:
    answer = await inspection.send(person, path, body, **given)
    problem = answer.json()
    assert problem["zh"]
    assert problem["en"]
    return answer.status_code, str(problem["type"]).removeprefix("/problems/")


async def current(inspection: World, path: str) -> Entry:
    found: Entry = (await inspection.get(ADMIN, path)).json()
    return found


async def grants_of(inspection: World, person: str) -> list[Entry]:
    found: list[Entry] = (await inspection.get(ADMIN, "/v1/grants", person=person)).json()["items"]
    return found


async def test_a_school_joins_another_branch_and_both_branches_follow(inspection: World) -> None:
    await imported(inspection)
    school = await current(inspection, "/v1/schools/S25")
    moved = {**small_city.schools()[24], "branch": "B5", "code": "new-code", "division": "230804"}
    changed = await inspection.done(ADMIN, "/v1/schools/S25", moved, version=school["version"], method="PUT")
    assert (changed["code"], changed["branch"], changed["division"]) == ("new-code", "B5", "230804")
    assert (await current(inspection, "/v1/branches/B1"))["schools"] == ["S1"]
    assert (await current(inspection, "/v1/branches/B5"))["schools"] == ["S5", "S25"]
    # It can be acted on at once, by the officers of the county it is in now.
    draft = {"school": "S25", "source": "survey", "area": "其他", "description": "无标识"}
    assert (await inspection.send("P-county-230803-1", "/v1/issues", draft)).status_code == 403
    assert (await inspection.send("P-county-230804-1", "/v1/issues", draft)).status_code == 201


async def test_a_new_school_is_covered_by_the_branch_it_names(inspection: World) -> None:
    await imported(inspection)
    new = {**small_city.schools()[24], "id": "S26", "code": "230803-26"}
    made = await inspection.done(ADMIN, "/v1/schools", new)
    assert (made["version"], made["retired"]) == (1, False)
    assert (await current(inspection, "/v1/branches/B1"))["schools"] == ["S1", "S25", "S26"]
    assert await refusal(inspection, ADMIN, "/v1/schools", new) == (409, "already-registered")
    nowhere = {**new, "id": "S27", "branch": "B99"}
    assert await refusal(inspection, ADMIN, "/v1/schools", nowhere) == (422, "import-refused")
    assert (await inspection.get(ADMIN, "/v1/schools/S27")).status_code == 404


async def test_what_is_in_use_is_not_retired_and_what_is_retired_keeps_its_past(inspection: World) -> None:
    await imported(inspection)
    reason = {"reason": "撤并"}
    assert await refusal(inspection, ADMIN, "/v1/schools/S25/retire", reason, version=1) == (422, "import-refused")
    for person in ("P-cadre-S25", "P-contact-S25"):
        gone = await inspection.done(ADMIN, f"/v1/people/{person}/retire", reason, version=1)
        assert gone["retired"]
        assert {g["revoked"] for g in await grants_of(inspection, person)} == {True}
    assert (await inspection.done(ADMIN, "/v1/schools/S25/retire", reason, version=1))["retired"]
    assert (await current(inspection, "/v1/branches/B1"))["schools"] == ["S1"]
    assert await refusal(inspection, ADMIN, "/v1/schools/S25/retire", reason, version=2) == (409, "already-retired")
    assert (await current(inspection, "/v1/schools/S25"))["name"] == "第25学校"


async def test_an_entry_changes_only_for_who_saw_it_as_it_is(inspection: World) -> None:
    await imported(inspection)
    person = {"name": "新名", "post": "党务干部", "school": "S2"}
    path = "/v1/people/P-cadre-S2"
    assert (await inspection.done(ADMIN, path, person, version=1, method="PUT"))["version"] == 2
    assert await refusal(inspection, ADMIN, path, person, version=1, method="PUT") == (412, "version-changed")
    assert (await inspection.done(ADMIN, path, person, version=2, method="PUT"))["version"] == 2
    phone = {**person, "name": "某人13812345678"}
    assert await refusal(inspection, ADMIN, path, phone, version=2, method="PUT") == (422, "import-refused")


async def test_nobody_gives_a_role_to_themselves(inspection: World) -> None:
    await imported(inspection)
    own = {"person": ADMIN, "role": "county_officer", "organisation": "230803"}
    assert await refusal(inspection, ADMIN, "/v1/grants", own) == (403, "grant-to-oneself")
    bundle = {"grants": [{"id": "G-x", **own}]}
    assert await refusal(inspection, ADMIN, "/v1/registry/imports", bundle) == (403, "grant-to-oneself")
    bureau = {**own, "role": "bureau_officer", "organisation": small_city.CITY}
    assert await refusal(inspection, ADMIN, "/v1/nominations", bureau) == (403, "grant-to-oneself")


async def test_a_role_of_the_city_takes_two_people(inspection: World) -> None:
    await imported(inspection)
    wanted = {"person": "P-cadre-S3", "role": "bureau_officer", "organisation": small_city.CITY}
    assert await refusal(inspection, ADMIN, "/v1/grants", wanted) == (403, "second-person-needed")
    bundle = {"grants": [{"id": "G-x", **wanted}]}
    assert await refusal(inspection, ADMIN, "/v1/registry/imports", bundle) == (403, "second-person-needed")
    nomination = await inspection.done(ADMIN, "/v1/nominations", wanted)
    confirm = f"/v1/nominations/{nomination['id']}/confirm"
    assert await refusal(inspection, ADMIN, confirm, version=1) == (403, "decides-own-nomination")
    assert (await inspection.get("P-cadre-S3", "/v1/nominations")).status_code == 403
    done = await inspection.done(BUREAU, confirm, version=1)
    assert (done["state"], done["decided_by"]) == ("confirmed", BUREAU)
    assert (await inspection.get("P-cadre-S3", "/v1/nominations")).status_code == 200
    assert await refusal(inspection, BUREAU, confirm, version=2) == (409, "nomination-decided")


async def test_the_last_administrator_stays(inspection: World) -> None:
    await imported(inspection)
    (grant,) = await grants_of(inspection, ADMIN)
    path, reason = f"/v1/grants/{grant['id']}/revoke", {"reason": "离任"}
    assert await refusal(inspection, ADMIN, path, reason) == (409, "last-administrator")
    assert await refusal(inspection, ADMIN, f"/v1/people/{ADMIN}/retire", reason, version=1) == (422, "import-refused")
