"""Topics of a benchmark: made, their ends looked at, the records of one round read and nothing before it."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from runtime.ledger.model import Entry
from runtime.ledger.wire import to_kafka

PARTITIONS: Final = 8
_LOOK_EVERY_S: Final = 0.01
_PATIENCE_S: Final = 180.0

Ends = Mapping[TopicPartition, int]


class RoundTimeoutError(Exception):
    """What was to come did not come in time."""


async def make_topics(bootstrap: str, names: Iterable[str]) -> None:
    """Make topics of eight partitions."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names])
    finally:
        await admin.close()


async def joined(bootstrap: str, group: str, patience_s: float = 60.0) -> None:
    """Wait until a consumer group has a member and is at rest; one that slept too long must join anew."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    deadline = time.perf_counter() + patience_s
    try:
        while not await _stable(admin, group):
            if time.perf_counter() > deadline:
                raise RoundTimeoutError(f"the group {group} has no member within {patience_s:g} s")
            await asyncio.sleep(0.1)
    finally:
        await admin.close()


async def committed(bootstrap: str, group: str, count: int, patience_s: float = 60.0) -> None:
    """Wait until a group has committed so many records of all that it reads: else it may rightly take them again."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    deadline = time.perf_counter() + patience_s
    try:
        while True:
            offsets = await admin.list_consumer_group_offsets(group)
            done = sum(max(0, at.offset) for at in offsets.values())
            if done >= count:
                return
            if time.perf_counter() > deadline:
                raise RoundTimeoutError(f"the group {group} committed {done} of {count} within {patience_s:g} s")
            await asyncio.sleep(0.1)
    finally:
        await admin.close()


async def _stable(admin: AIOKafkaAdminClient, group: str) -> bool:
    for answer in await admin.describe_consumer_groups([group]):
        for _, _, state, _, _, members, *_ in answer.groups:
            return state == "Stable" and bool(members)
    return False


class Topic:
    """One topic, looked at from outside: no group, nothing committed."""

    def __init__(self, bootstrap: str, name: str) -> None:
        self.name = name
        self._partitions = [TopicPartition(name, number) for number in range(PARTITIONS)]
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest",
            max_partition_fetch_bytes=4 * 1024 * 1024,
        )  # fmt: skip

    async def open(self) -> None:
        """Connect."""
        await self._consumer.start()
        self._consumer.assign(self._partitions)

    async def close(self) -> None:
        """Let go."""
        await self._consumer.stop()

    async def ends(self) -> Ends:
        """The end of every partition now."""
        found: Ends = await self._consumer.end_offsets(self._partitions)
        return found

    async def grown(self, start: Ends, count: int, patience_s: float = _PATIENCE_S) -> float:
        """Wait until `count` records were added since `start`; gives the instant (`perf_counter`) that was seen.

        Only ends are looked at meanwhile, every 10 ms: reading would take a share of the machine from who is measured.
        Raises `RoundTimeoutError`.
        """
        deadline = time.perf_counter() + patience_s
        while True:
            ends = await self.ends()
            now = time.perf_counter()
            added = sum(ends.values()) - sum(start.values())
            if added >= count:
                return now
            if now > deadline:
                raise RoundTimeoutError(f"{self.name}: {added} of {count} records within {patience_s:g} s")
            await asyncio.sleep(_LOOK_EVERY_S)

    async def since(self, start: Ends) -> list[ConsumerRecord]:
        """Every record from `start` to the present end, partition by partition in order."""
        ends = await self.ends()
        for partition, offset in start.items():
            self._consumer.seek(partition, offset)
        wanted = sum(ends.values()) - sum(start.values())
        found: list[ConsumerRecord] = []
        while len(found) < wanted:
            brought = await self._consumer.getmany(timeout_ms=1000, max_records=10_000)
            if not brought:
                raise RoundTimeoutError(f"{self.name}: {len(found)} of {wanted} records could be read")
            found.extend(record for records in brought.values() for record in records)
        return found


async def publish(bootstrap: str, topic: str, entries: Sequence[Entry], *, headers: bool) -> None:
    """Put sealed entries into a topic as the relay does, or without their headers: key and value alone."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", compression_type="zstd", max_batch_size=128 * 1024
    )
    await producer.start()
    try:
        parts: dict[int, list[Entry]] = {}
        for entry in entries:
            parts.setdefault(entry.stream % PARTITIONS, []).append(entry)
        await asyncio.gather(*(_publish(producer, topic, number, part, headers) for number, part in parts.items()))
        await producer.flush()
    finally:
        await producer.stop()


async def _publish(
    producer: AIOKafkaProducer, topic: str, partition: int, entries: Sequence[Entry], headers: bool
) -> None:
    batch = producer.create_batch()
    for entry in entries:
        key, value, told = to_kafka(entry, "/dudao/bench")
        stamp, names = entry.at // 1000, told if headers else []
        if batch.append(key=key, value=value, timestamp=stamp, headers=names) is None:
            await producer.send_batch(batch, topic, partition=partition)
            batch = producer.create_batch()
            batch.append(key=key, value=value, timestamp=stamp, headers=names)
    batch.close()
    await producer.send_batch(batch, topic, partition=partition)
