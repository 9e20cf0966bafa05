"""Lights and explanations: computed when an entry is shown, from the calendar of its school and the terms in force."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from runtime.clock import Clock
from services.inspection.application.ports import Registry
from services.inspection.domain.issue import Issue
from services.inspection.domain.issue_explaining import explained
from services.inspection.domain.issue_lights import LIT, Horizon, Light
from services.inspection.domain.moment import Moment
from services.inspection.domain.registry import School

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
        schools = await self.registry.schools(row["school"] for row in kept if row["state"] in LIT)
        horizons = {one: Horizon.of(now.of_division(one)) for one in {s.division for s in schools.values()}}
        return [{**row, "light": _light(row, schools, horizons)} for row in kept]

    async def explained(self, issue: Issue) -> Row:
        """The running clock, the stops, and why each deadline falls on its day."""
        calendars = (await self.registry.calendars()).of_division((await self.registry.site(issue.school)).division.id)
        return {
            "clock": msgspec.to_builtins(issue.clock),
            "stops": msgspec.to_builtins(issue.stops),
            "deadlines": msgspec.to_builtins(explained(issue, calendars)),
        }


def _light(row: Row, schools: Mapping[str, School], horizons: Mapping[str, Horizon]) -> Light | None:
    if row["state"] not in LIT:
        return None
    return horizons[schools[row["school"]].division].light(msgspec.convert(row, Issue))
