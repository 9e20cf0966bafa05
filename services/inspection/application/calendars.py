"""A year's working days are published, or corrected; what was provisional is then counted anew by the worker."""

from typing import Annotated

from pydantic import Field

from contracts import roles
from runtime.commands import Outcome
from services.inspection.application import commands as c
from services.inspection.application.act import Act
from services.inspection.application.changes import of_registry
from services.inspection.application.ports import Ports
from services.inspection.application.registry import office
from services.inspection.domain.calendar_year import landed
from services.inspection.domain.registry import Calendar

Days = Annotated[tuple[c.Day, ...], Field(max_length=120)]


class PublishCalendar(c.Command):
    """Weekdays off and weekend days worked 调休, as the State Council's notice has them; a correction has a reason."""

    year: Annotated[int, Field(ge=2000, le=2100)]
    days_off: Days
    days_worked: Days = ()
    source: c.Line
    reason: c.Line | None = None


async def publish_calendar(ports: Ports, act: Act, command: PublishCalendar) -> Outcome:
    """The same again changes nothing."""
    actor = await office(ports.registry, act, roles.ADMINISTRATOR, roles.BUREAU_OFFICER)
    year = str(command.year)
    loaded = (await ports.registry.loaded("calendar", [year])).get(year)
    given = Calendar(
        id=year,
        year=command.year,
        days_off=command.days_off,
        days_worked=command.days_worked,
        source=command.source,
    )
    before = loaded.value if loaded else None
    calendar = landed(given, before, command.reason)
    if loaded is not None and calendar == before:
        return act.unchanged(loaded)
    version = loaded.version if loaded else 0
    change = of_registry("calendar", calendar, version, "published", act.cause(actor, command.reason))
    return act.changed(change) if loaded else act.created("/v1/calendars", change)
