"""Alerts, units and registry entries for notification's tests on real servers."""

from dataclasses import replace
from typing import Any

import msgspec

from contracts.cause import Actor, Cause
from contracts.ledgers import REGISTRY
from contracts.registry import Branch, BranchEvent, Division, DivisionEvent, Grant, GrantEvent, School, SchoolEvent
from runtime.canonical import encode
from runtime.clock import from_micros, to_text
from runtime.ledger.model import Answer, Entry, Unit
from services.notification.application.alert_changes import change_of
from services.notification.domain.alert import Alert, AlertRaised

CAUSE = Cause(
    command="RaiseAlerts",
    request="r",
    actor=Actor(person="service:notification", role="service", organisation="notification"),
    at="2026-09-25T08:00:00.000000Z",
)


def alert(number: int, person: str = "P-1", **changes: Any) -> Alert:
    made = Alert(
        id=f"{number:032x}",
        rule="assigned",
        person=person,
        school="S001",
        event=f"r{number}/0/0",
        subject="issue/I-1",
        title="待签收：问题 1",
        text="…",
        must_acknowledge=True,
        raised_at=to_text(from_micros(1_790_000_000_000_000 + number)),
        source="supervision",
    )
    return replace(made, **changes)


def unit(number: int, *alerts: Alert) -> Unit:
    return Unit(
        request=f"request-{number}",
        body_hash="h",
        command="RaiseAlerts",
        principal="service:notification",
        at=1_790_000_000_000_000 + number,
        changes=tuple(change_of(AlertRaised(one), 0, CAUSE) for one in alerts),
        answer=Answer(status=204, body=b""),
    )


DIVISION = Division(id="230822", name="桦南县", kind="county", parent="230800", principal_pilot=False)
SCHOOL = School(
    id="S001",
    code="230822-P01",
    name="桦南县第一小学",
    division="230822",
    level="primary",
    locality="county_seat",
    organised="affiliated",
    branch="B001",
    party_members=3,
    teachers=20,
)
BRANCH = Branch(
    id="B001",
    name="桦南县第二小学党支部",
    kind="branch",
    form="affiliated",
    lead_school="S002",
    parent="B000",
    schools=("S001", "S002"),
    members=12,
)
REGISTERED: tuple[tuple[str, msgspec.Struct], ...] = (
    ("inspection.division.registered.v1", DivisionEvent(entry=DIVISION, cause=CAUSE)),
    (
        "inspection.branch.registered.v1",
        BranchEvent(
            entry=msgspec.structs.replace(BRANCH, id="B000", kind="committee", parent=None, schools=()), cause=CAUSE
        ),
    ),
    ("inspection.branch.registered.v1", BranchEvent(entry=BRANCH, cause=CAUSE)),
    ("inspection.school.registered.v1", SchoolEvent(entry=SCHOOL, cause=CAUSE)),
)


def grant_event(name: str, role: str, organisation: str, *, revoked: bool = False) -> tuple[str, GrantEvent]:
    grant = Grant(id=f"G-{name}", person=f"P-{name}", role=role, organisation=organisation, revoked=revoked)
    return f"inspection.grant.{'revoked' if revoked else 'given'}.v1", GrantEvent(entry=grant, cause=CAUSE)


def registry_entry(seq: int, type_: str, event: Any) -> Entry:
    subject = f"{type_.split('.')[1]}/{event.entry.id}"
    return Entry(
        ledger=REGISTRY.name,
        stream=0,
        seq=seq,
        id=f"reg{seq}/0/0",
        type=type_,
        subject=subject,
        key="registry",
        version=1,
        registry=seq,
        at=seq,
        sealed_at=seq,
        data=encode(event),
        hash=b"\0" * 32,
    )
