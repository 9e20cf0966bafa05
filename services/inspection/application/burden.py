"""减负: how often schools are visited and asked in a school term, and what they have given already."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from services.inspection.application.ports import Ports
from services.inspection.application.reach import Reach
from services.inspection.domain.burden import SchoolTerm

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: pieces of these names or for these checklist items, at these schools."""

    schools: Collection[str]
    names: Collection[str]
    items: Collection[str]


@dataclass(frozen=True, slots=True)
class Fit:
    """Evidence that was given on an entry (`kind/id`), under a piece's name or for a checklist item."""

    evidence: str
    given_for: str
    name: str | None = None
    item: str | None = None


class BurdenReading(Protocol):
    """What schools were asked for, within a reader's reach."""

    async def burden(self, reach: Reach, term: SchoolTerm, after: str | None, limit: int) -> list[Row]:
        """Schools visited or asked in the term, by id beyond `after`: visits by kind, and askings for material."""
        ...

    async def given(self, reach: Reach, sought: Sought) -> list[Fit]:
        """What was given already: newest first within each kind of entry."""
        ...


async def capped(ports: Ports, rows: list[Row]) -> list[Row]:
    """Each with the caps in force, and whether they are reached: beyond them a reason is needed, of the bureau's."""
    terms = await ports.registry.terms()
    visits, material = terms.visits_a_term, terms.material_a_term
    return [
        {
            **row,
            "cap": visits,
            "reached": row["visits"] >= visits,
            "material_cap": material,
            "material_reached": row["material"] >= material,
        }
        for row in rows
    ]


async def material(ports: Ports, reading: BurdenReading, reach: Reach, sought: Sought) -> list[tuple[Row, list[Fit]]]:
    """What fits, newest first, each file once, with where it was given: to be used again instead of asked for again."""
    fits = await reading.given(reach, sought)
    of: dict[str, list[Fit]] = {}
    for fit in fits:
        of.setdefault(fit.evidence, []).append(fit)
    pieces = {"_id": {"$in": sorted(of)}, "entry.school": {"$in": sorted(sought.schools)}}
    rows = await ports.evidence.listed(pieces, reach, None, len(of)) if of else []
    return [(row, of[row["id"]]) for row in _once(rows)]


def _once(rows: Iterable[Row]) -> list[Row]:
    """The same file was given twice at a school: the newer one stands for both."""
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        found.setdefault((row["school"], row["sha256"]), row)
    return list(found.values())
