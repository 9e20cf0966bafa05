"""The shape of a plan: how many teams are based in each division, with how many visits and members from where.

Teams based in one division with one load are alike, so the programme's size depends on the divisions, not on schools
or teams. A base's teams take members so that each can have its divisions: Σ min(members of e, teams) ≥ divisions ×
teams, which is exactly when dealing them round works (see `planning_teams.formed`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.inspection.domain.planning_ground import Ground
from services.inspection.domain.planning_linear import Linear, Solved, Solver


@dataclass(frozen=True, slots=True)
class Base:
    """Teams based in a division: how many, their load, and members by division."""

    division: int
    load: int
    teams: int
    members: tuple[int, ...]


@dataclass(slots=True)
class _Group:
    place: int
    load: int
    teams: int
    members: list[int]


@dataclass(slots=True)
class _Programme:
    model: Linear
    visit_rows: list[int]
    cadre_rows: list[int]
    groups: list[_Group]


def shaped(ground: Ground, solver: Solver, *, gap: float, seconds: float) -> tuple[Base, ...] | None:
    """A shape near the cheapest, or in half the time one of even loads alone; None where the solver finds neither."""
    for spread in (1, 0):
        programme = _programme(ground, _loads(ground, spread), whole=True)
        solved = solver.whole(programme.model, gap=gap, seconds=seconds / (2 - spread))
        if solved is not None:
            return _bases(programme, solved)
    return None


def _bases(programme: _Programme, solved: Solved) -> tuple[Base, ...]:
    found = [round(value) for value in solved.values]
    return tuple(
        Base(group.place, group.load, found[group.teams], tuple(found[column] for column in group.members))
        for group in programme.groups
        if found[group.teams]
    )


def _loads(ground: Ground, spread: int) -> Sequence[int]:
    low, high = ground.even
    return range(max(0, low - spread), min(ground.most_visits, high + spread) + 1)


def _programme(ground: Ground, loads: Sequence[int], *, whole: bool) -> _Programme:
    model = Linear()
    places = range(len(ground.divisions))
    programme = _Programme(
        model,
        [model.row(n, n) for n in ground.visits_in],
        [model.row(n, n) for n in ground.hands_in],
        [],
    )
    all_teams = model.row(ground.teams, ground.teams)
    for place in places:
        visits = model.row(0, 0)
        for load in loads:
            programme.groups.append(_group(ground, programme, (place, load, visits, all_teams), whole))
        for other in places:
            km = ground.km[place][other] if other != place else 0
            detour = ground.sizes[1] * km * ground.prices.travel_weight
            model.column(detour, {visits: -1, programme.visit_rows[other]: 1}, whole=False)
    return programme


def _group(ground: Ground, programme: _Programme, at: tuple[int, int, int, int], whole: bool) -> _Group:
    model, (place, load, visits, all_teams) = programme.model, at
    small, large = ground.sizes
    divisions = ground.request.team_divisions
    at_least, at_most, mixed = model.row(0, None), model.row(None, 0), model.row(0, None)
    teams = model.column(
        ground.load_price(load),
        {visits: load, all_teams: 1, at_least: -small, at_most: -large, mixed: -divisions},
        whole=whole,
    )
    members: list[int] = []
    for home, row in enumerate(programme.cadre_rows):
        of_teams, of_members = model.row(None, 0), model.row(None, 0)
        cost = load * ground.km[home][place] * ground.prices.travel_weight
        members.append(model.column(cost, {row: 1, at_least: 1, at_most: 1, of_members: -1}, whole=whole))
        model.column(0, {mixed: 1, of_teams: 1, of_members: 1})
        model.entries[teams][of_teams] = -1
    return _Group(place, load, teams, members)
