"""责任书/岗位: proposed, signed personally, retired; and which of them one may read."""

from runtime.commands import Outcome
from runtime.errors import NotFound
from runtime.ids import derive_id
from services.inspection.application import commands_persons as c
from services.inspection.application.act import Act
from services.inspection.application.changes import of_registry
from services.inspection.application.ports import Loaded, Ports
from services.inspection.application.reach import Reach
from services.inspection.application.registry import one
from services.inspection.application.standing import reach_for, standing
from services.inspection.domain import commitment as domain
from services.inspection.domain.persons import Commitment
from services.inspection.domain.registry import staff_of


async def propose(ports: Ports, act: Act, command: c.ProposeCommitment) -> Outcome:
    """One of a kind for a person and a year (a post: of a title); so its id follows from those."""
    site, authority = await standing(ports, act, command.school)
    actor = domain.proposer(command.kind, command.person, authority)
    title = "" if command.kind in domain.LETTERS else command.title
    id_ = derive_id("commitment", command.person, command.school, str(command.year), command.kind, title)
    before = (await ports.registry.loaded("commitment", [id_])).get(id_)
    person = await ports.registry.person(command.person)
    people = [person] if person else []
    staff = staff_of(site.place, people, await ports.registry.grants_of(command.person))
    wanted = domain.Proposed(
        person=command.person,
        year=command.year,
        kind=command.kind,
        title=command.title,
        member=command.person in staff,
    )
    value = domain.propose(id_, wanted, before.value if before else None, authority, act.moment)
    version = before.version if before else 0
    return act.created("/v1/commitments", of_registry("commitment", value, version, "proposed", act.cause(actor)))


async def sign(ports: Ports, act: Act, commitment: str) -> Outcome:
    """签字."""
    loaded = await _within(ports, act, commitment)
    _, authority = await standing(ports, act, loaded.value.school)
    act.require(loaded)
    value = domain.sign(loaded.value, authority, act.moment)
    cause = act.cause(domain.personally(authority))
    return act.changed(of_registry("commitment", value, loaded.version, "signed", cause))


async def retire(ports: Ports, act: Act, commitment: str, reason: str) -> Outcome:
    """撤下; what was signed stays readable."""
    loaded = await _within(ports, act, commitment)
    _, authority = await standing(ports, act, loaded.value.school)
    value, actor = domain.retire(loaded.value, authority)
    act.require(loaded)
    return act.changed(of_registry("commitment", value, loaded.version, "retired", act.cause(actor, reason)))


def readable(commitment: Commitment, reach: Reach) -> bool:
    """One's own, and those of the schools one has to do with."""
    return commitment.person == reach.person or reach.covers(commitment.school)


async def _within(ports: Ports, act: Act, id_: str) -> Loaded[Commitment]:
    loaded: Loaded[Commitment] = await one(ports.registry, "commitment", id_)
    if not readable(loaded.value, await reach_for(ports.registry, act.person)):
        raise NotFound(f"commitment/{id_}")
    return loaded
