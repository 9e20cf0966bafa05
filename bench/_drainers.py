"""Who takes events from MongoDB to Kafka: our relay, and Debezium's outbox router; with the oracle of what came."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from aiokafka import ConsumerRecord

from bench._connect import STRINGS, Connect, Connector, start_connect
from bench._fetch import fetch_peer
from bench._issues import Told
from bench._ledger import commits_of, insert_all
from bench._machine import Machine
from bench._topic import Topic
from contracts.ledgers import LISTS
from dudao.bench import Wanted, WrongOutputError
from dudao.embedded import Process
from runtime.clock import SystemClock, to_micros
from runtime.ledger.chain import chains
from runtime.ledger.initialise import CURSORS, HEADS, PUBLISH
from runtime.ledger.wire import from_kafka
from runtime.ledger.writer import COMMITS

PREFIX: Final = "drain"
OURS: Final = "ours"
DEFAULT: Final = "debezium-default"
TUNED: Final = "debezium-tuned"
LATENCY: Final = "debezium-latency"
_LOOK_EVERY_S: Final = 0.02
_FLUSH_S: Final = 1.1


class Drainer(Protocol):
    """One side: where events are put, where they come out, and who carries them."""

    name: str
    process: Process
    topic: Topic

    def put(self, machine: Machine, told: Sequence[Told]) -> None:
        """Write events so that this side has to carry them."""
        ...

    async def settle(self, machine: Machine) -> None:
        """Return when it has noted what it sent: stopped before, it may rightly send it again."""
        ...

    def check(self, records: Iterable[ConsumerRecord], told: Sequence[Told]) -> None:
        """Raises `WrongOutputError` unless these are exactly those events, each once, byte for byte."""
        ...


@dataclass
class Relay:
    """Inspection's worker: seals and publishes."""

    process: Process
    topic: Topic
    name: str = OURS
    _clock: SystemClock = field(default_factory=SystemClock)

    def put(self, machine: Machine, told: Sequence[Told]) -> None:
        """As commits."""
        at = to_micros(self._clock.now())
        insert_all(machine.client, f"{PREFIX}_inspection", COMMITS, commits_of(told, at))

    async def settle(self, machine: Machine) -> None:
        """When the publish cursor stands at the heads."""
        db = machine.client[f"{PREFIX}_inspection"]
        while True:
            heads = {f"{row['ledger']}.{row['stream']}": row["last"] for row in db[HEADS].find({"last": {"$gt": 0}})}
            cursor = db[CURSORS].find_one({"_id": PUBLISH}) or {"at": {}}
            at = {f"{ledger}.{stream}": seq for ledger, one in cursor["at"].items() for stream, seq in one.items()}
            if at == heads:
                return
            await asyncio.sleep(_LOOK_EVERY_S)

    def check(self, records: Iterable[ConsumerRecord], told: Sequence[Told]) -> None:
        """Also that every stream's chain holds, with no number left out."""
        found: dict[str, bytes] = {}
        last: dict[int, Any] = {}
        count = 0
        for record in records:
            entry = from_kafka(record.key, record.value, record.headers)
            before = last.get(entry.stream)
            if before is not None and not (entry.seq == before.seq + 1 and chains(before.hash, entry)):
                raise WrongOutputError(f"{self.name}: stream {entry.stream} is torn at {entry.seq}")
            last[entry.stream] = entry
            found[entry.id.partition("/")[0]] = entry.data
            count += 1
        require_same(self.name, count, found, told)


@dataclass
class Debezium:
    """A Connect worker with the outbox router."""

    name: str
    process: Process
    topic: Topic
    database: str

    def put(self, machine: Machine, told: Sequence[Told]) -> None:
        """As documents of an outbox."""
        rows = [
            {
                "_id": one.request, "aggregatetype": self.name, "aggregateid": one.issue, "type": one.type,
                "school": one.school, "payload": one.data.decode(),
            }
            for one in told
        ]  # fmt: skip
        insert_all(machine.client, self.database, "outbox", rows)

    async def settle(self, machine: Machine) -> None:
        """When its offsets are flushed, every second."""
        del machine
        await asyncio.sleep(_FLUSH_S)

    def check(self, records: Iterable[ConsumerRecord], told: Sequence[Told]) -> None:
        """By the id that it puts into a header."""
        found: dict[str, bytes] = {}
        count = 0
        for record in records:
            found[_id_of(record)] = record.value or b""
            count += 1
        require_same(self.name, count, found, told)


def _id_of(record: ConsumerRecord) -> str:
    return str(dict(record.headers)["id"].decode().strip('"'))


def require_same(side: str, count: int, found: dict[str, bytes], told: Sequence[Told]) -> None:
    """Raises `WrongOutputError` unless so many records were exactly these events' bytes."""
    wanted = {one.request: one.data for one in told}
    if count != len(wanted) or found != wanted:
        lost = len(wanted.keys() - found.keys())
        other = sum(1 for id_, data in found.items() if wanted.get(id_, data) != data)
        strange = len(found.keys() - wanted.keys())
        raise WrongOutputError(
            f"{side}: {count} records for {len(wanted)} events; {lost} lost, {strange} strange, {other} altered"
        )


def drainers(machine: Machine, wanted: Wanted, peers: Sequence[str]) -> list[Drainer]:
    """Our side, and the peers unless they are not wanted; all of them run. Raises `PeerMissingError`."""
    started = [_begin(machine, name, wanted) for name in peers] if wanted.peers else []
    worker = machine.service("inspection", "worker", PREFIX)
    found: list[Drainer] = [Relay(worker, Topic(machine.bootstrap, LISTS.topic))]
    for connect, peer in started:
        connect.await_running()
        found.append(peer)
    return found


@asynccontextmanager
async def looked_at(carriers: Sequence[Drainer]) -> AsyncIterator[None]:
    """Their topics are connected to inside the block."""
    async with AsyncExitStack() as opened:
        for drainer in carriers:
            await drainer.topic.open()
            opened.push_async_callback(drainer.topic.close)
        yield


def topic_of(name: str) -> str:
    """Where the outbox router puts what comes with this `aggregatetype`."""
    return f"outbox.event.{name}"


def _begin(machine: Machine, name: str, wanted: Wanted) -> tuple[Connect, Debezium]:
    database = name.replace("-", "_")
    # The change stream of a collection that is not there yet shows nothing.
    machine.client[database].create_collection("outbox")
    wanted.tell(f"启动 {name} / starting {name}")
    jars = fetch_peer("debezium", wanted.tell)
    connect = start_connect(machine, Connector(name, jars, STRINGS, database, topic_of(name), "service_load"))
    return connect, Debezium(name, connect.process, Topic(machine.bootstrap, topic_of(name)), database)
