"""Records still in Kafka are copies of the ledger, to the byte."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from dudao.verify.findings import Findings
from dudao.verify.log import Log, Sealed

_QUIET_MS: Final = 1500
_CONNECT_S: Final = 20.0
_LOOK_EVERY: Final = 0.05
_ASK_EVERY: Final = 1.0


def expected_headers(event: Sealed) -> dict[str, str]:
    """What the record of an event must say of itself."""
    return {
        "ce_id": event.id,
        "ce_type": event.type,
        "ce_subject": event.subject,
        "ce_ledger": event.ledger,
        "ce_stream": str(event.stream),
        "ce_seq": str(event.seq),
        "ce_hash": event.hash.hex(),
        "ce_version": str(event.version),
        "ce_registry": str(event.registry),
        "ce_sealed": str(event.sealed_at),
        "ce_at": str(event.at),
    }


def fault_of(record: Any, log: Log) -> str | None:
    """Why a record is not a copy of the ledger's event, if it is not; one sealed after the reading is left open."""
    try:
        said = {name: value.decode() for name, value in record.headers if name.startswith("ce_")}
        stream, seq = int(said["ce_stream"]), int(said["ce_seq"])
    except (KeyError, ValueError, AttributeError):
        return "no headers of ours"
    if seq > log.heads.get(stream, (0, b""))[0] and int(said.get("ce_sealed", "0")) > log.sealed_through:
        return None
    event = log.at(stream, seq)
    if event is None or event.seq != seq:
        return f"no such entry: {stream}/{seq}"
    if record.value != event.data or record.key != event.key.encode():
        return f"other content at {stream}/{seq}"
    wrong = [name for name, value in expected_headers(event).items() if said.get(name) != value]
    return f"other {', '.join(wrong)} at {stream}/{seq}" if wrong else None


async def partitions_of(consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    """The partitions of a topic, none where there is no such topic; raises `TimeoutError`."""
    if topic not in await consumer.topics():
        return []
    async with asyncio.timeout(_CONNECT_S):
        while not (partitions := await _partitions_of_subscribed(consumer, topic)):
            pass
    consumer.unsubscribe()
    return [TopicPartition(topic, number) for number in sorted(partitions)]


async def _partitions_of_subscribed(consumer: AIOKafkaConsumer, topic: str) -> set[int] | None:
    """Only of what is subscribed to does a client learn the partitions: without this Kafka's are never known.

    It asks once for each subscription and, where that came to nothing, not again for minutes.
    """
    consumer.subscribe([topic])
    with suppress(TimeoutError):
        async with asyncio.timeout(_ASK_EVERY):
            # The client has no event for it that is not its own.
            while not (partitions := consumer.partitions_for_topic(topic)):  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_EVERY)
            return set(partitions)
    return None


async def check_records(bootstrap: str, log: Log, findings: Findings) -> str | None:
    """Read a topic from its beginning to its end; returns why it could not be read, if so."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
    try:
        await asyncio.wait_for(consumer.start(), _CONNECT_S)
    except (KafkaError, TimeoutError) as error:
        await consumer.stop()
        return f"{log.ledger.topic}: {type(error).__name__}"
    try:
        await _read(consumer, log, findings)
    except (KafkaError, TimeoutError) as error:
        return f"{log.ledger.topic}: {type(error).__name__}"
    finally:
        await consumer.stop()
    return None


async def _read(consumer: AIOKafkaConsumer, log: Log, findings: Findings) -> None:
    partitions = await partitions_of(consumer, log.ledger.topic)
    if not partitions:
        return
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    # The embedded broker's end offsets were seen a few short: what counts as the end is that nothing more comes.
    while batch := await consumer.getmany(timeout_ms=_QUIET_MS):
        _check(batch, log, findings)


def _check(batch: Mapping[TopicPartition, list[Any]], log: Log, findings: Findings) -> None:
    for partition, records in batch.items():
        for record in records:
            findings.count("records")
            fault = fault_of(record, log)
            if fault is not None:
                findings.add("record-forged", f"{partition.topic}/{partition.partition}@{record.offset}", fault)
