"""Mine to do now through HTTP: pages, clocks, and one entry once, however many ways lead to it."""

from datetime import timedelta
from typing import Any

import pytest

from services.inspection.adapters import mongo_waiting
from tests import small_city
from tests.inspection_world import Entry, World

pytestmark = pytest.mark.integration
SCHOOL, SECRETARY, CADRE, COUNTY = "S2", "P-secretary-B2", "P-cadre-S2", "P-county-230804-1"
BUREAU = small_city.BUREAU[0]


async def assigned(world: World, deadline: str, **given: Any) -> Entry:
    body = {"school": SCHOOL, "source": "survey", "area": "其他", "description": f"限{deadline}整改"}
    issue = await world.on_issue(COUNTY, await world.done(COUNTY, "/v1/issues", body), "submit")
    order = {"severity": "major", "mode": "deadline", "deadline": deadline, **given}
    return await world.on_issue(COUNTY, issue, "assign", order)


async def planned(world: World, deadline: str, lead: str = CADRE) -> Entry:
    issue = await world.on_issue(SECRETARY, await assigned(world, deadline), "acknowledge")
    tasks = [{"measure": "补挂标识", "target": "标识齐全"}]
    return await world.on_issue(SECRETARY, issue, "plan", {"tasks": tasks, "lead": lead})


async def signed(world: World, deadline: str) -> Entry:
    return await world.on_issue(CADRE, await planned(world, deadline), "sign")


async def whole(world: World, person: str, limit: int) -> list[list[Entry]]:
    """Page by page."""
    pages, asked = [], {"limit": str(limit)}
    while True:
        answer = (await world.get(person, "/v1/me/todo", **asked)).json()
        pages.append(answer["items"])
        if answer["next"] is None:
            return pages
        asked["cursor"] = answer["next"]


async def test_pages_are_in_the_order_of_dates_and_hold_everything_once(inspection: World) -> None:
    await inspection.opened_city()
    days = ["2026-10-21", "2026-10-12", "2026-10-30", "2026-10-12", "2026-10-15"]
    made = [await signed(inspection, day) for day in days]
    mine = [(issue["deadline"]["day"], f"issue/{issue['id']}") for issue in made]
    pages = await whole(inspection, CADRE, 2)
    found = [(row["due"], row["subject"]) for page in pages for row in page]
    # The cadre is a team's member, too, whose visits stand among the issues by their day.
    visits = [key for key in found if key[1].startswith("visit/")]
    assert visits
    assert found == sorted([*mine, *visits])
    assert {len(page) for page in pages[:-1]} == {2}


async def test_a_bounded_scan_says_where_to_go_on(inspection: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await inspection.opened_city()
    monkeypatch.setattr(mongo_waiting, "SCAN", 2)
    made = {(await signed(inspection, day))["id"] for day in ("2026-10-21", "2026-10-12", "2026-10-30")}
    found = [row["subject"] for page in await whole(inspection, CADRE, 50) for row in page]
    assert sorted(one for one in found if one.startswith("issue/")) == sorted(f"issue/{id}" for id in made)
    assert len(found) == len(set(found))


async def test_every_act_has_its_clock(inspection: World) -> None:
    await inspection.opened_city()
    issue = await signed(inspection, "2026-10-12")
    passed = 0
    # Off: 25 September, 1 to 7 October; worked: 10 October, a Saturday.
    for day, light, left in (
        (0, "green", 10), (16, "green", 4), (17, "yellow", 3), (21, "yellow", 0), (22, "red", -1), (24, "red", -3),
    ):  # fmt: skip
        inspection.clock.advance(timedelta(days=day - passed))
        passed = day
        rows = (await inspection.get(CADRE, "/v1/me/todo")).json()["items"]
        (row,) = (row for row in rows if row["subject"] == f"issue/{issue['id']}")
        assert row["due"] == "2026-10-12"
        assert (row["light"], row["days_left"]) == (light, left), day


async def test_who_leads_and_answers_has_both_acts_together_and_once(inspection: World) -> None:
    await inspection.opened_city()
    issue = await planned(inspection, "2026-10-12", lead=SECRETARY)
    pages = await whole(inspection, SECRETARY, 1)
    assert [[row["what"] for row in page] for page in pages if page] == [["sign"]]
    issue = await inspection.on_issue(SECRETARY, issue, "sign")
    done = {"percent": 100, "evidence": [await inspection.evidence(CADRE, SCHOOL)]}
    issue = await inspection.on_issue(SECRETARY, issue, f"tasks/{issue['tasks'][0]['id']}/progress", done)
    await inspection.on_issue(BUREAU, issue, "cards", {"colour": "yellow", "reason": "拖延", "deadline": "2026-10-20"})
    pages = await whole(inspection, SECRETARY, 1)
    assert [[row["what"] for row in page] for page in pages if page] == [["report", "receive_card"]]


async def test_a_school_that_moves_takes_along_what_waits_for_its_office(inspection: World) -> None:
    await inspection.opened_city()
    body = {"school": SCHOOL, "source": "survey", "area": "其他", "description": "无标识"}
    issue = await inspection.on_issue(COUNTY, await inspection.done(COUNTY, "/v1/issues", body), "submit")
    school = (await inspection.get(BUREAU, f"/v1/schools/{SCHOOL}")).json()
    other = "P-county-230805-1"

    async def has(person: str) -> bool:
        items = (await inspection.get(person, "/v1/me/todo")).json()["items"]
        return f"issue/{issue['id']}" in {row["subject"] for row in items}

    assert (await has(COUNTY), await has(other), await has(BUREAU)) == (True, False, False)
    for division, who in (("230805", other), (small_city.DIRECT, BUREAU)):
        version = school.pop("version")
        moved = school | {"division": division}
        await inspection.done(small_city.ADMIN, f"/v1/schools/{SCHOOL}", moved, version=version, method="PUT")
        school = (await inspection.get(BUREAU, f"/v1/schools/{SCHOOL}")).json()
        assert [person for person in (COUNTY, other, BUREAU) if await has(person)] == [who]
