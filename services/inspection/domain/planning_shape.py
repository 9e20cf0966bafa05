"""The shape of a plan: how many teams are based in each division, with how many visits and members from where.

Teams based in one division with one load are alike, so the programme's size depends on the divisions, not on schools
or teams. A base's teams take members so that each can have its divisions: Σ min(members of e, teams) ≥ divisions ×
teams, which is exactly when dealing them round works (see `planning_teams.formed`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from services.inspection.domain.planning_bound import may_price_meetings, meetings_in
from services.inspection.domain.planning_ground import Ground
from services.inspection.domain.planning_linear import Linear, Solved, Solver

_NEAREST: Final = 12


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
    members: dict[int, tuple[int, int]]


@dataclass(slots=True)
class _Programme:
    model: Linear
    visit_rows: list[int]
    cadre_rows: list[int]
    meeting_rows: list[int]
    groups: list[_Group]


def shaped(
    ground: Ground, solver: Solver, bought: Iterable[tuple[int, int]], *, gap: float, seconds: float
) -> tuple[Base, ...] | None:
    """A shape near the cheapest, or else one of loads near the even one; None where neither is found in time.

    `bought` are the (division, load) that the relaxation would seat teams at. First how many teams sit where, then,
    with that fixed, who is in them: what is left is a transport, whose corners are whole almost by themselves.
    """
    for seats in (_near(ground, bought), _even(ground)):
        programme = _programme(ground, seats)
        counted = solver.whole(programme.model, gap=gap, seconds=seconds / 2)
        if counted is None:
            continue
        _fix(programme, counted)
        peopled = solver.whole(programme.model, gap=gap, seconds=seconds / 4)
        if peopled is not None:
            return _bases(programme, peopled)
    return None


def _near(ground: Ground, bought: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The seats bought, and those with a visit more or less; teams that visit nothing are alike wherever they sit."""
    near = {(place, load + more) for place, load in bought if load for more in (-1, 0, 1)}
    return (0, 0), *sorted((place, load) for place, load in near if 0 < load <= ground.most_visits)


def _even(ground: Ground) -> tuple[tuple[int, int], ...]:
    low, high = ground.even
    loads = range(max(1, low - 1), min(ground.most_visits, high + 1) + 1)
    return (0, 0), *((place, load) for place in range(len(ground.divisions)) for load in loads)


def _neighbours(ground: Ground, place: int) -> Sequence[int]:
    """The divisions from which a visit pays; teams that visit nothing take anybody."""
    return sorted(range(len(ground.divisions)), key=lambda other: (other != place, ground.km[place][other]))[:_NEAREST]


def _programme(ground: Ground, seats: Sequence[tuple[int, int]]) -> _Programme:
    model = Linear()
    places = range(len(ground.divisions))
    programme = _Programme(
        model,
        [model.row(n, n) for n in ground.visits_in],
        [model.row(n, n) for n in ground.hands_in],
        [model.row(None, meetings_in(ground, d)) for d in places] if may_price_meetings(ground) else [],
        [],
    )
    # A meeting too many costs as much as the farthest way: a shape with a few can be laid out, with some exchanges.
    farthest = max(map(max, ground.km)) * ground.prices.travel_weight
    for row in programme.meeting_rows:
        model.column(farthest, {row: -1})
    all_teams = model.row(ground.teams, ground.teams)
    pools = [model.row(0, 0) for _ in places]
    for place, load in seats:
        programme.groups.append(_group(ground, programme, (place, load, pools[place], all_teams)))
    for place in sorted({place for place, load in seats if load}):
        for other in _neighbours(ground, place):
            km = ground.km[place][other] if other != place else 0
            detour = ground.sizes[1] * km * ground.prices.travel_weight
            model.column(detour, {pools[place]: -1, programme.visit_rows[other]: 1})
    return programme


def _group(ground: Ground, programme: _Programme, at: tuple[int, int, int, int]) -> _Group:
    model, (place, load, visits, all_teams) = programme.model, at
    small, large = ground.sizes
    at_least, at_most, mixed = model.row(0, None), model.row(None, 0), model.row(0, None)
    teams = model.column(
        ground.load_price(load),
        {visits: load, all_teams: 1, at_least: -small, at_most: -large, mixed: -ground.request.team_divisions},
        whole=True,
    )
    group = _Group(place, load, teams, {})
    for home in _neighbours(ground, place) if load else range(len(ground.divisions)):
        row = programme.cadre_rows[home]
        cost = load * ground.km[home][place] * ground.prices.travel_weight
        # The first of a division in each team count for the mixture, more of them do not.
        one_each = model.row(None, 0)
        model.entries[teams][one_each] = -1
        first = model.column(cost, {row: 1, at_least: 1, at_most: 1, mixed: 1, one_each: 1})
        group.members[home] = first, model.column(cost, {row: 1, at_least: 1, at_most: 1})
    if load:
        _keep_apart(ground, programme, group)
    return group


def _keep_apart(ground: Ground, programme: _Programme, group: _Group) -> None:
    """Teams visit no home of their members, and of two teams only one visits the other's (see `planning_bound`).

    The square of h members is at least (2k + 1)h - k(k + 1), whatever the whole number k.
    """
    model, place = programme.model, group.place
    room = model.row(None, 0)
    model.entries[group.teams][room] = group.load - ground.visits_in[place]
    for column in group.members[place]:
        model.entries[column][room] = 1
    if not programme.meeting_rows:
        return
    squares = model.column(0, {programme.meeting_rows[place]: 1})
    for column in group.members[place]:
        model.entries[column][programme.meeting_rows[place]] = 2 * group.load
    for k in range(1, ground.sizes[1]):
        row = model.row(None, 0)
        model.entries[squares][row] = -1
        model.entries[group.teams][row] = -k * (k + 1)
        for column in group.members[place]:
            model.entries[column][row] = 2 * k + 1


def _fix(programme: _Programme, counted: Solved) -> None:
    model = programme.model
    for group in programme.groups:
        number = round(counted.values[group.teams])
        model.entries[group.teams][model.row(number, number)] = 1
        for columns in group.members.values():
            for column in columns:
                model.whole[column] = True


def _bases(programme: _Programme, solved: Solved) -> tuple[Base, ...]:
    found = [round(value) for value in solved.values]
    homes = range(len(programme.cadre_rows))
    return tuple(
        Base(
            group.place,
            group.load,
            found[group.teams],
            tuple(sum(found[column] for column in group.members.get(home, ())) for home in homes),
        )
        for group in programme.groups
        if found[group.teams]
    )
