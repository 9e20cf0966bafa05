"""Lights and explanations: computed when an entry is shown, from the calendar of its school and the terms in force."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from runtime.clock import Clock
from services.inspection.application.ports import Registry
from services.inspection.domain.issue import Issue
from services.inspection.domain.issue_explaining import explained
from services.inspection.domain.issue_lights import light
from services.inspection.domain.moment import Moment

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lighting:
    """What time makes of issues now."""

    registry: Registry
    clock: Clock

    async def lit(self, rows: Iterable[Row]) -> list[Row]:
        """Issues as they are answered, each with its `light`."""
        now = Moment(self.clock.now(), await self.registry.calendars(), await self.registry.terms())
        kept = list(rows)
        # One question for all of them: what stands above each school would be four for every row.
        schools = await self.registry.loaded("school", {row["school"] for row in kept})
        moments = {id: now.of_division(loaded.value.division) for id, loaded in schools.items()}
        return [{**row, "light": light(msgspec.convert(row, Issue), moments[row["school"]])} for row in kept]

    async def explained(self, issue: Issue) -> Row:
        """The running clock, the stops, and why each deadline falls on its day."""
        calendars = (await self.registry.calendars()).of_division((await self.registry.site(issue.school)).division.id)
        return {
            "clock": msgspec.to_builtins(issue.clock),
            "stops": msgspec.to_builtins(issue.stops),
            "deadlines": msgspec.to_builtins(explained(issue, calendars)),
        }
