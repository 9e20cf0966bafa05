"""A change feed on three members of which two sleep: what the majority does not have yet must not fall in between."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from dudao.embedded import Mongod
from runtime.errors import Retryable
from runtime.mongo import ChangeFeed, Database, Mongo, open_feed
from tests.ledger_world import eventually


@contextmanager
def sleeping_secondaries(mongod: Mongod) -> Iterator[None]:
    primary = mongod.primary
    pids = [process.pid for process in mongod.processes if process is not primary]
    assert primary is not None
    assert len(pids) == 2
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def opened(mongo: Mongo, db: Database) -> ChangeFeed:
    found: list[ChangeFeed] = []

    async def try_it() -> bool:
        try:
            found.append(await open_feed(mongo, db, "things"))
        except Retryable:
            return False
        return True

    await eventually(try_it)
    return found[0]


async def test_a_commit_that_only_the_primary_has_is_in_the_scan_or_in_the_feed(tmp_path: Path) -> None:
    with Mongod(tmp_path / "mongod", members=3) as mongod:
        mongo = Mongo(mongod.url)
        db = mongo.database("test_majority")
        await db["things"].insert_one({"_id": 0})
        with sleeping_secondaries(mongod):
            with MongoClient[dict[str, Any]](mongod.url, w=1) as hasty:
                hasty["test_majority"]["things"].insert_one({"_id": 1})
            opening = asyncio.create_task(open_feed(mongo, db, "things"))
            await asyncio.wait([opening], timeout=0.3)
            # Open already would mean: a token behind the commit, and a scan that does not show it.
            early = opening.done() and opening.exception() is None
        try:
            feed = await opening
        except Retryable:
            feed = await opened(mongo, db)
        async with mongo.snapshot() as session:
            scanned = {row["_id"] async for row in db["things"].find({}, session=session)}
        followed = {row["_id"] for row in await feed.batch(10, 200)}
        await feed.close()
        kept = {row["_id"] async for row in db["things"].find({})}
        await mongo.close()

    assert not early
    assert kept == scanned | followed
