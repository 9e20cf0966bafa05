"""Rounds: opened by the bureau, planned once, every visit made in the same act."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date

from contracts import roles
from runtime.commands import Outcome
from runtime.errors import Rejected
from runtime.ledger.model import Change
from services.inspection.application import commands as c
from services.inspection.application.act import Act
from services.inspection.application.changes import of_registry, of_school
from services.inspection.application.ports import Ports
from services.inspection.application.registry import office, one
from services.inspection.domain.actor import Actor
from services.inspection.domain.burden import SchoolTerm, require_light_plan, term_of
from services.inspection.domain.checklist import require_published
from services.inspection.domain.planning import RoundPlan
from services.inspection.domain.planning_request import Cadre, PlanRequest
from services.inspection.domain.planning_terms import DEFAULT_PLANNING, PLANNING, PlanningTerms
from services.inspection.domain.registry import Grant
from services.inspection.domain.round import NewRound, Round, Team, opened, planned, require_open
from services.inspection.domain.visit import plan_visit


async def open_round(ports: Ports, act: Act, command: c.OpenRound) -> Outcome:
    """A period and a checklist version."""
    actor = await office(ports.registry, act, roles.BUREAU_OFFICER)
    require_published((await one(ports.registry, "checklist", command.checklist)).value)
    wanted = NewRound(
        id=f"{command.year}-{command.ordinal}",
        year=command.year,
        ordinal=command.ordinal,
        title=command.title,
        starts=command.starts,
        ends=command.ends,
        checklist=command.checklist,
    )
    if await ports.registry.loaded("round", [wanted.id]):
        raise Rejected("round-known", f"轮次已存在：{wanted.id}", f"there is a round {wanted.id} already", 409)
    return act.created("/v1/rounds", of_registry("round", opened(wanted), 0, "opened", act.cause(actor)))


async def request_of(ports: Ports, act: Act, of_round: Round, wanted: tuple[int, int]) -> PlanRequest:
    """What the round is planned from today: every school, every cadre; `wanted` is team size and seed."""
    team_size, seed = wanted
    schools = tuple(await ports.registry.all("school"))
    known = {school.id for school in schools}
    grants: list[Grant] = await ports.registry.all("grant")
    seconded = {g.person: g.organisation for g in grants if g.role == roles.CADRE and g.organisation in known}
    return PlanRequest(
        round=of_round,
        schools=schools,
        cadres=tuple(Cadre(person=person, school=school) for person, school in sorted(seconded.items())),
        team_size=team_size,
        seed=seed,
        previous=await _previous(ports, of_round),
        calendars=act.moment.calendars,
        terms=act.moment.terms,
    )


async def _previous(ports: Ports, of_round: Round) -> frozenset[tuple[str, str]]:
    """(person, school) of the visits of the round before this one."""
    order = (of_round.year, of_round.ordinal)
    earlier = [r for r in await ports.registry.all("round") if (r.year, r.ordinal) < order]
    if not earlier:
        return frozenset()
    last = max(earlier, key=lambda r: (r.year, r.ordinal))
    teams = await ports.registry.loaded("team", last.teams)
    visits = await ports.visits.in_round(last.id)
    return frozenset((m, v.school) for v in visits if v.state != "cancelled" for m in teams[v.team].value.members)


async def prices_in_force(ports: Ports) -> PlanningTerms:
    """The planning terms last set."""
    found = await ports.registry.loaded("planning", [PLANNING])
    prices: PlanningTerms = found[PLANNING].value if PLANNING in found else DEFAULT_PLANNING
    return prices


def team_grants(team: Team) -> list[Grant]:
    """What members and leader hold at their team."""
    return [
        Grant(
            id=f"G-{team.id}-{person}",
            person=person,
            role=roles.TEAM_LEADER if person == team.leader else roles.TEAM_MEMBER,
            organisation=team.id,
        )
        for person in team.members
    ]


async def _require_light(ports: Ports, asked: PlanRequest, plan: RoundPlan, reason: str | None) -> None:
    """减负: a round visits every school, so a school beyond its cap is no reason to leave it out, but needs one."""
    planned_in: dict[SchoolTerm, Counter[str]] = defaultdict(Counter)
    for row in plan.visits:
        planned_in[term_of(date.fromisoformat(row.day))][row.school] += 1
    heavy: set[str] = set()
    for term, visits in planned_in.items():
        before = await ports.visits.between(visits, term.starts, term.ends)
        heavy |= {school for school, n in visits.items() if before.get(school, 0) + n > asked.terms.visits_a_term}
    named = sorted((school.id, school.name) for school in asked.schools if school.id in heavy)
    require_light_plan(named, asked.terms.visits_a_term, reason)


def _made(act: Act, after: Round, version: int, plan: RoundPlan, why: tuple[Actor, str | None]) -> list[Change]:
    actor, reason = why
    cause = act.cause(actor, reason)
    changes = [of_registry("round", after, version, "planned", cause)]
    for team in plan.teams:
        changes.append(of_registry("team", team, 0, "formed", cause))
        changes += [of_registry("grant", grant, 0, "given", cause) for grant in team_grants(team)]
    for row in plan.visits:
        step = plan_visit(row, after, actor)
        changes.append(of_school("visit", step.visit, 0, step.events, cause))
    return changes


async def plan_the_round(ports: Ports, act: Act, round_: str, command: c.PlanRound) -> Outcome:
    """Teams, their grants and every visit, in one transaction; the same seed gives the same plan."""
    actor = await office(ports.registry, act, roles.BUREAU_OFFICER)
    loaded = await one(ports.registry, "round", round_)
    act.require(loaded)
    require_open(loaded.value)
    asked = await request_of(ports, act, loaded.value, (command.team_size, command.seed))
    plan = await ports.planner.plan(asked, await prices_in_force(ports))
    await _require_light(ports, asked, plan, command.reason)
    after = replace(planned(loaded.value, plan.teams, plan.visits), proof=plan.proof)
    return act.changed(*_made(act, after, loaded.version, plan, (actor, command.reason)))
