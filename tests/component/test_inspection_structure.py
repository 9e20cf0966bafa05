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
