"""Sums of rollups and of one day's changes up to an instant. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.reporting.contribution import NONE, Measures, Place, add, key_of

STRUCTURE: Final = ("division", "level", "locality", "organised", "school")
OF_BODIES: Final = frozenset({"division", "school"})
CITY: Final = "city"

Sums = dict[tuple[str, str], Measures]
"""(group, school) → measures; the school is empty where schools need not be told apart."""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """What is summed apart: by which dimension, and whether each school by itself, so that schools can be counted."""

    by: str
    per_school: bool = False

    @property
    def kind(self) -> str:
        """Which facets of a rollup answer."""
        return "all" if self.by == CITY or self.by in STRUCTURE else self.by

    def cell(self, place: Mapping[str, Any], name: str) -> tuple[str, str]:
        """Where a part of a document belongs; `name` is the name of the facet within its kind."""
        school = place["school"] if self.per_school else ""
        if self.by == CITY:
            return CITY, school
        if self.by in STRUCTURE and place.get("body") is not None:
            # It counts for the body that leads it: a county or the bureau, which has no level and no locality.
            return (str(place["body"]) if self.by in OF_BODIES else NONE), school
        return str(place[self.by]) if self.by in STRUCTURE else key_of(name), school


def add_rollups(
    sums: Sums, documents: Iterable[Mapping[str, Any]], breakdown: Breakdown, day: str, since: str = ""
) -> None:
    """Take the sums from the start of the day `since` to the start of `day` (empty: from the beginning).

    At the start of a day stands all that moved on days before it, and all that was booked up to and for it.
    """
    for document in documents:
        on = document["day"]
        if since <= on < day:
            _add_part(sums, document, document.get("moved", {}), breakdown)
        if since < on <= day:
            _add_part(sums, document, document.get("booked", {}), breakdown)


def add_moved(sums: Sums, documents: Iterable[Mapping[str, Any]], breakdown: Breakdown) -> None:
    """Add all that moved on the day of these rollups."""
    for document in documents:
        _add_part(sums, document, document.get("moved", {}), breakdown)


def add_changes(sums: Sums, moved: Iterable[Mapping[str, Any]], breakdown: Breakdown, sign: int = 1) -> None:
    """Add (or take away) moves of change rows."""
    for move in moved:
        for facet in move["facets"]:
            kind, _, name = facet.partition(".")
            if kind == breakdown.kind:
                add(sums.setdefault(breakdown.cell(move, name), {}), move["measures"].items(), sign)


def _add_part(sums: Sums, document: Mapping[str, Any], part: Mapping[str, Any], breakdown: Breakdown) -> None:
    for name, measures in part.get(breakdown.kind, {}).items():
        add(sums.setdefault(breakdown.cell(document, name), {}), measures.items())


def copied(sums: Sums) -> Sums:
    """A copy that can be added to."""
    return {cell: dict(measures) for cell, measures in sums.items()}


def groups(sums: Sums) -> dict[str, Measures]:
    """Group → measures over all its schools."""
    found: dict[str, Measures] = {}
    for (group, _), measures in sums.items():
        add(found.setdefault(group, {}), measures.items())
    return found


def schools(sums: Sums) -> dict[str, Measures]:
    """School → measures over all groups."""
    found: dict[str, Measures] = {}
    for (_, school), measures in sums.items():
        add(found.setdefault(school, {}), measures.items())
    return found


def total(found: Iterable[Measures]) -> Measures:
    """All together."""
    result: Measures = {}
    for measures in found:
        add(result, measures.items())
    return result


def regrouped(sums: Sums, places: Mapping[str, Place], by: str) -> Sums:
    """What is of no group put into that of its school in `places`; schools unknown there keep to themselves."""
    found: Sums = {}
    for (known, school), measures in sums.items():
        group = known
        if known == NONE:
            group = getattr(places[school], by) if school in places else school
        add(found.setdefault((group, ""), {}), measures.items())
    return found
