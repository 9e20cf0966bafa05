"""Transactions that are cancelled: whatever came of them, nothing stays locked."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError

from runtime.mongo import Database, Mongo, Session, UpdateOne, Writes, write_all

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


def counted(times: int = 1) -> list[Writes]:
    write = UpdateOne({"_id": "row"}, {"$inc": {"count": 1}})
    return [Writes("things", [write], AssertionError("no row")) for _ in range(times)]


async def count(db: Database) -> int:
    row = await db["things"].find_one({"_id": "row"})
    assert row is not None
    return int(row["count"])


async def test_writes_that_end_with_their_commit_are_all_there_or_none_when_cancelled(
    mongo: Mongo, db: Database
) -> None:
    own = await mongo.session()
    for number in range(ROUNDS):
        changing = asyncio.create_task(
            mongo.transaction(lambda session: write_all(session, db, counted(2), commit=True), own)
        )
        await asyncio.sleep(number % 15 * 0.0006)
        changing.cancel()
        await asyncio.wait([changing])
        started = time.perf_counter()
        await add(db)
        assert time.perf_counter() - started < 10
    assert (await count(db) - ROUNDS) % 2 == 0
    await own.end_session()


async def test_a_row_that_is_not_met_undoes_the_writes_before_it(mongo: Mongo, db: Database) -> None:
    stranger = Writes("things", [UpdateOne({"_id": "nobody"}, {"$set": {"count": 1}})], LookupError("nobody"))

    with pytest.raises(LookupError, match="nobody"):
        await mongo.transaction(lambda session: write_all(session, db, [*counted(), stranger], commit=True))

    assert await count(db) == 0


async def test_a_commit_whose_outcome_is_unknown_is_asked_for_again_and_nothing_is_written_twice(
    mongo: Mongo, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = ClientSession.commit_transaction
    runs = 0

    def answer_lost(self: Any) -> None:
        right(self)
        error = PyMongoError("the answer was lost")
        error._add_error_label("UnknownTransactionCommitResult")
        raise error

    async def work(session: Session) -> None:
        nonlocal runs
        runs += 1
        await write_all(session, db, counted(), commit=True)

    monkeypatch.setattr(ClientSession, "commit_transaction", answer_lost)
    await mongo.transaction(work)

    assert (runs, await count(db)) == (1, 1)


async def test_a_commit_that_failed_for_a_passing_reason_has_the_whole_run_again(
    mongo: Mongo, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = ClientSession.commit_transaction
    failures = 1

    def fails_once(self: Any) -> None:
        nonlocal failures
        if not failures:
            return right(self)
        failures -= 1
        self.abort_transaction()
        error = PyMongoError("it was undone")
        error._add_error_label("TransientTransactionError")
        raise error

    monkeypatch.setattr(ClientSession, "commit_transaction", fails_once)
    await mongo.transaction(lambda session: write_all(session, db, counted(), commit=True))

    assert (failures, await count(db)) == (0, 1)
