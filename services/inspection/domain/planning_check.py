"""The hard rules of a plan, read from the plan itself: written apart from the planner, so that neither hides the
other's mistake."""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from services.inspection.domain.planning import RoundPlan
from services.inspection.domain.planning_request import PlanRequest


def violations(plan: RoundPlan, request: PlanRequest) -> tuple[str, ...]:
    """Every breach of a hard rule, as `rule: what`; empty when the plan keeps them all."""
    checks = (_references, _visited_once, _own_branch, _reciprocal, _divisions, _returning, _days)
    return tuple(found for check in checks for found in check(plan, request))


def _home(request: PlanRequest) -> dict[str, str]:
    return {cadre.person: cadre.school for cadre in request.cadres}


def _pairs(plan: RoundPlan) -> Iterator[tuple[str, str]]:
    """Every (member, school) that the plan brings together."""
    members = {team.id: team.members for team in plan.teams}
    for visit in plan.visits:
        for member in members.get(visit.team, ()):
            yield member, visit.school


def _references(plan: RoundPlan, request: PlanRequest) -> Iterator[str]:
    teams = {team.id for team in plan.teams}
    for visit in plan.visits:
        if visit.team not in teams:
            yield f"unknown-team: {visit.visit}"
    for person, times in Counter(member for team in plan.teams for member in team.members).items():
        if times > 1 or person not in _home(request):
            yield f"member: {person} × {times}"
    for team in plan.teams:
        if team.leader not in team.members:
            yield f"leader: {team.id}"


def _visited_once(plan: RoundPlan, request: PlanRequest) -> Iterator[str]:
    wanted = Counter(school.id for school in request.schools)
    visited = Counter(visit.school for visit in plan.visits)
    for school in sorted(wanted.keys() | visited.keys()):
        if wanted[school] != visited[school]:
            yield f"visited-once: {school} × {visited[school]}"


def _own_branch(plan: RoundPlan, request: PlanRequest) -> Iterator[str]:
    home = _home(request)
    branch_of = {school.id: school.branch for school in request.schools}
    for person, school in _pairs(plan):
        if branch_of.get(home.get(person, "")) == branch_of.get(school):
            yield f"own-school: {person} at {school}"


def _reciprocal(plan: RoundPlan, request: PlanRequest) -> Iterator[str]:
    home = _home(request)
    goes = {(home[person], school) for person, school in _pairs(plan) if person in home}
    for there, back in sorted(goes):
        if there < back and (back, there) in goes:
            yield f"reciprocal-pair: {there} and {back}"


def _divisions(plan: RoundPlan, request: PlanRequest) -> Iterator[str]:
    division_of = {school.id: school.division for school in request.schools}
    home = _home(request)
    for team in plan.teams:
        found = {division_of[home[member]] for member in team.members if member in home}
        if len(found) < request.terms.team_divisions:
            yield f"team-divisions: {team.id} has {len(found)}"


def _returning(plan: RoundPlan, request: PlanRequest) -> Iterator[str]:
    for person, school in _pairs(plan):
        if (person, school) in request.previous:
            yield f"previous-round: {person} at {school}"


def _days(plan: RoundPlan, request: PlanRequest) -> Iterator[str]:
    first, last = date.fromisoformat(request.round.starts), date.fromisoformat(request.round.ends)
    for visit in plan.visits:
        day = date.fromisoformat(visit.day)
        if not first <= day <= last or not request.calendars.is_working_day(day):
            yield f"working-day: {visit.visit} on {visit.day}"
    for (team, day_text), times in Counter((visit.team, visit.day) for visit in plan.visits).items():
        if times > request.terms.visits_a_day:
            yield f"visits-a-day: {team} on {day_text} × {times}"


def loads(plan: RoundPlan) -> tuple[int, int]:
    """The fewest and the most visits of a team."""
    counted = Counter({team.id: 0 for team in plan.teams})
    counted.update(visit.team for visit in plan.visits)
    return min(counted.values(), default=0), max(counted.values(), default=0)
