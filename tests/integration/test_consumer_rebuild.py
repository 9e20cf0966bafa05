"""A consumer that starts over: derived anew from the owner's ledger, what people did kept aside, crashes in between."""

from collections.abc import AsyncIterator

import pytest

from runtime.clock import FixedClock, from_micros
from runtime.consumer.core import row_id
from runtime.consumer.dead_letters import DeadLetters
from runtime.consumer.dead_rows import DEAD_ROWS, prepare_dead_rows
from runtime.consumer.follower import Follower
from runtime.consumer.rebuild import PAST_DEAD, REBUILDING, forget
from runtime.consumer.store import ALARMS, PAST_ALARMS, REACHED, WATERMARKS, MongoStore
from runtime.mongo import Database, Mongo
from tests.consumer_servers import Effects, places
from tests.consumer_world import OwnedLedger

NOW = 1_800_000_000_000_000


class World:
    """An owner that was restored from an older copy, and the consumer that had seen more."""

    def __init__(self, mongo: Mongo, db: Database) -> None:
        self.mongo = mongo
        self.db = db
        self.owner = OwnedLedger()
        self.clock = FixedClock(from_micros(NOW))
        self.effects = Effects(db)
        self.follower = self.started()

    def started(self) -> Follower:
        """A process of the consumer."""
        store = MongoStore(self.mongo, self.db, self.owner.ledger, self.effects, self.clock)
        return Follower("test", self.owner.ledger, store, self.owner, self.clock)

    async def forget(self) -> int:
        """As the service's command does it."""
        again = await forget(self.db, ["lists"], [self.effects.rows.name], self.clock)
        await self.effects.prepare()
        await prepare_dead_rows(self.db)
        return again


@pytest.fixture
async def world(mongod_url: str, database: str) -> AsyncIterator[World]:
    mongo = Mongo(mongod_url)
    made = World(mongo, mongo.database(database))
    await made.effects.prepare()
    await made.follower.prepare()
    yield made
    await mongo.close()


async def test_it_derives_everything_from_the_ledger_that_is_there_now(world: World) -> None:
    world.owner.seal_many(6)
    assert await world.follower.check(0)
    del world.owner.streams[0][3:]
    assert not await world.follower.check(0)
    world.owner.seal_many(5)
    world.owner.seal_many(2, 1)
    assert await world.forget() == 0
    anew = world.started()
    await anew.prepare()
    assert await anew.check(0)
    assert await world.effects.seen() == places(world.owner)
    assert await world.db[ALARMS].count_documents({}) == 0
    assert [alarm["standing"] async for alarm in world.db[PAST_ALARMS].find({})] == ["restored"]


async def test_another_ledger_of_the_owner_is_followed_from_its_beginning(world: World) -> None:
    world.owner.seal_many(4)
    assert await world.follower.check(0)
    world.owner = OwnedLedger(ledger_id="L2")
    world.owner.seal_many(2)
    await world.forget()
    anew = world.started()
    await anew.prepare()
    assert await anew.check(0)
    assert await world.effects.seen() == places(world.owner)
    assert {row["ledger_id"] async for row in world.db[WATERMARKS].find({})} == {"L2"}


async def test_a_process_that_still_runs_writes_nothing_any_more(world: World) -> None:
    world.owner.seal_many(2)
    assert await world.follower.check(0)
    await world.db[WATERMARKS].update_many({"ledger": "lists"}, {"$set": {"stopped": REBUILDING}})
    await world.follower.take(world.owner.seal_many(2))
    assert await world.effects.seen() == [(0, 1), (0, 2)]
    # Nor does it go on by itself: this is no alarm that clears.
    assert not await world.follower.check(0)
    assert await world.db[WATERMARKS].count_documents({"stopped": REBUILDING}) == world.owner.ledger.streams


async def test_discarded_events_come_again_and_what_was_done_is_kept(world: World) -> None:
    bad = world.owner.seal(0, "issue/A")
    world.effects.poison = {bad.id}
    await world.follower.take([bad])
    letters = DeadLetters(world.mongo, world.db, {"lists": world.effects}, world.clock)
    await letters.discard(row_id(bad), "重复")
    assert await world.forget() == 1
    anew = world.started()
    await anew.prepare()
    assert await anew.check(0)
    assert [row["state"] async for row in world.db[DEAD_ROWS].find({})] == ["dead"]
    assert [row["discarded_for"] async for row in world.db[PAST_DEAD].find({})] == ["重复"]


async def test_cut_short_it_is_run_again(world: World) -> None:
    world.owner.seal_many(3)
    assert await world.follower.check(0)
    await world.db[WATERMARKS].update_many({"ledger": "lists"}, {"$set": {"stopped": REBUILDING}})
    await world.db.drop_collection(world.effects.rows.name)
    await world.forget()
    await world.forget()
    assert await world.db[REACHED].count_documents({}) == 0
    anew = world.started()
    await anew.prepare()
    assert await anew.check(0)
    assert await world.effects.seen() == places(world.owner)
