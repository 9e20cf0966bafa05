"""外出: declared and ended by the secretary or deputy personally, or by an officer above the branch."""

from collections.abc import Iterable

from contracts import roles
from runtime.commands import Outcome
from runtime.errors import NotFound
from services.inspection.application import commands_persons as c
from services.inspection.application.act import Act
from services.inspection.application.changes import of_registry
from services.inspection.application.colleagues import colleagues_of
from services.inspection.application.ports import Ports, Registry
from services.inspection.application.registry import capacity, one
from services.inspection.application.standing import SEATED
from services.inspection.domain.absence import declared, ended
from services.inspection.domain.actor import Actor
from services.inspection.domain.persons import Absence
from services.inspection.domain.registry import Grant
from services.inspection.domain.rules import NotAllowed
from services.inspection.domain.rules_persons import AbsenceOfNoSecretary


async def declare(ports: Ports, act: Act, command: c.DeclareAbsence) -> Outcome:
    """From the first day on a deputy acts; nothing is handed over by hand."""
    person = command.person or act.person
    actor = await _capacity(ports.registry, act, person)
    absence = Absence(
        id=act.new_id("absence"), person=person, starts=command.starts, ends=command.ends, reason=command.reason
    )
    value = declared(absence, await ports.registry.absences_of([person]), act.moment)
    return act.created("/v1/absences", of_registry("absence", value, 0, "declared", act.cause(actor)))


async def end(ports: Ports, act: Act, absence: str, note: str | None) -> Outcome:
    """Whoever was away acts again at once."""
    loaded = await one(ports.registry, "absence", absence)
    readable = await colleagues_of(ports.registry, act.person)
    if readable is not None and loaded.value.person not in readable:
        raise NotFound(f"absence/{absence}")
    actor = await _capacity(ports.registry, act, loaded.value.person)
    act.require(loaded)
    value = ended(loaded.value, act.moment)
    return act.changed(of_registry("absence", value, loaded.version, "ended", act.cause(actor, note)))


async def _capacity(registry: Registry, act: Act, person: str) -> Actor:
    """Own seat, or an office above the branch where the person sits; a deputy declares nobody else's absence."""
    seats = [grant for grant in await registry.grants_of(person) if grant.role in SEATED]
    if person == act.person and seats:
        return capacity(act, seats, *SEATED)
    own = await registry.grants_of(act.person)
    offices = [grant for grant in own if grant.role == roles.BUREAU_OFFICER]
    for grant in own:
        if grant.role == roles.COUNTY_OFFICER and await _sits_in(registry, seats, grant.organisation):
            offices.append(grant)
    if not offices:
        who = ("书记、副书记本人，或其上级教育局人员", "the secretary or deputy in person, or an officer above them")
        raise NotAllowed(
            who_zh=who[0], who_en=who[1], command_zh="登记或结束外出", command_en="declare or end an absence"
        )
    if not seats:
        raise AbsenceOfNoSecretary
    return capacity(act, offices, roles.COUNTY_OFFICER, roles.BUREAU_OFFICER)


async def _sits_in(registry: Registry, seats: Iterable[Grant], division: str) -> bool:
    """Whether one of these branches covers a school of the division, or is below one that does."""
    branches = await registry.branches_of(await registry.schools_of(division))
    return any(grant.organisation in branches for grant in seats)
