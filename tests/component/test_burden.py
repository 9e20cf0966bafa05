"""减负 through the HTTP API, over a real MongoDB: visits per school and term, and material that was given already."""

import pytest

from tests import small_city
from tests.inspection_world import Entry, World

pytestmark = pytest.mark.integration
BUREAU = small_city.BUREAU[0]
SCHOOL = "S2"


async def _special(world: World, team: str, day: str, **given: object) -> Entry:
    wanted = {"kind": "special", "topic": "安全", "school": SCHOOL, "team": team, "day": day, "checklist": "small@1"}
    answer = await world.send(BUREAU, "/v1/visits", {**wanted, **given})
    return {"status": answer.status_code, **answer.json()}


async def test_beyond_the_terms_cap_a_visit_needs_a_reason_that_stays(inspection: World) -> None:
    await inspection.opened_city()
    await inspection.done(BUREAU, "/v1/terms", {"reason": "减负", "visits_a_term": 2})
    _, visit = await inspection.leader_at(SCHOOL)
    team = visit["team"]
    assert (await _special(inspection, team, "2026-11-03"))["status"] == 201
    refused = await _special(inspection, team, "2026-11-04")
    assert (refused["status"], refused["type"]) == (409, "/problems/burden-cap")
    # January is of the same school term, March is of the next one.
    assert (await _special(inspection, team, "2027-01-05"))["type"] == "/problems/burden-cap"
    assert (await _special(inspection, team, "2027-03-02"))["status"] == 201
    allowed = await _special(inspection, team, "2026-11-04", reason="群众来信反映")
    assert allowed["status"] == 201
    told = (await inspection.get(BUREAU, f"/v1/visits/{allowed['id']}/timeline")).json()["items"]
    assert [row["note"] for row in told] == ["群众来信反映"]
    rows = (await inspection.get(BUREAU, "/v1/burden")).json()
    (own,) = [row for row in rows["items"] if row["school"] == SCHOOL]
    assert (rows["term"], own["visits"], own["cap"], own["reached"]) == ("2026-autumn", 3, 2, True)
    assert own["kinds"] == {"regular": 1, "special": 2}
    spring = (await inspection.get(BUREAU, "/v1/burden", term="2027-spring")).json()["items"]
    assert [(row["school"], row["visits"]) for row in spring] == [(SCHOOL, 1)]


async def test_a_cancelled_visit_is_no_burden(inspection: World) -> None:
    await inspection.opened_city()
    await inspection.done(BUREAU, "/v1/terms", {"reason": "减负", "visits_a_term": 1})
    _, visit = await inspection.leader_at(SCHOOL)
    assert (await _special(inspection, visit["team"], "2026-11-03"))["status"] == 409
    path = f"/v1/visits/{visit['id']}/cancel"
    await inspection.done(BUREAU, path, {"reason": "停课"}, version=visit["version"])
    assert (await _special(inspection, visit["team"], "2026-11-03"))["status"] == 201


async def test_a_reader_counts_what_they_may_see_and_no_more(inspection: World) -> None:
    await inspection.opened_city()
    assert len((await inspection.get(BUREAU, "/v1/burden", limit=100)).json()["items"]) == 25
    assert (await inspection.get("P-secretary-B2", "/v1/burden")).json()["items"] == []
    refused = await inspection.get(BUREAU, "/v1/burden", term="2026-winter")
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/not-a-term")
    first = (await inspection.get(BUREAU, "/v1/burden", limit=20)).json()
    second = (await inspection.get(BUREAU, "/v1/burden", limit=20, cursor=first["next"])).json()
    assert (len(first["items"]), len(second["items"]), second["next"]) == (20, 5, None)


async def test_what_was_given_for_an_item_is_offered_again(inspection: World) -> None:
    await inspection.opened_city()
    leader, visit = await inspection.leader_at(SCHOOL)
    piece = await inspection.evidence(leader, SCHOOL)
    answers = {"answers": [{"item": "C1", "value": True, "evidence": [piece]}]}
    await inspection.done(leader, f"/v1/visits/{visit['id']}/answers", answers, method="PUT")
    path = f"/v1/schools/{SCHOOL}/material"
    (row,) = (await inspection.get(leader, path, item="C1")).json()["items"]
    assert (row["id"], row["given_for"]) == (piece, [f"visit/{visit['id']}"])
    assert (await inspection.get(leader, path, item="C2")).json()["items"] == []
    # Before the visit is submitted the school's own people see nothing of it.
    assert (await inspection.get("P-secretary-B2", path, item="C1")).json()["items"] == []
    assert (await inspection.get("P-secretary-B3", path, item="C1")).json()["items"] == []


async def test_a_round_that_takes_schools_beyond_the_cap_needs_a_reason_that_stays(inspection: World) -> None:
    await inspection.opened_city()
    await inspection.done(BUREAU, "/v1/terms", {"reason": "减负", "visits_a_term": 2})
    _, visit = await inspection.leader_at(SCHOOL)
    assert (await _special(inspection, visit["team"], "2026-11-03"))["status"] == 201
    wanted = {
        "year": 2026, "ordinal": 2, "title": "2026年第二轮", "starts": "2026-11-02", "ends": "2026-12-11",
        "checklist": "small@1",
    }  # fmt: skip
    opened = await inspection.done(BUREAU, "/v1/rounds", wanted)
    path, plan = f"/v1/rounds/{opened['id']}/plan", {"team_size": 3, "seed": 7}
    answer = await inspection.send(BUREAU, path, plan, version=opened["version"])
    told = answer.json()
    assert (answer.status_code, told["type"]) == (409, "/problems/burden-cap-planned"), answer.text
    # Every other school has had one visit, and has its second with this round.
    assert told["schools"] == [SCHOOL]
    assert "第2学校" in told["zh"]
    assert (await inspection.get(BUREAU, f"/v1/rounds/{opened['id']}")).json()["state"] == "open"
    planned = await inspection.done(BUREAU, path, {**plan, "reason": "年度考核"}, version=opened["version"])
    assert planned["state"] == "planned"
    third = next(
        row for row in (await inspection.get(BUREAU, "/v1/visits", school=SCHOOL)).json()["items"]
        if row["round"] == opened["id"]
    )  # fmt: skip
    (row,) = (await inspection.get(BUREAU, f"/v1/visits/{third['id']}/timeline")).json()["items"]
    assert row["note"] == "年度考核"
