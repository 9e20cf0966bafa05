"""What is in a topic, read to its end, against the ledger."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from dudao.verify.log import Log
from dudao.verify.records import fault_of, partitions_of
from tests.faults.servers import Brokers

_MOST: Final = 2000
_QUIET_MS: Final = 500
_PATIENCE_S: Final = 60.0


async def read_topic(brokers: Brokers, topic: str) -> list[ConsumerRecord]:
    """Every record there is now. Raises `KafkaError`, or `TimeoutError` with how far it came."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=brokers.direct, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        async with asyncio.timeout(_PATIENCE_S):
            partitions = await partitions_of(consumer, topic)
            return await _read(consumer, partitions, exact=brokers.real) if partitions else []
    finally:
        await consumer.stop()


async def _read(consumer: AIOKafkaConsumer, partitions: list[TopicPartition], *, exact: bool) -> list[ConsumerRecord]:
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    ends = await consumer.end_offsets(partitions)
    found: list[ConsumerRecord] = []
    while True:
        # The ends first: with a load going on it never gets quiet.
        there = all([await consumer.position(place) >= end for place, end in ends.items()])
        if there and exact:
            return found
        batch: dict[TopicPartition, list[Any]] = await consumer.getmany(timeout_ms=_QUIET_MS, max_records=_MOST)
        found += [record for records in batch.values() for record in records]
        # The embedded broker's end offsets were seen a few short, hence one look more.
        if there:
            return found


@dataclass(frozen=True, slots=True)
class Topic:
    """What a topic holds: how many records, which entries (stream, seq), and what is no copy of the ledger."""

    records: int
    entries: frozenset[tuple[int, int]]
    faults: list[tuple[str, str]]


async def check_topic(brokers: Brokers, log: Log) -> Topic:
    """Everything in a topic, against the ledger."""
    records = await read_topic(brokers, log.ledger.topic)
    judged = [(record, fault_of(record, log)) for record in records]
    faults = [(f"{r.topic}/{r.partition}@{r.offset}", fault) for r, fault in judged if fault is not None]
    return Topic(len(records), frozenset(_place(record) for record, fault in judged if fault is None), faults)


def _place(record: ConsumerRecord) -> tuple[int, int]:
    headers = dict(record.headers)
    return int(headers["ce_stream"]), int(headers["ce_seq"])
