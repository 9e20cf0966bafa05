"""The first commit of a system: the city, its calendars, its first administrator."""

from collections.abc import Iterable
from typing import Any

from contracts import roles
from runtime.clock import Clock
from runtime.commands import Call, Commands, Outcome
from runtime.ids import derive_id
from services.inspection.application.act import Act
from services.inspection.application.changes import of_registry
from services.inspection.application.registry import FIRST_VERB
from services.inspection.domain.actor import Actor
from services.inspection.domain.moment import Moment
from services.inspection.domain.registry import Calendar, Division, Grant, Person
from services.inspection.domain.workdays import NO_CALENDARS

PRINCIPAL = "system:init"


async def first_administrator(
    commands: Commands, clock: Clock, calendars: Iterable[Calendar], city: Division, person: str
) -> None:
    """Once; the same again changes nothing. Raises `Rejected` when the system was made for another administrator."""
    call = Call(PRINCIPAL, "first-administrator", derive_id(city.id, city.name, person), "InitialiseSystem")
    act = Act(call, Moment(clock.now(), NO_CALENDARS))
    actor = Actor(person=PRINCIPAL, role=roles.ADMINISTRATOR, organisation=city.id)
    entries: list[tuple[str, Any]] = [
        ("division", city),
        ("person", Person(id=person, name="系统管理员", post="管理员", school=None)),
        ("grant", Grant(id=act.new_id("grant"), person=person, role=roles.ADMINISTRATOR, organisation=city.id)),
        *(("calendar", calendar) for calendar in calendars),
    ]
    changes = tuple(
        of_registry(kind, value, 0, FIRST_VERB.get(kind, "registered"), act.cause(actor)) for kind, value in entries
    )

    async def handler() -> Outcome:
        return act.created("/v1/divisions", *changes)

    await commands.run(call, handler)
