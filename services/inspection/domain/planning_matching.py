"""Giving each school to one team: a bipartite matching with a load per team."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence


def one_way(teams: int) -> Callable[[int, int], bool]:
    """Whether team `a` may visit schools of team `b`'s members: for every pair exactly one of the two directions.

    Teams stand in a circle; each looks at the half before it. So no reciprocal pair can come about.
    """
    half = teams / 2

    def may(a: int, b: int) -> bool:
        ahead = (b - a) % teams
        return 0 < ahead < half or (ahead == half and a < b)

    return may


def matched(open_to: Mapping[str, Sequence[int]], teams: int) -> dict[str, int]:
    """School → team, as many schools as can be; loads as even as can be, raised one by one.

    Kuhn's augmenting paths with a capacity per team: a path never lowers a team's load, so loads differ by more than
    one only where the rules force it. O(schools × edges).
    """
    given: dict[str, int] = {}
    load: dict[int, set[str]] = defaultdict(set)
    waiting = list(open_to)
    capacity = len(open_to) // max(teams, 1)
    while waiting and capacity <= len(open_to):
        waiting = [school for school in waiting if not _augment(school, open_to, given, load, capacity)]
        capacity += 1
    return given


def _augment(
    school: str, open_to: Mapping[str, Sequence[int]], given: dict[str, int], load: dict[int, set[str]], capacity: int
) -> bool:
    """Finds a free place by breadth: who could move on to make room; then moves all along the path."""
    came_by: dict[int, str] = {}
    queue = [school]
    for asking in queue:
        for team in open_to[asking]:
            if team in came_by:
                continue
            came_by[team] = asking
            if len(load[team]) < capacity:
                _move(team, school, came_by, given, load)
                return True
            queue.extend(sorted(load[team]))
    return False


def _move(team: int, school: str, came_by: Mapping[int, str], given: dict[str, int], load: dict[int, set[str]]) -> None:
    moving = came_by[team]
    while moving != school:
        before = given[moving]
        load[before].discard(moving)
        _settle(moving, team, given, load)
        team = before
        moving = came_by[team]
    _settle(moving, team, given, load)


def _settle(school: str, team: int, given: dict[str, int], load: dict[int, set[str]]) -> None:
    given[school] = team
    load[team].add(school)
