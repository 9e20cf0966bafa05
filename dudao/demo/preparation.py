"""What comes before the first visit: the city is imported, the checklist published, a round opened and planned.

Every step looks first whether it was done: killed half-way, it goes on where it stopped.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

import msgspec

from contracts.registry import Calendar, Round, Team
from dudao.client.api import Act, Answered, Api
from dudao.demo.world import Assignment, World

_ROUND_LASTS: Final = timedelta(days=30)
_TEAM_SIZE: Final = 5


async def import_city(api: Api, world: World, calendars: Sequence[Calendar]) -> None:
    """The administrator imports structure, people, grants and calendars: all or nothing."""
    administrator = world.administrator
    if await api.list(administrator, "inspection", "/v1/schools"):
        return
    body = {
        "divisions": world.city.divisions,
        "schools": world.city.schools,
        "branches": world.city.branches,
        "people": world.cast.people,
        "grants": world.cast.grants,
        "calendars": calendars,
    }
    await api.act(Act(administrator, "/v1/registry/imports", body, "import-city"))


async def publish_checklist(api: Api, world: World) -> None:
    """A bureau officer publishes the checklist."""
    officer = world.bureau[0]
    known = await api.list(officer, "inspection", "/v1/checklists")
    if all(checklist["id"] != world.checklist.id for checklist in known):
        # Whether it is published is for the service to say.
        body = {name: value for name, value in msgspec.structs.asdict(world.checklist).items() if name != "state"}
        await api.act(Act(officer, "/v1/checklists", body, f"publish-{world.checklist.id}"))


async def plan_round(api: Api, world: World, today: date, seed: int) -> None:
    """A bureau officer opens the year's first round and has it planned."""
    officer = world.bureau[0]
    rounds = await api.list(officer, "inspection", "/v1/rounds")
    opened = Answered(rounds[0], int(rounds[0]["version"])) if rounds else await _open(api, world, today)
    if opened["state"] == "open":
        await _set_distances(api, world)
        path = f"/v1/rounds/{opened['id']}/plan"
        await api.act(Act(officer, path, {"team_size": _TEAM_SIZE, "seed": seed}, "plan-round", opened.version))


async def _set_distances(api: Api, world: World) -> None:
    """A bureau officer sets how far divisions lie apart, so that planning counts travel; weights stay as they are."""
    officer = world.bureau[0]
    known = await api.get(officer, "inspection", "/v1/planning/terms")
    if known["version"] == 0 and world.city.distances:
        body = {"distances": world.city.distances}
        await api.act(Act(officer, "/v1/planning/terms", body, "set-distances", method="PUT"))


async def _open(api: Api, world: World, today: date) -> Answered:
    body = {
        "year": today.year,
        "ordinal": 1,
        "title": f"{today.year}年第一轮中小学校党建常态督导",
        "starts": str(today),
        "ends": str(today + _ROUND_LASTS),
        "checklist": world.checklist.id,
    }
    return await api.act(Act(world.bureau[0], "/v1/rounds", body, "open-round"))


async def planned_visits(api: Api, world: World) -> list[Assignment]:
    """The round's visits with their teams, in the order of the plan."""
    officer = world.bureau[0]
    rounds = [msgspec.convert(row, Round) for row in await api.list(officer, "inspection", "/v1/rounds")]
    planned = next(row for row in rounds if row.state == "planned")
    rows: list[dict[str, Any]] = await api.list(officer, "inspection", "/v1/teams", round=planned.id)
    teams = {team.id: team for team in (msgspec.convert(row, Team) for row in rows)}
    return [Assignment(row.visit, row.school, teams[row.team]) for row in planned.visits]
