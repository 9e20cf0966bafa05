"""Transactions that are cancelled: whatever came of them, nothing stays locked."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from runtime.mongo import Database, Mongo, Session

ROUNDS = 150


@pytest.fixture
async def mongo(mongod_url: str) -> AsyncIterator[Mongo]:
    client = Mongo(mongod_url)
    yield client
    await client.close()


@pytest.fixture
async def db(mongo: Mongo, database: str) -> Database:
    made = mongo.database(database)
    await made["things"].insert_one({"_id": "row", "count": 0})
    return made


async def add(db: Database, session: Session | None = None) -> None:
    await db["things"].update_one({"_id": "row"}, {"$inc": {"count": 1}}, session=session)


async def test_a_cancelled_transaction_leaves_no_lock_behind(mongo: Mongo, db: Database) -> None:
    own = await mongo.session()
    for number in range(ROUNDS):
        # By turns in a session of one's own, which lives on, and in one from the pool.
        session = own if number % 2 else None
        changing = asyncio.create_task(mongo.transaction(lambda inside: add(db, inside), session))
        # At another moment each time, within the few milliseconds that it takes.
        await asyncio.sleep(number % 15 * 0.0003)
        changing.cancel()
        await asyncio.wait([changing])
        started = time.perf_counter()
        await add(db)
        assert time.perf_counter() - started < 10
    await own.end_session()


async def test_a_cancelled_transaction_is_written_whole_or_not_at_all(mongo: Mongo, db: Database) -> None:
    async def both(session: Session) -> None:
        await add(db, session)
        await db["others"].update_one({"_id": "row"}, {"$inc": {"count": 1}}, upsert=True, session=session)

    for number in range(ROUNDS):
        changing = asyncio.create_task(mongo.transaction(both))
        await asyncio.sleep(number % 15 * 0.0006)
        changing.cancel()
        await asyncio.wait([changing])

    first = await db["things"].find_one({"_id": "row"}) or {"count": 0}
    second = await db["others"].find_one({"_id": "row"}) or {"count": 0}
    assert first["count"] == second["count"]


async def test_one_that_waits_for_something_else_is_cancelled_all_the_same(
    mongo: Mongo, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.mongo.transaction._FINISH_WITHIN_S", 0.1)
    begun = asyncio.Event()

    async def for_ever(session: Session) -> None:
        await add(db, session)
        begun.set()
        await asyncio.Event().wait()

    changing = asyncio.create_task(mongo.transaction(for_ever))
    await begun.wait()
    changing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await changing

    await add(db)
    assert await db["things"].find_one({}) == {"_id": "row", "count": 1}
