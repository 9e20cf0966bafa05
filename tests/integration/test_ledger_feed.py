"""The change feed on a real replica set: whole batches, resuming, and a history that is gone."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from runtime.errors import Retryable
from runtime.mongo import Database, FeedLostError, Mongo, open_feed
from tests.ledger_world import eventually


@pytest.fixture
async def mongo(mongod_url: str) -> AsyncIterator[Mongo]:
    client = Mongo(mongod_url)
    yield client
    await client.close()


@pytest.fixture
def db(mongo: Mongo, database: str) -> Database:
    return mongo.database(database)


async def read(mongo: Mongo, db: Database, token: dict[str, object] | None, wanted: int) -> list[int]:
    feed = await open_feed(mongo, db, "things", token)
    found: list[int] = []
    try:
        async with asyncio.timeout(20):
            while len(found) < wanted:
                found.extend(row["_id"] for row in await feed.batch(100, 50))
    finally:
        await feed.close()
    return found


async def test_inserts_come_in_order_and_nothing_else_does(mongo: Mongo, db: Database) -> None:
    feed = await open_feed(mongo, db, "things")
    await db["things"].insert_many([{"_id": i} for i in range(250)])
    await db["things"].update_one({"_id": 3}, {"$set": {"x": 1}})
    await db["things"].delete_one({"_id": 4})
    await db["others"].insert_one({"_id": 1000})
    await db["things"].insert_one({"_id": 250})
    found: list[int] = []
    async with asyncio.timeout(20):
        while len(found) < 251:
            found.extend(row["_id"] for row in await feed.batch(100, 50))

    assert found == list(range(251))
    assert await feed.batch(100, 10) == []
    await feed.close()


async def test_it_goes_on_behind_a_token(mongo: Mongo, db: Database) -> None:
    before = await open_feed(mongo, db, "things")
    token = before.token
    await before.close()
    await db["things"].insert_many([{"_id": i} for i in range(10)])

    middle = await open_feed(mongo, db, "things", token)
    async with asyncio.timeout(20):
        assert [row["_id"] for row in await middle.batch(4, 5000)] == [0, 1, 2, 3]
    await middle.close()

    assert await read(mongo, db, middle.token, 6) == list(range(4, 10))


async def test_the_token_moves_on_while_nothing_happens_here(mongo: Mongo, db: Database) -> None:
    feed = await open_feed(mongo, db, "things")
    first = feed.token
    await db["others"].insert_many([{"_id": i} for i in range(10)])

    async def moved() -> bool:
        assert await feed.batch(10, 20) == []
        return feed.token != first

    await eventually(moved)
    await feed.close()


async def test_a_collection_that_is_dropped_ends_the_feed(mongo: Mongo, db: Database) -> None:
    await db["things"].insert_one({"_id": 0})
    feed = await open_feed(mongo, db, "things")
    await db["things"].drop()

    async def ended() -> bool:
        try:
            await feed.batch(10, 50)
        except FeedLostError:
            return True
        return False

    await eventually(ended)
    await feed.close()


async def test_a_cursor_that_was_killed_may_be_opened_anew(mongo: Mongo, db: Database) -> None:
    feed = await open_feed(mongo, db, "things")
    await db.command({"killCursors": "things", "cursors": [feed._cursor]})

    with pytest.raises(Retryable):
        await feed.batch(10, 50)
    await feed.close()
