"""The whole consumer: HTTP catch-up, then Kafka (the embedded broker and Apache's), with everything that goes wrong."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from operator import attrgetter
from pathlib import Path

import prometheus_client
import pytest

from dudao.embedded import Tansu
from runtime.clock import SystemClock
from runtime.consumer.aside import SET_ASIDE
from runtime.consumer.consumer import STOPPED, Consumer, Pace
from runtime.consumer.http import RegistryFreshness, reached
from runtime.consumer.kafka import Listener
from runtime.consumer.ports import Projection, Source
from runtime.consumer.store import ALARMS
from runtime.errors import Rejected, Retryable
from runtime.ledger.model import Entry
from runtime.ledger.read import Heads
from runtime.mirror import Mirror, MirrorProjection
from runtime.mongo import Database, Mongo
from tests.consumer_servers import AnyToken, Effects, Publisher, eventually, make_topic, places, served
from tests.consumer_world import LISTS, REGISTRY, OwnedLedger, forge
from tests.servers import Broker

PARTITIONS = 2
# Rare enough that what a test sees came through Kafka, unless it waits for the comparison.
SELDOM = Pace(registry=3600, others=3600)
OFTEN = Pace(registry=0.3, others=0.3, patience=0.1)


class World:
    """An owner with two ledgers, a broker with its topics, and as many consumer processes as a test starts."""

    def __init__(
        self, mongo: Mongo, db: Database, bootstrap: str, url: str, owners: tuple[OwnedLedger, OwnedLedger]
    ) -> None:
        self.mongo, self.db, self.bootstrap, self.url = mongo, db, bootstrap, url
        self.registry, self.lists = owners
        self.effects = Effects(db)

    def consumer(
        self,
        pace: Pace = SELDOM,
        name: str = "test",
        registry_of: Callable[[Entry], int] = attrgetter("registry"),
    ) -> Consumer:
        sources: list[tuple[Source, Projection]] = [
            (Source(self.registry.ledger, self.url), MirrorProjection(self.db)),
            (Source(self.lists.ledger, self.url, registry_of), self.effects),
        ]
        name = f"{name}-{self.db.name}"
        made = Consumer(name, self.mongo, self.db, sources, self.bootstrap, AnyToken(), SystemClock())
        made.pace = pace
        return made

    @asynccontextmanager
    async def running(self, consumer: Consumer) -> AsyncIterator[Consumer]:
        task = asyncio.create_task(consumer.run())
        try:
            await eventually(lambda: task.done() or not consumer.problems())
            yield consumer
        finally:
            await consumer.stop()
            await task

    def publisher(self, ledger: OwnedLedger) -> Publisher:
        return Publisher(self.bootstrap, ledger.ledger.topic, PARTITIONS if ledger is self.lists else 1)

    async def applied(self) -> bool:
        return await self.effects.seen() == places(self.lists)


@pytest.fixture
async def mongo(mongod_url: str) -> AsyncIterator[Mongo]:
    client = Mongo(mongod_url)
    yield client
    await client.close()


@asynccontextmanager
async def made_world(mongo: Mongo, database: str, bootstrap: str, topics: bool = True) -> AsyncIterator[World]:
    lists = OwnedLedger(replace(LISTS, topic=f"{database}.lists"))
    registry = OwnedLedger(replace(REGISTRY, topic=f"{database}.registry"))
    async with served(registry, lists) as url:
        world = World(mongo, mongo.database(database), bootstrap, url, (registry, lists))
        await world.effects.prepare()
        if topics:
            await make_topic(bootstrap, lists.ledger.topic, PARTITIONS)
            await make_topic(bootstrap, registry.ledger.topic, 1)
        yield world


@pytest.fixture
async def world(mongo: Mongo, database: str, broker: Broker) -> AsyncIterator[World]:
    """On each broker."""
    async with made_world(mongo, database, broker.bootstrap) as made:
        yield made


@pytest.fixture
async def tansu_world(mongo: Mongo, database: str, embedded_broker: str) -> AsyncIterator[World]:
    """Where the broker makes no difference."""
    async with made_world(mongo, database, embedded_broker) as made:
        yield made


async def test_new_consumer_catches_up_and_then_follows_kafka(world: World) -> None:
    for stream in range(LISTS.streams):
        world.lists.seal_many(20, stream)
    async with world.running(world.consumer()), world.publisher(world.lists) as kafka:
        assert await world.applied()
        told = len(world.lists.asked)
        for _ in range(3):
            await kafka.entries([entry for stream in range(4) for entry in world.lists.seal_many(10, stream)])
            await eventually(world.applied)
        assert len(world.lists.asked) == told


async def test_consumer_that_lost_its_offsets_doubles_nothing(world: World) -> None:
    async with world.publisher(world.lists) as kafka:
        async with world.running(world.consumer(name="first")):
            await kafka.entries(world.lists.seal_many(50))
            await eventually(world.applied)
        async with world.running(world.consumer(name="second")):
            await kafka.entries(world.lists.seal_many(5))
            await eventually(world.applied)


async def test_record_that_never_came_is_fetched(world: World) -> None:
    async with world.running(world.consumer()), world.publisher(world.lists) as kafka:
        batch = world.lists.seal_many(30)
        await kafka.entries([*batch[:10], *batch[11:20], *batch[25:]])
        await eventually(world.applied)
        assert world.lists.asked == [(0, 10), (0, 20)]


async def test_last_record_that_never_came_is_fetched_by_comparison(tansu_world: World) -> None:
    world = tansu_world
    async with world.running(world.consumer(OFTEN)), world.publisher(world.lists) as kafka:
        await kafka.entries(world.lists.seal_many(9))
        await eventually(world.applied)
        world.lists.seal()
        await eventually(world.applied)
        assert world.lists.asked[-1] == (0, 9)


async def test_false_records_are_set_aside_and_stop_nothing(world: World) -> None:
    entry = world.lists.seal()
    other = replace(world.registry.seal(), seq=1)
    async with world.running(world.consumer()), world.publisher(world.lists) as kafka:
        await kafka.raw(b"key", b"value", {})
        await kafka.raw(b"key", b"value", {"ce_ledger": b"\xff\xfe", "ce_seq": b"\xff"})
        await kafka.raw(b"key", None, {"ce_seq": b"2"})
        second = world.lists.seal()
        await kafka.entries([forge(second), forge(second, seq=9), forge(second, stream=3), other, entry, second])
        await kafka.entries(world.lists.seal_many(3))
        await eventually(world.applied)

        async def kept() -> bool:
            # The seventh is skipped where the owner's own copy came first.
            return await world.db[SET_ASIDE].count_documents({}) >= 6

        await eventually(kept)


async def test_forged_record_makes_the_owner_be_asked_at_once(tansu_world: World) -> None:
    world = tansu_world
    async with world.running(world.consumer(SELDOM)), world.publisher(world.lists) as kafka:
        await kafka.entries([forge(world.lists.seal())])
        await eventually(world.applied)
        assert world.lists.asked == [(0, 0)]


async def test_poison_event_does_not_hold_its_partition(world: World) -> None:
    batch = world.lists.seal_many(20)
    world.effects.poison = {batch[4].id}
    consumer = world.consumer()
    async with world.publisher(world.lists) as kafka, world.running(consumer):
        await kafka.entries(batch)
        await kafka.entries(world.lists.seal_many(5, 1))
        expected = [place for place in places(world.lists) if place != (0, 5)]

        async def others_applied() -> bool:
            return await world.effects.seen() == expected

        await eventually(others_applied)
        assert consumer.problems() == []
        world.effects.poison.clear()
        await consumer.dead.retry((await consumer.dead.rows())[0]["_id"])
        assert await world.applied()


async def test_rebalances_lose_and_double_nothing(world: World) -> None:
    async with world.publisher(world.lists) as kafka:

        async def publish() -> None:
            for _ in range(20):
                await kafka.entries([entry for stream in range(4) for entry in world.lists.seal_many(5, stream)])
                await asyncio.sleep(0.05)

        publishing = asyncio.create_task(publish())
        async with world.running(world.consumer()):
            async with world.running(world.consumer()):
                await asyncio.sleep(0.3)
            async with world.running(world.consumer()):
                await publishing
            await eventually(world.applied)
    assert await consumer_is_clean(world)


async def consumer_is_clean(world: World) -> bool:
    return await world.db["dead"].count_documents({}) == 0 and await world.db[SET_ASIDE].count_documents({}) == 0


async def test_broker_that_is_down_is_done_without_and_joined_when_it_is_back(
    mongo: Mongo, database: str, tmp_path: Path
) -> None:
    tansu = Tansu(tmp_path)
    async with made_world(mongo, database, tansu.bootstrap, topics=False) as world:
        consumer = world.consumer(OFTEN)
        async with world.running(consumer):
            world.lists.seal_many(10)
            await eventually(world.applied)
            await asyncio.to_thread(tansu.start)
            try:
                await make_topic(tansu.bootstrap, world.lists.ledger.topic, PARTITIONS)
                await make_topic(tansu.bootstrap, world.registry.ledger.topic, 1)
                await eventually(lambda: consumer.assigned() == {"registry": True, "lists": True})
                # From here on only Kafka can bring anything.
                world.lists.down = True
                async with world.publisher(world.lists) as kafka:
                    await kafka.entries(world.lists.seal_many(10))
                    await eventually(world.applied)
            finally:
                await consumer.stop()
                await asyncio.to_thread(tansu.stop)


async def test_emptied_broker_and_recreated_topic_cost_nothing(mongo: Mongo, database: str, tmp_path: Path) -> None:
    tansu = Tansu(tmp_path)
    with tansu:
        async with made_world(mongo, database, tansu.bootstrap) as world:
            async with world.running(world.consumer()):
                async with world.publisher(world.lists) as kafka:
                    await kafka.entries(world.lists.seal_many(30))
                    await eventually(world.applied)
                await asyncio.to_thread(tansu.stop)
                await asyncio.to_thread(tansu.start)
                await make_topic(tansu.bootstrap, world.lists.ledger.topic, PARTITIONS + 1)
                await make_topic(tansu.bootstrap, world.registry.ledger.topic, 1)
                async with world.publisher(world.lists) as kafka:
                    lost = world.lists.seal_many(3)
                    await kafka.entries(world.lists.seal_many(3))
                    await eventually(world.applied)
                    assert (0, lost[0].seq - 1) in world.lists.asked
            assert await consumer_is_clean(world)


async def test_restored_owner_is_an_alarm_in_readiness(tansu_world: World) -> None:
    world = tansu_world
    consumer = world.consumer(OFTEN)
    world.lists.seal_many(10, 2)
    async with world.running(consumer), world.publisher(world.lists) as kafka:
        del world.lists.streams[2][4:]
        await eventually(consumer.problems)
        assert "lists/2" in consumer.problems()[0]
        assert await world.db[ALARMS].count_documents({"_id": "lists/2", "standing": "restored"}) == 1
        await kafka.entries(world.lists.seal_many(5, 1))
        await kafka.entries(world.lists.seal_many(9, 2))

        async def goes_on() -> bool:
            return (1, 5) in await world.effects.seen()

        await eventually(goes_on)
        assert (2, 11) not in await world.effects.seen()
        with pytest.raises(Rejected, match=STOPPED):
            await consumer.require()


async def test_a_stream_that_had_stopped_is_told_of_only_once_it_was_compared_anew(tansu_world: World) -> None:
    world = tansu_world
    kept = world.lists.seal_many(10, 2)
    async with world.running(world.consumer(OFTEN)) as first:
        del world.lists.streams[2][4:]
        await eventually(first.problems)
    world.lists.down = True
    again = world.consumer(OFTEN)

    async def said(kind: type[Exception] | None) -> bool:
        try:
            await again.require()
        except (Rejected, Retryable) as error:
            return type(error) is kind
        return kind is None

    running = asyncio.create_task(again.run())
    try:
        await eventually(lambda: any("lists/2" in problem for problem in again.problems()))
        # The right data may have been put back: nobody who waits for this process is sent away yet.
        assert await said(Retryable)
        world.lists.down = False
        await eventually(lambda: said(Rejected))
        world.lists.streams[2][:] = kept
        await eventually(lambda: said(None))
    finally:
        await again.stop()
        await running


async def test_lists_are_applied_as_of_their_registry(tansu_world: World) -> None:
    world = tansu_world
    async with world.running(world.consumer()), world.publisher(world.lists) as kafka:
        for name in ("a", "b"):
            world.registry.seal(0, "school/S1", b'{"entry":{"name":"%s"}}' % name.encode())
        await kafka.entries([world.lists.seal(registry=2)])
        await eventually(world.applied)
        mirror = Mirror(world.db)
        assert await mirror.get("school", "S1") == {"name": "b"}
        assert await mirror.get("school", "S1", 1) == {"name": "a"}


async def test_a_ledger_whose_events_name_the_registry_in_their_data_waits_for_it_as_well(tansu_world: World) -> None:
    world = tansu_world
    named = re.compile(rb'"registry":(\d+)')

    def registry_of(entry: Entry) -> int:
        found = named.search(entry.data)
        return int(found.group(1)) if found else 0

    async with (
        world.running(world.consumer(registry_of=registry_of)),
        world.publisher(world.lists) as kafka,
    ):
        world.registry.seal(0, "school/S1", b'{"entry":{"name":"a"}}')
        await kafka.entries([world.lists.seal(data=b'{"entry":{"registry":1}}')])
        await eventually(world.applied)
        assert await Mirror(world.db).get("school", "S1") == {"name": "a"}


async def test_an_idle_consumer_waits_at_the_broker_and_sleeps_after_no_empty_answer(world: World) -> None:
    consumer = world.consumer()
    async with world.running(consumer):
        await eventually(lambda: all(consumer.assigned().values()))
        read_by = [feed._subscriber.consumer for feed in consumer._feeds.values()]
        assert read_by
        assert all(isinstance(one, Listener) for one in read_by)


async def test_registry_stays_fresh_and_goes_stale_with_its_owner(tansu_world: World) -> None:
    world = tansu_world
    freshness = RegistryFreshness(world.db, SystemClock())
    async with world.running(world.consumer(OFTEN)), world.publisher(world.registry) as kafka:
        await freshness.require()
        first = await reached(world.db, "registry")
        await kafka.entries([world.registry.seal(0, "grant/G1")])

        async def rises() -> bool:
            now = await reached(world.db, "registry")
            return first is not None and now is not None and now.sealed_through > first.sealed_through

        await eventually(rises)
        world.registry.down = True
        stale = await reached(world.db, "registry")
        await asyncio.sleep(0.7)
        assert await reached(world.db, "registry") == stale


async def test_consumer_stops_though_its_owner_hangs(tansu_world: World) -> None:
    world = tansu_world
    consumer = world.consumer(OFTEN)
    async with world.running(consumer):
        asked, released = asyncio.Event(), asyncio.Event()

        async def hang() -> Heads:
            asked.set()
            await released.wait()
            raise Retryable("too late")

        world.lists.heads = hang  # type: ignore[method-assign]
        await asked.wait()
        before = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - before < 8
    released.set()


async def test_metrics_tell_of_gaps_forgeries_and_the_dead(tansu_world: World) -> None:
    world = tansu_world
    batch = world.lists.seal_many(6)
    world.effects.poison = {batch[1].id}
    consumer = world.consumer(OFTEN, name="metered")
    async with world.running(consumer):
        labels = {"consumer": f"metered-{world.db.name}", "ledger": "lists"}

        def value(name: str) -> float | None:
            return prometheus_client.REGISTRY.get_sample_value(f"dudao_consumer_{name}", labels)

        assert value("applied_total") == 5
        assert value("fetched_total") == 6
        assert value("buried_total") == 1
        assert value("dead") == 1
        assert value("alarms") == 0
        async with world.publisher(world.lists) as kafka:
            await kafka.entries([forge(batch[5], seq=9, sealed_at=world.lists.clock + 1)])
            await eventually(lambda: value("set_aside_total") == 1)
            assert value("gaps_total") == 1
        await eventually(lambda: value("lag_entries") == 0)
        del world.lists.streams[0][1:]
        await eventually(lambda: value("alarms") == 1)
