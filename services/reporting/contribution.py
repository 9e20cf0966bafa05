"""What one entry adds to the reports, and how that moves when the entry changes. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

Facets = tuple[str, ...]
"""What an entry is counted under: `kind.key`, as the path of its part of a rollup, the key without dots and dollars."""

Measures = dict[str, int]

EVERYTHING: Final = "all.all"
ONLY_ALL: Final[Facets] = (EVERYTHING,)
NONE: Final = "-"
OVERDUE: Final = "overdue"


class Place(NamedTuple):
    """Where an entry counts: its school as the structure was at the event, and whether it is an inspection tour's.

    Entries of source `inspection_tour` do not exist for most readers, so they are counted in places of their own; and
    so are those that a higher `body` leads since it accepted to help: they count for it, not for the school.
    """

    school: str
    division: str
    level: str
    locality: str
    organised: str
    tour: bool = False
    body: str | None = None


class Contribution(NamedTuple):
    """What an entry counts now: `measures` under each of `facets`, and from day `overdue_from` on one overdue more."""

    place: Place
    facets: Facets
    measures: Measures
    overdue_from: str | None = None


class Cell(NamedTuple):
    """One part of a rollup: what moved on a day by events of that day, or what earlier events booked for it."""

    day: str
    booked: bool
    place: Place
    facets: Facets


Moves = dict[Cell, Measures]


@dataclass(slots=True)
class Stored:
    """An entry's contribution as last counted; `version` is the entry's, `marks` what its subject keeps."""

    version: int
    contribution: Contribution | None
    marks: dict[str, int] = field(default_factory=dict)


def facet(kind: str, key: str) -> str:
    """A facet: its key is escaped, since dots and dollars mean something in a path."""
    return f"{kind}.{key.replace('%', '%25').replace('.', '%2E').replace('$', '%24')}"


def key_of(name: str) -> str:
    """The key of a facet from its name in a rollup: the inverse of what `facet` does to it."""
    return name.replace("%24", "$").replace("%2E", ".").replace("%25", "%")


def moves(old: Contribution | None, new: Contribution | None, day: str) -> Sequence[tuple[Cell, Measures]]:
    """New minus old, on the event's own day, each cell once; only what time will change later lies on a later day,
    never an earlier."""
    if old is not None and new is not None and _stays(old, new):
        # By far the most are of this kind, and need no table of cells.
        measures = dict(new.measures)
        add(measures, old.measures.items(), -1)
        changed = {name: n for name, n in measures.items() if n}
        return ((Cell(day, False, new.place, new.facets), changed),) if changed else ()
    moved: Moves = {}
    if old is not None:
        _count(moved, old, -1, day)
    if new is not None:
        _count(moved, new, 1, day)
    return tuple(without_zeros(moved).items())


def _stays(old: Contribution, new: Contribution) -> bool:
    return old.overdue_from == new.overdue_from and old.facets == new.facets and old.place == new.place


def without_zeros(moved: Mapping[Cell, Measures]) -> Moves:
    """The same moves without what cancelled out."""
    kept: Moves = {}
    for cell, measures in moved.items():
        # Most have none: those are kept as they are, since a rebuild does little else.
        whole = measures if all(measures.values()) else {name: n for name, n in measures.items() if n}
        if whole:
            kept[cell] = whole
    return kept


def add(into: Measures, measures: Iterable[tuple[str, int]], sign: int = 1) -> None:
    """Add (or take away) each measure."""
    for name, n in measures:
        into[name] = into.get(name, 0) + sign * n


def _count(moved: Moves, contribution: Contribution, sign: int, day: str) -> None:
    place, facets = contribution.place, contribution.facets
    add(moved.setdefault(Cell(day, False, place, facets), {}), contribution.measures.items(), sign)
    since = contribution.overdue_from
    if since is None:
        return
    cell = Cell(day, False, place, facets) if since <= day else Cell(since, True, place, facets)
    add(moved.setdefault(cell, {}), ((OVERDUE, 1),), sign)


def to_document(id: str, stored: Stored) -> dict[str, Any]:
    """The stored contribution as a document."""
    document: dict[str, Any] = {"_id": id, "version": stored.version, "marks": stored.marks, "counts": None}
    if stored.contribution is not None:
        counted = stored.contribution
        document["counts"] = {
            "place": counted.place,
            "facets": counted.facets,
            "measures": counted.measures,
            "overdue_from": counted.overdue_from,
        }
        document["school"] = counted.place.school
    return document


def from_document(document: Mapping[str, Any]) -> Stored:
    """The inverse of `to_document`."""
    counts = document["counts"]
    counted = None
    if counts is not None:
        counted = Contribution(
            place=Place(*counts["place"]),
            facets=tuple(counts["facets"]),
            measures=dict(counts["measures"]),
            overdue_from=counts["overdue_from"],
        )
    return Stored(version=document["version"], contribution=counted, marks=dict(document["marks"]))
