"""A lead leaves: the issue says so, and whoever acts for the school has a new lead to name."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import SecretStr

from contracts.ledgers import LISTS, REGISTRY
from runtime.ledger.writer import GroupWriter
from services.inspection.application.leaving import Leaving
from services.inspection.bootstrap import Store, make_leaving
from services.inspection.settings import Settings
from tests import small_city
from tests.component.access.city import City
from tests.component.access.feeding import seal
from tests.inspection_world import Entry, World

pytestmark = pytest.mark.integration
COUNTY, SECRETARY, LEAD = "P-county-230803-1", "P-secretary-B5", "P-lead"
PLAN: dict[str, Any] = {"tasks": [{"measure": "补挂标识", "target": "标识齐全"}], "lead": LEAD}


@dataclass
class Staff:
    """The reaction, over what was sealed by then."""

    store: Store
    world: World
    leaving: Leaving

    async def react(self) -> int:
        """Seal what was committed, and react to it."""
        city = cast("City", SimpleNamespace(mongo=self.store.mongo, clock=self.world.clock))
        await seal(city, self.store.db, (REGISTRY, LISTS), REGISTRY.name)
        return await self.leaving.run()


@pytest.fixture
async def staff(inspection: World, mongod_url: str, database: str) -> AsyncIterator[Staff]:
    store = Store.of(Settings(mongo_url=SecretStr(mongod_url), database_prefix=database))
    writer = GroupWriter(store.mongo, store.db)
    writer.start()
    yield Staff(store, inspection, make_leaving(store, writer, inspection.clock))
    await writer.stop()
    await store.mongo.close()


async def _planned(world: World) -> Entry:
    await world.opened_city()
    person = {"id": LEAD, "name": "牵头人", "post": "主任", "school": "S5"}
    await world.done(small_city.ADMIN, "/v1/people", person)
    listed = {"school": "S5", "source": "survey", "area": "其他", "description": "无标识"}
    issue = await world.on_issue(COUNTY, await world.done(COUNTY, "/v1/issues", listed), "submit")
    issue = await world.on_issue(COUNTY, issue, "assign", {"severity": "major", "mode": "deadline"})
    issue = await world.on_issue(SECRETARY, issue, "acknowledge")
    return await world.on_issue(SECRETARY, issue, "plan", PLAN)


async def _moved(world: World, school: str) -> None:
    path = f"/v1/people/{LEAD}"
    version = (await world.get(small_city.ADMIN, path)).json()["version"]
    body = {"name": "牵头人", "post": "主任", "school": school}
    await world.done(small_city.ADMIN, path, body, version=version, method="PUT")


async def _acts(world: World, person: str) -> list[str]:
    rows = (await world.get(person, "/v1/me/todo")).json()["items"]
    return sorted(row["what"] for row in rows if row["subject"].startswith("issue/"))


async def test_a_lead_who_moves_leaves_the_secretary_a_lead_to_name(inspection: World, staff: Staff) -> None:
    issue = await _planned(inspection)
    assert await staff.react() == 0
    await _moved(inspection, "S9")
    assert await staff.react() == 1
    issue = (await inspection.get(COUNTY, f"/v1/issues/{issue['id']}")).json()
    assert issue["lead_left"] == issue["responsibilities"][0]["id"]
    last = (await inspection.get(COUNTY, f"/v1/issues/{issue['id']}/timeline")).json()["items"][-1]
    assert (last["type"], "牵头责任人已离任" in last["note"]) == ("inspection.issue.lead_left.v1", True)
    assert await _acts(inspection, SECRETARY) == ["name_lead"]
    # Told once, however often it is looked for.
    assert await staff.react() == 0
    again = {**PLAN, "lead": "P-cadre-S5", "reason": "牵头人调离"}
    await inspection.on_issue(SECRETARY, issue, "replan", again)
    assert (await _acts(inspection, SECRETARY), await _acts(inspection, "P-cadre-S5")) == ([], ["sign"])


async def test_a_lead_who_comes_back_need_not_be_replaced(inspection: World, staff: Staff) -> None:
    issue = await _planned(inspection)
    await _moved(inspection, "S9")
    assert await staff.react() == 1
    await _moved(inspection, "S5")
    assert await staff.react() == 1
    issue = (await inspection.get(COUNTY, f"/v1/issues/{issue['id']}")).json()
    assert issue["lead_left"] is None
    assert await _acts(inspection, SECRETARY) == []
