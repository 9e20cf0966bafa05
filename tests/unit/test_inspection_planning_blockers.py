"""What blocks a plan: planted impossibilities are named, and nothing is named that could stay without blocking."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from services.inspection.domain.planning import plan_round
from services.inspection.domain.planning_blockers import RULES, explained
from services.inspection.domain.planning_request import Cadre, Infeasible, PlanRequest
from services.inspection.domain.registry import School
from tests.unit.inspection_city import school
from tests.unit.test_inspection_planning import ROUND, a_city, request


def refusal_of(asked: PlanRequest) -> Infeasible:
    with pytest.raises(Infeasible) as refused:
        plan_round(asked)
    return explained(asked, refused.value)


def planned(asked: PlanRequest) -> bool:
    try:
        plan_round(asked)
    except Infeasible:
        return False
    return True


def rows(*schools: tuple[str, str, str]) -> tuple[School, ...]:
    return tuple(school(id, branch, division) for id, branch, division in schools)


def test_two_teams_would_have_to_visit_each_other() -> None:
    asked = request(a_city(6, divisions=3, joint=0))
    refusal = refusal_of(asked)
    assert "reciprocal-pair" in refusal.blocks[0].rules
    assert planned(replace(asked, waived=frozenset({"reciprocal-pair"})))
    # Every team may visit every school that is no member's: what is left over is left by these two rules together.
    assert set(refusal.blocks[0].rules) <= {"reciprocal-pair", "own-school", "team-divisions"}


def test_one_branch_over_everything_is_proved_school_by_school() -> None:
    asked = request(tuple(replace(one, branch="B") for one in a_city(12, joint=0)))
    refusal = refusal_of(asked)
    assert {rule for block in refusal.blocks for rule in block.rules} == {"own-school", "team-divisions"}
    assert {one for block in refusal.blocks for one in block.schools} == {one.id for one in asked.schools}


def test_a_school_that_everybody_went_to_is_named_and_no_other() -> None:
    city = a_city(30, joint=0)
    asked = request(city, previous=frozenset((f"P-{one.id}", "S007") for one in city))
    refusal = refusal_of(asked)
    (block,) = refusal.blocks
    assert (block.schools, set(block.rules)) == (("S007",), {"previous-round", "team-divisions"})
    without = tuple(one for one in city if one.id != "S007")
    assert planned(request(without, tuple(Cadre(person=f"P-{one.id}", school=one.id) for one in without)))


def test_too_few_divisions_are_named_alone() -> None:
    city = rows(*((f"S{n}", f"B{n}", f"D{n % 2}") for n in range(12)))
    refusal = refusal_of(request(city))
    assert refusal.blocks[0].rules == ("team-divisions",)
    assert not refusal.blocks[0].schools


def test_a_period_without_a_working_day_is_told_as_it_is() -> None:
    asked = request(a_city(12, joint=0), of_round=replace(ROUND, starts="2026-03-07", ends="2026-03-08"))
    assert refusal_of(asked).rules == ["no-working-day"]


def smallest_sets(asked: PlanRequest) -> set[frozenset[str]]:
    """By trying all: the sets of rules that block when all others are waived, and of which no part blocks."""
    blocking = [
        frozenset(kept)
        for size in range(1, len(RULES) + 1)
        for kept in combinations(RULES, size)
        if not planned(replace(asked, waived=frozenset(RULES) - frozenset(kept)))
    ]
    return {one for one in blocking if not any(other < one for other in blocking)}


@settings(max_examples=120, deadline=None)
@given(
    number=st.integers(6, 14),
    divisions=st.integers(2, 5),
    joint=st.integers(0, 5),
    team_size=st.integers(3, 5),
    been=st.integers(0, 60),
    seed=st.integers(0, 10**6),
)
def test_the_rules_named_together_are_a_smallest_set(
    number: int, divisions: int, joint: int, team_size: int, been: int, seed: int
) -> None:
    city = a_city(number, divisions, min(joint, number // 2))
    pairs = [(f"P-{one.id}", other.id) for one in city for other in city]
    previous = frozenset(pair for at, pair in enumerate(pairs) if (at * 7919 + seed) % 100 < been)
    asked = request(city, team_size=team_size, seed=seed, previous=previous)
    assume(not planned(asked))
    block = refusal_of(asked).blocks[0]
    if not block.zh.startswith("以下规则不能同时满足"):
        event("proof or as it was")
        return
    event(f"together: {len(block.rules)} rules, {len(block.schools)} schools")
    assert frozenset(block.rules) in smallest_sets(asked)
    if block.schools:
        assert planned(_without(asked, block.schools))
        for kept in block.schools:
            assert not planned(_without(asked, tuple(one for one in block.schools if one != kept)))


def _without(asked: PlanRequest, schools: tuple[str, ...]) -> PlanRequest:
    return replace(
        asked,
        schools=tuple(one for one in asked.schools if one.id not in schools),
        cadres=tuple(cadre for cadre in asked.cadres if cadre.school not in schools),
    )
