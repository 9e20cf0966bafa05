"""Fields to search by, derived anew: entries of an older rule, or from before there was one, are found again."""

import pytest

from runtime.mongo import Mongo
from services.inspection.adapters.mongo_derived import MongoDerived
from services.inspection.application.deriving import Deriving
from tests.inspection_world import World

pytestmark = pytest.mark.integration
SECRETARY, COUNTY = "P-secretary-B2", "P-county-230804-1"


async def test_entries_of_an_older_rule_are_found_again_and_changed_in_nothing_else(
    inspection: World, mongod_url: str, database: str
) -> None:
    await inspection.opened_city()
    body = {"school": "S2", "source": "survey", "area": "其他", "description": "活动室无标识"}
    issue = await inspection.on_issue(COUNTY, await inspection.done(COUNTY, "/v1/issues", body), "submit")
    issue = await inspection.on_issue(COUNTY, issue, "assign", {"severity": "major", "mode": "deadline"})
    piece = await inspection.evidence(SECRETARY, "S2")
    mongo = Mongo(mongod_url)
    db = mongo.database(f"{database}_inspection")
    before = {name: await db[name].find().sort("_id", 1).to_list(None) for name in ("issues", "evidence")}
    deriving = Deriving(MongoDerived(db))
    assert await deriving.run() == 0

    async def found() -> tuple[list[str], list[str], list[str]]:
        by_text = (await inspection.get(COUNTY, "/v1/issues", text="hdswbs")).json()["items"]
        by_due = (await inspection.get(COUNTY, "/v1/issues", order="due")).json()["items"]
        todo = (await inspection.get(SECRETARY, "/v1/me/todo")).json()["items"]
        return [row["id"] for row in by_text], [row["id"] for row in by_due], [row["what"] for row in todo]

    whole = ([issue["id"]], [issue["id"]], ["acknowledge"])
    assert await found() == whole
    await db["issues"].update_many({}, {"$unset": {"sought": ""}})
    await db["evidence"].update_many({}, {"$set": {"sought": {"rule": 0, "bands": ["old"]}}})
    assert await found() == ([], [], [])
    assert await deriving.run() == len(before["issues"]) + len(before["evidence"])
    assert await found() == whole
    after = {name: await db[name].find().sort("_id", 1).to_list(None) for name in ("issues", "evidence")}
    assert after == before
    assert piece in {row["_id"] for row in after["evidence"]}
    assert await deriving.run() == 0
    await mongo.close()


async def test_what_was_changed_meanwhile_is_left_to_whoever_changed_it(
    inspection: World, mongod_url: str, database: str
) -> None:
    await inspection.opened_city()
    body = {"school": "S2", "source": "survey", "area": "其他", "description": "活动室无标识"}
    issue = await inspection.done(COUNTY, "/v1/issues", body)
    mongo = Mongo(mongod_url)
    fields = MongoDerived(mongo.database(f"{database}_inspection"))
    (stale,) = await fields.stale("issue", rule=-1, limit=5)
    await inspection.on_issue(COUNTY, issue, "submit")
    assert await fields.write("issue", [(stale, {"rule": -1})]) == 0
    assert len(await fields.stale("issue", rule=-1, limit=5)) == 1
    await mongo.close()
