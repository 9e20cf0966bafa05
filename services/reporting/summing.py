"""Sums of rollups and of one day's changes up to an instant. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.reporting.contribution import Measures, Place, add, key_of

STRUCTURE: Final = ("division", "level", "locality", "organised", "school")
CITY: Final = "city"

Sums = dict[tuple[str, str], Measures]
"""(group, school) → measures: the school is kept so that schools can be counted once each."""


def facet_kind(by: str) -> str:
    """Which facets of a rollup answer a question by this dimension."""
    return "all" if by == CITY or by in STRUCTURE else by


def add_rollups(sums: Sums, documents: Iterable[Mapping[str, Any]], by: str, day: str) -> None:
    """Add what stood at the start of `day`: all that moved on days before it, all that was booked up to and for it."""
    kind = facet_kind(by)
    for document in documents:
        if document["day"] < day:
            _add_part(sums, document, document.get("moved", {}).get(kind, {}), by)
        if document["day"] <= day:
            _add_part(sums, document, document.get("booked", {}).get(kind, {}), by)


def add_changes(sums: Sums, moved: Iterable[Mapping[str, Any]], by: str) -> None:
    """Add moves of change rows: those of the day, sealed by the instant asked for."""
    kind = facet_kind(by)
    for move in moved:
        for facet in move["facets"]:
            of_kind, _, name = facet.partition(".")
            if of_kind == kind:
                group = _group(by, move, key_of(name))
                add(sums.setdefault((group, move["school"]), {}), move["measures"].items())


def _add_part(sums: Sums, document: Mapping[str, Any], part: Mapping[str, Measures], by: str) -> None:
    for name, measures in part.items():
        group = _group(by, document, key_of(name))
        add(sums.setdefault((group, document["school"]), {}), measures.items())


def _group(by: str, place: Mapping[str, Any], key: str) -> str:
    if by == CITY:
        return CITY
    return str(place[by]) if by in STRUCTURE else key


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


def placed(documents: Iterable[Mapping[str, Any]], places: Mapping[str, Place]) -> list[dict[str, Any]]:
    """The same documents with the structure of their schools from `places` instead of their own."""
    return [
        {**document, **{name: getattr(places[document["school"]], name) for name in STRUCTURE}}
        if document["school"] in places
        else dict(document)
        for document in documents
    ]
