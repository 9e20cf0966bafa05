"""A calendar lands: whoever may publish it, and what was provisional is counted anew, as events of the entries."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from runtime.clock import to_text
from runtime.ledger.writer import GroupWriter
from services.inspection.application.recount import Recounting
from services.inspection.application.recount_requests import RecountingRequests
from services.inspection.bootstrap import Store, make_recounting, make_recounting_requests
from services.inspection.settings import Settings
from tests import small_city
from tests.inspection_world import World

COUNTY = "P-county-230804-1"
BUREAU = small_city.BUREAU[0]
YEAR_2027: dict[str, Any] = {
    "year": 2027, "days_off": ["2027-01-01", "2027-02-08", "2027-02-09"], "days_worked": [], "source": "国办通知",
}  # fmt: skip


@pytest.fixture
async def recounting(inspection: World, mongod_url: str, database: str) -> AsyncIterator[Recounting]:
    store = Store.of(Settings(mongo_url=SecretStr(mongod_url), database_prefix=database))
    writer = GroupWriter(store.mongo, store.db)
    writer.start()
    yield make_recounting(store, writer, inspection.clock)
    await writer.stop()
    await store.mongo.close()


@pytest.fixture
async def requests(inspection: World, mongod_url: str, database: str) -> AsyncIterator[RecountingRequests]:
    store = Store.of(Settings(mongo_url=SecretStr(mongod_url), database_prefix=database))
    writer = GroupWriter(store.mongo, store.db)
    writer.start()
    yield make_recounting_requests(store, writer, inspection.clock)
    await writer.stop()
    await store.mongo.close()


def told(due: dict[str, Any]) -> tuple[str, bool]:
    return due["day"], due["provisional"]


async def assigned_at_the_years_end(inspection: World) -> dict[str, Any]:
    await inspection.opened_city()
    inspection.clock.advance(datetime(2026, 12, 29, 1, tzinfo=UTC) - inspection.clock.now())
    listed = {
        "school": "S2", "source": "survey", "area": "其他", "description": "无标识", "severity": "major",
        "mode": "deadline",
    }  # fmt: skip
    issue = await inspection.done(COUNTY, "/v1/issues", listed)
    issue = await inspection.on_issue(COUNTY, issue, "submit")
    return await inspection.on_issue(COUNTY, issue, "assign", {"severity": "major", "mode": "deadline"})


async def test_a_landed_calendar_moves_provisional_deadlines_and_says_so(
    inspection: World, recounting: Recounting
) -> None:
    issue = await assigned_at_the_years_end(inspection)
    assert told(issue["deadline"]) == ("2027-01-19", True)
    assert await recounting.run() == 0
    inspection.clock.advance(timedelta(hours=1))
    await inspection.done(BUREAU, "/v1/calendars", YEAR_2027)
    await recounting_sees(inspection, recounting)
    found = (await inspection.get(COUNTY, f"/v1/issues/{issue['id']}")).json()
    assert told(found["deadline"]) == told(found["clock"]["due"]) == ("2027-01-20", False)
    assert found["version"] == issue["version"] + 1
    last = (await inspection.get(COUNTY, f"/v1/issues/{issue['id']}/timeline")).json()["items"][-1]
    assert last["type"] == "inspection.issue.recounted.v1"
    assert last["actor"]["person"] == "system:calendar"
    assert "2027-01-19（暂定）改为2027-01-20" in last["note"]
    assert last["at"] == to_text(inspection.clock.now())
    assert await recounting.run() == 0


async def recounting_sees(inspection: World, recounting: Recounting) -> None:
    recounting.registry.forget()
    assert await recounting.run() == 1


async def test_a_closed_issue_keeps_the_dates_it_ended_with(inspection: World, recounting: Recounting) -> None:
    issue = await assigned_at_the_years_end(inspection)
    gone = await inspection.on_issue(COUNTY, issue, "withdraw", {"reason": "误登"})
    await inspection.done(BUREAU, "/v1/calendars", YEAR_2027)
    recounting.registry.forget()
    assert await recounting.run() == 0
    assert (await inspection.get(COUNTY, f"/v1/issues/{issue['id']}")).json()["version"] == gone["version"]


async def test_the_same_calendar_again_changes_nothing_and_another_needs_a_reason(inspection: World) -> None:
    first = await inspection.done(small_city.ADMIN, "/v1/calendars", YEAR_2027)
    assert first["version"] == 1
    again = await inspection.done(small_city.ADMIN, "/v1/calendars", {**YEAR_2027, "source": "另一来源"})
    assert (again["version"], again["source"]) == (1, "国办通知")
    other = {**YEAR_2027, "days_worked": ["2027-01-03"]}
    refused = await inspection.send(small_city.ADMIN, "/v1/calendars", other)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/correction-needs-reason")
    corrected = await inspection.done(small_city.ADMIN, "/v1/calendars", {**other, "reason": "国办调整"})
    assert (corrected["version"], corrected["days_worked"]) == (2, ["2027-01-03"])


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"days_off": ["2027-01-02"]}, "bad-calendar"),  # a Saturday is off anyway
        ({"days_worked": ["2027-01-04"]}, "bad-calendar"),
        ({"days_off": ["2026-01-01"]}, "bad-calendar"),
        ({"days_off": []}, "calendar-too-short"),
    ],
)
async def test_a_calendar_that_cannot_be_is_refused_by_its_rule(
    inspection: World, wrong: dict[str, Any], code: str
) -> None:
    answer = await inspection.send(small_city.ADMIN, "/v1/calendars", {**YEAR_2027, **wrong})
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{code}")
    assert (await inspection.get(small_city.ADMIN, "/v1/calendars/2027")).status_code == 404


async def test_only_administrators_and_the_bureau_publish_calendars(inspection: World) -> None:
    await inspection.opened_city()
    assert (await inspection.send(COUNTY, "/v1/calendars", YEAR_2027)).status_code == 403


async def test_a_landed_calendar_moves_the_day_to_reply_to_a_request(
    inspection: World, requests: RecountingRequests
) -> None:
    await inspection.opened_city()
    linked = {
        "people": [{"id": "P-leader", "name": "领导", "post": "副局长", "school": None}],
        "grants": [{"id": "G-leader", "person": "P-leader", "role": "liaison_leader", "organisation": "B2"}],
    }
    await inspection.done(small_city.ADMIN, "/v1/registry/imports", linked)
    inspection.clock.advance(datetime(2026, 12, 29, 1, tzinfo=UTC) - inspection.clock.now())
    logged = {"school": "S2", "kind": "visit", "day": "2026-12-29", "text": "走访"}
    liaison = await inspection.done("P-leader", "/v1/liaisons", logged)
    open_, replied = [
        await inspection.done("P-leader", f"/v1/liaisons/{liaison['id']}/requests", {"text": text})
        for text in ("缺少场地", "缺少经费")
    ]
    for verb, body in (("accept", {"office": "基建科"}), ("reply", {"text": "已解决"})):
        path = f"/v1/requests/{replied['id']}/{verb}"
        replied = await inspection.done(BUREAU, path, body, version=replied["version"])
    assert told(open_["reply_by"]) == ("2027-01-12", True)
    assert await requests.run() == 0
    inspection.clock.advance(timedelta(hours=1))
    await inspection.done(BUREAU, "/v1/calendars", YEAR_2027)
    requests.registry.forget()
    assert await requests.run() == 1
    found = (await inspection.get(BUREAU, f"/v1/requests/{open_['id']}")).json()
    assert told(found["reply_by"]) == told(found["clock"]["due"]) == ("2027-01-13", False)
    assert found["recounts"][0]["before"]["day"] == "2027-01-12"
    last = (await inspection.get(BUREAU, f"/v1/requests/{open_['id']}/timeline")).json()["items"][-1]
    assert (last["type"], last["state"]) == ("inspection.request.recounted.v1", "asked")
    (why,) = (await inspection.get(BUREAU, f"/v1/requests/{open_['id']}/deadlines")).json()["deadlines"]
    assert why["day"] == "2027-01-13"
    # What was replied stays as it was decided; and nothing is counted twice.
    assert told((await inspection.get(BUREAU, f"/v1/requests/{replied['id']}")).json()["reply_by"])[1] is True
    assert await requests.run() == 0
