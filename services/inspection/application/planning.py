"""Changing a round's plan: terms, live checks, swaps, a cadre that falls out."""

from dataclasses import dataclass, replace
from typing import Any, Final

from contracts import roles
from runtime.commands import Outcome
from runtime.ledger.model import Change as Written
from services.inspection.application import commands_planning as c
from services.inspection.application.act import Act
from services.inspection.application.changes import of_registry, of_school
from services.inspection.application.ports import Loaded, Ports
from services.inspection.application.registry import office, one
from services.inspection.application.rounds import prices_in_force, request_of, team_grants
from services.inspection.domain.actor import Actor
from services.inspection.domain.planning import RoundPlan
from services.inspection.domain.planning_change import (
    Change,
    Judgement,
    MemberTo,
    VisitTo,
    changed_plan,
    judged,
    proof_after,
    require_lawful,
    without_cadre,
)
from services.inspection.domain.planning_request import PlanRequest
from services.inspection.domain.planning_terms import PLANNING, Distance, PlanningTerms
from services.inspection.domain.registry import Grant, revoked
from services.inspection.domain.round import Round, Team
from services.inspection.domain.rules_planning import RoundNotPlanned
from services.inspection.domain.visit import Visit
from services.inspection.domain.visit_arranging import moved_by_plan

_USUAL_SIZE: Final = 5


@dataclass(frozen=True, slots=True)
class Planned:
    """A planned round as it stands: the aggregate, its plan, what it is judged by."""

    loaded: Loaded[Round]
    plan: RoundPlan
    request: PlanRequest
    prices: PlanningTerms


async def set_terms(ports: Ports, act: Act, command: c.SetPlanningTerms) -> Outcome:
    """A new version of distances and weights."""
    actor = await office(ports.registry, act, roles.BUREAU_OFFICER)
    found = await ports.registry.loaded("planning", [PLANNING])
    version = found[PLANNING].version if PLANNING in found else 0
    terms = PlanningTerms(
        id=PLANNING,
        version=version + 1,
        distances=tuple(Distance(start=row.start, end=row.end, km=row.km) for row in command.distances),
        within_km=command.within_km,
        travel_weight=command.travel_weight,
        load_weight=command.load_weight,
        levels_weight=command.levels_weight,
        levels_wanted=command.levels_wanted,
    )
    return act.changed(of_registry("planning", terms, version, "set", act.cause(actor)))


async def planned_round(ports: Ports, act: Act, round_: str) -> Planned:
    """Raises `NotFound`, `RoundNotPlanned`."""
    loaded: Loaded[Round] = await one(ports.registry, "round", round_)
    if loaded.value.state == "open":
        raise RoundNotPlanned
    proof = loaded.value.proof
    size, seed = (proof.team_size, proof.seed) if proof else (_USUAL_SIZE, 0)
    teams = await ports.registry.loaded("team", loaded.value.teams)
    plan = RoundPlan(
        teams=tuple(teams[id_].value for id_ in loaded.value.teams), visits=loaded.value.visits, proof=proof
    )
    request = await request_of(ports, act, loaded.value, (size, seed))
    return Planned(loaded, plan, request, await prices_in_force(ports))


def _changes(command: c.TryChange) -> list[Change]:
    visits = [VisitTo(school=row.school, team=row.team, day=row.day) for row in command.visits]
    return [*visits, *(MemberTo(person=row.person, team=row.team) for row in command.members)]


async def try_change(ports: Ports, act: Act, round_: str, command: c.TryChange) -> dict[str, Any]:
    """Live check of a change: what it would break, and what it would cost."""
    await office(ports.registry, act, roles.BUREAU_OFFICER)
    at = await planned_round(ports, act, round_)
    return told(judged(at.plan, changed_plan(at.plan, _changes(command)), at.request, at.prices))


def told(judgement: Judgement) -> dict[str, Any]:
    """A judgement as it is answered."""
    cost = {"before": judgement.before, "after": judgement.after, "change": judgement.after - judgement.before}
    return {"lawful": not judgement.broken, "broken": list(judgement.broken), "cost": cost}


async def propose_replacement(ports: Ports, act: Act, round_: str, command: c.ReplaceMember) -> dict[str, Any]:
    """The fewest changes after which a cadre is out and every rule is kept."""
    await office(ports.registry, act, roles.BUREAU_OFFICER)
    at = await planned_round(ports, act, round_)
    changes = without_cadre(at.plan, command.person, at.request, at.prices)
    judgement = judged(at.plan, changed_plan(at.plan, changes), at.request, at.prices)
    moves = [{"person": move.person, "team": move.team} for move in changes if isinstance(move, MemberTo)]
    return {**told(judgement), "members": moves, "visits": []}


async def change_plan(ports: Ports, act: Act, round_: str, command: c.ChangePlan) -> Outcome:
    """Swaps and moves, carried out in one act where they break no rule; refused with every rule they would break."""
    actor = await office(ports.registry, act, roles.BUREAU_OFFICER)
    at = await planned_round(ports, act, round_)
    act.require(at.loaded)
    after = changed_plan(at.plan, _changes(command))
    require_lawful(judged(at.plan, after, at.request, at.prices))
    same = {m for team in at.plan.teams for m in team.members} == {m for team in after.teams for m in team.members}
    proof = proof_after(after, at.request, at.prices, at.plan.proof if same else None)
    cause = act.cause(actor, command.reason)
    made = replace(at.loaded.value, visits=after.visits, proof=proof)
    changes = [of_registry("round", made, at.loaded.version, "changed", cause)]
    changes += await _teams(ports, act, (at.plan, after), actor, command.reason)
    changes += await _visits(ports, act, (at.plan, after), actor, command.reason)
    return act.changed(changes[0], *changes[1:])


async def _teams(
    ports: Ports, act: Act, plans: tuple[RoundPlan, RoundPlan], actor: Actor, reason: str
) -> list[Written]:
    before, after = plans
    was = {team.id: team for team in before.teams}
    changed = [team for team in after.teams if team != was[team.id]]
    loaded = await ports.registry.loaded("team", [team.id for team in changed])
    cause = act.cause(actor, reason)
    written = [of_registry("team", team, loaded[team.id].version, "changed", cause) for team in changed]
    for team in changed:
        written += await _grants(ports, act, (was[team.id], team), actor, reason)
    return written


async def _grants(ports: Ports, act: Act, teams: tuple[Team, Team], actor: Actor, reason: str) -> list[Written]:
    before, after = ({grant.id: grant for grant in team_grants(team)} for team in teams)
    loaded: dict[str, Loaded[Grant]] = await ports.registry.loaded("grant", {*before, *after})
    cause, written = act.cause(actor, reason), []
    for id_ in sorted({*before, *after}):
        held = loaded.get(id_)
        version = held.version if held else 0
        if id_ not in after and held is not None and not held.value.revoked:
            written.append(of_registry("grant", revoked(held.value), version, "revoked", cause))
        if id_ in after and (held is None or held.value != after[id_]):
            written.append(of_registry("grant", after[id_], version, "given", cause))
    return written


async def _visits(
    ports: Ports, act: Act, plans: tuple[RoundPlan, RoundPlan], actor: Actor, reason: str
) -> list[Written]:
    before, after = plans
    was = {row.visit: row for row in before.visits}
    rows = [row for row in after.visits if row != was[row.visit]]
    loaded: dict[str, Loaded[Visit]] = await ports.visits.some([row.visit for row in rows])
    written = []
    for row in rows:
        step = moved_by_plan(loaded[row.visit].value, row, act.moment, (actor, reason))
        cause = act.cause(step.actor, step.note)
        written.append(of_school("visit", step.visit, loaded[row.visit].version, step.events, cause))
    return written
