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
        return [{**row, "light": light(*await self._here(row, now))} for row in rows]

    async def explained(self, issue: Issue) -> Row:
        """The running clock, the stops, and why each deadline falls on its day."""
        calendars = (await self.registry.calendars()).of_division(await self._division(issue.school))
        return {
            "clock": msgspec.to_builtins(issue.clock),
            "stops": msgspec.to_builtins(issue.stops),
            "deadlines": msgspec.to_builtins(explained(issue, calendars)),
        }

    async def _here(self, row: Row, now: Moment) -> tuple[Issue, Moment]:
        issue = msgspec.convert(row, Issue)
        return issue, now.of_division(await self._division(issue.school))

    async def _division(self, school: str) -> str:
        return (await self.registry.site(school)).division.id
