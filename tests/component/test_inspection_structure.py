"""Structure is remembered for a moment, and a change through the same process counts at once."""

import pytest

from runtime.mongo import Mongo
from services.inspection.adapters.mongo_registry import MongoRegistry
from services.inspection.adapters.remembered_registry import RememberedRegistry
from tests import small_city
from tests.inspection_world import World

pytestmark = pytest.mark.integration
OLD, NEW = "P-county-230804-1", "P-county-230805-1"


async def test_a_school_that_moved_is_its_new_countys_at_once(inspection: World) -> None:
    await inspection.opened_city()
    _, issue = await inspection.submitted("S2")
    path = f"/v1/issues/{issue['id']}"
    assert (await inspection.get(OLD, path)).status_code == 200
    assert (await inspection.get(NEW, path)).status_code == 404
    moved = {**small_city.schools()[1], "division": "230805"}
    await inspection.done(small_city.ADMIN, "/v1/registry/imports", {"schools": [moved]})
    assert (await inspection.get(OLD, path)).status_code == 404
    assert (await inspection.get(NEW, path)).status_code == 200
    ordered = {"severity": "minor", "mode": "deadline"}
    assert (await inspection.on_issue(NEW, issue, "assign", ordered))["issuer"] == "230805"


async def test_what_is_remembered_is_what_the_registry_says(inspection: World, mongod_url: str, database: str) -> None:
    await inspection.opened_city()
    mongo = Mongo(mongod_url)
    db = mongo.database(f"{database}_inspection")
    plain, remembered = MongoRegistry(db), RememberedRegistry(db)
    for _ in range(2):
        assert await remembered.site("S25") == await plain.site("S25")
        assert await remembered.schools_of("B1") == await plain.schools_of("B1") == {"S1", "S25"}
        assert await remembered.branches_of(["S1"]) == await plain.branches_of(["S1"]) == {"B1"}
        assert await remembered.checklist("small@1") == await plain.checklist("small@1")
        assert await remembered.calendars() == await plain.calendars()
    await db["schools"].update_one({"_id": "S25"}, {"$set": {"entry.name": "新名"}})
    remembered.forget()
    assert (await remembered.site("S25")).school.name == "新名"
    await mongo.close()


async def test_a_school_and_its_own_first_branch_are_registered_together_or_not_at_all(inspection: World) -> None:
    await inspection.opened_city()
    path = "/v1/schools/with-branch"
    school = {**small_city.schools()[1], "id": "S99", "code": "230804-99", "name": "第99学校", "branch": "B99"}
    branch = {**small_city.branches()[1], "id": "B99", "name": "B99党支部", "lead_school": "S99", "schools": ["S99"]}
    # One by one neither can be first.
    for alone, one in (("/v1/schools", school), ("/v1/branches", branch)):
        assert (await inspection.send(small_city.ADMIN, alone, one)).status_code == 422
    for wrong, status, rule in (
        ({"school": {**school, "branch": "B2"}, "branch": branch}, 422, "not-own-branch"),
        ({"school": school, "branch": {**branch, "id": "B2"}}, 409, "already-registered"),
        ({"school": {**school, "division": "nowhere"}, "branch": branch}, 422, "import-refused"),
    ):
        answer = await inspection.send(small_city.ADMIN, path, wrong)
        assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{rule}"), answer.text
        assert (await inspection.get(small_city.ADMIN, "/v1/schools/S99")).status_code == 404
        assert (await inspection.get(small_city.ADMIN, "/v1/branches/B99")).status_code == 404
    made = await inspection.done(small_city.ADMIN, path, {"school": school, "branch": {**branch, "schools": []}})
    assert (made["id"], made["branch"], made["version"]) == ("S99", "B99", 1)
    # Who is covered follows from what the school says.
    assert (await inspection.get(small_city.ADMIN, "/v1/branches/B99")).json()["schools"] == ["S99"]
    assert (await inspection.get(small_city.ADMIN, "/v1/branches/B99")).json()["version"] == 1
