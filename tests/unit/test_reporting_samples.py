"""The golden sample of every event that reporting reads is understood, and counts."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

import contracts
from contracts.alerts import ALERT_EVENTS
from contracts.lists import EVIDENCE_EVENTS, ISSUE_EVENTS, VISIT_EVENTS
from runtime import canonical
from runtime.ledger.model import Entry
from services.reporting.folding import fold
from services.reporting.reading import Known, checklist_needed, facts_of, read, structure_of
from services.reporting.registry import indicators_of
from tests.reporting_samples import checklist, place

SAMPLES = Path(contracts.__file__).parent / "samples"


def sampled(event: str) -> Entry:
    data = (SAMPLES / f"{event}.json").read_bytes()
    told = canonical.decode(data)["entry"]
    return Entry(
        ledger="lists", stream=1, seq=1, id="e", type=event, subject=f"thing/{told['id']}", key=told["school"],
        version=1, registry=1, at=1, sealed_at=1, data=data, hash=b"",
    )  # fmt: skip


def counted(entry: Entry) -> list[str]:
    """The subjects that count something after the event."""
    data = read(entry)
    indicators: dict[str, dict[str, str]] = {name: {} for name in [checklist_needed(data)] if name is not None}
    known = Known({(entry.key, structure_of(entry, data)): place(entry.key)}, indicators)
    effects = fold([(entry, facts_of(entry, data, known))], {})
    assert [len(rows) for rows in effects.changes.values()] == [1]
    return sorted({subject for subject, moved in effects.moves.items() if moved})


@pytest.mark.parametrize("event", ISSUE_EVENTS)
def test_sample_of_an_issue_counts_as_an_issue(event: str) -> None:
    assert counted(sampled(event)) == ["issues"]


@pytest.mark.parametrize("event", VISIT_EVENTS)
def test_sample_of_a_visit_counts_as_a_visit(event: str) -> None:
    assert counted(sampled(event)) == ["visits"]


@pytest.mark.parametrize("event", ALERT_EVENTS)
def test_sample_of_an_alert_counts_as_an_alert(event: str) -> None:
    assert counted(sampled(event)) == ["alerts"]


@pytest.mark.parametrize("event", [*EVIDENCE_EVENTS, "inspection.issue.unheard_of.v1"])
def test_what_is_not_counted_leaves_only_its_row(event: str) -> None:
    entry = replace(sampled(EVIDENCE_EVENTS[0]), type=event)
    assert read(entry) is None
    assert counted(entry) == []


def test_unknown_fields_do_not_hinder() -> None:
    entry = sampled(ISSUE_EVENTS[0])
    told = canonical.decode(entry.data)
    told["entry"]["added_later"] = {"x": 1}
    assert msgspec.to_builtins(read(entry)) == msgspec.to_builtins(read(replace(entry, data=canonical.encode(told))))


def test_data_that_breaks_the_contract_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        read(replace(sampled(ISSUE_EVENTS[0]), data=b'{"entry": {"id": 1}}'))


def test_only_count_items_feed_the_indicators() -> None:
    published = msgspec.to_builtins(checklist({"C8": "activity_room", "F3": "master_studio"}))
    published["items"][1]["type"] = "yes_no"
    assert indicators_of(published) == {"C8": "activity_room"}
