"""Making an arrangement lawful, then cheaper: simulated annealing by swaps, drawn by lot from the round's seed.

A breach of a hard rule has a price that rises from stage to stage; the last stage buys none. Most swaps are refused by
the change in travel alone, before anything is moved.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import log
from random import Random
from typing import Final

from services.inspection.domain.planning_arrangement import Arrangement

_ASK_EVERY: Final = 2048
_MOST_BROKEN: Final = 3
_WIDTH: Final = 30
_SIDEWAYS: Final = 0.25
# Shares of the tries: cadres swapped, schools swapped (the rest: a school moved); swaps across divisions.
_HANDS: Final = 0.4
_STOPS: Final = 0.5
_FELLOWS: Final = 0.5
Undo = Callable[[], None]
Swap = Callable[[int, int, float], Undo | None]


@dataclass(frozen=True, slots=True)
class Stage:
    """So many tries, cooling from `heat` (in cost) to nothing, at `price` for each breach of a rule."""

    tries: int
    heat: float
    price: int


class Search:
    """Swaps on one arrangement; `goes_on` is asked now and then, and stops the search when it says no."""

    def __init__(self, plan: Arrangement, lot: Random, goes_on: Callable[[], bool]) -> None:
        self.plan = plan
        self._lot = lot
        self._goes_on = goes_on
        ground = plan.ground
        self._stops_in = [
            [n for n, s in enumerate(ground.stops) if s.division == d] for d in range(len(ground.divisions))
        ]
        self._hands_in = [
            [n for n, h in enumerate(ground.hands) if h.division == d] for d in range(len(ground.divisions))
        ]

    def anneal(self, stage: Stage) -> None:
        """One stage. It ends cold, so what it ends with is its best, or hardly dearer."""
        plan = self.plan
        for number in range(stage.tries):
            if number % _ASK_EVERY == 0 and not self._goes_on():
                break
            allowed = -log(1 - self._lot.random()) * stage.heat * (1 - number / stage.tries)
            conflicts, cost = plan.conflicts, plan.cost
            undo = self._try(allowed + stage.price * min(conflicts, _MOST_BROKEN))
            if undo is None:
                continue
            if plan.cost - cost + stage.price * (plan.conflicts - conflicts) > allowed:
                undo()

    def mend(self, price: int, sweeps: int) -> None:
        """Looks for the best of several swaps wherever a rule is broken, `price` being what mending one is worth."""
        for _ in range(sweeps):
            wrong = [stop for stop in range(len(self.plan.team_of_stop)) if self.plan.at_fault(stop)]
            self._lot.shuffle(wrong)
            if not wrong or not self._goes_on():
                break
            for stop in wrong:
                self._mend(stop, price)

    def _mend(self, stop: int, price: int) -> None:
        plan = self.plan
        faulty = plan.at_fault(stop)
        if not faulty:
            return
        start, best, chosen = plan.cost + price * plan.conflicts, 0, None
        for swap, one, other in self._remedies(stop, faulty):
            undo = swap(one, other, price * _MOST_BROKEN)
            if undo is None:
                continue
            change = plan.cost + price * plan.conflicts - start
            if change < best or (change == best and chosen is None and self._lot.random() < _SIDEWAYS):
                best, chosen = change, (swap, one, other)
            undo()
        if chosen is not None:
            swap, one, other = chosen
            swap(one, other, price * _MOST_BROKEN)

    def _remedies(self, stop: int, faulty: Sequence[int]) -> Iterator[tuple[Swap, int, int]]:
        place = self.plan.ground.stops[stop].division
        for other in self._some(self._stops_in[place], _WIDTH):
            yield self._swap_stops, stop, other
        for other in self._some(range(len(self.plan.team_of_stop)), _WIDTH):
            yield self._swap_stops, stop, other
        for hand in faulty[:_MOST_BROKEN]:
            for other in self._some(self._hands_in[self.plan.ground.hands[hand].division], _WIDTH):
                yield self._swap_hands, hand, other
            for other in self._some(range(len(self.plan.team_of_hand)), _WIDTH):
                yield self._swap_hands, hand, other

    def _some(self, among: Sequence[int], width: int) -> Sequence[int]:
        return among if len(among) <= width else self._lot.sample(among, width)

    def _try(self, most: float) -> Undo | None:
        """Makes a change drawn by lot unless its travel alone costs more than `most`; how to undo it."""
        drawn = self._lot.random()
        if drawn < _HANDS:
            return self._swap_hands(*self._pair(self._hands_in, self.plan.team_of_hand), most)
        if drawn < _HANDS + _STOPS:
            return self._swap_stops(*self._pair(self._stops_in, self.plan.team_of_stop), most)
        return self._move_stop(self._lot.randrange(len(self.plan.team_of_stop)), most)

    def _pair(self, by_division: Sequence[Sequence[int]], everybody: Sequence[int]) -> tuple[int, int]:
        """Two at random, every other time of one division: swapping those changes no travel."""
        lot = self._lot
        one = lot.randrange(len(everybody))
        if lot.random() < _FELLOWS:
            return one, lot.randrange(len(everybody))
        rows = self.plan.ground.stops if everybody is self.plan.team_of_stop else self.plan.ground.hands
        fellows = by_division[rows[one].division]
        return one, fellows[lot.randrange(len(fellows))]

    def _swap_stops(self, one: int, other: int, most: float) -> Undo | None:
        plan = self.plan
        if plan.team_of_stop[one] == plan.team_of_stop[other] or plan.way_of_stops(one, other) > most:
            return None
        plan.swap_stops(one, other)
        return lambda: plan.swap_stops(one, other)

    def _swap_hands(self, one: int, other: int, most: float) -> Undo | None:
        plan = self.plan
        if plan.team_of_hand[one] == plan.team_of_hand[other] or plan.way_of_hands(one, other) > most:
            return None
        plan.swap_hands(one, other)
        return lambda: plan.swap_hands(one, other)

    def _move_stop(self, stop: int, most: float) -> Undo | None:
        plan = self.plan
        team, before = self._lot.randrange(plan.ground.teams), plan.team_of_stop[stop]
        if team == before or len(plan.visits[team]) >= plan.ground.most_visits:
            return None
        if plan.way_of_move(stop, team) > most:
            return None
        plan.move_stop(stop, team)
        return lambda: plan.move_stop(stop, before)
