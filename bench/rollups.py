"""Events in Kafka, turned into something to read: our exact rollups against documents of MongoDB's sink connector.

Ours does more: it checks every hash, keeps each entry's contribution, moves a day's rollups of a school under every
facet, writes a row per event for instants within a day, and moves the watermarks, all in one transaction. The connector
writes one document per event. Each side's process is connected and idle; it is stopped, the records are published, it
goes on: measured is from then until everything is counted, or is in the collection.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pymongo.collection import Collection

from bench._connect import JSON, Connect, Connector, start_connect
from bench._fetch import fetch_peer
from bench._issues import Told, life_of_city, some
from bench._ledger import BulkLedger, city_ledger, unsealed
from bench._machine import Machine, begin_topics, go, machine, rest
from bench._reporting import counted_to, require_exact
from bench._rounds import Side, against, alone, portion, take_turns
from bench._topic import RoundTimeoutError, committed, joined, publish
from contracts.ledgers import LISTS
from dudao.bench import Arm, Wanted, WrongOutputError
from dudao.embedded import Process
from services.reporting.bootstrap import SERVICE

EVENTS: Final = 40_000
QUICK: Final = 10_000
OURS: Final = "ours"
DEFAULT: Final = "mongo-sink-default"
IDEMPOTENT: Final = "mongo-sink-idempotent"
TUNED: Final = "mongo-sink-tuned"
DATABASE: Final = "rollups_reporting"
_PREFIX: Final = "rollups"
_LOOK_EVERY_S: Final = 0.01
_SINK_WARM_UPS: Final = 3
_PATIENCE_S: Final = 180.0
_PROBE_S: Final = 20.0
_PROBE_EVERY_S: Final = 0.2
_NOTE: Final = "ours: exact rollups, contributions, watermarks, in one transaction; the peer: one document per event"


def measure(wanted: Wanted) -> Sequence[Arm]:
    """The arms; see `dudao.bench`."""
    return asyncio.run(_measure(wanted))


async def _measure(wanted: Wanted) -> list[Arm]:
    count = wanted.size(EVENTS, QUICK)
    with machine(wanted) as servers:
        names = (DEFAULT, IDEMPOTENT, TUNED) if wanted.peers else ()
        await begin_topics(servers, *names)
        sinks = [_sink_side(servers, name, count, wanted) for name in names]
        sides = [await _our_side(servers, count, wanted)]
        for connect, side in sinks:
            connect.await_running()
            rest(connect.process)
            sides.append(side)
        found = await take_turns(sides, wanted)
    if not wanted.peers:
        return [alone("rollups", found, ours=OURS, note=_NOTE)]
    return [
        against("rollups / sink idempotent", found, ours=OURS, peer=IDEMPOTENT, goal=5.0, note=_NOTE),
        against("rollups / sink default", found, ours=OURS, peer=DEFAULT, goal=2.0, note=_NOTE),
        against("rollups / sink idempotent, tuned", found, ours=OURS, peer=TUNED, goal=None, note=_NOTE),
    ]


@dataclass
class Reporting:
    """Reporting's worker on a ledger of its own, and all that it was told."""

    servers: Machine
    ledger: BulkLedger
    worker: Process
    life: Iterator[Told] = field(default_factory=lambda: life_of_city("a000"))
    told: list[Told] = field(default_factory=list)

    async def round(self, count: int) -> float:
        """Publish, let it count, compare every number; events a second."""
        fresh = some(self.life, count)
        entries = self.ledger.seal(fresh)
        self.told += fresh
        go(self.worker)
        await joined(self.servers.bootstrap, f"{SERVICE}.{LISTS.name}")
        rest(self.worker)
        # From here on the owner tells of them: had the worker been running, it could have fetched them already.
        self.ledger.tell()
        await publish(self.servers.bootstrap, LISTS.topic, entries, headers=True)
        began = time.perf_counter()
        go(self.worker)
        ended = await counted_to(self.servers.client, DATABASE, self.ledger.length(LISTS), _PATIENCE_S)
        rest(self.worker)
        require_exact(self.servers.client, DATABASE, self.told)
        return count / (ended - began)


async def _our_side(servers: Machine, count: int, wanted: Wanted) -> Side:
    wanted.tell("准备账本 / making the ledger")
    ledger = await city_ledger(servers, f"{_PREFIX}_inspection")
    worker = servers.service(SERVICE, "worker", _PREFIX, servers.owner(ledger.database))
    rest(worker)
    reporting = Reporting(servers, ledger, worker)

    async def one(number: int) -> float:
        return await reporting.round(portion(count, number, 1))

    return Side(OURS, one, warm_ups=1)


def _sink_side(servers: Machine, name: str, count: int, wanted: Wanted) -> tuple[Connect, Side]:
    wanted.tell(f"启动 {name} / starting {name}")
    database = name.replace("-", "_")
    connector = Connector(name, fetch_peer("mongo-sink", wanted.tell), JSON, database, name)
    connect = start_connect(servers, connector)
    process, group = connect.process, f"connect-sink-{name}"
    life = life_of_city(f"b{len(name):03x}")
    rows = servers.client[database]["events"]

    async def one(number: int) -> float:
        fresh = some(life, portion(count, number, _SINK_WARM_UPS))
        go(process)
        await joined(servers.bootstrap, group)
        await _awake(servers, connect, name, rows, life)
        before = rows.estimated_document_count()
        rest(process)
        await publish(servers.bootstrap, name, unsealed(fresh), headers=False)
        began = time.perf_counter()
        go(process)
        ended = await _written(connect, rows, before + len(fresh))
        await committed(servers.bootstrap, group, before + len(fresh))
        rest(process)
        _require_written(name, rows, before + len(fresh), fresh)
        return len(fresh) / (ended - began)

    return connect, Side(name, one, warm_ups=_SINK_WARM_UPS)


async def _awake(
    servers: Machine, connect: Connect, name: str, rows: Collection[dict[str, Any]], life: Iterator[Told]
) -> None:
    """See one event come through: a process that slept may fail at its first write, which is then lost where errors are
    passed over, and ends the task where they are not."""
    deadline = time.perf_counter() + _PATIENCE_S
    while time.perf_counter() < deadline:
        wanted = rows.estimated_document_count() + 1
        await publish(servers.bootstrap, name, unsealed(some(life, 1)), headers=False)
        tried = time.perf_counter() + _PROBE_S
        while time.perf_counter() < tried:
            if rows.estimated_document_count() >= wanted:
                return
            if connect.failure() is not None:
                connect.restart_failed()
            await asyncio.sleep(_PROBE_EVERY_S)
    raise RoundTimeoutError(f"{name}: nothing comes through within {_PATIENCE_S:g} s\n{connect.process.tail()}")


async def _written(connect: Connect, rows: Collection[dict[str, Any]], count: int) -> float:
    deadline = time.perf_counter() + _PATIENCE_S
    while True:
        there = rows.estimated_document_count()
        now = time.perf_counter()
        if there >= count:
            return now
        if now > deadline:
            why = connect.failure() or connect.process.tail()
            raise RoundTimeoutError(f"{rows.full_name}: {there} of {count} documents within {_PATIENCE_S:g} s\n{why}")
        await asyncio.sleep(_LOOK_EVERY_S)


def _require_written(name: str, rows: Collection[dict[str, Any]], count: int, fresh: Sequence[Told]) -> None:
    """Raises `WrongOutputError` unless every event of the round is there with its state, and nothing twice."""
    wanted = {one.request: one.type.split(".")[2] for one in fresh}
    found = {
        row["cause"]["request"]: row["entry"]["state"]
        for row in rows.find({}, {"cause.request": 1, "entry.state": 1}).sort("$natural", -1).limit(len(fresh))
    }
    if rows.count_documents({}) != count or found != wanted:
        raise WrongOutputError(f"{name}: {rows.count_documents({})} documents for {count} events, or others")
