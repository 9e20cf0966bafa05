"""Aggregates to ledger changes: the one place where events get their bytes."""

from collections.abc import Iterable
from typing import Any, Protocol

import msgspec

from contracts.cause import Cause
from contracts.ledgers import LISTS, REGISTRY, stream_of
from runtime.canonical import encode
from runtime.ledger.model import Change, Event
from services.inspection.application.sought import sought_by

COLLECTIONS = {
    "division": "divisions",
    "school": "schools",
    "branch": "branches",
    "person": "people",
    "grant": "grants",
    "checklist": "checklists",
    "team": "teams",
    "round": "rounds",
    "calendar": "calendars",
    "venue": "venues",
    "holiday": "holidays",
    "absence": "absences",
    "commitment": "commitments",
    "nomination": "nominations",
    "planning": "planning_terms",
    "draw": "draws",
    "terms": "terms",
    "visit": "visits",
    "issue": "issues",
    "evidence": "evidence",
    "liaison": "liaisons",
    "request": "requests",
    "material": "materials",
}


class Aggregate(Protocol):
    """Anything with an immutable id."""

    @property
    def id(self) -> str:
        """The immutable id."""
        ...


class OfSchool(Aggregate, Protocol):
    """An aggregate of the lists ledger: it belongs to one school for ever."""

    @property
    def school(self) -> str:
        """The school's immutable id: the stream's key."""
        ...


Verb = tuple[str, str | None]


def _subject(aggregate: str, type_: str, focus: str | None) -> str:
    part = type_.split(".")[1]
    return f"{aggregate}/{part}/{focus}" if focus else aggregate


def _event(aggregate: str, verb: Verb, state: Any, cause: Cause, focusable: bool) -> Event:
    type_, focus = verb
    data: dict[str, Any] = {"entry": state, "cause": cause}
    if focusable:
        data["focus"] = focus
    return Event(type=type_, subject=_subject(aggregate, type_, focus), data=encode(data))


def of_school(kind: str, value: OfSchool, expected: int, verbs: Iterable[Verb], cause: Cause) -> Change:
    """A change in the lists ledger; `expected` is the version the aggregate was loaded at, 0 for a new one."""
    state = msgspec.to_builtins(value)
    aggregate = f"{kind}/{value.id}"
    events = tuple(_event(aggregate, verb, state, cause, kind == "issue") for verb in verbs)
    return Change(
        ledger=LISTS.name,
        stream=stream_of(LISTS, value.school),
        key=value.school,
        collection=COLLECTIONS[kind],
        id=value.id,
        aggregate=aggregate,
        expected=expected,
        state=state,
        events=events,
        sought=sought_by(kind, value, state),
    )


def of_registry(kind: str, value: Aggregate, expected: int, verb: str, cause: Cause) -> Change:
    """A change in the registry ledger; `verb` as in `registered`."""
    state = msgspec.to_builtins(value)
    aggregate = f"{kind}/{value.id}"
    type_ = f"inspection.{kind}.{verb}.v1"
    return Change(
        ledger=REGISTRY.name,
        stream=0,
        key=REGISTRY.name,
        collection=COLLECTIONS[kind],
        id=value.id,
        aggregate=aggregate,
        expected=expected,
        state=state,
        events=(_event(aggregate, (type_, None), state, cause, focusable=False),),
    )
