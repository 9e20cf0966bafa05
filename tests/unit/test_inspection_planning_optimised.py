"""The optimiser on small cities: every hard rule holds, cost and bound are true, tiny cities are planned at best."""

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations, product
from random import Random
from typing import Any, Literal

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from services.inspection.adapters.highs_solver import HighsSolver
from services.inspection.domain import planning_bound, planning_columns
from services.inspection.domain.planning import RoundPlan
from services.inspection.domain.planning_bound import (
    Prices,
    lower_bound,
    may_price_meetings,
    meetings_in,
    sizes_of_teams,
)
from services.inspection.domain.planning_change import MemberTo, changed_plan, judged, without_cadre
from services.inspection.domain.planning_check import violations
from services.inspection.domain.planning_columns import relaxed
from services.inspection.domain.planning_ground import Ground, ground_of, kilometres
from services.inspection.domain.planning_optimised import Effort, optimise
from services.inspection.domain.planning_request import Infeasible, PlanRequest
from services.inspection.domain.planning_terms import DEFAULT_PLANNING, Distance, PlanningTerms
from services.inspection.domain.registry import School
from services.inspection.domain.round import PlannedVisit, Team
from tests.unit.test_inspection_planning import a_city, request

Level = Literal["high", "junior", "primary"]
SOLVER = HighsSolver(threads=1)
QUICK = Effort(shape_seconds=0.4, tries=3000)


class Patient:
    """Waits for any plan, and remembers what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def goes_on(self) -> bool:
        return True

    def tell(self, stage: str, cost: int | None, bound: int | None) -> None:
        self.told.append(stage)


def prices(seed: int, divisions: int = 6, **given: Any) -> PlanningTerms:
    """Distances that look drawn by lot, and are always the same."""
    names = [f"D{n}" for n in range(divisions)]
    rows = tuple(
        Distance(start=a, end=b, km=5 + (seed * 31 + n * 7919 + m * 104_729) % 120)
        for n, a in enumerate(names)
        for m, b in enumerate(names)
        if n < m
    )
    return replace(DEFAULT_PLANNING, distances=rows, **given)


def cost_of(plan: RoundPlan, asked: PlanRequest, terms: PlanningTerms) -> int:
    """The cost read from the plan itself, by the words of `PlanningTerms`."""
    place = {one.id: one for one in asked.schools}
    home = {cadre.person: place[cadre.school] for cadre in asked.cadres}
    divisions = tuple(sorted({one.division for one in asked.schools}))
    km = dict(
        zip(divisions, (dict(zip(divisions, row, strict=True)) for row in kilometres(divisions, terms)), strict=True)
    )
    low, high = len(asked.schools) // len(plan.teams), -(-len(asked.schools) // len(plan.teams))
    total = 0
    for team in plan.teams:
        visits = [place[row.school] for row in plan.visits if row.team == team.id]
        total += terms.travel_weight * sum(
            km[home[one].division][there.division] for one in team.members for there in visits
        )
        total += terms.load_weight * max(0, low - len(visits), len(visits) - high) ** 2
        total += terms.levels_weight * max(0, terms.levels_wanted - len({home[one].level for one in team.members}))
    return total


def levelled(schools: tuple[School, ...], seed: int) -> tuple[School, ...]:
    levels: tuple[Level, ...] = ("high", "junior", "primary")
    return tuple(replace(one, level=levels[(n * 5 + seed) % 3]) for n, one in enumerate(schools))


@settings(max_examples=12, deadline=None)
@given(
    number=st.integers(9, 45),
    divisions=st.integers(3, 6),
    joint=st.integers(0, 10),
    team_size=st.integers(3, 6),
    seed=st.integers(0, 10**6),
    weights=st.tuples(st.integers(0, 3), st.integers(0, 60), st.integers(0, 60)),
)
def test_every_plan_keeps_every_rule_and_costs_what_it_says(
    number: int, divisions: int, joint: int, team_size: int, seed: int, weights: tuple[int, int, int]
) -> None:
    city = levelled(a_city(number, divisions, min(joint, number // 3)), seed)
    asked = request(city, team_size=team_size, seed=seed)
    travel, load, levels = weights
    terms = prices(seed, travel_weight=travel, load_weight=load, levels_weight=levels)
    try:
        plan = optimise(asked, terms, SOLVER, Patient(), QUICK)
    except Infeasible:
        event("infeasible")
        return
    event("planned")
    proof = plan.proof
    assert proof is not None
    assert violations(plan, asked) == ()
    assert proof.cost == cost_of(plan, asked, terms) == proof.travel + proof.load + proof.levels
    assert 0 <= proof.bound <= proof.cost
    # Whatever prices somebody may propose, they prove no more than is true.
    ground, lot = ground_of(asked, terms), Random(seed)
    for _ in range(20):
        rows = [[lot.randrange(-20_000, 60_000) for _ in ground.divisions] for _ in range(2)]
        meeting = [lot.choice((0, lot.randrange(20_000))) for _ in ground.divisions]
        free = may_price_meetings(ground)
        assert lower_bound(ground, Prices(rows[0], rows[1], meeting if free else [0] * len(meeting))) <= proof.cost
    assert (proof.gap == 0) == (proof.bound == proof.cost)


def best_of_all(asked: PlanRequest, terms: PlanningTerms, shape: RoundPlan) -> int:
    """The cheapest lawful plan by trying every way to fill as many teams, and every team for every school."""
    people = sorted(cadre.person for cadre in asked.cadres)
    sizes = sorted(len(team.members) for team in shape.teams)
    days, ids = asked.working_days(), [team.id for team in shape.teams]
    best = None
    for teams in groupings(people, sizes):
        made = tuple(
            Team(id=id, round="R1", name=id, leader=members[0], members=members)
            for id, members in zip(ids, teams, strict=True)
        )
        for chosen in product(ids, repeat=len(asked.schools)):
            rows = tuple(
                # A day of its own for every visit: days are no part of the cost.
                PlannedVisit(visit=f"V{n}", school=one.id, team=team, day=days[n].isoformat())
                for n, (one, team) in enumerate(zip(asked.schools, chosen, strict=True))
            )
            plan = RoundPlan(teams=made, visits=rows)
            if best is not None and cost_of(plan, asked, terms) >= best:
                continue
            if not violations(plan, asked):
                best = cost_of(plan, asked, terms)
    assert best is not None
    return best


def groupings(people: list[str], sizes: list[int]) -> set[tuple[tuple[str, ...], ...]]:
    found = set()
    for order in permutations(people):
        teams, at = [], 0
        for size in sizes:
            teams.append(tuple(sorted(order[at : at + size])))
            at += size
        found.add(tuple(sorted(teams)))
    return found


def a_tiny_city(seed: int) -> tuple[PlanRequest, PlanningTerms]:
    """Six cadres in three teams of two divisions at least, seven schools: what can still be tried whole."""
    staffed = a_city(6, divisions=3, joint=0)
    asked = request(
        (*staffed, replace(staffed[0], id="X", branch="BX")), request(staffed).cadres, team_size=2, seed=seed
    )
    asked = replace(asked, terms=replace(asked.terms, team_divisions=2))
    return asked, prices(seed + 1, load_weight=1, levels_weight=0)


@pytest.mark.parametrize("seed", range(3))
def test_a_tiny_city_is_planned_as_cheaply_as_can_be(seed: int) -> None:
    asked, terms = a_tiny_city(seed)
    plan = optimise(asked, terms, SOLVER, Patient(), QUICK)
    assert plan.proof is not None
    best = best_of_all(asked, terms, plan)
    assert plan.proof.bound <= best == plan.proof.cost


def one_team_more(ground: Ground) -> tuple[tuple[int, int], ...]:
    return tuple((size, teams + 1) for size, teams in sizes_of_teams(ground))


def fewer_meetings(ground: Ground, division: int) -> int:
    return meetings_in(ground, division) // 4


@pytest.mark.parametrize(("name", "mistake"), [("sizes_of_teams", one_team_more), ("meetings_in", fewer_meetings)])
def test_a_mistake_planted_in_the_bound_is_seen_by_trying_everything(
    name: str, mistake: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same comparison that an honest bound passes; distances are short, so that what was planted weighs."""
    asked, terms = a_tiny_city(0)
    terms = replace(terms, within_km=30, distances=tuple(replace(row, km=31) for row in terms.distances))
    plan = optimise(asked, terms, SOLVER, Patient(), QUICK)
    best = best_of_all(asked, terms, plan)
    ground = ground_of(asked, terms)
    assert relaxed(ground, SOLVER).bound <= best
    for module in (planning_bound, planning_columns):
        monkeypatch.setattr(module, name, mistake)
    assert relaxed(ground, SOLVER).bound > best


@settings(max_examples=10, deadline=None)
@given(number=st.integers(18, 40), seed=st.integers(0, 10**6), who=st.integers(0, 10**6))
def test_a_cadre_who_falls_out_moves_as_few_as_possible(number: int, seed: int, who: int) -> None:
    city = a_city(number, 5, 0)
    asked = request(city, team_size=4, seed=seed)
    terms = prices(seed)
    try:
        plan = optimise(asked, terms, SOLVER, Patient(), QUICK)
    except Infeasible:
        event("infeasible")
        return
    members = sorted(member for team in plan.teams for member in team.members)
    person = members[who % len(members)]
    out = MemberTo(person=person, team=None)
    alone = not judged(plan, changed_plan(plan, [out]), asked, terms).broken
    try:
        changes = without_cadre(plan, person, asked, terms)
    except Infeasible:
        event("nobody can")
        assert not alone
        return
    event("alone" if alone else "one comes")
    after = changed_plan(plan, changes)
    assert not judged(plan, after, asked, terms).broken
    assert len(changes) == (1 if alone else 2)
    moved = {row.school: row.team for row in plan.visits}
    assert {row.school: row.team for row in after.visits} == moved
