"""A follower on a real MongoDB: effects and watermark are one, dead rows, alarms, confirmations, the mirror."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import pytest

from runtime.clock import FixedClock, from_micros, to_micros
from runtime.consumer.aside import ROWS, SET_ASIDE
from runtime.consumer.core import row_id
from runtime.consumer.dead_letters import DeadLetters, open_count
from runtime.consumer.follower import Follower
from runtime.consumer.http import RegistryFreshness, reached
from runtime.consumer.sessions import DEAD_AFTER_S, SESSIONS, Sessions
from runtime.consumer.store import ALARMS, PAST_ALARMS, REACHED, WATERMARKS, MongoStore
from runtime.errors import NotFound, Rejected, Retryable
from runtime.mongo import Database, Mongo, Session
from tests.consumer_servers import Effects, places
from tests.consumer_world import REGISTRY, OwnedLedger, forge

T = TypeVar("T")
NOW = 1_800_000_000_000_000


class CrashingMongo(Mongo):
    """Loses the answer of a commit, as a process does that is killed right after it."""

    lose = 0

    async def transaction(self, fn: Callable[[Session], Awaitable[T]], session: Session | None = None) -> T:
        result = await super().transaction(fn, session)
        if self.lose:
            self.lose -= 1
            raise Retryable("the answer was lost")
        return result


class World:
    def __init__(self, mongo: CrashingMongo, db: Database) -> None:
        self.mongo = mongo
        self.db = db
        self.owner = OwnedLedger()
        self.clock = FixedClock(from_micros(NOW))
        self.effects = Effects(db)
        self.follower = self.replica()
        self.letters = DeadLetters(mongo, db, {"lists": self.effects}, self.clock)

    def replica(self) -> Follower:
        store = MongoStore(self.mongo, self.db, self.owner.ledger, self.effects, self.clock)
        return Follower("test", self.owner.ledger, store, self.owner, self.clock)


@pytest.fixture
async def mongo(mongod_url: str) -> AsyncIterator[CrashingMongo]:
    client = CrashingMongo(mongod_url)
    yield client
    await client.close()


@pytest.fixture
async def world(mongo: CrashingMongo, database: str) -> World:
    made = World(mongo, mongo.database(database))
    await made.effects.prepare()
    await made.follower.prepare()
    return made


async def test_batch_is_one_transaction_with_its_watermarks(world: World) -> None:
    batch = [*world.owner.seal_many(200), *world.owner.seal_many(200, 1)]
    await world.follower.take(batch)
    assert await world.effects.seen() == places(world.owner)
    assert world.effects.calls == [400]
    rows = await world.db[WATERMARKS].find({"ledger": "lists"}).sort("stream", 1).to_list(None)
    assert [(row["_id"], row["seq"]) for row in rows] == [
        ("lists/0", 200),
        ("lists/1", 200),
        ("lists/2", 0),
        ("lists/3", 0),
    ]
    assert rows[0]["hash"] == world.owner.head(0)[1]


async def test_duplicates_disorder_and_gap(world: World) -> None:
    batch = world.owner.seal_many(30)
    await world.follower.take(batch[20:][::-1])
    await world.follower.take([*batch, *batch])
    assert await world.effects.seen() == places(world.owner)


async def test_crash_after_the_commit_has_one_effect(world: World) -> None:
    batch = world.owner.seal_many(10)
    world.mongo.lose = 1
    with pytest.raises(Retryable):
        await world.follower.take(batch)
    assert len(await world.effects.seen()) == 10
    await world.follower.take(batch)
    await world.replica().take(batch)
    assert await world.effects.seen() == places(world.owner)


async def test_replicas_racing_over_the_same_batches_have_one_effect(world: World) -> None:
    replicas = [world.follower, world.replica(), world.replica()]
    for _ in range(5):
        batch = [*world.owner.seal_many(40), *world.owner.seal_many(40, 1)]
        await asyncio.gather(*(replica.take(batch) for replica in replicas))
    assert await world.effects.seen() == places(world.owner)
    assert await open_count(world.db) == 0


async def test_poison_is_buried_with_its_reason_and_followers_wait_for_retry(world: World) -> None:
    bad, other, later = (world.owner.seal(0, subject) for subject in ("issue/A", "issue/B", "issue/A/task/T"))
    world.effects.poison = {bad.id}
    await world.follower.take([bad, other, later])
    assert await world.effects.seen() == [(0, 2)]
    rows = await world.letters.rows()
    assert [(row["_id"], row["state"]) for row in rows] == [(row_id(bad), "dead"), (row_id(later), "parked")]
    assert rows[0]["reason"] == f"PoisonError: cannot read {bad.id}"
    assert rows[0]["tries"] == 3
    assert rows[0]["behind"] == 1

    assert (await world.letters.retry(row_id(bad))).front == row_id(bad)
    assert (await world.letters.rows())[0]["tries"] == 4
    world.effects.poison.clear()
    assert (await world.letters.retry(row_id(bad))).applied == 2
    assert await world.effects.seen() == [(0, 1), (0, 2), (0, 3)]

    await world.follower.take([world.owner.seal(0, "issue/A")])
    assert await world.effects.seen() == places(world.owner)
    assert await world.letters.open() == 0


async def test_discard_needs_a_reason_and_lets_the_parked_ones_go(world: World) -> None:
    bad, worse, fine = (world.owner.seal(0, "issue/A") for _ in range(3))
    world.effects.poison = {bad.id, worse.id}
    await world.follower.take([bad, worse, fine])
    with pytest.raises(Rejected, match="reason-missing"):
        await world.letters.discard(row_id(bad), "  ")
    settled = await world.letters.discard(row_id(bad), "entered twice by the old system")
    assert (settled.applied, settled.front) == (0, row_id(worse))
    settled = await world.letters.discard(row_id(worse), "the same")
    assert (settled.applied, settled.front) == (1, None)
    assert await world.effects.seen() == [(0, 3)]
    assert await world.letters.discarded() == 2
    with pytest.raises(NotFound):
        await world.letters.retry(row_id(bad))


async def test_answers_are_provisional_while_a_row_sealed_before_is_open(world: World) -> None:
    before = world.owner.seal()
    bad = world.owner.seal(0, "issue/bad")
    world.effects.poison = {bad.id}
    await world.follower.take([before, bad])
    assert await open_count(world.db, "lists", before.sealed_at) == 0
    assert await open_count(world.db, "lists", bad.sealed_at) == 1
    assert await open_count(world.db, "registry", bad.sealed_at) == 0


async def test_retry_beside_running_consumers_loses_and_doubles_nothing(world: World) -> None:
    first = world.owner.seal(0, "issue/A")
    world.effects.poison = {first.id}
    await world.follower.take([first])
    world.effects.poison.clear()

    async def consume() -> None:
        for _ in range(40):
            await world.follower.take([world.owner.seal(0, "issue/A")])

    async def release() -> None:
        await world.letters.retry(row_id(first))

    await asyncio.gather(consume(), release())
    while rows := await world.letters.rows():
        await world.letters.retry(rows[0]["_id"])
    assert await world.effects.seen() == places(world.owner)
    order = [row["seq"] async for row in world.effects.rows.find({}).sort("$natural", 1)]
    assert order == sorted(order)


async def test_poison_in_a_race_of_replicas_is_buried_once(world: World) -> None:
    batch = world.owner.seal_many(20)
    world.effects.poison = {batch[7].id, batch[8].id}
    await asyncio.gather(world.follower.take(batch), world.replica().take(batch))
    assert len(await world.effects.seen()) == 18
    assert [row["_id"] for row in await world.letters.rows()] == [row_id(batch[7]), row_id(batch[8])]


async def test_restored_owner_stops_the_stream_and_says_why(world: World) -> None:
    world.owner.seal_many(5)
    world.owner.seal_many(5, 1)
    assert await world.follower.check(0)
    del world.owner.streams[0][2:]
    assert not await world.follower.check(0)
    again = world.replica()
    assert not await again.check(0)
    assert again.stopped == [0]
    alarms = await world.db[ALARMS].find({}).to_list(None)
    assert [(alarm["_id"], alarm["standing"], alarm["expected"]["seq"]) for alarm in alarms] == [
        ("lists/0", "restored", 5)
    ]
    await again.take(world.owner.seal_many(1, 1))
    assert (1, 6) in await world.effects.seen()


async def test_an_alarm_is_cleared_and_kept_when_its_cause_is_gone(world: World) -> None:
    batch = world.owner.seal_many(5)
    assert await world.follower.check(0)
    del world.owner.streams[0][2:]
    assert not await world.follower.check(0)
    assert await world.db[ALARMS].count_documents({}) == 1
    world.owner.streams[0] = batch
    assert await world.follower.check(0)
    assert await world.db[ALARMS].count_documents({}) == 0
    assert await world.db[WATERMARKS].count_documents({"stopped": {"$ne": None}}) == 0
    past = await world.db[PAST_ALARMS].find({}).to_list(None)
    assert [(alarm["standing"], alarm["expected"]["seq"], alarm["cleared_at"]) for alarm in past] == [
        ("restored", 5, NOW)
    ]
    world.owner.seal_many(1)
    assert await world.follower.check(0)
    assert await world.effects.seen() == places(world.owner)


async def test_forged_records_are_kept_once_and_bounded(world: World) -> None:
    entry = world.owner.seal()
    await world.follower.take([forge(entry, seq=10**40), forge(entry, seq=10**40), forge(entry, version=10**30)])
    await world.follower.take([forge(entry, seq=10**40)])
    assert await world.db[SET_ASIDE].count_documents({}) == 2
    for _ in range(3):
        world.clock.advance(timedelta(seconds=1))
        flood = [forge(entry, id=str(number + 10_000)) for number in range(ROWS // 2)]
        await world.follower.take([forge(one, at=to_micros(world.clock.now())) for one in flood])
    assert await world.db[SET_ASIDE].count_documents({}) <= ROWS
    assert await world.effects.seen() == places(world.owner)


async def test_reached_rises_only_when_level(world: World) -> None:
    assert await reached(world.db, "lists") is None
    world.owner.seal_many(3)
    assert await world.follower.check(0)
    first = await reached(world.db, "lists")
    assert first is not None
    assert (first.sealed_through, first.confirmed_at) == (world.owner.clock, NOW)
    world.owner.down = True
    world.clock.advance(timedelta(seconds=3))
    with pytest.raises(Retryable):
        await world.follower.check(0)
    assert await reached(world.db, "lists") == first


async def test_a_confirmation_by_a_clock_far_ahead_is_taken_back(world: World) -> None:
    world.owner.seal_many(3)
    world.clock.advance(timedelta(hours=1))
    assert await world.follower.check(0)
    ahead = await reached(world.db, "lists")
    world.clock.advance(timedelta(hours=-1))
    assert await world.follower.check(0)
    after = await reached(world.db, "lists")
    assert ahead is not None
    assert after is not None
    assert (ahead.confirmed_at - NOW, after.confirmed_at) == (3_600_000_000, NOW)
    assert after.sealed_through == ahead.sealed_through


async def test_a_confirmation_from_the_future_confirms_nothing(mongo: CrashingMongo, database: str) -> None:
    db = mongo.database(database)
    freshness = RegistryFreshness(db, FixedClock(from_micros(NOW)))
    row = {"_id": "registry", "ledger_id": "L1", "sealed_through": 1, "confirmed_at": NOW + 60_000_000}
    await db[REACHED].insert_one(row)
    with pytest.raises(Retryable):
        await freshness.require()
    await db[REACHED].replace_one({"_id": "registry"}, {**row, "confirmed_at": NOW + 1_000_000})
    await freshness.require()


async def test_registry_that_cannot_be_confirmed_is_not_answered_from(mongo: CrashingMongo, database: str) -> None:
    db = mongo.database(database)
    clock = FixedClock(from_micros(NOW))
    freshness = RegistryFreshness(db, clock)
    with pytest.raises(Retryable):
        await freshness.require()
    owner, effects = OwnedLedger(REGISTRY), Effects(db)
    await effects.prepare()
    follower = Follower("test", REGISTRY, MongoStore(mongo, db, REGISTRY, effects, clock), owner, clock)
    await follower.prepare()
    assert await follower.check(0)
    await freshness.require()
    clock.advance(timedelta(seconds=5))
    await freshness.require()
    clock.advance(timedelta(microseconds=1))
    with pytest.raises(Retryable):
        await freshness.require()
    assert await follower.check(0)
    await freshness.require()


async def test_what_a_killed_process_had_locked_is_let_go(world: World, mongod_url: str) -> None:
    killed = Mongo(mongod_url)
    theirs = Sessions(killed, world.db)
    async with theirs.lent() as session:
        session.start_transaction()
        locked = killed.database(world.db.name)[WATERMARKS]
        await locked.update_one({"_id": "lists/0"}, {"$set": {"seq": 1}}, session=session)

    ours, stopping = Sessions(world.mongo, world.db), asyncio.Event()
    store = MongoStore(world.mongo, world.db, world.owner.ledger, world.effects, world.clock, ours)
    follower = Follower("test", world.owner.ledger, store, world.owner, world.clock)
    living = asyncio.create_task(ours.run(stopping))
    try:
        async with asyncio.timeout(DEAD_AFTER_S + 10):
            await follower.take(world.owner.seal_many(5))
    finally:
        stopping.set()
        await living
    assert await world.effects.seen() == places(world.owner)
    rows = await world.db[SESSIONS].find({}).to_list(None)
    assert len(rows) == 1
    await ours.close()
    assert await world.db[SESSIONS].count_documents({}) == 0
    await killed.close()


async def test_watermark_rows_survive_a_second_preparation(world: World) -> None:
    await world.follower.take(world.owner.seal_many(3))
    world.owner.ledger_id = "L2"
    await world.replica().prepare()
    row = await world.db[WATERMARKS].find_one({"_id": "lists/0"})
    assert row is not None
    assert (row["ledger_id"], row["seq"]) == ("L1", 3)
