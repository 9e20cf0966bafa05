"""Forming teams: members of at least so many divisions in each."""

from collections import defaultdict
from collections.abc import Iterable

from services.inspection.domain.planning_request import Blocked, Cadre, Infeasible, PlanRequest

Members = tuple[Cadre, ...]


def formed(request: PlanRequest, attempt: int) -> tuple[Members, ...]:
    """Teams of about `team_size`, every cadre in one, drawn by lot; raises `Infeasible`.

    With T teams, at most T cadres of each division are dealt round first: laid end to end and dealt to teams 0 … T-1
    in turn, no team gets two of one division, and every team gets as many divisions as rounds were dealt in full. So
    T works exactly when Σ min(cadres of the division, T) ≥ T × divisions wanted. The rest fills up afterwards.
    """
    wanted = request.team_divisions
    by_division = _by_division(request, attempt)
    teams = _how_many(request, [len(cadres) for cadres in by_division], wanted)
    first = [cadre for cadres in by_division for cadre in cadres[:teams]]
    rest = [cadre for cadres in by_division for cadre in cadres[teams:]]
    hands: list[list[Cadre]] = [[] for _ in range(teams)]
    for place, cadre in enumerate((*first, *rest)):
        hands[place % teams].append(cadre)
    return tuple(tuple(hand) for hand in _by_lot(request, attempt, hands))


def kept(request: PlanRequest, attempt: int) -> tuple[Members, ...]:
    """Last round's companions stay together and newcomers fill up; drawn anew where that breaks the divisions' rule."""
    teams = formed(request, attempt)
    went: dict[str, list[str]] = defaultdict(list)
    for person, school in sorted(request.previous):
        went[person].append(school)
    together: dict[tuple[str, ...], list[Cadre]] = defaultdict(list)
    for cadre in sorted(request.cadres, key=lambda cadre: request.drawn("cadre", attempt, cadre.person)):
        together[tuple(went[cadre.person])].append(cadre)
    newcomers = together.pop((), [])
    hands = list(together.values())
    if len(hands) != len(teams):
        return teams
    for newcomer in newcomers:
        min(hands, key=len).append(newcomer)
    division = {school.id: school.division for school in request.schools}
    if any(len({division[cadre.school] for cadre in hand}) < request.team_divisions for hand in hands):
        return teams
    return tuple(tuple(hand) for hand in _by_lot(request, attempt, hands))


def how_many_teams(request: PlanRequest) -> int:
    """As many teams of about `team_size` as the divisions' rule allows; raises `Infeasible` when there is none."""
    sizes = [len(cadres) for cadres in _by_division(request, 0)]
    return _how_many(request, sizes, request.team_divisions)


def _by_division(request: PlanRequest, attempt: int) -> list[list[Cadre]]:
    division = {school.id: school.division for school in request.schools}
    groups: dict[str, list[Cadre]] = defaultdict(list)
    for cadre in request.cadres:
        groups[division[cadre.school]].append(cadre)
    for cadres in groups.values():
        cadres.sort(key=lambda cadre: request.drawn("cadre", attempt, cadre.person))
    return [groups[name] for name in sorted(groups, key=lambda name: (-len(groups[name]), name))]


def _how_many(request: PlanRequest, sizes: list[int], wanted: int) -> int:
    if request.team_size < wanted:
        raise Infeasible((
            Blocked(
                rules=("team-divisions",),
                zh=f"每组{request.team_size}人，不足以来自{wanted}个县区（单位）",
                en=f"a team of {request.team_size} cannot come from {wanted} divisions",
            ),
        ))  # fmt: skip
    for teams in range(sum(sizes) // request.team_size, 0, -1):
        if sum(min(size, teams) for size in sizes) >= teams * wanted:
            return teams
    raise Infeasible((
        Blocked(
            rules=("team-divisions",),
            zh=f"{sum(sizes)}名党务干部来自{len(sizes)}个县区（单位），组不成{request.team_size}人、来自{wanted}个县区（单位）的督导组",
            en=f"{sum(sizes)} cadres of {len(sizes)} divisions make no team of {request.team_size} from {wanted}",
        ),
    ))  # fmt: skip


def _by_lot(request: PlanRequest, attempt: int, hands: Iterable[list[Cadre]]) -> list[list[Cadre]]:
    return sorted(hands, key=lambda hand: request.drawn("team", attempt, *sorted(c.person for c in hand)))
