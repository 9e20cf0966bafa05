"""Prices for the bound: a relaxation over teams, made column by column.

A column is a team: its members by division, and a load of visits in one division. The programme buys shares of teams;
its prices say which team would pay next; when none does any more, the prices are the best there are. The solver is
trusted with nothing: whatever prices come out, `planning_bound` proves what they are worth.
"""

from dataclasses import dataclass, field
from typing import Final

from services.inspection.domain.planning_bound import (
    SCALE,
    Prices,
    Seat,
    cheapest,
    lower_bound,
    may_price_meetings,
    meetings_in,
    no_prices,
    sizes_of_teams,
)
from services.inspection.domain.planning_ground import Ground
from services.inspection.domain.planning_linear import Linear, Solved, Solver

_ROUNDS: Final = 40
# Loads beyond this many above the even one pay for themselves nowhere; should they, the bound is lower, and still true.
_MORE: Final = 40
# What it costs to leave a row unmet, so that there is a solution from the first columns on.
_DEAR: Final = 100_000
_WORTH: Final = 1
_SHARE: Final = 1e-6


@dataclass(slots=True)
class _Master:
    ground: Ground
    columns: dict[tuple[Seat, tuple[int, ...]], None] = field(default_factory=dict)
    bought: set[tuple[int, int]] = field(default_factory=set)

    def solved(self, solver: Solver) -> tuple[Prices, dict[int, int]] | None:
        """Prices, and what a team of each size may cost at them, twice and in hundredths."""
        model, ground = Linear(), self.ground
        places = range(len(ground.divisions))
        visits = [model.row(n, n) for n in ground.visits_in]
        cadres = [model.row(n, n) for n in ground.hands_in]
        priced = places if may_price_meetings(ground) else range(0)
        meetings = [model.row(None, meetings_in(ground, d) / 2) for d in priced]
        teams = {size: model.row(number, number) for size, number in sizes_of_teams(ground)}
        for seat, members in self.columns:
            entries: dict[int, float] = {visits[seat.place]: seat.load, teams[seat.size]: 1}
            entries |= {cadres[d]: members[d] for d in places if members[d]}
            for d in priced:
                if members[d]:
                    entries[meetings[d]] = members[d] ** 2 / 2 + (members[d] * seat.load if d == seat.place else 0)
            model.column(self._cost(seat, members), entries)
        for row in (*visits, *cadres):
            model.column(_DEAR, {row: 1})
            model.column(_DEAR, {row: -1})
        for row in meetings:
            model.column(_DEAR, {row: -1})
        found = solver.relaxed(model)
        if found is None:
            return None
        shares = zip(self.columns, found.values, strict=False)
        self.bought = {(seat.place, seat.load) for (seat, _), share in shares if share > _SHARE}
        return _prices(found, visits, cadres, meetings), {
            size: round(2 * SCALE * found.prices[row]) for size, row in teams.items()
        }

    def _cost(self, seat: Seat, members: tuple[int, ...]) -> int:
        weight = self.ground.prices.travel_weight * seat.load
        travel = sum(weight * km * n for km, n in zip(self.ground.km[seat.place], members, strict=True))
        return travel + self.ground.load_price(seat.load)


@dataclass(frozen=True, slots=True)
class Relaxed:
    """What was proved, and where the relaxation seats teams: the (division, load) that its shares of teams have."""

    bound: int
    bought: frozenset[tuple[int, int]]


def relaxed(ground: Ground, solver: Solver) -> Relaxed:
    """The best bound that the relaxation's prices prove, and at least the one that no prices prove."""
    prices, master = no_prices(ground), _Master(ground)
    bound, allowed = lower_bound(ground, prices), dict.fromkeys(size for size, _ in sizes_of_teams(ground))
    for _ in range(_ROUNDS):
        if not _added(master, prices, allowed):
            break
        solved = master.solved(solver)
        if solved is None:
            break
        prices, allowed = solved[0], dict(solved[1])
        bound = max(bound, lower_bound(ground, prices))
    return Relaxed(bound, frozenset(master.bought))


def _added(master: _Master, prices: Prices, allowed: dict[int, int | None]) -> bool:
    """Adds every seat's cheapest team where it would pay; whether there was one."""
    ground, before = master.ground, len(master.columns)
    loads = range(min(ground.most_visits, ground.even[1] + _MORE) + 1)
    for size, most in allowed.items():
        for place in range(len(ground.divisions)):
            for load in loads:
                seat = Seat(size, place, load)
                cost, members = cheapest(ground, prices, seat)
                if most is None or cost < most - _WORTH:
                    master.columns[seat, tuple(members)] = None
    return len(master.columns) > before


def _prices(found: Solved, visits: list[int], cadres: list[int], meetings: list[int]) -> Prices:
    def scaled(rows: list[int]) -> tuple[int, ...]:
        return tuple(round(found.prices[row] * SCALE) for row in rows)

    # A row that is bounded from above has a price below nought.
    held = tuple(max(0, -price) for price in scaled(meetings)) or (0,) * len(cadres)
    return Prices(scaled(visits), scaled(cadres), held)
