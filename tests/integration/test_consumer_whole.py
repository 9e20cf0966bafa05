"""From a commit to its effect: real writer, relay, broker, HTTP ledger and a consumer process that is killed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from runtime.clock import SystemClock
from runtime.http.app import create_app
from runtime.http.gate import Gate
from runtime.ledger.http import ledger_router
from runtime.ledger.initialise import initialise
from runtime.ledger.outlet import KafkaAddress, KafkaOutlet
from runtime.ledger.read import LedgerReader
from runtime.ledger.relay import Relay
from runtime.ledger.writer import GroupWriter
from runtime.mongo import Mongo
from tests.consumer_servers import AnyService, Effects, eventually, make_topic, serving
from tests.ledger_world import Topic, change, unit
from tests.servers import Broker

CHECKOUT = Path(__file__).parents[2]
STREAMS = 8


class World:
    """An owner with its relay, and consumer processes beside it."""

    def __init__(self, mongo: Mongo, url: str, database: str, broker: Broker) -> None:
        self.mongo, self.url, self.name, self.broker = mongo, url, database, broker
        self.ledgers = (Topic("registry", f"{database}.registry", 1), Topic("lists", f"{database}.lists", STREAMS))
        self.db = mongo.database(database)
        self.copy = mongo.database(f"{database}_copy")
        self.effects = Effects(self.copy)
        self.reader = LedgerReader(mongo, self.db, self.ledgers)
        self.writer = GroupWriter(mongo, self.db)
        outlet = KafkaOutlet(KafkaAddress(broker.bootstrap, broker.idempotent), self.ledgers, "/dudao/test")
        self.relay = Relay(mongo, self.db, self.ledgers, outlet, SystemClock(), registry="registry")
        self.made = 0

    async def prepare(self) -> None:
        await initialise(self.mongo, self.db, self.ledgers, ["things"])
        for ledger in self.ledgers:
            await make_topic(self.broker.bootstrap, ledger.topic, min(3, ledger.streams))
        self.writer.start()
        self.relay.start()

    async def write(self, count: int) -> None:
        numbers = range(self.made, self.made + count)
        self.made += count
        await asyncio.gather(
            *(self.writer.write(unit(change(f"T{n}", stream=n % STREAMS, events=1 + n % 2))) for n in numbers)
        )

    async def level(self) -> bool:
        """Whether every event that was committed is sealed and has its one effect."""
        commits: list[dict[str, Any]] = await self.db["commits"].find({}, {"n": 1}).to_list(None)
        seen = await self.effects.seen()
        heads = await self.reader.heads("lists")
        sealed = sorted((stream, n + 1) for stream, (seq, _) in heads.streams.items() for n in range(seq))
        return seen == sealed and len(seen) == sum(commit["n"] for commit in commits)

    @asynccontextmanager
    async def consuming(self, owner: str) -> AsyncIterator[asyncio.subprocess.Process]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.consumer_process", self.url, self.copy.name, self.broker.bootstrap, owner, self.name),
            cwd=CHECKOUT,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"begun\n"
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


@pytest.fixture
async def world(mongod_url: str, database: str, broker: Broker) -> AsyncIterator[World]:
    mongo = Mongo(mongod_url)
    made = World(mongo, mongod_url, database, broker)
    await made.prepare()
    yield made
    await made.relay.stop()
    await made.writer.stop()
    await mongo.drop(made.copy.name)
    await mongo.close()


@pytest.fixture
async def owner(world: World) -> AsyncIterator[str]:
    app = create_app(title="owner", version="1", routers=[ledger_router(world.reader)], gate=Gate(AnyService()))
    async with serving(app) as url:
        yield url


async def test_every_commit_has_its_one_effect_though_consumers_are_killed(world: World, owner: str) -> None:
    await world.write(100)
    for _ in range(3):
        async with world.consuming(owner) as process:
            writing = asyncio.create_task(world.write(150))
            before = len(await world.effects.seen())

            async def under_way(before: int = before) -> bool:
                return len(await world.effects.seen()) > before

            await eventually(under_way)
            process.send_signal(signal.SIGKILL)
            await process.wait()
            await writing
    async with world.consuming(owner):
        await world.write(50)
        await eventually(world.level, 60)


async def test_paused_consumer_that_wakes_up_beside_another_doubles_nothing(world: World, owner: str) -> None:
    async with world.consuming(owner) as paused:
        await world.write(50)
        await eventually(world.level)
        writing = asyncio.create_task(world.write(100))
        os.kill(paused.pid, signal.SIGSTOP)
        async with world.consuming(owner):
            await writing
            await eventually(world.level, 60)
            os.kill(paused.pid, signal.SIGCONT)
            await world.write(100)
            await eventually(world.level, 60)
        await world.write(20)
        await eventually(world.level, 60)
