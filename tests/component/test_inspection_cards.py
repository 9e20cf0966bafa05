"""The list of cards across issues: whose, how they stand, page by page."""

from datetime import timedelta
from typing import Any

import pytest

from tests import small_city
from tests.inspection_world import Entry, World

pytestmark = pytest.mark.integration
BUREAU = small_city.BUREAU[0]
SECRETARY, COUNTY, OTHER_COUNTY = "P-secretary-B2", "P-county-230804-1", "P-county-230803-1"
MAJOR = {"severity": "major", "mode": "deadline"}
WHY = {"reason": "逾期未改"}


async def _assigned(world: World, school: str, **given: Any) -> Entry:
    body = {"school": school, "source": "survey", "area": "其他", "description": "无标识", **MAJOR, **given}
    issue = await world.on_issue(BUREAU, await world.done(BUREAU, "/v1/issues", body), "submit")
    return await world.on_issue(BUREAU, issue, "assign", MAJOR)


async def _carded(world: World, issue: Entry, colour: str = "yellow", deadline: str = "2026-10-30") -> Entry:
    return await world.on_issue(BUREAU, issue, "cards", {"colour": colour, "deadline": deadline, **WHY})


async def _listed(world: World, person: str, **asked: Any) -> list[str]:
    answer = await world.get(person, "/v1/cards", **asked)
    assert answer.status_code == 200, answer.text
    return [row["number"].removeprefix("DB-2026-000") for row in answer.json()["items"]]


async def test_cards_of_every_issue_within_reach_are_listed_newest_first(inspection: World) -> None:
    await inspection.opened_city()
    mine = await _carded(inspection, await _assigned(inspection, "S2"))
    inspection.clock.advance(timedelta(hours=1))
    await _carded(inspection, await _assigned(inspection, "S1"), "red")
    await _carded(inspection, mine, "red")
    assert await _listed(inspection, BUREAU) == ["3", "2", "1"]
    assert await _listed(inspection, SECRETARY) == await _listed(inspection, COUNTY) == ["3", "1"]
    assert await _listed(inspection, OTHER_COUNTY) == ["2"]
    assert await _listed(inspection, BUREAU, school="S2") == ["3", "1"]
    assert await _listed(inspection, BUREAU, school="S2", colour="yellow") == ["1"]
    assert await _listed(inspection, BUREAU, division="230803") == ["2"]
    assert await _listed(inspection, BUREAU, division="230803", school="S2") == []
    row = (await inspection.get(SECRETARY, "/v1/cards", colour="red")).json()["items"][0]
    assert (row["school"], row["received_at"], row["outcome"], row["overdue"]) == ("S2", None, None, False)
    assert (row["issue"]["id"], row["issue"]["number"], row["issue"]["state"]) == (
        mine["id"],
        mine["number"],
        "assigned",
    )
    assert row["issue"]["due"]["day"] == mine["deadline"]["day"]


async def test_cards_are_found_by_how_they_stand(inspection: World) -> None:
    await inspection.opened_city()
    issue = await _carded(inspection, await _assigned(inspection, "S2"))
    issue = await _carded(inspection, issue, deadline="2026-12-31")
    assert await _listed(inspection, SECRETARY, standing="awaiting_receipt") == ["2", "1"]
    issue = await inspection.on_issue(SECRETARY, issue, "cards/DB-2026-0001/receive")
    assert await _listed(inspection, SECRETARY, standing="awaiting_receipt") == ["2"]
    assert await _listed(inspection, SECRETARY, standing="received") == ["1"]
    assert await _listed(inspection, SECRETARY, standing="overdue") == []
    inspection.clock.advance(timedelta(days=60))
    assert await _listed(inspection, SECRETARY, standing="overdue") == ["1"]
    await inspection.on_issue(BUREAU, issue, "cards/DB-2026-0001/decide", {"met": False, **WHY})
    assert await _listed(inspection, SECRETARY, standing="unmet") == ["1"]
    assert await _listed(inspection, SECRETARY, standing="met") == await _listed(
        inspection, SECRETARY, standing="overdue"
    )
    assert (await inspection.get(SECRETARY, "/v1/cards", standing="lost")).status_code == 422


async def test_pages_go_on_where_they_stopped_whatever_comes_in_between(inspection: World) -> None:
    await inspection.opened_city()
    issue = await _assigned(inspection, "S2")
    for _ in range(4):
        issue = await _carded(inspection, issue)
    first = (await inspection.get(SECRETARY, "/v1/cards", limit=3)).json()
    await _carded(inspection, issue)
    rest = (await inspection.get(SECRETARY, "/v1/cards", limit=3, cursor=first["next"])).json()
    numbers = [row["number"] for page in (first, rest) for row in page["items"]]
    assert numbers == ["DB-2026-0004", "DB-2026-0003", "DB-2026-0002", "DB-2026-0001"]
    assert rest["next"] is None
    elsewhere = await inspection.get(SECRETARY, "/v1/cards", limit=3, colour="red", cursor=first["next"])
    assert elsewhere.status_code == 400


async def test_cards_about_entries_of_an_inspection_tour_do_not_exist_for_others(inspection: World) -> None:
    await inspection.opened_city()
    await _carded(inspection, await _assigned(inspection, "S2", source="inspection_tour"))
    assert await _listed(inspection, SECRETARY) == ["1"]
    assert await _listed(inspection, "P-cadre-S2") == []


async def test_red_cards_of_an_inspection_tour_propose_nothing_where_others_see_it(inspection: World) -> None:
    await inspection.opened_city()
    tour = await _carded(inspection, await _assigned(inspection, "S2", source="inspection_tour"), "red")
    plain = await _carded(inspection, await _assigned(inspection, "S2"), "red")
    tour = await _carded(inspection, tour, "red")
    proposed = [[card["proposes"] for card in issue["cards"]] for issue in (plain, tour)]
    assert proposed == [[None], [None, "notice"]]
