"""From Kafka's records to entries; what is none is told apart, never dropped unseen."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from runtime.ledger.model import Entry
from runtime.ledger.wire import from_kafka

if TYPE_CHECKING:
    from aiokafka import ConsumerRecord


def read(records: "Sequence[ConsumerRecord]", ledger: str) -> "tuple[list[Entry], list[ConsumerRecord]]":
    """The entries of a ledger among the records, and the records that are none."""
    entries: list[Entry] = []
    false: list[ConsumerRecord] = []
    for record in records:
        entry = _entry(record)
        if entry is not None and entry.ledger == ledger:
            entries.append(entry)
        else:
            false.append(record)
    return entries, false


def _entry(record: "ConsumerRecord") -> Entry | None:
    try:
        return from_kafka(record.key, record.value, record.headers)
    except ValueError:
        return None
