"""A plan in the making: who is in which team, which team visits which school; conflicts and cost kept as it changes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from services.inspection.domain.planning_ground import Ground

NOBODY: Final = -1
SHORT: Final = 1000
"""Conflicts counted for each division that a team lacks: a shape has none, and nothing is worth one."""


class Arrangement:
    """Teams by number. `conflicts` counts breaches of hard rules, `travel + load + levels` is the plan's cost.

    Everything is changed by taking a school or a cadre out of its team and putting it into one; both sums follow.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        teams = range(ground.teams)
        self.team_of_stop = [NOBODY] * len(ground.stops)
        self.team_of_hand = [NOBODY] * len(ground.hands)
        self.members: list[set[int]] = [set() for _ in teams]
        self.visits: list[set[int]] = [set() for _ in teams]
        self.conflicts = SHORT * ground.teams * ground.request.team_divisions
        self.travel = 0
        self.load = ground.teams * ground.load_price(0)
        self.levels = ground.teams * ground.levels_price(0)
        self._reciprocal_counts = "reciprocal-pair" not in ground.request.waived
        weight = ground.prices.travel_weight
        self._prices = tuple(tuple(weight * km for km in row) for row in ground.km)
        # What a visit to each division costs a team in travel.
        self._way: list[list[int]] = [[0] * len(ground.divisions) for _ in teams]
        # Visits of a team to homes of another's members, by both teams.
        self._met: list[defaultdict[int, int]] = [defaultdict(int) for _ in teams]
        self._home_divisions: list[defaultdict[int, int]] = [defaultdict(int) for _ in teams]
        self._home_levels: list[defaultdict[str, int]] = [defaultdict(int) for _ in teams]
        self._home_branches: list[defaultdict[str, int]] = [defaultdict(int) for _ in teams]
        self._seen_divisions: list[defaultdict[int, int]] = [defaultdict(int) for _ in teams]
        self._seen_branches: list[defaultdict[str, int]] = [defaultdict(int) for _ in teams]
        self._been_at: list[list[int]] = [[] for _ in ground.stops]
        for number, hand in enumerate(ground.hands):
            for stop in hand.been:
                self._been_at[stop].append(number)

    @property
    def cost(self) -> int:
        """The plan's cost by the planning terms."""
        return self.travel + self.load + self.levels

    def put_stop(self, stop: int, team: int) -> None:
        """The team visits the school."""
        place = self.ground.stops[stop]
        self.conflicts += self._unfit(stop, team)
        for hand in place.cadres:
            self._meet(team, self.team_of_hand[hand], 1)
        self.travel += self._way[team][place.division]
        self._load_by(team, 1)
        self.visits[team].add(stop)
        self.team_of_stop[stop] = team
        self._seen_divisions[team][place.division] += 1
        self._seen_branches[team][place.branch] += 1

    def take_stop(self, stop: int) -> int:
        """Nobody visits the school; the team that did."""
        team, place = self.team_of_stop[stop], self.ground.stops[stop]
        self._load_by(team, -1)
        self.visits[team].discard(stop)
        self.team_of_stop[stop] = NOBODY
        self._seen_divisions[team][place.division] -= 1
        self._seen_branches[team][place.branch] -= 1
        self.travel -= self._way[team][place.division]
        for hand in place.cadres:
            self._meet(team, self.team_of_hand[hand], -1)
        self.conflicts -= self._unfit(stop, team)
        return team

    def put_hand(self, hand: int, team: int) -> None:
        """The cadre is a member of the team."""
        who = self.ground.hands[hand]
        self._divisions_by(team, who.division, 1)
        self._levels_by(team, who.level, 1)
        self._travel_by(team, who.division, 1)
        self.conflicts += self._misplaced(hand, team)
        self._meet(self.team_of_stop[who.home], team, 1)
        self._home_branches[team][who.branch] += 1
        self.members[team].add(hand)
        self.team_of_hand[hand] = team

    def take_hand(self, hand: int) -> int:
        """The cadre is in no team; the team they were in."""
        team, who = self.team_of_hand[hand], self.ground.hands[hand]
        self.team_of_hand[hand] = NOBODY
        self.members[team].discard(hand)
        self._home_branches[team][who.branch] -= 1
        self._meet(self.team_of_stop[who.home], team, -1)
        self.conflicts -= self._misplaced(hand, team)
        self._travel_by(team, who.division, -1)
        self._levels_by(team, who.level, -1)
        self._divisions_by(team, who.division, -1)
        return team

    def swap_stops(self, one: int, other: int) -> None:
        """Their teams visit each other's school."""
        to, back = self.take_stop(other), self.take_stop(one)
        self.put_stop(one, to)
        self.put_stop(other, back)

    def swap_hands(self, one: int, other: int) -> None:
        """The cadres change places."""
        to, back = self.take_hand(other), self.take_hand(one)
        self.put_hand(one, to)
        self.put_hand(other, back)

    def move_stop(self, stop: int, team: int) -> None:
        """Another team visits the school."""
        self.take_stop(stop)
        self.put_stop(stop, team)

    def way_of_stops(self, one: int, other: int) -> int:
        """What swapping the schools would add to travel."""
        here, there = self._way[self.team_of_stop[one]], self._way[self.team_of_stop[other]]
        a, b = self.ground.stops[one].division, self.ground.stops[other].division
        return here[b] - here[a] + there[a] - there[b]

    def way_of_move(self, stop: int, team: int) -> int:
        """What another team's visit would add to travel."""
        place = self.ground.stops[stop].division
        return self._way[team][place] - self._way[self.team_of_stop[stop]][place]

    def way_of_hands(self, one: int, other: int) -> int:
        """What swapping the cadres would add to travel."""
        a, b = self.ground.hands[one].division, self.ground.hands[other].division
        if a == b:
            return 0
        here, there = self.team_of_hand[one], self.team_of_hand[other]
        mine, theirs = self._prices[a], self._prices[b]
        more = sum((theirs[place] - mine[place]) * n for place, n in self._seen_divisions[here].items())
        return more + sum((mine[place] - theirs[place]) * n for place, n in self._seen_divisions[there].items())

    def at_fault(self, stop: int) -> list[int]:
        """Cadres because of whom the school's visit breaks a rule: members of its team, or its own in a team met."""
        team, place = self.team_of_stop[stop], self.ground.stops[stop]
        wrong = [hand for hand in self.members[team] if self.ground.hands[hand].branch == place.branch]
        wrong += [hand for hand in self._been_at[stop] if self.team_of_hand[hand] == team]
        for hand in place.cadres:
            other = self.team_of_hand[hand]
            if other not in (team, NOBODY) and self._met[team][other] and self._met[other][team]:
                wrong.append(hand)
        return wrong

    def short_of_divisions(self) -> list[int]:
        """Teams whose members come from too few divisions."""
        wanted = self.ground.request.team_divisions
        return [team for team in range(self.ground.teams) if self._distinct(team) < wanted]

    def copied(self) -> tuple[list[int], list[int]]:
        """Teams of stops and of hands, to come back to."""
        return list(self.team_of_stop), list(self.team_of_hand)

    def _unfit(self, stop: int, team: int) -> int:
        returning = sum(self.team_of_hand[hand] == team for hand in self._been_at[stop])
        return self._home_branches[team][self.ground.stops[stop].branch] + returning

    def _misplaced(self, hand: int, team: int) -> int:
        who = self.ground.hands[hand]
        returning = sum(self.team_of_stop[stop] == team for stop in who.been)
        return self._seen_branches[team][who.branch] + returning

    def _meet(self, team: int, home: int, by: int) -> None:
        if NOBODY in (team, home) or team == home or not self._reciprocal_counts:
            return
        back = self._met[home][team]
        before = self._met[team][home]
        self._met[team][home] = before + by
        self.conflicts += min(before + by, back) - min(before, back)

    def _travel_by(self, team: int, home: int, by: int) -> None:
        way, prices = self._way[team], self._prices[home]
        for place, price in enumerate(prices):
            way[place] += by * price
        self.travel += by * self._ways_from(team, home)

    def _ways_from(self, team: int, home: int) -> int:
        prices = self._prices[home]
        return sum(prices[place] * n for place, n in self._seen_divisions[team].items())

    def _load_by(self, team: int, by: int) -> None:
        load = len(self.visits[team])
        self.load += self.ground.load_price(load + by) - self.ground.load_price(load)

    def _levels_by(self, team: int, level: str, by: int) -> None:
        levels = self._home_levels[team]
        before = sum(n > 0 for n in levels.values())
        levels[level] += by
        after = sum(n > 0 for n in levels.values())
        self.levels += self.ground.levels_price(after) - self.ground.levels_price(before)

    def _distinct(self, team: int) -> int:
        return sum(n > 0 for n in self._home_divisions[team].values())

    def _divisions_by(self, team: int, division: int, by: int) -> None:
        wanted = self.ground.request.team_divisions
        before = max(0, wanted - self._distinct(team))
        self._home_divisions[team][division] += by
        self.conflicts += SHORT * (max(0, wanted - self._distinct(team)) - before)


def arranged(ground: Ground, teams: Iterable[Iterable[int]], visits: Mapping[int, int]) -> Arrangement:
    """An arrangement of these teams of cadres, and school → team."""
    made = Arrangement(ground)
    for team, hands in enumerate(teams):
        for hand in hands:
            made.put_hand(hand, team)
    for stop, team in visits.items():
        made.put_stop(stop, team)
    return made
