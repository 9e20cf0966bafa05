"""Entries for tests of reporting, and a book in memory that takes a fold's effects as the database would."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from contracts.alerts import Alert, AlertEvent
from contracts.cause import Actor, Cause
from contracts.ledgers import LISTS, REGISTRY, stream_of
from contracts.lists import (
    Answer,
    Clock,
    Closing,
    Deadline,
    Extension,
    Issue,
    IssueEvent,
    Report,
    SchoolFacts,
    Visit,
    VisitEvent,
)
from contracts.registry import Checklist, Grant, Item, School
from runtime import canonical
from runtime.clock import from_text, to_micros
from runtime.ledger.model import Entry
from services.reporting.contribution import Place, Stored
from services.reporting.folding import Effects, fold, increments, place_fields, rollup_id
from services.reporting.reading import Known, facts_of, read
from services.reporting.summing import Breakdown, Sums, add_changes, add_rollups

ACTOR = Actor(person="P-1", role="bureau_officer", organisation="230800")
CAUSE = Cause(command="test", request="r", actor=ACTOR, at="2026-09-01T00:00:00.000000Z")
AT = "2026-09-01T00:00:00.000000Z"
DAY = 86_400_000_000


def micros(text: str) -> int:
    """Microseconds of an RFC 3339 text."""
    return to_micros(from_text(text))


def shanghai(day: str, clock: str = "00:00:00.000000") -> int:
    """Microseconds of a wall-clock time in China."""
    return micros(f"{day}T{clock}+08:00")


def report(on_time: bool) -> Report:
    return Report(at=AT, by=ACTOR, note="n", deadline=Deadline(day="2026-09-30"), on_time=on_time)


def closing(on_time: bool = True, worked_days: int = 3, false_closure: bool = False) -> Closing:
    return Closing(
        at=AT, kind="closed", by=ACTOR, on_time=on_time, worked_days=worked_days, false_closure=false_closure
    )


def extension(outcome: Any) -> Extension:
    """An extension that was asked for, and decided so."""
    return Extension(
        at=AT, by=ACTOR, reason="r", day="2026-10-30", deadline=Deadline(day="2026-09-30"), outcome=outcome
    )


def issue(id: str = "I-1", school: str = "S001", **changes: Any) -> Issue:
    """An assigned major issue, due 2026-09-30, the school's clock running."""
    owner = changes.pop("owner", "school")
    deadline = changes.pop("deadline", "2026-09-30")
    fields: dict[str, Any] = {
        "id": id, "number": None, "school": school, "state": "assigned", "source": "supervision", "area": "主体责任",
        "item": "A1", "checklist": "school-branch@1", "visit": "V-1", "round": "R-1", "team": "T-1",
        "description": "d", "evidence": (), "severity": "major", "mode": "deadline", "issuer": "230822",
        "drafted_by": ACTOR, "drafted_at": AT, "submitted_at": AT, "assigned_by": ACTOR, "assigned_at": AT,
        "deadline": Deadline(day=deadline) if deadline else None, "acknowledge_by": None, "acknowledged_by": None,
        "acknowledged_at": None, "plan_by": None, "planned_by": None, "planned_at": None, "tasks": (),
        "responsibilities": (), "reports": (), "checks": (), "next_check": None, "stages_passed": 0, "closings": (),
        "withdrawn_reason": None, "clock": Clock(owner=owner, since=AT, due=None, reason="r"),
    }  # fmt: skip
    return Issue(**(fields | changes))


def visit(id: str = "V-1", school: str = "S001", values: Mapping[str, Any] | None = None, **changes: Any) -> Visit:
    """A submitted visit with these answers to count items, scored 87.50."""
    answers = tuple(
        value if isinstance(value, Answer) else Answer(item=item, value=value, by="P-1", at=AT)
        for item, value in (values or {}).items()
    )
    organised = changes.pop("organised", "own")
    facts = SchoolFacts(
        school=school, division="230822", level="primary", locality="rural", organised=organised, branch="B001",
        party_members=5, teachers=20, principal_pilot=False,
    )  # fmt: skip
    fields: dict[str, Any] = {
        "id": id, "school": school, "round": "R-1", "team": "T-1", "kind": "regular", "checklist": "school-branch@1",
        "day": "2026-09-01", "state": "submitted", "answers": answers, "highlights": (), "facts": facts,
        "feedback": None, "score": 8750, "issues": (), "submitted_by": ACTOR, "submitted_at": AT,
    }  # fmt: skip
    return Visit(**(fields | changes))


def alert(id: str = "A-1", school: str = "S001", **changes: Any) -> Alert:
    """An alert of an assignment, unread."""
    fields: dict[str, Any] = {
        "id": id, "rule": "assigned", "person": "P-9", "school": school, "event": "e", "subject": "issue/I-1",
        "title": "t", "text": "t", "must_acknowledge": True, "raised_at": AT, "read_at": None,
        "acknowledged_at": None, "source": "supervision",
    }  # fmt: skip
    return Alert(**(fields | changes))


@dataclass
class Log:
    """Makes entries with the seq of their stream and the version of their thing."""

    ledger: str = LISTS.name
    seqs: dict[int, int] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)

    def entry(self, thing: Issue | Visit | Alert, sealed_at: int, registry: int = 1, event: str | None = None) -> Entry:
        kind, type_, data = _event(thing)
        stream = stream_of(LISTS, thing.school)
        self.seqs[stream] = seq = self.seqs.get(stream, 0) + 1
        self.versions[thing.id] = version = self.versions.get(thing.id, 0) + 1
        return Entry(
            ledger=self.ledger, stream=stream, seq=seq, id=f"{self.ledger}-{stream}-{seq}", type=event or type_,
            subject=f"{kind}/{thing.id}", key=thing.school, version=version, registry=registry, at=sealed_at,
            sealed_at=sealed_at, data=canonical.encode(data), hash=b"",
        )  # fmt: skip


def registered(seq: int, kind: str, entry: msgspec.Struct, sealed_at: int, verb: str = "registered") -> Entry:
    """A registry entry."""
    id_: str = getattr(entry, "id")  # noqa: B009 -- every registry entry has one
    data = canonical.encode({"entry": entry, "cause": CAUSE})
    return Entry(
        ledger=REGISTRY.name, stream=0, seq=seq, id=f"registry-{seq}", type=f"inspection.{kind}.{verb}.v1",
        subject=f"{kind}/{id_}", key="registry", version=1, registry=0, at=sealed_at, sealed_at=sealed_at, data=data,
        hash=b"",
    )  # fmt: skip


def school(id: str = "S001", division: str = "230822", branch: str = "B001", **changes: Any) -> School:
    """A rural primary school with a branch of its own."""
    fields: dict[str, Any] = {
        "id": id, "code": id, "name": id, "division": division, "level": "primary", "locality": "rural",
        "organised": "own", "branch": branch, "party_members": 5, "teachers": 20,
    }  # fmt: skip
    return School(**(fields | changes))


def checklist(indicators: Mapping[str, str]) -> Checklist:
    """A checklist of count items: item code → indicator."""
    items = tuple(
        Item(
            code=code, section="C", area="其他", text="t", how=None, costs=None, type="count", subject="school",
            weight=0,
            max=None, pass_mark=None, severity=None, mode=None, evidence=False, indicator=indicator, by="person",
            levels=(), organised=(), principal_pilot=None, members_at_least=None, had_previous_round=None,
            records="answer",
        )
        for code, indicator in indicators.items()
    )  # fmt: skip
    return Checklist(id="school-branch@1", name="school-branch", version=1, title="t", items=items)


def grant(person: str, role: str, organisation: str) -> Grant:
    """A grant in force."""
    return Grant(id=f"G-{person}-{role}-{organisation}", person=person, role=role, organisation=organisation)


def _event(thing: Issue | Visit | Alert) -> tuple[str, str, msgspec.Struct]:
    if isinstance(thing, Issue):
        return "issue", "inspection.issue.assigned.v1", IssueEvent(entry=thing, cause=CAUSE)
    if isinstance(thing, Visit):
        return "visit", "inspection.visit.submitted.v1", VisitEvent(entry=thing, cause=CAUSE)
    return "alert", "notification.alert.raised.v1", AlertEvent(entry=thing, cause=CAUSE)


@dataclass
class Book:
    """What the database would hold, in memory."""

    known: Known
    stored: dict[tuple[str, str], Stored] = field(default_factory=dict)
    rollups: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def apply(self, batch: Sequence[Entry]) -> Effects:
        """Fold one batch and keep its effects."""
        effects = fold([(entry, facts_of(entry, read(entry), self.known)) for entry in batch], self.stored)
        self.stored.update(effects.stored)
        self.rows += [
            {"ledger": ledger, "stream": stream, "day": day, **row}
            for (ledger, stream, day), rows in effects.changes.items()
            for row in rows
        ]
        self.rows.sort(key=lambda row: (row["stream"], row["seq"]))
        for subject, moved in effects.moves.items():
            for (day, place), paths in increments(moved).items():
                head = {"subject": subject, "day": day, **place_fields(place)}
                document = self.rollups.setdefault(rollup_id(subject, day, place), head)
                for path, n in paths.items():
                    _increment(document, path.split("."), n)
        return effects

    def sums(self, subject: str, by: str, as_of: int, day: str) -> Sums:
        """As the queries do: rollups at the start of the day, and the day's changes up to the instant."""
        sums: Sums = {}
        breakdown = Breakdown(by, per_school=subject == "visits")
        add_rollups(sums, (d for d in self.rollups.values() if d["subject"] == subject), breakdown, day)
        rows = (row for row in self.rows if row["day"] == day and row["sealed_at"] <= as_of)
        add_changes(sums, (move for row in rows for move in row["moves"] if move["subject"] == subject), breakdown)
        return sums

    def counted(self) -> dict[str, Any]:
        """All that is in the rollups, without zeros."""
        return {id: _without_zeros(document) for id, document in self.rollups.items() if _without_zeros(document)}


def _increment(document: dict[str, Any], path: list[str], n: int) -> None:
    for name in path[:-1]:
        document = document.setdefault(name, {})
    document[path[-1]] = document.get(path[-1], 0) + n


def _without_zeros(document: Mapping[str, Any]) -> dict[str, int]:
    flat: dict[str, int] = {}
    for part in ("moved", "booked"):
        for kind, keys in document.get(part, {}).items():
            for key, measures in keys.items():
                flat |= {f"{part}.{kind}.{key}.{name}": n for name, n in measures.items() if n}
    return flat


def place(school: str = "S001", division: str = "230822", **changes: Any) -> Place:
    """A rural primary school with a branch of its own."""
    return Place(school, division, "primary", "rural", "own")._replace(**changes)


def known(*places: Place, registry: Iterable[int] = (1,), indicators: Mapping[str, str] | None = None) -> Known:
    """The same places at each of these registry seqs, and one checklist."""
    found = {(at.school, seq): at for at in places or (place(),) for seq in registry}
    return Known(found, {"school-branch@1": indicators or {}})
