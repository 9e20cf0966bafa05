"""A batch of events folded in memory: new contributions, moves of rollups, one change row an event. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from runtime.ledger.model import Entry
from services.reporting.contribution import Cell, Contribution, Measures, Moves, Place, Stored, add, moves
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


Facts = Sequence[Fact | Inventory]


@dataclass(slots=True)
class Effects:
    """What a batch changes; `booked` and `moved` are by subject, `heads` the last seq by (day, stream)."""

    stored: dict[tuple[str, str], Stored] = field(default_factory=dict)
    moves: dict[str, Moves] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    heads: dict[tuple[str, int], int] = field(default_factory=dict)


def fold(batch: Iterable[tuple[Entry, Facts]], stored: Mapping[tuple[str, str], Stored]) -> Effects:
    """Fold entries, in the order given, onto what was stored before: (subject, id) → contribution."""
    effects = Effects()
    for entry, facts in batch:
        day = day_of(entry.sealed_at)
        own: list[dict[str, Any]] = []
        for fact in facts:
            key = (fact.subject, fact.id)
            old = effects.stored.get(key) or stored.get(key)
            new = _next(old, fact, entry)
            if new is None:
                continue
            effects.stored[key] = new
            moved = moves(old.contribution if old else None, new.contribution, day)
            _collect(effects.moves.setdefault(fact.subject, {}), moved)
            own += [_own(fact.subject, cell, measures) for cell, measures in moved.items() if not cell.booked]
        effects.rows.append(_row(entry, day, own))
        effects.heads[day, entry.stream] = max(entry.seq, effects.heads.get((day, entry.stream), 0))
    return effects


def _next(old: Stored | None, fact: Fact | Inventory, entry: Entry) -> Stored | None:
    """What is stored next; none when the event is older than what was counted."""
    if isinstance(fact, Inventory):
        return inventory(old, fact.values, fact.place, entry.seq, entry.version)
    if old is not None and entry.version < old.version:
        return None
    return Stored(entry.version, fact.contribution)


def _collect(into: Moves, moved: Moves) -> None:
    for cell, measures in moved.items():
        add(into.setdefault(cell, {}), measures.items())


def _own(subject: str, cell: Cell, measures: Measures) -> dict[str, Any]:
    return {
        "subject": subject,
        **place_fields(cell.place),
        "facets": list(cell.facets),
        "measures": measures,
    }


def _row(entry: Entry, day: str, own: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "_id": row_id(entry.ledger, entry.stream, entry.seq),
        "ledger": entry.ledger,
        "stream": entry.stream,
        "seq": entry.seq,
        "day": day,
        "school": entry.key,
        "sealed_at": entry.sealed_at,
        "moves": own,
    }


def row_id(ledger: str, stream: int, seq: int) -> str:
    """Id of an event's change row: within a stream it sorts like the seq."""
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


def increments(moved: Moves) -> dict[tuple[str, Place], dict[str, int]]:
    """Moves spread over their facets: (day, place) → path in the rollup → increment; nothing that is zero."""
    spread: dict[tuple[str, Place], dict[str, int]] = {}
    for cell, measures in moved.items():
        paths = spread.setdefault((cell.day, cell.place), {})
        part = "booked" if cell.booked else "moved"
        for facet in cell.facets:
            prefix = f"{part}.{facet}."
            for name, n in measures.items():
                if n:
                    paths[prefix + name] = paths.get(prefix + name, 0) + n
    kept = {where: {path: n for path, n in paths.items() if n} for where, paths in spread.items()}
    return {where: paths for where, paths in kept.items() if paths}
