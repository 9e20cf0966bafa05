"""A batch of events folded in memory: new contributions, moves of rollups, one change row an event. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple

from runtime.ledger.model import Entry
from services.reporting.contribution import Cell, Contribution, Facets, Measures, Moves, Place, Stored, add, moves
from services.reporting.days import day_of
from services.reporting.visits import inventory

ISSUES: Final = "issues"
VISITS: Final = "visits"
INDICATORS: Final = "indicators"
ALERTS: Final = "alerts"
SUBJECTS: Final = (ISSUES, VISITS, INDICATORS, ALERTS)


class Fact(NamedTuple):
    """What an event says of one counted thing."""

    subject: str
    id: str
    contribution: Contribution | None


@dataclass(frozen=True, slots=True)
class Inventory:
    """What an event says a school has: indicator → number."""

    school: str
    place: Place
    values: Measures

    @property
    def subject(self) -> str:
        """The subject it is counted under."""
        return INDICATORS

    @property
    def id(self) -> str:
        """The school it is of."""
        return self.school


IN_A_ROW: Final = ("seq", "school", "sealed_at", "moves")
ROWS_TOGETHER: Final = 500

Row = dict[str, Any]
"""What one event moved on its own day: `seq`, `school`, `sealed_at` and `moves`."""

Gathered = dict[tuple[str, str, bool, int, int], tuple[Cell, Measures]]

Facts = Sequence[Fact | Inventory]


@dataclass(slots=True)
class Effects:
    """What a batch changes: contributions by (subject, id), moves by subject, change rows by (ledger, stream, day) in
    the order of the events, and the last seq by (day, stream)."""

    stored: dict[tuple[str, str], Stored] = field(default_factory=dict)
    moves: dict[str, Moves] = field(default_factory=dict)
    changes: dict[tuple[str, int, str], list[Row]] = field(default_factory=dict)
    heads: dict[tuple[str, int], int] = field(default_factory=dict)


def fold(batch: Iterable[tuple[Entry, Facts]], stored: Mapping[tuple[str, str], Stored]) -> Effects:
    """Fold entries, in the order given, onto what was stored before: (subject, id) → contribution."""
    effects = Effects()
    gathered: Gathered = {}
    for entry, facts in batch:
        day = day_of(entry.sealed_at)
        own: list[dict[str, Any]] = []
        for fact in facts:
            subject = fact.subject
            key = (subject, fact.id)
            old = effects.stored.get(key) or stored.get(key)
            new = _next(old, fact, entry)
            if new is None:
                continue
            effects.stored[key] = new
            moved = moves(old.contribution if old else None, new.contribution, day)
            _gather(gathered, subject, moved)
            own += [_own(subject, cell, measures) for cell, measures in moved if not cell.booked]
        row = {"seq": entry.seq, "school": entry.key, "sealed_at": entry.sealed_at, "moves": own}
        effects.changes.setdefault((entry.ledger, entry.stream, day), []).append(row)
        effects.heads[day, entry.stream] = max(entry.seq, effects.heads.get((day, entry.stream), 0))
    effects.moves = _settled(gathered)
    return effects


def _next(old: Stored | None, fact: Fact | Inventory, entry: Entry) -> Stored | None:
    """What is stored next; none when the event is older than what was counted."""
    if isinstance(fact, Inventory):
        return inventory(old, fact.values, fact.place, entry.seq, entry.version)
    if old is not None and entry.version < old.version:
        return None
    return Stored(entry.version, fact.contribution)


def _gather(into: Gathered, subject: str, moved: Iterable[tuple[Cell, Measures]]) -> None:
    """Add up; equal cells that are not one object are put together in the end."""
    for cell, measures in moved:
        # A cell's own hash goes over twenty texts. Both objects are kept in it, so that their ids stay theirs.
        key = (subject, cell.day, cell.booked, id(cell.place), id(cell.facets))
        found = into.get(key)
        if found is None:
            into[key] = (cell, dict(measures))
        else:
            add(found[1], measures.items())


def _settled(gathered: Gathered) -> dict[str, Moves]:
    settled: dict[str, Moves] = {}
    for (subject, *_), (cell, measures) in gathered.items():
        add(settled.setdefault(subject, {}).setdefault(cell, {}), measures.items())
    return settled


def _own(subject: str, cell: Cell, measures: Measures) -> dict[str, Any]:
    return {
        "subject": subject,
        **place_fields(cell.place),
        "facets": cell.facets,
        "measures": measures,
    }


def packed(changes: Mapping[tuple[str, int, str], Sequence[Row]]) -> list[dict[str, Any]]:
    """Change rows as they are kept: those of a batch, stream and day in one document, named by its last seq.

    How rows are put together says nothing; a document each would cost the database three times as much.
    """
    return [
        _pack(ledger, stream, day, rows[start : start + ROWS_TOGETHER])
        for (ledger, stream, day), rows in changes.items()
        for start in range(0, len(rows), ROWS_TOGETHER)
    ]


def _pack(ledger: str, stream: int, day: str, rows: Sequence[Row]) -> dict[str, Any]:
    last = max(row["seq"] for row in rows)
    sealed = [row["sealed_at"] for row in rows]
    return {
        "_id": row_id(ledger, stream, last),
        "ledger": ledger,
        "stream": stream,
        "day": day,
        "last": last,
        "count": len(rows),
        "sealed_from": min(sealed),
        "sealed_to": max(sealed),
        "rows": rows,
    }


def row_id(ledger: str, stream: int, seq: int) -> str:
    """Id of the change rows up to a seq: within a stream it sorts like the seq."""
    return f"{ledger}/{stream}/{seq:012d}"


def place_fields(place: Place) -> dict[str, Any]:
    """A place as fields of a document."""
    # Ten times as fast as `_asdict`, and there is one for every move of every event.
    school, division, level, locality, organised, tour, body = place
    return {
        "school": school,
        "division": division,
        "level": level,
        "locality": locality,
        "organised": organised,
        "tour": tour,
        "body": body,
    }


def rollup_id(subject: str, day: str, place: Place) -> str:
    """Id of the rollup of one subject, day and place: of one school, hence of one stream."""
    *structure, tour, body = place
    led = () if body is None else (body,)
    return "/".join((subject, day, *structure, "tour" if tour else "open", *led))


@lru_cache(maxsize=65_536)
def _paths(booked: bool, facets: Facets, measure: str) -> tuple[str, ...]:
    part = "booked" if booked else "moved"
    return tuple(f"{part}.{facet}.{measure}" for facet in facets)


def increments(moved: Moves) -> dict[tuple[str, Place], dict[str, int]]:
    """Moves spread over their facets: (day, place) → path in the rollup → increment; nothing that is zero."""
    spread: dict[tuple[str, Place], dict[str, int]] = {}
    for cell, measures in moved.items():
        sums = spread.setdefault((cell.day, cell.place), {})
        for name, n in measures.items():
            if n:
                for path in _paths(cell.booked, cell.facets, name):
                    sums[path] = sums.get(path, 0) + n
    kept = {where: {path: n for path, n in sums.items() if n} for where, sums in spread.items()}
    return {where: sums for where, sums in kept.items() if sums}
