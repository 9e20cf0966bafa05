"""减负: how often schools are visited in a school term, and what they have given already."""

from typing import Any, Protocol

from services.inspection.application.ports import Ports
from services.inspection.application.reach import Reach
from services.inspection.domain.burden import SchoolTerm

Row = dict[str, Any]


class BurdenReading(Protocol):
    """What schools were asked for, within a reader's reach."""

    async def visits(self, reach: Reach, term: SchoolTerm, after: str | None, limit: int) -> list[Row]:
        """Schools with visits in the term, by id beyond `after`, each with its visits by kind."""
        ...

    async def given(self, reach: Reach, school: str, item: str) -> dict[str, list[str]]:
        """Evidence → the entries on which it was given for this checklist item."""
        ...


async def capped(ports: Ports, rows: list[Row]) -> list[Row]:
    """Each with the cap in force, and whether it is reached: from then on another visit needs a reason."""
    cap = (await ports.registry.terms()).visits_a_term
    return [{**row, "cap": cap, "reached": row["visits"] >= cap} for row in rows]


async def material(ports: Ports, reading: BurdenReading, reach: Reach, school: str, item: str) -> list[Row]:
    """What the school has given for an item, newest first, with where: to be used again instead of asked for again."""
    given = await reading.given(reach, school, item)
    pieces = {"_id": {"$in": sorted(given)}, "entry.school": school}
    rows = await ports.evidence.listed(pieces, reach, None, len(given)) if given else []
    return [{**row, "given_for": given[row["id"]]} for row in rows]
