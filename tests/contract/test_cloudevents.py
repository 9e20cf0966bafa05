"""Our records are CloudEvents 1.0 in Kafka's binary mode: read by software that is not ours."""

import json
from pathlib import Path

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event
from cloudevents.core.formats.json import JSONFormat

from contracts import samples
from contracts.catalogue import SHAPES
from runtime.clock import from_micros
from runtime.ledger.model import Entry
from runtime.ledger.wire import from_kafka, to_kafka

SAMPLES = Path(samples.__file__).parent


def _entry(type_: str) -> Entry:
    return Entry(
        ledger="lists",
        stream=17,
        seq=42,
        id="9a7e/0/0",
        type=type_,
        subject="issue/0b6f",
        key="S001",
        version=3,
        registry=7,
        at=1_772_415_000_000_001,
        sealed_at=1_772_415_000_123_456,
        data=(SAMPLES / f"{type_}.json").read_bytes(),
        hash=bytes(range(32)),
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )


def _decoded(entry: Entry):
    key, value, headers = to_kafka(entry, "/dudao/inspection")
    message = KafkaMessage(headers=dict(headers), key=key, value=value)
    return from_binary_event(message, JSONFormat())


@pytest.mark.parametrize("type_", SHAPES)
def test_every_event_is_read_as_a_cloudevent(type_: str) -> None:
    entry = _entry(type_)
    event = _decoded(entry)
    assert event.get_specversion() == "1.0"
    assert event.get_id() == entry.id
    assert event.get_type() == type_
    assert event.get_source() == "/dudao/inspection"
    assert event.get_subject() == entry.subject
    assert event.get_time() == from_micros(entry.at)
    assert event.get_datacontenttype() == "application/json"
    assert event.get_data() == json.loads(entry.data)


def test_what_is_ours_travels_as_extensions() -> None:
    entry = _entry("inspection.issue.assigned.v1")
    event = _decoded(entry)
    ours = {
        "ledger": "lists",
        "stream": "17",
        "seq": "42",
        "hash": entry.hash.hex(),
        "version": "3",
        "registry": "7",
        "sealed": str(entry.sealed_at),
        "at": str(entry.at),
        "traceparent": entry.traceparent,
    }
    assert {name: event.get_extension(name) for name in ours} == ours


@pytest.mark.parametrize("type_", SHAPES)
def test_the_wire_loses_nothing(type_: str) -> None:
    entry = _entry(type_)
    assert from_kafka(*to_kafka(entry, "/dudao/inspection")) == entry
