"""A round's plan near the cheapest, with the proof of how near: relaxation, shape, people and schools, search."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final, Protocol

from services.inspection.domain.planning import RoundPlan, known_schools, plan_round, written
from services.inspection.domain.planning_arrangement import Arrangement, arranged
from services.inspection.domain.planning_check import violations
from services.inspection.domain.planning_columns import relaxed
from services.inspection.domain.planning_ground import Ground, ground_of, too_short
from services.inspection.domain.planning_laying import laid_out
from services.inspection.domain.planning_linear import Solver
from services.inspection.domain.planning_request import Blocked, Cadre, Infeasible, PlanRequest
from services.inspection.domain.planning_search import Search, Stage
from services.inspection.domain.planning_shape import Base, shaped
from services.inspection.domain.planning_terms import PlanningTerms
from services.inspection.domain.round import PlanProof

_PRICES: Final = ((50, 20), (200, 10), (800, 10), (1600, 10), (3200, 10), (1_000_000, 30))
_LAST_PRICE: Final = 1_000_000
_LAST_SWEEPS: Final = 30
_LAYINGS: Final = 2
_SHAKEN_HEAT: Final = 20.0
_SHAKEN_PRICE: Final = 100
_TRIES_EACH: Final = 200
_NEAR: Final = 0.01
_LARGE: Final = 500


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to try: seconds for the shape (so many for each 500 schools, once at least), tries for the search."""

    shape_seconds: float = 10.0
    tries: int = 90_000
    heat: float = 3.0


class Watch(Protocol):
    """Who is told how far it is, and may stop it."""

    def goes_on(self) -> bool:
        """False when nobody waits for the plan any more."""
        ...

    def tell(self, stage: str, cost: int | None, bound: int | None) -> None:
        """The stage that begins, and the best cost and bound so far."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """What the search is told: whom to tell, the bound, and how long to try."""

    watch: Watch
    bound: int
    effort: Effort


class Stopped(Exception):
    """The planning was stopped before there was a plan."""


def optimise(
    request: PlanRequest, prices: PlanningTerms, solver: Solver, watch: Watch, effort: Effort = Effort()
) -> RoundPlan:
    """A plan that keeps every hard rule, with its cost and the proven bound; raises `Infeasible`, `Stopped`.

    Nothing that the solver says is believed: the bound is proved in whole numbers (`planning_bound`), the plan is read
    by the checker (`planning_check`). Where the search finds no lawful plan, the planner by matching is asked.
    """
    if not request.working_days():
        blocked = Blocked(rules=("no-working-day",), zh="督导期间没有工作日", en="the period has no working day")
        raise Infeasible((blocked,))
    known_schools(request)
    ground = ground_of(request, prices)
    short = too_short(ground)
    if short is not None:
        raise short
    watch.tell("bound", None, None)
    known = relaxed(ground, solver)
    watch.tell("shape", None, known.bound)
    seconds = effort.shape_seconds * max(1.0, len(ground.stops) / _LARGE)
    shape = shaped(ground, solver, known.bought, gap=_NEAR / 3, seconds=seconds)
    plan = _lawful(ground, shape, Told(watch, known.bound, effort))
    watch.tell("search", plan.cost, known.bound)
    lot = Random(_seed(request, "search"))  # noqa: S311 -- drawn by lot from the published seed
    tries = min(effort.tries, _TRIES_EACH * (len(ground.stops) + len(ground.hands)))
    Search(plan, lot, watch.goes_on).anneal(Stage(tries, effort.heat, _LAST_PRICE))
    return _checked(replace(_plan_of(plan), proof=proof_of(plan, known.bound)), request)


def proof_of(plan: Arrangement, bound: int) -> PlanProof:
    """What the plan costs, beside the bound; the gap is rounded up."""
    request, cost = plan.ground.request, plan.cost
    return PlanProof(
        cost=cost,
        bound=bound,
        gap=-(-10_000 * (cost - bound) // cost) if cost else 0,
        travel=plan.travel,
        load=plan.load,
        levels=plan.levels,
        terms=plan.ground.prices.version,
        seed=request.seed,
        team_size=request.team_size,
    )


def arrangement_of(ground: Ground, plan: RoundPlan) -> Arrangement:
    """The plan as an arrangement; members and schools the ground does not know are left out."""
    hand = {one.person: number for number, one in enumerate(ground.hands)}
    stop = {one.id: number for number, one in enumerate(ground.stops)}
    team = {one.id: number for number, one in enumerate(plan.teams)}
    members = [[hand[person] for person in one.members if person in hand] for one in plan.teams]
    return arranged(ground, members, {stop[v.school]: team[v.team] for v in plan.visits if v.school in stop})


def _lawful(ground: Ground, shape: Sequence[Base] | None, told: Told) -> Arrangement:
    """The cheapest lawful plan of a few ways to lay the shape out; the planner's by matching where none is lawful."""
    best: Arrangement | None = None
    for number in range(_LAYINGS if shape else 0):
        plan = _laid(ground, shape or (), told, number)
        if not told.watch.goes_on():
            raise Stopped
        if plan.conflicts == 0 and _within_days(plan) and (best is None or plan.cost < best.cost):
            best = plan
        if best is not None and best.cost - told.bound <= _NEAR * best.cost:
            break
        told.watch.tell("shape", None if best is None else best.cost, told.bound)
    return best or arrangement_of(ground, plan_round(ground.request))


def _laid(ground: Ground, shape: Sequence[Base], told: Told, number: int) -> Arrangement:
    """The shape with people and schools, rules mended. Every other time it is shaken first, rules being cheap: where
    teams are large, that finds plans that mending alone does not."""
    lot, effort = Random(_seed(ground.request, f"lay/{number}")), told.effort  # noqa: S311
    plan = laid_out(ground, shape, lot)
    search = Search(plan, lot, told.watch.goes_on)
    if number % 2:
        search.anneal(Stage(effort.tries * 2 // 3, _SHAKEN_HEAT, _SHAKEN_PRICE))
    for price, sweeps in _PRICES:
        search.mend(price, sweeps)
    if plan.conflicts:
        search.anneal(Stage(effort.tries // 3, effort.heat, _LAST_PRICE))
        search.mend(_LAST_PRICE, _LAST_SWEEPS)
    return plan


def _within_days(plan: Arrangement) -> bool:
    return all(len(visits) <= plan.ground.most_visits for visits in plan.visits)


def _plan_of(plan: Arrangement) -> RoundPlan:
    ground, request = plan.ground, plan.ground.request
    home = [ground.stops[hand.home].id for hand in ground.hands]
    teams = [
        sorted(
            (Cadre(person=ground.hands[hand].person, school=home[hand]) for hand in members),
            key=lambda cadre: request.drawn("leader", cadre.person),
        )
        for members in plan.members
    ]
    given = {ground.stops[stop].id: team for stop, team in enumerate(plan.team_of_stop)}
    return written(request, [tuple(team) for team in teams], given)


def _checked(plan: RoundPlan, request: PlanRequest) -> RoundPlan:
    broken = violations(plan, request)
    if broken:
        raise AssertionError(f"the search broke {broken[:3]}")
    return plan


def _seed(request: PlanRequest, what: str) -> int:
    return int.from_bytes(request.drawn("optimiser", what)[:8])
