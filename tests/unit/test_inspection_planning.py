"""Planning a round: every plan keeps the hard rules, the same request gives the same plan, and refusals say why."""

import csv
import time
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from services.inspection.domain.planning import RoundPlan, plan_round
from services.inspection.domain.planning_check import loads, violations
from services.inspection.domain.planning_request import Cadre, Infeasible, PlanRequest
from services.inspection.domain.planning_teams import kept
from services.inspection.domain.registry import School
from services.inspection.domain.round import NewRound, PlannedVisit, Round, Team, opened
from tests.unit.inspection_city import CALENDARS, school

SCHOOLS_CSV = Path(__file__).parents[2] / "data" / "jiamusi" / "schools.csv"
ROUND = opened(
    NewRound(
        id="R1", year=2026, ordinal=1, title="2026年第一轮", starts="2026-03-02", ends="2026-05-29", checklist="list@1"
    )
)


def request(
    schools: tuple[School, ...],
    cadres: tuple[Cadre, ...] | None = None,
    *,
    team_size: int = 3,
    seed: int = 1,
    previous: frozenset[tuple[str, str]] = frozenset(),
    of_round: Round = ROUND,
) -> PlanRequest:
    """A request in which, unless told otherwise, every school seconds one cadre."""
    own = tuple(Cadre(person=f"P-{s.id}", school=s.id) for s in schools)
    return PlanRequest(
        round=of_round,
        schools=schools,
        cadres=own if cadres is None else cadres,
        team_size=team_size,
        seed=seed,
        previous=previous,
        calendars=CALENDARS,
    )


def a_city(number: int = 231, divisions: int = 11, joint: int = 52) -> tuple[School, ...]:
    """Schools spread unevenly over divisions; the last `joint` are covered by the branch of an earlier one."""
    return tuple(
        school(
            f"S{n:03d}",
            f"B{n if n < number - joint else n - number + joint:03d}",
            f"D{min(n % divisions, n % (divisions + 4))}",
        )
        for n in range(number)
    )


def went(plan: RoundPlan) -> frozenset[tuple[str, str]]:
    members = {team.id: team.members for team in plan.teams}
    return frozenset((person, visit.school) for visit in plan.visits for person in members[visit.team])


CITY = a_city()
PLAN = plan_round(request(CITY))


@pytest.mark.parametrize("team_size", [3, 4, 5, 8, 12])
def test_a_city_of_231_schools_is_planned_by_every_rule_within_two_seconds(team_size: int) -> None:
    asked = request(CITY, team_size=team_size)
    started = time.perf_counter()
    plan = plan_round(asked)
    assert time.perf_counter() - started < 2
    assert violations(plan, asked) == ()
    assert {visit.school for visit in plan.visits} == {s.id for s in CITY}
    assert sum(len(team.members) for team in plan.teams) == len(CITY)
    fewest, most = loads(plan)
    assert most - fewest <= 1


def jiamusi() -> tuple[School, ...]:
    with SCHOOLS_CSV.open(encoding="utf-8") as rows:
        return tuple(school(row["id"], row["branch"], row["division"]) for row in csv.DictReader(rows))


def test_three_rounds_of_the_demonstration_city_keep_every_rule() -> None:
    schools = jiamusi()
    assert len(schools) == 231
    previous: frozenset[tuple[str, str]] = frozenset()
    for seed in range(3):
        asked = request(schools, team_size=7, seed=seed, previous=previous)
        plan = plan_round(asked)
        assert violations(plan, asked) == ()
        assert loads(plan) == (7, 7)
        previous = went(plan)


def test_the_same_request_gives_the_same_plan_whatever_its_order() -> None:
    assert plan_round(request(tuple(reversed(CITY)))) == PLAN
    again = request(CITY, cadres=tuple(Cadre(person=f"P-{s.id}", school=s.id) for s in reversed(CITY)))
    assert plan_round(again) == PLAN
    assert plan_round(request(CITY, seed=2)) != PLAN


def test_nobody_returns_to_a_school_of_the_previous_round() -> None:
    previous = went(PLAN)
    asked = request(CITY, previous=previous, seed=1)
    second = plan_round(asked)
    assert violations(second, asked) == ()
    assert not went(second) & previous


def test_large_teams_stay_together_when_drawn_anew_they_would_have_been_everywhere() -> None:
    schools = jiamusi()
    first = plan_round(request(schools, team_size=20))
    # A cadre came since: newcomers fill up.
    late = (*(Cadre(person=f"P-{s.id}", school=s.id) for s in schools), Cadre(person="P-new", school="S001"))
    asked = request(schools, late, team_size=20, previous=went(first), seed=2)
    second = plan_round(asked)
    assert violations(second, asked) == ()
    together = {frozenset(team.members) for team in first.teams}
    assert together <= {frozenset(team.members) - {"P-new"} for team in second.teams}


def test_companions_stay_unless_they_no_longer_come_from_three_divisions() -> None:
    city = a_city(60, joint=0)
    first = plan_round(request(city, team_size=6))
    asked = request(city, team_size=6, previous=went(first))

    def companions(of: PlanRequest) -> set[frozenset[str]]:
        return {frozenset(cadre.person for cadre in team) for team in kept(of, 1)}

    assert companions(asked) == {frozenset(team.members) for team in first.teams}
    home = {school.id: school for school in city}
    ours = {member.removeprefix("P-") for member in first.teams[0].members}
    moved = tuple(replace(s, division="D0" if s.id in ours else s.division) for s in home.values())
    drawn_anew = replace(asked, schools=moved)
    assert frozenset(first.teams[0].members) not in companions(drawn_anew)
    assert violations(plan_round(drawn_anew), drawn_anew) == ()


def test_visits_are_spread_over_the_working_days_of_the_period() -> None:
    days = Counter(visit.day for visit in PLAN.visits)
    assert all(CALENDARS.is_working_day(date.fromisoformat(day)) for day in days)
    assert min(days) <= "2026-03-04"
    assert max(days) >= "2026-05-26"
    assert max(days.values()) <= 8
    a_team = sorted(visit.day for visit in PLAN.visits if visit.team == PLAN.teams[0].id)
    assert len(set(a_team)) == len(a_team)


def test_ids_follow_from_the_rounds() -> None:
    assert PLAN.teams[0].id == "T-R1-01"
    assert PLAN.teams[0].name == "2026年第一轮第1组"
    assert {visit.visit for visit in PLAN.visits} == {f"V-R1-{s.id}" for s in CITY}


def a_broken(rule: str) -> tuple[RoundPlan, PlanRequest]:
    """The plan with one rule broken in it."""
    asked = request(CITY)
    visit, other = PLAN.visits[0], PLAN.visits[1]
    team = next(team for team in PLAN.teams if team.id == visit.team)
    home = {cadre.person: cadre.school for cadre in asked.cadres}
    own = next(row for row in PLAN.visits if row.school == home[team.members[0]])

    def visits(changed: PlannedVisit, by: PlannedVisit | None) -> RoundPlan:
        rest = tuple(row for row in PLAN.visits if row != changed)
        return replace(PLAN, visits=rest if by is None else (*rest, by))

    def teams(changed: Team) -> RoundPlan:
        return replace(PLAN, teams=tuple(changed if row.id == changed.id else row for row in PLAN.teams))

    their_team = next(row for row in PLAN.teams if visit.school in {home[member] for member in row.members})
    back = next(row for row in PLAN.visits if row.school == home[team.members[0]])
    return {
        "visited-once": (visits(visit, None), asked),
        "own-school": (visits(own, replace(own, team=team.id)), asked),
        "reciprocal-pair": (visits(back, replace(back, team=their_team.id)), asked),
        "previous-round": (PLAN, replace(asked, previous=frozenset({(team.members[0], visit.school)}))),
        "team-divisions": (teams(replace(team, members=team.members[:1])), asked),
        "working-day": (visits(visit, replace(visit, day="2026-03-07")), asked),
        "visits-a-day": (replace(PLAN, visits=tuple(replace(row, day="2026-03-02") for row in PLAN.visits)), asked),
        "unknown-team": (visits(other, replace(other, team="T-9")), asked),
        "member": (teams(replace(team, members=(*team.members, "P-nobody"))), asked),
        "twice a member": (teams(replace(team, members=(*team.members, their_team.members[0]))), asked),
        "out of the period": (visits(visit, replace(visit, day="2026-06-01")), asked),
        "leader": (teams(replace(team, leader="P-nobody")), asked),
    }[rule]  # fmt: skip


@pytest.mark.parametrize(
    "rule",
    [
        "visited-once", "own-school", "reciprocal-pair", "previous-round", "team-divisions", "working-day",
        "visits-a-day", "unknown-team", "member", "leader",
    ],
)  # fmt: skip
def test_the_checker_sees_each_broken_rule(rule: str) -> None:
    plan, asked = a_broken(rule)
    assert rule in {found.split(":")[0] for found in violations(plan, asked)}


@pytest.mark.parametrize(("broken", "rule"), [("twice a member", "member"), ("out of the period", "working-day")])
def test_the_checker_sees_the_other_ways_of_breaking_it(broken: str, rule: str) -> None:
    plan, asked = a_broken(broken)
    assert rule in {found.split(":")[0] for found in violations(plan, asked)}


def test_as_many_visits_a_day_as_the_terms_allow_are_no_violation() -> None:
    asked = request(CITY)
    busy = replace(PLAN, visits=tuple(replace(row, day="2026-03-02") for row in PLAN.visits))
    assert violations(busy, replace(asked, terms=replace(asked.terms, visits_a_day=3))) == ()


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        (request(CITY, team_size=2), "team-divisions"),
        (request(a_city(40, divisions=2, joint=0)), "team-divisions"),
        (request(a_city(2, joint=0)), "team-divisions"),
        (request(CITY, cadres=()), "team-divisions"),
        (request(CITY, cadres=(Cadre(person="P", school="S999"),)), "unknown-school"),
        (request(CITY, of_round=replace(ROUND, starts="2026-10-01", ends="2026-10-07")), "no-working-day"),
        (request(CITY, of_round=replace(ROUND, ends="2026-03-02")), "period-too-short"),
        # Two teams would have to visit each other.
        (request(a_city(6, divisions=3, joint=0)), "reciprocal-pair"),
        # One branch covers all, so every team is at home everywhere.
        (request(tuple(replace(s, branch="B") for s in a_city(30, joint=0))), "own-school"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_the_rule_that_blocks_it(asked: PlanRequest, rule: str) -> None:
    with pytest.raises(Infeasible) as refused:
        plan_round(asked)
    assert rule in refused.value.rules
    assert refused.value.text_zh.startswith("排不出督导计划：")


def test_a_period_of_one_day_takes_as_many_visits_as_the_terms_allow() -> None:
    small = a_city(11, joint=0)
    asked = request(small, team_size=3, of_round=replace(ROUND, ends="2026-03-02"))
    with pytest.raises(Infeasible):
        plan_round(asked)
    roomy = replace(asked, terms=replace(asked.terms, visits_a_day=4))
    assert violations(plan_round(roomy), roomy) == ()


def found(asked: PlanRequest) -> RoundPlan | None:
    """A plan, or none; a refusal has its reasons."""
    try:
        plan = plan_round(asked)
    except Infeasible as refused:
        event(f"refused: {refused.rules}")
        return None
    event("planned")
    return plan


@settings(max_examples=60, deadline=None)
@given(
    st.integers(9, 60),
    st.integers(3, 8),
    st.integers(0, 20),
    st.integers(3, 6),
    st.integers(0, 10**9),
    st.integers(0, 15),
)
def test_any_plan_found_keeps_every_rule(
    number: int, divisions: int, joint: int, team_size: int, seed: int, without_cadre: int
) -> None:
    schools = a_city(number, divisions, min(joint, number // 2))
    cadres = tuple(Cadre(person=f"P-{s.id}", school=s.id) for s in schools[: number - without_cadre])
    asked = request(schools, cadres, team_size=team_size, seed=seed)
    first = found(asked)
    if first is None:
        return
    assert violations(first, asked) == ()
    later = replace(asked, previous=went(first), seed=seed + 1)
    second = found(later)
    assert second is None or violations(second, later) == ()
