"""Every consumer still reads every golden sample: what was published once stays readable."""

from pathlib import Path

import pytest

from contracts import samples
from contracts.catalogue import TYPES_OF
from runtime.ledger.model import Entry
from services.notification.application.issue_events import occurrence_of
from services.reporting.reading import read

SAMPLES = Path(samples.__file__).parent
LISTENED = {
    "assigned", "returned", "reopened", "withdrawn", "submitted", "reported", "checked", "planned", "closed",
    "objected", "objection_decided", "help_asked", "help_passed_up", "help_decided", "extension_asked",
    "extension_decided", "urged", "card_issued", "card_decided",
}  # fmt: skip


def _entry(ledger: str, type_: str) -> Entry:
    kind = type_.split(".")[1]
    return Entry(
        ledger=ledger,
        stream=1,
        seq=1,
        id="r/0/0",
        type=type_,
        subject=f"{kind}/x",
        key="S001",
        version=1,
        registry=1,
        at=1,
        sealed_at=1,
        data=(SAMPLES / f"{type_}.json").read_bytes(),
        hash=b"",
    )


@pytest.mark.parametrize("type_", TYPES_OF["lists"])
def test_notification_reads_it(type_: str) -> None:
    occurrence = occurrence_of(_entry("lists", type_))
    verb = type_.split(".")[2]
    if type_.startswith("inspection.issue.") and verb in LISTENED:
        assert occurrence is not None
        assert (occurrence.verb, occurrence.school) == (verb, "S001")


@pytest.mark.parametrize(
    ("ledger", "type_"), [(name, type_) for name in ("lists", "alerts") for type_ in TYPES_OF[name]]
)
def test_reporting_reads_it(ledger: str, type_: str) -> None:
    data = read(_entry(ledger, type_))
    counted = type_.split(".")[1] not in {"evidence", "liaison", "request", "material"}
    assert (data is not None) == counted
