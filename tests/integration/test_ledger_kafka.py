"""Published to real brokers: every entry arrives, proves its chain, and survives brokers and relays that die."""

import asyncio
import os
import secrets
import signal
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from dudao.embedded import Kafka
from dudao.embedded.kafka import available
from runtime.clock import SystemClock
from runtime.ledger.chain import chains, genesis
from runtime.ledger.initialise import initialise
from runtime.ledger.model import Entry
from runtime.ledger.outlet import KafkaAddress, KafkaOutlet, OutletError
from runtime.ledger.relay import Relay, start_relay
from runtime.ledger.wire import from_kafka
from runtime.ledger.writer import GroupWriter
from runtime.mongo import Database, Mongo
from tests.ledger_world import Topic, all_published, all_sealed, change, eventually, everything, ledger_id_of, unit
from tests.servers import Broker

PARTITIONS = 3
CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
async def mongo(mongod_url: str) -> AsyncIterator[Mongo]:
    client = Mongo(mongod_url)
    yield client
    await client.close()


@pytest.fixture
def prefix() -> str:
    return f"t{secrets.token_hex(4)}"


@pytest.fixture
def ledgers(prefix: str) -> tuple[Topic, ...]:
    return (Topic("registry", f"{prefix}.registry", 1), Topic("lists", f"{prefix}.lists", 8))


@pytest.fixture
async def db(mongo: Mongo, database: str, ledgers: tuple[Topic, ...]) -> Database:
    made = mongo.database(database)
    await initialise(mongo, made, ledgers, ["things"])
    return made


@pytest.fixture
async def writer(mongo: Mongo, db: Database) -> AsyncIterator[GroupWriter]:
    made = GroupWriter(mongo, db)
    made.start()
    yield made
    await made.stop()


async def make_topics(bootstrap: str, ledgers: tuple[Topic, ...]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(ledger.topic, min(PARTITIONS, ledger.streams), 1) for ledger in ledgers])
    finally:
        await admin.close()


@asynccontextmanager
async def stopping(relay: Relay) -> AsyncIterator[Relay]:
    try:
        yield relay
    finally:
        await relay.stop()


async def write(writer: GroupWriter, name: str, count: int) -> None:
    await asyncio.gather(
        writer.write(unit(change(f"{name}-school", ledger="registry", stream=0))),
        *(writer.write(unit(change(f"{name}-{i}", stream=i % 8, events=1 + i % 2))) for i in range(count)),
    )


async def read_until(
    bootstrap: str, ledgers: tuple[Topic, ...], wanted: set[str]
) -> dict[tuple[str, int], list[Entry]]:
    """All entries by (topic, partition), from the beginning until every wanted id was seen."""
    consumer = AIOKafkaConsumer(
        *(ledger.topic for ledger in ledgers), bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    found: dict[tuple[str, int], list[Entry]] = defaultdict(list)
    seen: set[str] = set()
    try:
        async with asyncio.timeout(40):
            while not wanted <= seen:
                for place, records in (await consumer.getmany(timeout_ms=200)).items():
                    entries = [from_kafka(record.key, record.value, record.headers) for record in records]
                    found[place.topic, place.partition].extend(entries)
                    seen.update(entry.id for entry in entries)
    finally:
        await consumer.stop()
    return found


async def test_every_entry_arrives_once_in_order_and_proves_its_chain(
    mongo: Mongo, db: Database, writer: GroupWriter, broker: Broker, ledgers: tuple[Topic, ...]
) -> None:
    await make_topics(broker.bootstrap, ledgers)
    await write(writer, "before", 400)
    address = KafkaAddress(broker.bootstrap, idempotence=broker.idempotent)

    async with stopping(
        start_relay(mongo, db, ledgers, address, SystemClock(), source="/dudao/test", registry="registry")
    ):
        await eventually(lambda: all_sealed(mongo, db))
        await write(writer, "after", 400)
        await eventually(lambda: all_sealed(mongo, db))
        await eventually(lambda: all_published(db))

    sealed = {entry.id: entry for entry in await everything(mongo, db)}
    found = await read_until(broker.bootstrap, ledgers, set(sealed))
    ledger_id = await ledger_id_of(db)
    entries = [entry for part in found.values() for entry in part]
    assert len(entries) == len(sealed) == 1202
    assert all(sealed[entry.id] == entry for entry in entries)
    for (topic, partition), part in found.items():
        ends: dict[int, bytes] = {}
        for entry in part:
            prev = ends.get(entry.stream, genesis(ledger_id, entry.ledger, entry.stream))
            assert chains(prev, entry)
            assert entry.stream % (PARTITIONS if topic.endswith("lists") else 1) == partition
            ends[entry.stream] = entry.hash


@pytest.fixture
def own_kafka(tmp_path: Path) -> Kafka:
    reason = available()
    if reason:
        pytest.skip(reason)
    return Kafka(tmp_path / "kafka")


@pytest.mark.timeout(180)
async def test_a_broker_that_dies_and_comes_back_gets_everything(
    mongo: Mongo, db: Database, writer: GroupWriter, own_kafka: Kafka, ledgers: tuple[Topic, ...]
) -> None:
    await asyncio.to_thread(own_kafka.start)
    await make_topics(own_kafka.bootstrap, ledgers)
    address = KafkaAddress(own_kafka.bootstrap, timeout_s=2.0)
    try:
        async with stopping(
            start_relay(mongo, db, ledgers, address, SystemClock(), source="/dudao/test", registry="registry")
        ) as relay:
            await write(writer, "a", 100)
            await eventually(lambda: all_sealed(mongo, db))
            await eventually(lambda: all_published(db))

            await asyncio.to_thread(own_kafka.kill)
            await write(writer, "b", 100)
            await eventually(lambda: all_sealed(mongo, db))
            await eventually(lambda: relay.unpublished > 0 and relay.problem() is not None, within=40)
            await write(writer, "c", 100)
            await eventually(lambda: all_sealed(mongo, db))

            await asyncio.to_thread(own_kafka.start)
            await eventually(lambda: all_published(db), within=60)
            await eventually(lambda: relay.problem() is None)

        wanted = {entry.id for entry in await everything(mongo, db)}
        found = await read_until(own_kafka.bootstrap, ledgers, wanted)
        assert {entry.id for part in found.values() for entry in part} == wanted
    finally:
        await asyncio.to_thread(own_kafka.stop)


@pytest.mark.parametrize("idempotence", [True, False])
async def test_no_broker_at_all_is_an_error_in_good_time(ledgers: tuple[Topic, ...], idempotence: bool) -> None:
    outlet = KafkaOutlet(KafkaAddress("127.0.0.1:1", idempotence, timeout_s=0.5), ledgers, "/dudao/test")

    async with asyncio.timeout(10):
        with pytest.raises(OutletError):
            await outlet.open()
        with pytest.raises(OutletError):
            await outlet.send([])
        await outlet.close()


class Child:
    """A relay in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def epoch(self) -> int:
        """The next epoch that it leads with (0: it leads no more)."""
        assert self.process.stdout is not None
        async with asyncio.timeout(30):
            line = await self.process.stdout.readline()
        assert line, "the relay's process ended"
        return int(line)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)


@asynccontextmanager
async def relay_process(mongod_url: str, db: Database, bootstrap: str, prefix: str) -> AsyncIterator[Child]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.ledger_relay_process", mongod_url, db.name, bootstrap, prefix),
        cwd=CHECKOUT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Child(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_paused_relay_that_wakes_up_changes_nothing(
    mongod_url: str,
    mongo: Mongo,
    db: Database,
    writer: GroupWriter,
    embedded_broker: str,
    ledgers: tuple[Topic, ...],
    prefix: str,
) -> None:
    await make_topics(embedded_broker, ledgers)
    address = KafkaAddress(embedded_broker, idempotence=False)
    async with relay_process(mongod_url, db, embedded_broker, prefix) as child:
        assert await child.epoch() == 1
        loading = asyncio.create_task(write(writer, "a", 1500))
        await eventually(lambda: _some_sealed(db))
        # Under load: the odds are that it is paused in the middle of a seal.
        child.signal(signal.SIGSTOP)
        await loading

        async with stopping(
            start_relay(mongo, db, ledgers, address, SystemClock(), source="/dudao/test", registry="registry")
        ) as relay:
            await eventually(lambda: relay.leading, within=20)
            await write(writer, "b", 300)
            await eventually(lambda: all_sealed(mongo, db))
            await eventually(lambda: all_published(db))
            cursor = await db["cursors"].find_one({})

            child.signal(signal.SIGCONT)
            assert await child.epoch() == 0
            await write(writer, "c", 300)
            await eventually(lambda: all_sealed(mongo, db))
            await eventually(lambda: all_published(db))
            assert relay.leading
            now = await db["cursors"].find_one({})
            assert cursor is not None
            assert now is not None
            assert now["epoch"] == cursor["epoch"] == relay.epoch

    wanted = {entry.id for entry in await everything(mongo, db)}
    found = await read_until(embedded_broker, ledgers, wanted)
    assert {entry.id for part in found.values() for entry in part} == wanted


async def _some_sealed(db: Database) -> bool:
    return await db["seals"].count_documents({}) > 0


@pytest.mark.timeout(180)
async def test_relays_killed_under_load_lose_nothing_and_leave_no_lock_behind(
    mongod_url: str,
    mongo: Mongo,
    db: Database,
    writer: GroupWriter,
    embedded_broker: str,
    ledgers: tuple[Topic, ...],
    prefix: str,
) -> None:
    await make_topics(embedded_broker, ledgers)
    loading = asyncio.create_task(write(writer, "a", 12_000))
    for _ in range(4):
        async with relay_process(mongod_url, db, embedded_broker, prefix) as child:
            assert await child.epoch() > 0
            await asyncio.sleep(0.3)
            child.signal(signal.SIGKILL)
            await child.process.wait()
    await loading

    async with relay_process(mongod_url, db, embedded_broker, prefix) as child:
        assert await child.epoch() > 4
        await eventually(lambda: all_sealed(mongo, db), within=60)
        wanted = {entry.id for entry in await everything(mongo, db)}
        found = await read_until(embedded_broker, ledgers, wanted)

    assert {entry.id for part in found.values() for entry in part} == wanted
    assert len(wanted) == 18_001
