"""Both brokers take and give records; Apache Kafka keeps them over a kill, Tansu does not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from dudao.embedded import Kafka, ServerFailed, Tansu, kafka
from dudao.embedded.kafka_protocol import answers_metadata
from dudao.embedded.ports import free_port
from tests.servers import Broker

_TOPIC = "embedded.records"
_RECORDS = [b"one", "督导".encode(), b"", b"x" * 100_000]


@asynccontextmanager
async def _producer(bootstrap: str, *, idempotent: bool) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=idempotent, compression_type="lz4", linger_ms=5
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def _create(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(_TOPIC, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


async def _produce(bootstrap: str, *, idempotent: bool) -> None:
    await _create(bootstrap)
    async with _producer(bootstrap, idempotent=idempotent) as producer:
        for value in _RECORDS:
            await producer.send_and_wait(_TOPIC, value, headers=[("ce_id", b"1")])


async def _consume(bootstrap: str, count: int) -> list[bytes | None]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    consumer.assign([TopicPartition(_TOPIC, 0)])
    await consumer.start()
    try:
        return [(await consumer.getone()).value for _ in range(count)]
    finally:
        await consumer.stop()


async def test_records_come_back_as_they_were_sent(broker: Broker) -> None:
    await _produce(broker.bootstrap, idempotent=broker.idempotent)
    assert await _consume(broker.bootstrap, len(_RECORDS)) == _RECORDS


async def test_kafka_keeps_records_over_a_kill(tmp_path: Path) -> None:
    reason = kafka.available()
    if reason:
        pytest.skip(reason)
    with Kafka(tmp_path) as server:
        await _produce(server.bootstrap, idempotent=True)
        server.kill()
        server.start()
        assert await _consume(server.bootstrap, len(_RECORDS)) == _RECORDS


async def test_tansu_is_empty_after_a_kill(tmp_path: Path) -> None:
    with Tansu(tmp_path) as server:
        await _produce(server.bootstrap, idempotent=False)
        server.kill()
        assert not answers_metadata(server.port)
        server.start()
        await _create(server.bootstrap)
        async with _producer(server.bootstrap, idempotent=False) as producer:
            await producer.send_and_wait(_TOPIC, b"first of the new topic")
        assert await _consume(server.bootstrap, 1) == [b"first of the new topic"]


def test_broker_on_a_taken_port_is_refused(tmp_path: Path) -> None:
    with Tansu(tmp_path / "one") as one:
        with pytest.raises(ServerFailed, match="is taken"):
            Tansu(tmp_path / "two", port=one.port).start()
        assert answers_metadata(one.port)


def test_nobody_listening_is_not_an_answer() -> None:
    assert not answers_metadata(free_port())
