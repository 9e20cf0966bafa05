"""When and by whom schools are visited: another day, another team, visits outside rounds."""

from dataclasses import replace
from datetime import date

from runtime.commands import Outcome
from runtime.errors import NotFound
from runtime.ledger.model import Change
from services.inspection.application import commands_planning as c
from services.inspection.application.act import Act
from services.inspection.application.changes import of_registry, of_school
from services.inspection.application.planning import planned_round
from services.inspection.application.ports import Loaded, Ports
from services.inspection.application.registry import one
from services.inspection.application.standing import reach_for, standing
from services.inspection.domain.burden import require_light, term_of
from services.inspection.domain.planning_change import VisitTo, changed_plan, judged, require_lawful
from services.inspection.domain.round import PlannedVisit, Round
from services.inspection.domain.rules import OtherVisit
from services.inspection.domain.visit import Visit, VisitStep
from services.inspection.domain.visit_arranging import Purpose, arrange, hand_over, reschedule


async def reschedule_visit(ports: Ports, act: Act, visit: str, command: c.RescheduleVisit) -> Outcome:
    """Another working day to come."""
    loaded = await _loaded(ports, act, visit)
    _, authority = await standing(ports, act, loaded.value.school)
    step = reschedule(loaded.value, authority, act.moment, command.day, command.reason)
    return await _moved(ports, act, loaded, step)


async def hand_over_visit(ports: Ports, act: Act, visit: str, command: c.HandOverVisit) -> Outcome:
    """To another team; within a round it keeps every rule of planning."""
    loaded = await _loaded(ports, act, visit)
    _, authority = await standing(ports, act, loaded.value.school)
    new = (command.team, await homes_of(ports, command.team))
    step = hand_over(loaded.value, authority, act.moment, new, command.reason)
    if loaded.value.kind == "regular":
        at = await planned_round(ports, act, loaded.value.round)
        after = changed_plan(at.plan, [VisitTo(school=loaded.value.school, team=command.team)])
        require_lawful(judged(at.plan, after, at.request, at.prices))
    return await _moved(ports, act, loaded, step)


async def arrange_visit(ports: Ports, act: Act, command: c.ArrangeVisit) -> Outcome:
    """回头看, 抽查, 专项."""
    _, authority = await standing(ports, act, command.school)
    draws = await ports.registry.loaded("draw", [command.draw] if command.draw else [])
    if command.draw and command.draw not in draws:
        raise NotFound(f"draw/{command.draw}")
    await _of_school(ports, act, command)
    row = PlannedVisit(visit=act.new_id("visit"), school=command.school, team=command.team, day=command.day)
    purpose = Purpose(
        kind=command.kind,
        topic=command.topic,
        follows=command.follows,
        draw=draws[command.draw].value if command.draw else None,
    )
    checklist = (await one(ports.registry, "checklist", command.checklist)).value
    homes = await homes_of(ports, command.team)
    step = arrange(row, authority, act.moment, (purpose, checklist), homes)
    term = term_of(date.fromisoformat(step.visit.day))
    visits = await ports.visits.between([command.school], term.starts, term.ends)
    require_light(visits.get(command.school, 0), act.moment.terms.visits_a_term, command.reason)
    cause = act.cause(step.actor, command.reason)
    return act.created("/v1/visits", of_school("visit", step.visit, 0, step.events, cause))


async def homes_of(ports: Ports, team: str) -> frozenset[str]:
    """The schools of a team's members; raises `NotFound` for a team there is not."""
    members = (await one(ports.registry, "team", team)).value.members
    people = await ports.registry.loaded("person", members)
    return frozenset(row.value.school for row in people.values() if row.value.school)


async def _of_school(ports: Ports, act: Act, command: c.ArrangeVisit) -> None:
    reach = await reach_for(ports.registry, act.person)
    for issue in command.follows:
        if (await ports.issues.within(issue, reach)).value.school != command.school:
            raise OtherVisit


async def _loaded(ports: Ports, act: Act, visit: str) -> Loaded[Visit]:
    loaded = await ports.visits.within(visit, await reach_for(ports.registry, act.person))
    act.require(loaded)
    return loaded


async def _moved(ports: Ports, act: Act, loaded: Loaded[Visit], step: VisitStep) -> Outcome:
    """The visit, and its row in the round's plan, in one act."""
    cause = act.cause(step.actor, step.note)
    change = of_school("visit", step.visit, loaded.version, step.events, cause)
    return act.changed(change, *await _in_round(ports, act, step))


async def _in_round(ports: Ports, act: Act, step: VisitStep) -> list[Change]:
    found = await ports.registry.loaded("round", [step.visit.round])
    if step.visit.kind != "regular" or step.visit.round not in found:
        return []
    loaded: Loaded[Round] = found[step.visit.round]
    rows = tuple(
        replace(row, team=step.visit.team, day=step.visit.day) if row.visit == step.visit.id else row
        for row in loaded.value.visits
    )
    if rows == loaded.value.visits:
        return []
    cause = act.cause(step.actor, step.note)
    return [of_registry("round", replace(loaded.value, visits=rows), loaded.version, "changed", cause)]
