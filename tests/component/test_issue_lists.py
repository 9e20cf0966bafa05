"""Lists through the HTTP API: every filter, Chinese and pinyin, pages, the three lists, and what is like a finding."""

from datetime import timedelta
from typing import Any

import pytest

from tests import small_city
from tests.inspection_world import Entry, World

pytestmark = pytest.mark.integration
# S2 lies in the second county, S3 in the third; S4 is city-direct.
SCHOOL, SECRETARY, CADRE, COUNTY = "S2", "P-secretary-B2", "P-cadre-S2", "P-county-230804-1"
OTHER, OTHER_COUNTY = "S3", "P-county-230805-1"
BUREAU = small_city.BUREAU[0]


async def survey(world: World, text: str, school: str = SCHOOL, officer: str = COUNTY, **given: Any) -> Entry:
    body = {"school": school, "source": "survey", "area": "其他", "description": text, **given}
    issue = await world.done(officer, "/v1/issues", body)
    world.clock.advance(timedelta(seconds=1))
    return await world.on_issue(officer, issue, "submit")


async def assigned(world: World, issue: Entry, officer: str = COUNTY, **given: Any) -> Entry:
    return await world.on_issue(officer, issue, "assign", {"severity": "major", "mode": "deadline", **given})


async def planned(world: World, issue: Entry, deadline: str | None = None) -> Entry:
    issue = await world.on_issue(SECRETARY, issue, "acknowledge")
    task = {"measure": "补挂标识", "target": "标识齐全"} | ({"deadline": deadline} if deadline else {})
    return await world.on_issue(SECRETARY, issue, "plan", {"tasks": [task], "lead": CADRE})


async def ids(world: World, person: str, **asked: Any) -> list[str]:
    answer = await world.get(person, "/v1/issues", **asked)
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["items"]]


async def test_newest_first_and_every_page_once(inspection: World) -> None:
    await inspection.opened_city()
    made = [(await survey(inspection, f"第{n}个问题"))["id"] for n in range(7)]
    seen: list[str] = []
    asked: dict[str, Any] = {"limit": 3}
    while True:
        page = (await inspection.get(COUNTY, "/v1/issues", **asked)).json()
        seen += [row["id"] for row in page["items"]]
        if page["next"] is None:
            break
        asked["cursor"] = page["next"]
        await survey(inspection, "翻页时新登记的问题")
    assert seen == made[::-1]


async def test_every_filter_lets_through_what_it_says(inspection: World) -> None:
    await inspection.opened_city()
    one = await planned(
        inspection, await assigned(inspection, await survey(inspection, "活动室无标识", source="liaison"))
    )
    two = await assigned(
        inspection, await survey(inspection, "党旗陈旧", OTHER, OTHER_COUNTY), OTHER_COUNTY, severity="minor"
    )
    three = await survey(inspection, "制度未上墙", area="基本制度")
    all_of_them = {one["id"], two["id"], three["id"]}
    # S1 to S25 lie in turn in the three counties and the city-direct unit.
    division = (await inspection.get(BUREAU, f"/v1/schools/{SCHOOL}")).json()["division"]
    level = (await inspection.get(BUREAU, f"/v1/schools/{SCHOOL}")).json()["level"]
    expected: list[tuple[dict[str, Any], set[str]]] = [
        ({}, all_of_them),
        ({"school": SCHOOL}, {one["id"], three["id"]}),
        ({"division": division}, {one["id"], three["id"]}),
        ({"level": level, "division": division}, {one["id"], three["id"]}),
        ({"level": "vocational", "division": division}, set()),
        ({"state": "planned"}, {one["id"]}),
        ({"state": ["planned", "submitted"]}, {one["id"], three["id"]}),
        ({"source": "liaison"}, {one["id"]}),
        ({"area": "基本制度"}, {three["id"]}),
        ({"severity": "minor"}, {two["id"]}),
        ({"mode": "deadline"}, {one["id"], two["id"]}),
        ({"lead": CADRE}, {one["id"]}),
        ({"lead": SECRETARY}, set()),
        ({"item": "C2"}, set()),
        ({"card": "red"}, set()),
        ({"text": one["number"]}, {one["id"]}),
        ({"due_to": "2999-01-01"}, {one["id"], two["id"]}),
        ({"due_to": "2001-01-01"}, set()),
        ({"order": "due"}, {one["id"], two["id"]}),
    ]  # fmt: skip
    for asked, found in expected:
        assert set(await ids(inspection, BUREAU, **asked)) == found, asked


async def test_lights_filter_as_they_shine(inspection: World) -> None:
    await inspection.opened_city()
    behind = await planned(
        inspection, await assigned(inspection, await survey(inspection, "活动室无标识")), "2026-09-21"
    )
    soon = await assigned(inspection, await survey(inspection, "党旗陈旧"), deadline="2026-09-30")
    later = await assigned(inspection, await survey(inspection, "制度未上墙"), deadline="2026-11-30")
    passed = timedelta()
    for day, lights in (
        (0, {"green": {behind["id"], soon["id"], later["id"]}}),
        (1, {"yellow": {behind["id"]}, "green": {soon["id"], later["id"]}}),
        (7, {"yellow": {behind["id"], soon["id"]}, "green": {later["id"]}}),
        (11, {"red": {soon["id"]}, "yellow": {behind["id"]}, "green": {later["id"]}}),
        (80, {"red": {behind["id"], soon["id"], later["id"]}}),
    ):
        inspection.clock.advance(timedelta(days=day) - passed)
        passed = timedelta(days=day)
        for light in ("red", "yellow", "green"):
            page = (await inspection.get(COUNTY, "/v1/issues", light=light)).json()["items"]
            assert {row["id"] for row in page} == lights.get(light, set()), (day, light)
            assert {row["light"] for row in page} <= {light}


async def test_by_date_comes_soonest_first(inspection: World) -> None:
    await inspection.opened_city()
    late = await assigned(inspection, await survey(inspection, "甲乙"), deadline="2026-11-30")
    early = await assigned(inspection, await survey(inspection, "丙丁"), deadline="2026-10-09")
    first = (await inspection.get(COUNTY, "/v1/issues", order="due", limit=1)).json()
    assert [row["id"] for row in first["items"]] == [early["id"]]
    assert await ids(inspection, COUNTY, order="due", limit=1, cursor=first["next"]) == [late["id"]]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("活动室", {"a", "b"}), ("标识", {"a"}), ("无标识", {"a"}), ("hds", {"a", "b"}), ("HDSWBS", {"a"}),
        ("wbs", {"a"}),
        ("活动室 党旗", {"b"}), ("党旗 hds", {"b"}), ("识活", set()), ("室里", {"b"}), ("wifi", {"b"}), ("没有", set()),
    ],
)  # fmt: skip
async def test_chinese_and_pinyin_find_what_has_every_word(inspection: World, text: str, found: set[str]) -> None:
    await inspection.opened_city()
    made = {
        (await survey(inspection, "活动室无标识"))["id"]: "a",
        (await survey(inspection, "活动室里党旗陈旧，ＷiＦi不通"))["id"]: "b",
        (await survey(inspection, "制度未上墙"))["id"]: "c",
    }
    assert {made[id] for id in await ids(inspection, COUNTY, text=text)} == found


async def test_a_schools_name_finds_its_issues(inspection: World) -> None:
    await inspection.opened_city()
    here, there = await survey(inspection, "甲乙丙"), await survey(inspection, "甲乙丁", OTHER, OTHER_COUNTY)
    name = (await inspection.get(BUREAU, f"/v1/schools/{SCHOOL}")).json()["name"]
    assert here["id"] in await ids(inspection, BUREAU, text=name)
    assert there["id"] not in await ids(inspection, BUREAU, text=name)


async def test_the_best_fit_comes_first_and_pages_go_on(inspection: World) -> None:
    await inspection.opened_city()
    apart = await survey(inspection, "活动室的墙上，标识已经陈旧")
    whole = await survey(inspection, "活动室标识陈旧")
    await survey(inspection, "活动室很小")
    page = (await inspection.get(COUNTY, "/v1/issues", text="活动室 标识", limit=1)).json()
    assert ([row["id"] for row in page["items"]], page["complete"]) == ([whole["id"]], True)
    rest = (await inspection.get(COUNTY, "/v1/issues", text="活动室 标识", limit=1, cursor=page["next"])).json()
    assert ([row["id"] for row in rest["items"]], rest["next"]) == ([apart["id"]], None)


async def test_one_character_is_too_little(inspection: World) -> None:
    answer = await inspection.get(BUREAU, "/v1/issues", text="党")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/text-too-short")


async def test_the_three_lists_of_a_school_are_one_resource(inspection: World) -> None:
    await inspection.opened_city()
    issue = await planned(inspection, await assigned(inspection, await survey(inspection, "活动室无标识")))
    await survey(inspection, "党旗陈旧", OTHER, OTHER_COUNTY)
    lists = (await inspection.get(SECRETARY, f"/v1/schools/{SCHOOL}/lists")).json()
    assert [row["id"] for row in lists["issues"]] == [issue["id"]]
    assert [(row["issue"], row["measure"]) for row in lists["tasks"]] == [(issue["id"], "补挂标识")]
    assert [(row["issue"], row["person"]) for row in lists["responsibilities"]] == [(issue["id"], CADRE)]
    empty = (await inspection.get("P-secretary-B3", f"/v1/schools/{SCHOOL}/lists")).json()
    assert (empty["issues"], empty["tasks"], empty["responsibilities"]) == ([], [], [])
    assert (await inspection.get(SECRETARY, "/v1/schools/S999/lists")).status_code == 404


async def _closed(world: World, issue: Entry) -> Entry:
    issue = await planned(world, await assigned(world, issue))
    issue = await world.on_issue(CADRE, issue, "sign")
    done = {"percent": 100, "evidence": [await world.evidence(CADRE, SCHOOL)]}
    issue = await world.on_issue(CADRE, issue, f"tasks/{issue['tasks'][0]['id']}/progress", done)
    issue = await world.on_issue(SECRETARY, issue, "report", {"note": "整改完毕"})
    return await world.on_issue(COUNTY, issue, "check", {"passed": True, "method": "on_site"})


async def test_what_came_back_is_known_or_is_common_is_proposed_with_why(inspection: World) -> None:
    await inspection.opened_city()
    closed = await _closed(inspection, await survey(inspection, "党员活动室没有标识牌"))
    known = await survey(inspection, "党员活动室仍没有标识")
    common = await survey(inspection, "党员活动室没有标识牌，陈旧", OTHER, OTHER_COUNTY)
    await survey(inspection, "会议记录不全")
    asked = {"school": SCHOOL, "text": "党员活动室没有标识牌", "area": "其他"}
    told = (await inspection.get(BUREAU, "/v1/issues/similar", **asked)).json()
    assert [row["id"] for row in told["recurrences"]] == [closed["id"]]
    assert [row["id"] for row in told["doubles"]] == [known["id"]]
    assert [row["id"] for row in told["common"]] == [common["id"]]
    assert told["recurrences"][0]["why"] == ["alike_text", "same_area"]
    assert told["recurrences"][0]["score"] == 100
    county = (await inspection.get(COUNTY, f"/v1/issues/{known['id']}/similar")).json()
    assert [row["id"] for row in county["recurrences"]] == [closed["id"]]
    assert (county["doubles"], county["common"]) == ([], [])


async def test_entries_of_an_inspection_tour_are_in_no_list_search_or_proposal_of_others(inspection: World) -> None:
    await inspection.opened_city()
    body = {"source": "inspection_tour", "area": "主体责任"}
    tour = await planned(inspection, await assigned(inspection, await survey(inspection, "专项经费挪用", **body)))
    await inspection.on_issue(CADRE, tour, "sign")
    leader, _ = await inspection.leader_at(SCHOOL)
    ways: list[dict[str, Any]] = [
        {}, {"text": "专项经费"}, {"text": "zxjf"}, {"text": tour["number"]}, {"source": "inspection_tour"},
        {"order": "due"}, {"light": "green"}, {"school": SCHOOL}, {"lead": CADRE}, {"state": "planned"},
    ]  # fmt: skip
    for person, sees in ((SECRETARY, True), (CADRE, True), (COUNTY, True), (BUREAU, True), (leader, False),
                         ("P-organisation", False), ("P-contact-S25", False)):  # fmt: skip
        for asked in ways:
            page = (await inspection.get(person, "/v1/issues", **asked)).json()
            assert [row["id"] for row in page["items"]] == ([tour["id"]] if sees else []), (person, asked)
            assert page["next"] is None
        like = {"school": SCHOOL, "text": "专项经费挪用"}
        told = (await inspection.get(person, "/v1/issues/similar", **like)).json()
        assert [row["id"] for row in told["doubles"]] == ([tour["id"]] if sees else []), person
        lists = (await inspection.get(person, f"/v1/schools/{SCHOOL}/lists")).json()
        assert bool(lists["issues"]) is sees
        assert (await inspection.get(person, f"/v1/issues/{tour['id']}/timeline")).status_code == (200 if sees else 404)
