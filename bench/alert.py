"""From a commit to the alert of it: inspection, relay, Kafka, notification; against the bare hops of the same run.

The writer is the product's group writer; relay and notification's worker are its own processes. Measured is from before
the commit is sent until a change stream shows the alert's row, which is how the live inbox learns of it. The bare hops
(`bench/_bare_hops.py`) go from an insert to a row the same way, and do nothing on it. Both ways stay awake in each
other's turns: idle they take next to nothing.
"""

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from bench._bare_hops import CAME, DATABASE, TOLD, TOPIC
from bench._fetch import ROOT
from bench._issues import Told, life_of_city
from bench._ledger import city_ledger, unit_of
from bench._machine import Machine, begin_topics, machine
from bench._rounds import Side, against, alone, percentile, take_turns
from bench._topic import RoundTimeoutError, joined
from contracts.ledgers import LISTS
from dudao.bench import Arm, Wanted, WrongOutputError
from dudao.embedded import Process
from runtime.clock import SystemClock, to_micros
from runtime.ledger.writer import GroupWriter
from runtime.mongo import ChangeFeed, Database, Mongo, make_collections, open_feed

COMMITS: Final = 200
QUICK: Final = 40
MOST: Final = 2000
OURS: Final = "ours"
BARE: Final = "bare hops"
PREFIX: Final = "alert"
_PAUSE_S: Final = (0.005, 0.04)
_PATIENCE_S: Final = 20.0
_AWAKE_S: Final = 2.0
_TRIES: Final = 20
_ASSIGNED: Final = "inspection.issue.assigned.v1"

Send = Callable[[Told], Awaitable[str]]


@dataclass
class Way:
    """One way from a commit to a row: who works on it, how one is sent, and where the row is seen."""

    send: Send
    seen: ChangeFeed
    id_of: Callable[[dict[str, Any]], str]
    life: Iterator[Told]
    count: int
    dice: random.Random = field(default_factory=lambda: random.Random(20260925))
    p99: list[float] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    async def round(self, _: int) -> float:
        """The median of a round, in ms; its ninety-ninth percentile is kept beside it."""
        found = [await self._one(_PATIENCE_S) for _ in range(self.count)]
        self.p99.append(percentile(found, 99))
        return percentile(found, 50)

    async def awake(self) -> None:
        """Until one comes through."""
        for _ in range(_TRIES):
            try:
                await self._one(_AWAKE_S)
            except RoundTimeoutError:
                continue
            return
        raise RoundTimeoutError("nothing comes through")

    async def _one(self, patience_s: float) -> float:
        await asyncio.sleep(self.dice.uniform(*_PAUSE_S))
        told = next(self.life)
        began = time.perf_counter()
        wanted = await self.send(told)
        self.sent.append(wanted)
        while time.perf_counter() - began < patience_s:
            rows = await self.seen.batch(100, 500)
            if any(self.id_of(row) == wanted for row in rows):
                return (time.perf_counter() - began) * 1000
        raise RoundTimeoutError(f"no row for {wanted} within {patience_s:g} s")


def measure(wanted: Wanted) -> Sequence[Arm]:
    """The arms; see `dudao.bench`."""
    return asyncio.run(_measure(wanted))


async def _measure(wanted: Wanted) -> list[Arm]:
    count = min(wanted.size(COMMITS, QUICK), MOST)
    with machine(wanted) as servers:
        await begin_topics(servers, TOPIC)
        async with AsyncExitStack() as stack:
            mongo = servers.mongo()
            stack.push_async_callback(mongo.close)
            ways = {OURS: await stack.enter_async_context(_our_way(servers, mongo, count))}
            if wanted.peers:
                ways[BARE] = await stack.enter_async_context(_bare_way(servers, mongo, count))
            for way in ways.values():
                await way.awake()
            found = await take_turns([Side(name, way.round, unit="ms p50") for name, way in ways.items()], wanted)
            await _require_alerts(mongo.database(f"{PREFIX}_notification"), ways[OURS].sent)
    # The warm-ups' percentiles come first, and are left out as their medians are.
    p99 = {name: way.p99[-wanted.rounds :] for name, way in ways.items()}
    if not wanted.peers:
        return [alone("alert p50", found, ours=OURS, unit="ms"), alone("alert p99", p99, ours=OURS, unit="ms")]
    return [
        against("alert p50 / bare hops", found, ours=OURS, peer=BARE, goal=1 / 1.5, more_is_better=False, unit="ms"),
        against("alert p99 / bare hops", p99, ours=OURS, peer=BARE, goal=1 / 2, more_is_better=False, unit="ms"),
    ]


@asynccontextmanager
async def _our_way(servers: Machine, mongo: Mongo, count: int) -> AsyncIterator[Way]:
    ledger = await city_ledger(servers, f"{PREFIX}_inspection")
    owner = servers.owner(ledger.database)
    servers.service("inspection", "worker", PREFIX)
    servers.service("notification", "worker", PREFIX, owner)
    await joined(servers.bootstrap, f"notification.{LISTS.name}")
    writer = GroupWriter(mongo, mongo.database(ledger.database))
    clock = SystemClock()
    writer.start()

    async def send(told: Told) -> str:
        await writer.write(unit_of(told, to_micros(clock.now())))
        return f"{told.request}/0/0"

    async with _seen(mongo, f"{PREFIX}_notification", "alerts") as seen:
        yield Way(send, seen, lambda row: str(row["entry"]["event"]), assignments("f000"), count)
    await writer.stop()


@asynccontextmanager
async def _bare_way(servers: Machine, mongo: Mongo, count: int) -> AsyncIterator[Way]:
    db = mongo.database(DATABASE)
    await make_collections(db, (CAME, TOLD))
    argv = [sys.executable, "-m", "bench._bare_hops", servers.url, servers.bootstrap]
    servers.keep(Process("bare-hops", argv, log=servers.folder / "bare-hops.log", cwd=ROOT))

    async def send(told: Told) -> str:
        await db[CAME].insert_one({"_id": told.request, "data": told.data})
        return told.request

    async with _seen(mongo, DATABASE, TOLD) as seen:
        yield Way(send, seen, lambda row: str(row["_id"]), assignments("f001"), count)


@asynccontextmanager
async def _seen(mongo: Mongo, database: str, collection: str) -> AsyncIterator[ChangeFeed]:
    feed = await open_feed(mongo, mongo.database(database), collection)
    try:
        yield feed
    finally:
        await feed.close()


def assignments(run: str) -> Iterator[Told]:
    """Issues that begin with their assignment: each raises one alert, its school's secretary's."""
    for told in life_of_city(run):
        if told.type == _ASSIGNED:
            yield told._replace(version=1)


async def _require_alerts(db: Database, sent: Sequence[str]) -> None:
    """Raises `WrongOutputError` unless every commit raised its one alert, and nothing else did."""
    rows = await db["alerts"].find({}, {"entry.event": 1}).to_list(None)
    found = sorted(row["entry"]["event"] for row in rows)
    if found != sorted(sent):
        raise WrongOutputError(f"ours: {len(found)} alerts of {len(sent)} assignments")
