"""Planning over HTTP: the proof, live checks, swaps, a cadre who falls out, other days and teams, draws."""

import asyncio

import pytest

from services.inspection.domain.draw import commitment_to, drawn_from
from tests import small_city
from tests.inspection_world import Entry, World

pytestmark = pytest.mark.integration
BUREAU = small_city.BUREAU[0]
PLAN = "/v1/rounds/2026-1/plan"


async def _round(world: World) -> Entry:
    found: Entry = (await world.get(BUREAU, "/v1/rounds/2026-1")).json()
    return found


async def _teams(world: World) -> dict[str, Entry]:
    rows = (await world.get(BUREAU, "/v1/teams", round="2026-1")).json()["items"]
    return {row["id"]: row for row in rows}


async def _check(world: World, **body: object) -> Entry:
    answer = await world.send(BUREAU, f"{PLAN}/check", body)
    assert answer.status_code == 200, answer.text
    found: Entry = answer.json()
    return found


async def test_a_plan_carries_its_cost_bound_and_gap(inspection: World) -> None:
    opened = await inspection.opened_city()
    proof = opened["proof"]
    assert proof["bound"] <= proof["cost"] == proof["travel"] + proof["load"] + proof["levels"]
    assert proof["gap"] == -(-10_000 * (proof["cost"] - proof["bound"]) // proof["cost"])
    assert (proof["seed"], proof["team_size"], proof["terms"]) == (7, 3, 0)
    again = await inspection.send(BUREAU, PLAN, {"team_size": 3}, version=opened["version"])
    assert (again.status_code, again.json()["type"]) == (409, "/problems/round-not-open")


async def test_terms_are_versions_and_the_plan_says_which_counted(inspection: World) -> None:
    await inspection.done(small_city.ADMIN, "/v1/registry/imports", small_city.bundle())
    far = {"distances": [{"start": "230803", "end": "230804", "km": 400}]}
    first = await inspection.done(BUREAU, "/v1/planning/terms", far, method="PUT")
    second = await inspection.done(BUREAU, "/v1/planning/terms", {**far, "load_weight": 7}, method="PUT")
    assert (first["version"], second["version"], second["load_weight"]) == (1, 2, 7)
    assert (await inspection.get(BUREAU, "/v1/planning/terms")).json()["version"] == 2


async def test_what_blocks_a_plan_is_named(inspection: World) -> None:
    await inspection.done(small_city.ADMIN, "/v1/registry/imports", small_city.bundle())
    await inspection.done(BUREAU, "/v1/checklists", small_city.checklist())
    days = {"starts": "2026-09-21", "ends": "2026-09-21"}
    wanted = {"year": 2026, "ordinal": 1, "title": "一日", "checklist": "small@1", **days}
    opened = await inspection.done(BUREAU, "/v1/rounds", wanted)
    refused = await inspection.send(BUREAU, PLAN, {"team_size": 5}, version=opened["version"])
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/infeasible-plan")
    assert refused.json()["rules"] == ["period-too-short"]
    assert "25" in refused.json()["zh"]


async def test_a_swap_is_checked_live_and_carried_out_only_where_it_breaks_nothing(inspection: World) -> None:
    opened = await inspection.opened_city()
    teams = await _teams(inspection)
    visit = opened["visits"][0]
    own = next(id_ for id_, team in teams.items() if f"P-cadre-{visit['school']}" in team["members"])
    unlawful = {"visits": [{"school": visit["school"], "team": own}]}
    told = await _check(inspection, **unlawful)
    assert told["lawful"] is False
    assert any(found.startswith("own-school") for found in told["broken"])
    body = {**unlawful, "reason": "试"}
    refused = await inspection.send(BUREAU, f"{PLAN}/change", body, version=opened["version"])
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/breaks-plan")
    assert "own-school" in refused.json()["rules"]
    lawful = await _lawful_swap(inspection, opened)
    changed = await inspection.done(BUREAU, f"{PLAN}/change", {**lawful, "reason": "对调"}, version=opened["version"])
    for row in lawful["visits"]:
        moved = (await inspection.get(BUREAU, "/v1/visits", school=row["school"])).json()["items"][0]
        assert moved["team"] == row["team"]
        assert (row["school"], row["team"]) in {(one["school"], one["team"]) for one in changed["visits"]}


async def _lawful_swap(world: World, of_round: Entry) -> Entry:
    """Two visits that may change teams."""
    rows = of_round["visits"]
    for one in rows:
        for other in rows:
            if one["team"] < other["team"]:
                pair = [(one, other["team"]), (other, one["team"])]
                swap = {"visits": [{"school": row["school"], "team": team} for row, team in pair]}
                if (await _check(world, **swap))["lawful"]:
                    return swap
    raise AssertionError("no two visits can change teams")


async def test_when_a_cadre_falls_out_the_smallest_change_is_proposed_and_can_be_made(inspection: World) -> None:
    opened = await inspection.opened_city()
    before = await _teams(inspection)
    team = next(team for team in before.values() if len(team["members"]) > 3)
    gone = team["leader"]
    proposed = (await inspection.send(BUREAU, f"{PLAN}/replacement", {"person": gone})).json()
    assert proposed["lawful"] is True
    assert proposed["members"][0] == {"person": gone, "team": None}
    assert len(proposed["members"]) <= 2
    assert proposed["visits"] == []
    body = {"members": proposed["members"], "reason": "调离"}
    await inspection.done(BUREAU, f"{PLAN}/change", body, version=opened["version"])
    after = await _teams(inspection)
    assert gone not in {member for one in after.values() for member in one["members"]}
    assert after[team["id"]]["leader"] in after[team["id"]]["members"]
    grants = (await inspection.get(small_city.ADMIN, "/v1/grants", person=gone)).json()["items"]
    assert [row["revoked"] for row in grants if row["organisation"] == team["id"]] == [True]
    leads = (await inspection.get(small_city.ADMIN, "/v1/grants", organisation=team["id"])).json()["items"]
    assert [row["person"] for row in leads if row["role"] == "team_leader" and not row["revoked"]] == [
        after[team["id"]]["leader"]
    ]


async def test_a_visit_is_put_off_handed_over_and_cancelled_with_reasons(inspection: World) -> None:
    opened = await inspection.opened_city()
    _, visit = await inspection.leader_at("S5")
    path = f"/v1/visits/{visit['id']}"

    async def refused(verb: str, body: Entry) -> str:
        answer = await inspection.send(BUREAU, f"{path}/{verb}", {**body, "reason": "x"}, version=visit["version"])
        return str(answer.json()["type"]).removeprefix("/problems/")

    assert await refused("reschedule", {"day": "2026-09-18"}) == "day-gone"
    assert await refused("reschedule", {"day": "2026-10-03"}) == "not-a-working-day"
    day = next(day for day in ("2026-10-28", "2026-10-29") if day != visit["day"])
    put_off = {"day": day, "reason": "学校考试"}
    moved = await inspection.done(BUREAU, f"{path}/reschedule", put_off, version=visit["version"])
    assert moved["day"] == day
    planned = await _round(inspection)
    assert planned["version"] == opened["version"] + 1
    assert [row["day"] for row in planned["visits"] if row["school"] == "S5"] == [day]
    statuses = {}
    for team in await _teams(inspection):
        if team != visit["team"]:
            body = {"team": team, "reason": "组内人手不足"}
            answer = await inspection.send(BUREAU, f"{path}/hand-over", body, version=moved["version"])
            statuses[answer.status_code] = answer.json()
            if answer.status_code == 200:
                break
    if 200 in statuses:
        assert statuses[200]["team"] != visit["team"]
    assert statuses.keys() <= {200, 403, 409}
    timeline = (await inspection.get(BUREAU, f"{path}/timeline")).json()["items"]
    assert ("inspection.visit.rescheduled.v1", "学校考试") in {(row["type"], row["note"]) for row in timeline}


async def test_a_draw_is_committed_to_made_repeatable_and_binds_the_spot_check(inspection: World) -> None:
    await inspection.opened_city()
    seed, pool = "只有我们自己知道的一个足够长的种子", sorted(f"S{n}" for n in range(2, 12))
    wanted = {
        "title": "十月抽查", "pool": pool, "number": 3, "commitment": commitment_to(seed),
        "public_source": "2026-10-09 双色球开奖号码",
    }  # fmt: skip
    committed = await inspection.done(BUREAU, "/v1/draws", wanted)
    assert (committed["state"], committed["seed"], committed["drawn"]) == ("committed", None, [])
    path = f"/v1/draws/{committed['id']}/draw"
    other = {"seed": seed + "！", "public_value": "01 05 09"}
    refused = await inspection.send(BUREAU, path, other, version=committed["version"])
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/other-seed")
    drawn = await inspection.done(BUREAU, path, {**other, "seed": seed}, version=committed["version"])
    assert tuple(drawn["drawn"]) == drawn_from(tuple(pool), 3, seed, "01 05 09")
    twice = await inspection.send(BUREAU, path, {**other, "seed": seed}, version=drawn["version"])
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/already-drawn")
    statuses = [await _spot_check(inspection, school, drawn["id"]) for school in pool]
    assert {problem for problem in statuses if problem} == {"not-drawn"}
    assert statuses.count(None) == 3


async def _spot_check(world: World, school: str, draw: str) -> str | None:
    """What refuses a spot check of this school by a team that may go there; none when it is arranged."""
    problem = None
    for team in await _teams(world):
        body = {
            "kind": "spot_check", "school": school, "team": team, "day": "2026-10-12", "checklist": "small@1",
            "draw": draw,
        }  # fmt: skip
        answer = await world.send(BUREAU, "/v1/visits", body)
        if answer.status_code == 201:
            assert (answer.json()["round"], answer.json()["kind"]) == ("2026-0", "spot_check")
            return None
        problem = str(answer.json()["type"]).removeprefix("/problems/")
        if problem != "own-school":
            return problem
    return problem


async def test_a_visit_outside_rounds_has_exactly_its_own_purpose(inspection: World) -> None:
    await inspection.opened_city()
    _, issue = await inspection.submitted("S2")
    _, visit = await inspection.leader_at("S2")
    plain = {"school": "S2", "team": visit["team"], "day": "2026-10-12", "checklist": "small@1"}
    follow = await inspection.done(BUREAU, "/v1/visits", {**plain, "kind": "follow_up", "follows": [issue["id"]]})
    assert follow["follows"] == [issue["id"]]
    special = await inspection.done(BUREAU, "/v1/visits", {**plain, "kind": "special", "topic": "发展党员"})
    assert (special["topic"], special["state"]) == ("发展党员", "planned")
    both = {**plain, "kind": "special", "topic": "发展党员", "follows": [issue["id"]]}
    for body in ({**plain, "kind": "follow_up"}, {**plain, "kind": "special"}, both):
        refused = await inspection.send(BUREAU, "/v1/visits", body)
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/visit-purpose")


async def test_a_planning_that_is_stopped_leaves_the_round_open(inspection: World) -> None:
    await inspection.done(small_city.ADMIN, "/v1/registry/imports", small_city.bundle())
    await inspection.done(BUREAU, "/v1/checklists", small_city.checklist())
    wanted = {
        "year": 2026, "ordinal": 1, "title": "一轮", "starts": "2026-09-21", "ends": "2026-10-30",
        "checklist": "small@1",
    }  # fmt: skip
    opened = await inspection.done(BUREAU, "/v1/rounds", wanted)
    running = asyncio.create_task(inspection.send(BUREAU, PLAN, {"team_size": 3}, version=opened["version"]))
    while not (await inspection.send(BUREAU, "/v1/rounds/2026-1/planning/stop")).json()["stopped"]:
        assert not running.done()
        await asyncio.sleep(0)
    answer = await running
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/planning-stopped")
    assert (await _round(inspection))["state"] == "open"
    assert (await inspection.get(BUREAU, "/v1/rounds/2026-1/planning")).json() == {"planning": None}
