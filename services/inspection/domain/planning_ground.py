"""The ground a plan stands on: schools, cadres and prices by number, in an order that no input order changes."""

from dataclasses import dataclass
from functools import cached_property

from services.inspection.domain.planning_request import Blocked, Infeasible, PlanRequest
from services.inspection.domain.planning_teams import how_many_teams
from services.inspection.domain.planning_terms import PlanningTerms


@dataclass(frozen=True, slots=True)
class Stop:
    """A school to be visited: its division's number, its branch, its cadres' numbers."""

    id: str
    division: int
    branch: str
    cadres: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Hand:
    """A cadre: home school's number, its division's, branch and level, and the schools that may not be revisited."""

    person: str
    home: int
    division: int
    branch: str
    level: str
    been: frozenset[int]


@dataclass(frozen=True)
class Ground:
    """Everything about a request that the search reads, by number; costs are integers."""

    request: PlanRequest
    prices: PlanningTerms
    divisions: tuple[str, ...]
    stops: tuple[Stop, ...]
    hands: tuple[Hand, ...]
    km: tuple[tuple[int, ...], ...]
    teams: int

    @cached_property
    def visits_in(self) -> tuple[int, ...]:
        """Schools to be visited, per division."""
        return self._counted([stop.division for stop in self.stops])

    @cached_property
    def hands_in(self) -> tuple[int, ...]:
        """Cadres, per division."""
        return self._counted([hand.division for hand in self.hands])

    def _counted(self, divisions: list[int]) -> tuple[int, ...]:
        return tuple(divisions.count(d) for d in range(len(self.divisions)))

    @property
    def sizes(self) -> tuple[int, int]:
        """The smallest and the largest team: sizes differ by at most one."""
        return len(self.hands) // self.teams, -(-len(self.hands) // self.teams)

    @property
    def even(self) -> tuple[int, int]:
        """The loads that cost nothing: visits per team, rounded down and up."""
        return len(self.stops) // self.teams, -(-len(self.stops) // self.teams)

    @cached_property
    def most_visits(self) -> int:
        """As many as a team can make within the period."""
        return len(self.request.working_days()) * self.request.terms.visits_a_day

    def load_price(self, load: int) -> int:
        """What a team with so many visits costs beyond its travel."""
        low, high = self.even
        return self.prices.load_weight * max(0, low - load, load - high) ** 2

    def levels_price(self, levels: int) -> int:
        """What a team with members of so many school levels costs."""
        return self.prices.levels_weight * max(0, self.prices.levels_wanted - levels)


def ground_of(request: PlanRequest, prices: PlanningTerms) -> Ground:
    """Raises `Infeasible` when no teams can be formed or the period cannot hold the visits."""
    schools = sorted(request.schools, key=lambda school: school.id)
    number = {school.id: n for n, school in enumerate(schools)}
    divisions = tuple(sorted({school.division for school in schools}))
    place = {division: n for n, division in enumerate(divisions)}
    cadres = sorted(request.cadres, key=lambda cadre: cadre.person)
    been: dict[str, set[int]] = {cadre.person: set() for cadre in cadres}
    for person, school in request.previous:
        if person in been and school in number and "previous-round" not in request.waived:
            been[person].add(number[school])
    homes = [number[cadre.school] for cadre in cadres]
    seconded: list[list[int]] = [[] for _ in schools]
    for hand, home in enumerate(homes):
        seconded[home].append(hand)
    return Ground(
        request=request,
        prices=prices,
        divisions=divisions,
        stops=tuple(
            Stop(school.id, place[school.division], school.branch, tuple(seconded[n]))
            for n, school in enumerate(schools)
        ),
        hands=tuple(
            Hand(
                cadre.person,
                home,
                place[schools[home].division],
                schools[home].branch,
                schools[home].level,
                frozenset(been[cadre.person]),
            )
            for cadre, home in zip(cadres, homes, strict=True)
        ),
        km=kilometres(divisions, prices),
        teams=how_many_teams(request),
    )


def kilometres(divisions: tuple[str, ...], prices: PlanningTerms) -> tuple[tuple[int, ...], ...]:
    """The matrix between divisions. A pair nobody measured is as far as the farthest that was (none: `within_km`)."""
    known = {(row.start, row.end): row.km for row in prices.distances}
    known |= {(end, start): km for (start, end), km in known.items()}
    far = max((row.km for row in prices.distances), default=prices.within_km)
    return tuple(tuple(prices.within_km if a == b else known.get((a, b), far) for b in divisions) for a in divisions)


def too_short(ground: Ground) -> Infeasible | None:
    """Why the period cannot hold the visits, if it cannot: a proof, since loads are free."""
    capacity = ground.teams * ground.most_visits
    if len(ground.stops) <= capacity:
        return None
    days = len(ground.request.working_days())
    zh = f"须督导{len(ground.stops)}所学校，而{ground.teams}个组在{days}个工作日内至多督导{capacity}所"
    en = f"{len(ground.stops)} schools, and {ground.teams} teams can visit {capacity} within {days} working days"
    return Infeasible((Blocked(rules=("period-too-short",), zh=zh, en=en),))
