"""A year's calendar lands on a running system: deadlines move, whoever answers hears of it, and verify stays ok."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest

from dudao.verify.command import Wanted, run_verify
from runtime.clock import SystemClock, shanghai_day
from tests import small_city
from tests.e2e.conftest import Running
from tests.inspection_world import Entry, World

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]
SECRETARY, CADRE, COUNTY, BUREAU = "P-secretary-B2", "P-cadre-S2", "P-county-230804-1", small_city.BUREAU[0]
MINOR = {"severity": "minor", "mode": "deadline"}
PATIENCE = 60.0
_HOLIDAYS, _EACH = 7, 60


async def _until(done: Callable[[], Awaitable[Any]]) -> Any:
    """What it gives once it gives something."""
    async with asyncio.timeout(PATIENCE):
        while not (found := await done()):
            await asyncio.sleep(0.5)
    return found


async def _planned(world: World) -> Entry:
    body = {"school": "S2", "source": "survey", "area": "其他", "description": "无标识", **MINOR}
    issue = await world.on_issue(COUNTY, await world.done(COUNTY, "/v1/issues", body), "submit")
    issue = await world.on_issue(COUNTY, issue, "assign", MINOR)
    issue = await world.on_issue(SECRETARY, issue, "acknowledge")
    tasks = [{"measure": "补挂标识", "target": "标识齐全"}]
    return await world.on_issue(SECRETARY, issue, "plan", {"tasks": tasks, "lead": CADRE})


async def _a_long_holiday(world: World, today: date) -> date:
    """Into a year whose calendar nobody has yet, whenever this runs; the day after it."""
    starts = today + timedelta(days=2)
    for n in range(_HOLIDAYS):
        ends = starts + timedelta(days=_EACH - 1)
        days = {"starts": starts.isoformat(), "ends": ends.isoformat()}
        await world.done(BUREAU, "/v1/holidays", {"id": f"H-{n}", "division": "230804", "name": "假期", **days})
        starts = ends + timedelta(days=1)
    return starts


def _calendar(year: int, after: date, known: set[int]) -> Entry:
    """A calendar by which the first two weekdays after the holiday are off."""
    weekdays = [day for n in range(1, 8) if (day := after + timedelta(days=n)).weekday() < 5]
    off = {day.isoformat() for day in weekdays[:2] if day.year == year}
    spare = next(day for n in range(1, 8) if (day := date(year, 1, n)).weekday() < 5)
    told = {"year": year, "days_off": sorted(off or {spare.isoformat()}), "days_worked": [], "source": "通知"}
    return {**told, "reason": "更正"} if year in known else told


async def _landed(system: Running) -> None:
    today = shanghai_day(SystemClock().now())
    async with system.client() as http, system.client("notification") as notification:
        world, alerts = system.world(http), system.world(notification)
        after = await _a_long_holiday(world, today)
        issue = await _planned(world)
        assert issue["deadline"]["provisional"]
        known = {row["year"] for row in (await world.get(BUREAU, "/v1/calendars")).json()["items"]}
        for year in range(today.year + 1, date.fromisoformat(issue["deadline"]["day"]).year + 2):
            await world.done(BUREAU, "/v1/calendars", _calendar(year, after, known))

        async def firm() -> Entry | None:
            found: Entry = (await world.get(SECRETARY, f"/v1/issues/{issue['id']}")).json()
            return None if found["deadline"]["provisional"] else found

        now = await _until(firm)
        assert now["deadline"]["day"] > issue["deadline"]["day"]
        assert now["clock"]["due"] == now["deadline"]
        assert now["tasks"][0]["deadline"]["day"] == now["deadline"]["day"]
        told = {"before": issue["deadline"]["day"], "after": now["deadline"]["day"]}
        assert [{name: one[name]["day"] for name in told} for one in now["recounts"]] == [told]

        for person in (SECRETARY, CADRE):

            async def heard(person: str = person) -> list[Entry]:
                rows = (await alerts.get(person, "/v1/inbox")).json()["items"]
                return [row for row in rows if row["rule"] == "recounted" and now["number"] in row["title"]]

            (alert,) = await _until(heard)
            assert now["deadline"]["day"] in alert["text"]
            assert "暂定" not in alert["text"]


def test_deadlines_move_those_who_answer_hear_of_it_and_everything_still_adds_up(system: Running) -> None:
    asyncio.run(_landed(system))
    found = run_verify(Wanted(system.folder.path, 60), lambda _: None).findings
    assert found.verdict == "ok", found
