"""Objection, help, extension, doubles, cards and terms through the HTTP API, over a real MongoDB."""

from datetime import timedelta
from typing import Any

import pytest

from tests import small_city
from tests.inspection_world import Entry, World

pytestmark = pytest.mark.integration
# S2 lies in the second county.
SCHOOL, SECRETARY, CADRE, COUNTY = "S2", "P-secretary-B2", "P-cadre-S2", "P-county-230804-1"
BUREAU, SECOND = small_city.BUREAU[0], small_city.BUREAU[1]
MAJOR = {"severity": "major", "mode": "deadline"}
TASKS = [{"measure": "补挂标识", "target": "标识齐全"}]
WHY = {"reason": "理由"}


async def _listed(world: World, description: str = "无标识") -> Entry:
    """An issue that the county lists and submits."""
    body = {"school": SCHOOL, "source": "survey", "area": "其他", "description": description, **MAJOR}
    return await world.on_issue(COUNTY, await world.done(COUNTY, "/v1/issues", body), "submit")


async def _acknowledged(world: World) -> Entry:
    issue = await world.on_issue(COUNTY, await _listed(world), "assign", MAJOR)
    return await world.on_issue(SECRETARY, issue, "acknowledge")


async def _planned(world: World) -> Entry:
    return await world.on_issue(SECRETARY, await _acknowledged(world), "plan", {"tasks": TASKS, "lead": CADRE})


async def _todo(world: World, person: str, issue: Entry) -> set[str]:
    rows = (await world.get(person, "/v1/me/todo")).json()["items"]
    return {row["what"] for row in rows if row["subject"] == f"issue/{issue['id']}"}


async def _explained(world: World, issue: Entry) -> dict[str, Any]:
    answer = await world.get(SECRETARY, f"/v1/issues/{issue['id']}/deadlines")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_an_objection_stops_the_clock_and_moves_the_deadline(inspection: World) -> None:
    await inspection.opened_city()
    issue = await _acknowledged(inspection)
    before = issue["deadline"]["day"]
    objected = await inspection.on_issue(SECRETARY, issue, "object", WHY)
    assert (objected["state"], objected["clock"]["owner"]) == ("objected", "issuer")
    ruling = {"upheld": False, "reason": "事实清楚"}
    assert (await inspection.refused(COUNTY, objected, "decide-objection", ruling)) == (403, "decides-own-assignment")
    assert await _todo(inspection, COUNTY, issue) == set()
    assert await _todo(inspection, BUREAU, issue) == {"decide_objection"}
    inspection.clock.advance(timedelta(days=2))
    back = await inspection.on_issue(BUREAU, objected, "decide-objection", ruling)
    assert back["state"] == "acknowledged"
    assert back["stops"][0]["days"] == 2
    assert back["deadline"]["day"] > before
    assert (await inspection.refused(SECRETARY, back, "object", WHY)) == (409, "objected-before")
    told = await _explained(inspection, back)
    (deadline,) = [row for row in told["deadlines"] if row["what"] == "deadline"]
    assert (deadline["rule"], deadline["working_days"], deadline["stopped_days"]) == ("deadline_major", 15, 2)
    assert deadline["stops"] == told["stops"]
    assert {"day": "2026-10-01", "why": "day_off"} in deadline["skipped"]
    assert {"day": "2026-10-10", "why": "day_worked"} in deadline["worked"]


async def test_an_upheld_objection_withdraws(inspection: World) -> None:
    await inspection.opened_city()
    objected = await inspection.on_issue(SECRETARY, await _acknowledged(inspection), "object", WHY)
    withdrawn = await inspection.on_issue(BUREAU, objected, "decide-objection", {"upheld": True, **WHY})
    assert (withdrawn["state"], withdrawn["clock"]["owner"]) == ("withdrawn", "none")
    assert (await inspection.refused(SECRETARY, withdrawn, "acknowledge"))[1] == "issue-ended"


async def test_an_accepted_request_for_help_is_rectified_by_the_county_and_checked_by_another(
    inspection: World,
) -> None:
    await inspection.opened_city()
    asked = await inspection.on_issue(SECRETARY, await _planned(inspection), "ask-help", WHY)
    assert await _todo(inspection, COUNTY, asked) == {"decide_help"}
    answer = {"accepted": True, "reason": "由县局协调", "deadline": "2026-11-30"}
    led = await inspection.on_issue(COUNTY, asked, "decide-help", answer)
    assert (led["state"], led["helper"], led["clock"]["owner"]) == ("acknowledged", "230804", "body")
    assert await _todo(inspection, COUNTY, led) == {"plan"}
    assert await _todo(inspection, SECRETARY, led) == set()
    schools = {"tasks": TASKS, "lead": CADRE}
    assert (await inspection.refused(SECRETARY, led, "plan", schools)) == (403, "not-allowed")
    assert (await inspection.refused(COUNTY, led, "plan", schools)) == (422, "lead-of-body")
    led = await inspection.on_issue(COUNTY, led, "plan", {"tasks": TASKS, "lead": COUNTY, "others": [CADRE]})
    led = await inspection.on_issue(COUNTY, led, "sign")
    done = {"percent": 100, "evidence": [await inspection.evidence(COUNTY, SCHOOL)]}
    led = await inspection.on_issue(COUNTY, led, f"tasks/{led['tasks'][0]['id']}/progress", done)
    reported = await inspection.on_issue(COUNTY, led, "report", {"note": "已协调"})
    passed = {"passed": True, "method": "on_site"}
    assert (await inspection.refused(COUNTY, reported, "check", passed)) == (403, "judges-own-work")
    assert await _todo(inspection, COUNTY, reported) == set()
    assert (await inspection.on_issue(BUREAU, reported, "check", passed))["state"] == "closed"
    leads = [row["person"] for row in reported["responsibilities"] if row["part"] == "lead"]
    assert leads == [CADRE, COUNTY]


async def test_help_goes_up_to_the_bureau_and_is_refused(inspection: World) -> None:
    await inspection.opened_city()
    asked = await inspection.on_issue(SECRETARY, await _planned(inspection), "ask-help", WHY)
    passed = await inspection.on_issue(COUNTY, asked, "pass-help-up", WHY)
    assert await _todo(inspection, BUREAU, passed) == {"decide_help"}
    assert (await inspection.refused(COUNTY, passed, "decide-help", {"accepted": True, **WHY}))[0] == 403
    back = await inspection.on_issue(BUREAU, passed, "decide-help", {"accepted": False, **WHY})
    assert (back["state"], back["clock"]["owner"]) == ("planned", "school")


async def test_an_extension_is_asked_once_and_decided_by_the_issuing_body(inspection: World) -> None:
    await inspection.opened_city()
    issue = await _planned(inspection)
    asked = await inspection.on_issue(SECRETARY, issue, "ask-extension", {"day": "2026-11-30", **WHY})
    assert await _todo(inspection, COUNTY, asked) == {"decide_extension"}
    assert (await inspection.refused(BUREAU, asked, "decide-extension", {"granted": True, **WHY}))[0] == 403
    granted = await inspection.on_issue(COUNTY, asked, "decide-extension", {"granted": True, **WHY})
    assert granted["deadline"]["day"] == "2026-11-30"
    again = await inspection.refused(SECRETARY, granted, "ask-extension", {"day": "2026-12-30", **WHY})
    assert again == (409, "asked-before")


async def test_many_are_assigned_in_one_act_and_a_double_is_merged(inspection: World) -> None:
    await inspection.opened_city()
    first, second, double = [await _listed(inspection, f"问题{n}") for n in range(3)]
    rows = [{"issue": issue["id"], "version": issue["version"], **MAJOR} for issue in (first, second)]
    merged = {"issue": double["id"], "version": double["version"], "into": first["id"]}
    stale = {"assigned": [rows[0], {**rows[1], "version": 1}]}
    assert (await inspection.send(COUNTY, "/v1/issues/assign", stale)).status_code == 412
    critical = {"assigned": [rows[0], {**rows[1], "severity": "critical"}]}
    refused = (await inspection.send(COUNTY, "/v1/issues/assign", critical)).json()
    assert (refused["type"], refused["issue"]) == ("/problems/not-allowed", second["id"])
    twice = await inspection.send(COUNTY, "/v1/issues/assign", {"assigned": [rows[0], rows[0]]})
    assert twice.json()["type"] == "/problems/named-twice"
    body = {"assigned": rows, "merged": [merged]}
    items = (await inspection.done(COUNTY, "/v1/issues/assign", body, key="many"))["items"]
    assert [item["state"] for item in items] == ["assigned", "assigned", "merged"]
    assert [item["number"] for item in items] == ["2026-0-0001", "2026-0-0002", None]
    assert items[2]["merged_into"] == first["id"]
    again = (await inspection.done(COUNTY, "/v1/issues/assign", body, key="many"))["items"]
    assert again == items
    page = (await inspection.get(COUNTY, "/v1/issues", state="assigned")).json()["items"]
    assert {row["id"] for row in page} == {first["id"], second["id"]}


async def test_one_double_is_merged_into_an_assigned_issue(inspection: World) -> None:
    await inspection.opened_city()
    into = await inspection.on_issue(COUNTY, await _listed(inspection), "assign", MAJOR)
    double = await _listed(inspection, "又是无标识")
    draft = await _listed(inspection, "另一件")
    assert (await inspection.refused(COUNTY, double, "merge", {"into": draft["id"]})) == (422, "bad-merge")
    assert (await inspection.refused(COUNTY, double, "merge", {"into": "nothing"}))[0] == 404
    assert (await inspection.on_issue(COUNTY, double, "merge", {"into": into["id"]}))["state"] == "merged"


async def test_a_recurrence_names_the_closed_issue(inspection: World) -> None:
    await inspection.opened_city()
    open_one = await inspection.on_issue(COUNTY, await _listed(inspection), "assign", MAJOR)
    again = await _listed(inspection, "又坏了")
    wrong = await inspection.refused(COUNTY, again, "assign", {**MAJOR, "recurs_of": open_one["id"]})
    assert wrong == (422, "bad-recurrence")


async def test_a_correction_keeps_both_wordings(inspection: World) -> None:
    await inspection.opened_city()
    issue = await _acknowledged(inspection)
    corrected = await inspection.on_issue(COUNTY, issue, "correct", {"description": "门口无标识", **WHY})
    assert corrected["description"] == "门口无标识"
    assert corrected["revisions"][0]["description"] == "无标识"
    assert (await inspection.refused(SECRETARY, corrected, "correct", {"description": "x", **WHY}))[0] == 403


async def test_the_teams_opinion_goes_along_with_the_check(inspection: World) -> None:
    await inspection.opened_city()
    leader, issue = await inspection.submitted(SCHOOL)
    issue = await inspection.on_issue(COUNTY, issue, "assign", {"severity": "minor", "mode": "deadline"})
    issue = await inspection.on_issue(SECRETARY, issue, "acknowledge")
    issue = await inspection.on_issue(SECRETARY, issue, "plan", {"tasks": TASKS, "lead": CADRE})
    issue = await inspection.on_issue(CADRE, issue, "sign")
    done = {"percent": 100, "evidence": [await inspection.evidence(CADRE, SCHOOL)]}
    issue = await inspection.on_issue(CADRE, issue, f"tasks/{issue['tasks'][0]['id']}/progress", done)
    issue = await inspection.on_issue(SECRETARY, issue, "report", {"note": "完毕"})
    issue = await inspection.on_issue(leader, issue, "opinion", {"text": "整改到位"})
    closed = await inspection.on_issue(COUNTY, issue, "check", {"passed": True, "method": "evidence"})
    assert closed["checks"][0]["opinion"] == "整改到位"


async def test_cards_are_numbered_received_and_repeated_red_ones_propose_a_talk(inspection: World) -> None:
    await inspection.opened_city()
    card = {"colour": "red", "deadline": "2026-10-30", **WHY}
    first = await inspection.on_issue(BUREAU, await _planned(inspection), "cards", card)
    second = await inspection.on_issue(BUREAU, await _planned(inspection), "cards", card)
    told = [(issue["cards"][0]["number"], issue["cards"][0]["proposes"]) for issue in (first, second)]
    assert told == [("DB-2026-0001", None), ("DB-2026-0002", "talk")]
    assert {"sign", "receive_card"} & await _todo(inspection, SECRETARY, first) == {"receive_card"}
    received = await inspection.on_issue(SECRETARY, first, "cards/DB-2026-0001/receive")
    assert received["cards"][0]["received_by"]["person"] == SECRETARY
    assert (await inspection.refused(SECRETARY, received, "cards/DB-2026-0001/receive")) == (409, "card-received")
    assert (await inspection.refused(SECRETARY, received, "cards/DB-2026-0099/receive")) == (422, "unknown-card")
    decided = await inspection.on_issue(SECOND, received, "cards/DB-2026-0001/decide", {"met": True, **WHY})
    assert decided["cards"][0]["outcome"] == "met"


async def test_one_click_urges_once_a_day(inspection: World) -> None:
    await inspection.opened_city()
    urged = await inspection.on_issue(COUNTY, await _planned(inspection), "urge", {})
    assert (await inspection.refused(BUREAU, urged, "urge", {})) == (409, "urged-today")
    inspection.clock.advance(timedelta(days=1))
    assert len((await inspection.on_issue(BUREAU, urged, "urge", {}))["urgings"]) == 2


async def test_lights_are_computed_when_read_and_never_stored(inspection: World) -> None:
    await inspection.opened_city()
    issue = await _planned(inspection)

    async def lights() -> list[str | None]:
        one = (await inspection.get(SECRETARY, f"/v1/issues/{issue['id']}")).json()
        (row,) = (await inspection.get(SECRETARY, "/v1/issues")).json()["items"]
        assert (one["version"], row["version"]) == (issue["version"], issue["version"])
        return [one["light"], row["light"]]

    assert await lights() == ["green", "green"]
    inspection.clock.advance(timedelta(days=24))  # 2026-10-15, a day before the deadline
    assert await lights() == ["yellow", "yellow"]
    inspection.clock.advance(timedelta(days=5))
    assert await lights() == ["red", "red"]
    issue = await inspection.on_issue(SECRETARY, issue, "ask-help", WHY)
    assert await lights() == [None, None]


async def test_published_terms_count_at_once_and_leave_what_was_counted(inspection: World) -> None:
    await inspection.opened_city()
    before = await inspection.on_issue(COUNTY, await _listed(inspection), "assign", MAJOR)
    built_in = (await inspection.get(SECRETARY, "/v1/terms/in-force")).json()
    assert (built_in["id"], built_in["deadline_major_days"]) == ("terms@1", 15)
    change = {"deadline_major_days": 10, "acknowledge_days": 1, "reason": "局务会决定"}
    made = await inspection.done(BUREAU, "/v1/terms", change)
    assert (made["id"], made["deadline_major_days"], made["plan_days"]) == ("terms@2", 10, 5)
    after = await inspection.on_issue(COUNTY, await _listed(inspection), "assign", MAJOR)
    assert after["deadline"]["day"] < before["deadline"]["day"]
    bases = [issue["deadline"]["basis"]["terms"] for issue in (before, after)]
    assert bases == ["terms@1", "terms@2"]
    same = await inspection.send(BUREAU, "/v1/terms", change)
    assert (same.status_code, same.json()["type"]) == (409, "/problems/terms-unchanged")
    steps = await inspection.send(BUREAU, "/v1/terms", {"overdue_steps": [5, 1], "reason": "x"})
    assert steps.json()["type"] == "/problems/steps-not-rising"
    notice = await inspection.send(BUREAU, "/v1/terms", {"red_cards_notice": 1, "reason": "x"})
    assert notice.json()["type"] == "/problems/notice-before-talk"
    listed = (await inspection.get(SECRETARY, "/v1/terms")).json()["items"]
    assert [terms["id"] for terms in listed] == ["terms@2"]
