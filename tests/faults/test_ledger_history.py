"""A relay whose change feed lost its history on a real server; it takes a minute, as the oplog is cut off rarely."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dudao.embedded import Mongod
from runtime.clock import SystemClock
from runtime.ledger import follow
from runtime.ledger.backlog import unsealed
from runtime.ledger.initialise import initialise
from runtime.ledger.relay import Pace, Relay
from runtime.ledger.writer import GroupWriter
from runtime.mongo import Database, Document, FeedLostError, Mongo, open_feed
from tests.ledger_world import LEDGERS, MemoryOutlet, all_sealed, change, eventually, unit


@pytest.fixture
async def forgetful(tmp_path: Path) -> AsyncIterator[Mongo]:
    """A server that keeps a few megabytes of history only."""
    with Mongod(tmp_path / "mongod", oplog_mb=2) as mongod:
        client = Mongo(mongod.url)
        yield client
        await client.close()


async def outlive_history(mongo: Mongo, db: Database) -> None:
    """Write so much that a token of now cannot be resumed from."""
    feed = await open_feed(mongo, db, "commits")
    token = feed.token
    await feed.close()

    async def gone() -> bool:
        for _ in range(10):
            await db["noise"].insert_one({"bytes": b"x" * 500_000})
        # History is kept for the last checkpoint, which would be made once a minute.
        await mongo.database("admin").command({"fsync": 1})
        again = await open_feed(mongo, db, "commits", token)
        try:
            await again.batch(1, 10)
        except FeedLostError:
            return True
        finally:
            await again.close()
        return False

    await eventually(gone, within=100, why="the oplog was cut off")


@pytest.mark.timeout(180)
async def test_a_history_lost_while_the_relay_repairs_makes_it_start_over(
    forgetful: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = forgetful.database("test_history")
    await initialise(forgetful, db, LEDGERS, ["things"])
    writer = GroupWriter(forgetful, db)
    writer.start()
    scans = 0

    async def slowly(mongo: Mongo, db: Database) -> list[Document]:
        nonlocal scans
        scans += 1
        found = await unsealed(mongo, db)
        if scans == 1:
            # Behind the scan's snapshot: only the feed could tell of it, and its history is gone.
            await writer.write(unit(change("missed")))
            await outlive_history(mongo, db)
        return found

    monkeypatch.setattr(follow, "unsealed", slowly)
    await asyncio.gather(*(writer.write(unit(change(f"t{i}"))) for i in range(50)))
    relay = Relay(
        forgetful, db, LEDGERS, MemoryOutlet(), SystemClock(), registry="registry", pace=Pace(ttl_ms=1000, renew_ms=100)
    )
    relay.start()
    await eventually(lambda: all_sealed(forgetful, db), within=120)
    await relay.stop()
    await writer.stop()

    assert scans == 2
