"""From sealed entries to units of the alerts ledger: the same entries give the same bytes."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

import contracts
from contracts.alerts import AlertEvent
from contracts.cause import Actor
from contracts.ledgers import ALERTS, LISTS, stream_of
from contracts.lists import ISSUE_EVENTS, Clock, Deadline, IssueEvent, Responsibility
from runtime.canonical import encode
from runtime.errors import NotFound
from runtime.ids import derive_id
from runtime.ledger.model import Entry, Unit
from services.notification.application.issue_events import occurrence_of
from services.notification.application.raise_alerts import RaiseAlerts
from services.notification.domain.occurrence import Due, Lead
from services.notification.domain.rules import VERBS
from services.notification.domain.surroundings import Holding, Surroundings

SAMPLES = Path(contracts.__file__).parent / "samples"
SEALED_AT = 1_790_000_000_123_456


def event_of(type_: str, **changes: Any) -> IssueEvent:
    event = msgspec.json.decode((SAMPLES / f"{type_}.json").read_bytes(), type=IssueEvent)
    return msgspec.structs.replace(event, entry=msgspec.structs.replace(event.entry, **changes))


def entry_of(type_: str, data: bytes, **changes: Any) -> Entry:
    entry = Entry(
        ledger=LISTS.name,
        stream=stream_of(LISTS, "S001"),
        seq=7,
        id="r1/0/0",
        type=type_,
        subject="issue/I-1",
        key="S001",
        version=3,
        registry=41,
        at=SEALED_AT - 5000,
        sealed_at=SEALED_AT,
        data=data,
        hash=b"\x01" * 32,
        traceparent="00-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
    )
    return replace(entry, **changes)


ASSIGNED = "inspection.issue.assigned.v1"


class KnownStructures:
    """Structures by registry seq: what is asked for as of another one is not there."""

    def __init__(self, by_seq: dict[int, Surroundings]) -> None:
        self._by_seq = by_seq
        self.asked: list[tuple[str, str | None, int]] = []

    async def around(self, school: str, team: str | None, registry: int) -> Surroundings:
        self.asked.append((school, team, registry))
        if registry not in self._by_seq:
            raise NotFound(school)
        return self._by_seq[registry]

    async def officers(self, bodies: Sequence[str], registry: int) -> frozenset[Holding]:
        return frozenset(Holding(body, "county_officer", f"P-officer-of-{body}") for body in bodies)

    async def schools_of(self, divisions: Sequence[str]) -> list[str]:
        return list(divisions)


class KeptUnits:
    def __init__(self) -> None:
        self.units: list[Unit] = []

    async def write(self, units: Sequence[Unit], session: str) -> None:
        assert session == "the watermark's session"
        self.units.extend(units)


def structure(*secretaries: str) -> Surroundings:
    return Surroundings(
        school="S001",
        school_name="佳木斯市第一中学",
        covered=False,
        branches=("B001",),
        division="230822",
        city="230800",
        city_direct=False,
        team=None,
        holdings=frozenset(Holding("B001", "secretary", person) for person in secretaries),
    )


async def raised(*entries: Entry, by_seq: dict[int, Surroundings] | None = None) -> list[Unit]:
    kept = KeptUnits()
    structures = KnownStructures(by_seq or {41: structure("P-a", "P-b")})
    await RaiseAlerts(structures, kept).apply(entries, "the watermark's session")
    return kept.units


def alerts_in(unit: Unit) -> list[AlertEvent]:
    return [msgspec.json.decode(e.data, type=AlertEvent) for change in unit.changes for e in change.events]


async def test_an_event_raises_one_unit_with_one_alert_a_person() -> None:
    (unit,) = await raised(entry_of(ASSIGNED, encode(event_of(ASSIGNED, number="2026-1-0009"))))
    alerts = [event.entry for event in alerts_in(unit)]
    assert [alert.person for alert in alerts] == ["P-a", "P-b"]
    assert [alert.id for alert in alerts] == [derive_id("r1/0/0", "assigned", p) for p in ("P-a", "P-b")]
    assert {(a.event, a.school, a.source, a.raised_at) for a in alerts} == {
        ("r1/0/0", "S001", "supervision", "2026-09-21T14:13:20.123456Z")
    }
    assert "2026-1-0009" in alerts[0].title
    assert all(change.expected == 0 and change.ledger == ALERTS.name for change in unit.changes)
    assert {(c.key, c.stream) for c in unit.changes} == {("S001", stream_of(ALERTS, "S001"))}
    assert unit.changes[0].aggregate == unit.changes[0].events[0].subject == f"alert/{alerts[0].id}"
    assert (unit.at, unit.traceparent) == (SEALED_AT, "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01")


async def test_state_and_event_tell_the_same() -> None:
    (unit,) = await raised(entry_of(ASSIGNED, encode(event_of(ASSIGNED))))
    for change, event in zip(unit.changes, alerts_in(unit), strict=True):
        assert msgspec.to_builtins(event.entry) == change.state


async def test_the_same_entry_gives_the_same_bytes() -> None:
    entry = entry_of(ASSIGNED, encode(event_of(ASSIGNED)))
    assert await raised(entry) == await raised(entry)


async def test_another_event_of_the_same_issue_is_another_request() -> None:
    entry = entry_of(ASSIGNED, encode(event_of(ASSIGNED)))
    first, second = await raised(entry, replace(entry, id="r2/0/0", seq=8))
    assert first.request != second.request
    assert {c.id for c in first.changes}.isdisjoint({c.id for c in second.changes})


async def test_recipients_are_those_of_the_entrys_registry_seq() -> None:
    entry = entry_of(ASSIGNED, encode(event_of(ASSIGNED)))
    by_seq = {41: structure("P-then"), 42: structure("P-now")}
    first, second = await raised(entry, replace(entry, id="r2/0/0", registry=42), by_seq=by_seq)
    told = [alerts_in(unit)[0].entry for unit in (first, second)]
    # The number goes along, so that reports can place the alert by the same structure.
    assert [(alert.person, alert.registry) for alert in told] == [("P-then", 41), ("P-now", 42)]


async def test_an_event_without_recipients_writes_nothing() -> None:
    assert await raised(entry_of(ASSIGNED, encode(event_of(ASSIGNED))), by_seq={41: structure()}) == []


async def test_an_unknown_school_is_an_error_not_a_lost_alert() -> None:
    with pytest.raises(NotFound):
        await raised(entry_of(ASSIGNED, encode(event_of(ASSIGNED)), registry=40))


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff\xfe", b'{"entry": 1, "cause": 2}'])
async def test_data_that_cannot_be_read_is_an_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"r1/0/0"):
        await raised(entry_of(ASSIGNED, data))


@pytest.mark.parametrize(
    "type_", ["inspection.visit.submitted.v1", "inspection.issue.drafted.v1", "inspection.issue.assigned.v9", ""]
)
async def test_types_no_rule_listens_to_are_not_even_read(type_: str) -> None:
    assert await raised(entry_of(type_, b"not json")) == []


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_rules_event_reads_its_golden_sample(verb: str) -> None:
    type_ = f"inspection.issue.{verb}.v1"
    assert type_ in ISSUE_EVENTS
    occurrence = occurrence_of(entry_of(type_, (SAMPLES / f"{type_}.json").read_bytes()))
    assert occurrence is not None
    assert (occurrence.verb, occurrence.school, occurrence.number) == (verb, "S001", "2026-1-0037")


def responsibility(person: str, **changes: Any) -> Responsibility:
    row = Responsibility(
        id=f"R-{person}",
        person=person,
        part="lead",
        since="2026-09-25T08:00:00.000000Z",
        sign_by=Deadline(day="2026-10-08"),
        signed_at=None,
        superseded_at=None,
        superseded_reason=None,
    )
    return msgspec.structs.replace(row, **changes)


def test_only_a_standing_unsigned_lead_must_sign() -> None:
    rows = (
        responsibility("P-lead"),
        responsibility("P-other", part="other"),
        responsibility("P-signed", signed_at="2026-09-26T08:00:00.000000Z"),
        responsibility("P-gone", superseded_at="2026-09-26T08:00:00.000000Z"),
    )
    type_ = "inspection.issue.replanned.v1"
    occurrence = occurrence_of(entry_of(type_, encode(event_of(type_, responsibilities=rows))))
    assert occurrence is not None
    assert occurrence.unsigned_leads == (Lead("P-lead", Due("2026-10-08")),)


def test_who_took_part_is_barred_and_the_running_clock_is_the_due_day() -> None:
    type_ = "inspection.issue.reported.v1"
    event = event_of(type_)
    report = msgspec.structs.replace(
        event.entry.reports[0], by=Actor(person="P-r", role="secretary", organisation="B1")
    )
    due = Deadline(day="2027-01-08", provisional=True)
    clock = Clock(owner="checker", since=event.entry.clock.since, due=due, reason="初核")
    planner = Actor(person="P-p", role="secretary", organisation="B1")
    rows = (responsibility("P-lead"),)
    changed = event_of(type_, reports=(report,), clock=clock, planned_by=planner, responsibilities=rows)
    occurrence = occurrence_of(entry_of(type_, encode(changed)))
    assert occurrence is not None
    assert occurrence.barred == {"P-r", "P-p", "P-lead"}
    assert occurrence.handle_by == Due("2027-01-08", provisional=True)


def test_a_standing_issue_has_its_check_date_for_a_deadline() -> None:
    changed = event_of(ASSIGNED, deadline=None, next_check=Deadline(day="2026-12-01"))
    occurrence = occurrence_of(entry_of(ASSIGNED, encode(changed)))
    assert occurrence is not None
    assert occurrence.deadline == Due("2026-12-01")
