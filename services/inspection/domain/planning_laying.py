"""From a shape to people and schools: bases get cadres and visits, by lot where the shape leaves it open."""

from collections.abc import Sequence
from random import Random

from services.inspection.domain.planning_arrangement import Arrangement, arranged
from services.inspection.domain.planning_ground import Ground
from services.inspection.domain.planning_shape import Base


def laid_out(ground: Ground, shape: Sequence[Base], lot: Random) -> Arrangement:
    """Every cadre in a team and every school with one; hard rules may still be broken."""
    by_division = _shuffled(ground.divisions, [hand.division for hand in ground.hands], lot)
    to_visit = _shuffled(ground.divisions, [stop.division for stop in ground.stops], lot)
    teams: list[list[int]] = []
    wishes: list[tuple[int, int]] = []
    for base in shape:
        dealt = [[by_division[home].pop() for _ in range(n)] for home, n in enumerate(base.members)]
        teams += _dealt(dealt, base.teams)
        wishes += [(base.division, base.load)] * base.teams
    visits: dict[int, int] = {}
    for team, (place, load) in enumerate(wishes):
        for _ in range(min(load, len(to_visit[place]))):
            visits[to_visit[place].pop()] = team
    _place_left_over(ground, to_visit, wishes, visits)
    return arranged(ground, teams, visits)


def _shuffled(divisions: Sequence[str], placed: Sequence[int], lot: Random) -> list[list[int]]:
    rows: list[list[int]] = [[] for _ in divisions]
    for number, division in enumerate(placed):
        rows[division].append(number)
    for row in rows:
        lot.shuffle(row)
    return rows


def _dealt(members: list[list[int]], teams: int) -> list[list[int]]:
    """At most `teams` of each division are dealt round first, so that no team gets two of one (see `formed`)."""
    largest_first = sorted(members, key=len, reverse=True)
    first = [hand for hands in largest_first for hand in hands[:teams]]
    rest = [hand for hands in largest_first for hand in hands[teams:]]
    hands: list[list[int]] = [[] for _ in range(teams)]
    for place, hand in enumerate((*first, *rest)):
        hands[place % teams].append(hand)
    return hands


def _place_left_over(
    ground: Ground, to_visit: list[list[int]], wishes: Sequence[tuple[int, int]], visits: dict[int, int]
) -> None:
    """Schools beyond what the bases of their division take: to the nearest base with room, then with the least."""
    loads = [0] * len(wishes)
    for team in visits.values():
        loads[team] += 1
    for division, stops in enumerate(to_visit):
        for stop in stops:
            ranked = [
                (max(0, loads[team] + 1 - room), ground.km[place][division], team)
                for team, (place, room) in enumerate(wishes)
            ]
            team = min(ranked)[2]
            visits[stop] = team
            loads[team] += 1
