"""What the consumer's integration tests stand on: an owner's ledger over HTTP, and a producer of its records."""

import asyncio
from collections.abc import AsyncIterator, Generator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from fastapi import FastAPI

from runtime.access.principal import Principal
from runtime.http.app import create_app
from runtime.http.gate import Gate
from runtime.http.serve import listen, serve
from runtime.ledger.http import ledger_router
from runtime.ledger.model import Entry
from runtime.ledger.read import Heads
from runtime.ledger.wire import to_kafka
from runtime.mongo import Database, Session
from tests.consumer_world import OwnedLedger, PoisonError


class AnyService:
    """A verifier that takes every token for a service's: access has its own tests."""

    async def verify(self, token: str, purpose: str | None = None) -> Principal:
        """The same service always."""
        return Principal.of("service:test")


class AnyToken(httpx.Auth):
    """Signs a call in with something."""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """As httpx asks."""
        request.headers["Authorization"] = "Bearer test"
        yield request


class OwnersReader:
    """Serves the doubles as the ledger reader serves a database."""

    def __init__(self, owners: Iterable[OwnedLedger]) -> None:
        self.owners = {owner.ledger.name: owner for owner in owners}

    async def heads(self, ledger: str) -> Heads:
        """As `LedgerReader`."""
        return await self.owners[ledger].heads()

    async def entries(self, ledger: str, stream: int, after: int, limit: int) -> list[Entry]:
        """As `LedgerReader`."""
        return await self.owners[ledger].entries(stream, after, limit)


@asynccontextmanager
async def served(*owners: OwnedLedger) -> AsyncIterator[str]:
    """The owners' ledgers on a free port, through the real routes; gives the base URL."""
    reader: Any = OwnersReader(owners)
    app = create_app(title="owner", version="1", routers=[ledger_router(reader)], gate=Gate(AnyService()))
    async with serving(app) as url:
        yield url


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """An application on a free port; gives the base URL."""
    with listen("127.0.0.1", 0) as bound:
        port = bound.getsockname()[1]
    stop = asyncio.Event()
    task = asyncio.create_task(serve(app, "127.0.0.1", port, stop=stop))
    try:
        await wait_for_port(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop.set()
        await task


async def wait_for_port(port: int) -> None:
    """Until somebody listens there."""

    async def answers() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    await eventually(answers)


async def eventually(condition: Any, seconds: float = 30.0) -> None:
    """Poll until the condition, a function or coroutine function, holds."""
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.02)


async def make_topic(bootstrap: str, topic: str, partitions: int) -> None:
    """Create a topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, partitions, 1)])
    finally:
        await admin.close()


class Publisher:
    """Puts records into a topic: entries, or anything."""

    def __init__(self, bootstrap: str, topic: str, partitions: int) -> None:
        self._producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=2)
        self._topic = topic
        self._partitions = partitions

    async def __aenter__(self) -> "Publisher":
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    async def entries(self, entries: Sequence[Entry]) -> None:
        """Publish entries as the relay does."""
        sent = []
        for entry in entries:
            key, value, headers = to_kafka(entry, "/dudao/test")
            where = entry.stream % self._partitions
            sent.append(
                await self._producer.send(self._topic, value, key, partition=where, headers=headers),
            )
        await asyncio.gather(*sent)

    async def raw(self, key: bytes, value: bytes | None, headers: Mapping[str, bytes]) -> None:
        """Publish anything."""
        await self._producer.send_and_wait(self._topic, value, key, partition=0, headers=list(headers.items()))


class Effects:
    """A projection that writes one row per entry and cannot read some of them."""

    def __init__(self, db: Database) -> None:
        self.rows = db["effects"]
        self.poison: set[str] = set()
        self.calls: list[int] = []

    async def prepare(self) -> None:
        """Make the collection, with a rule that a doubled effect would break."""
        await self.rows.create_index([("stream", 1), ("seq", 1)], unique=True)

    async def apply(self, entries: Sequence[Entry], session: Session) -> None:
        """One row each."""
        self.calls.append(len(entries))
        for entry in entries:
            if entry.id in self.poison:
                raise PoisonError(f"cannot read {entry.id}")
        await self.rows.insert_many(
            [
                {"stream": entry.stream, "seq": entry.seq, "id": entry.id, "aggregate": entry.aggregate}
                for entry in entries
            ],
            session=session,
        )

    async def seen(self) -> list[tuple[int, int]]:
        """(stream, seq) of every effect."""
        rows = await self.rows.find({}).sort([("stream", 1), ("seq", 1)]).to_list(None)
        return [(row["stream"], row["seq"]) for row in rows]


def places(owner: OwnedLedger) -> list[tuple[int, int]]:
    """(stream, seq) of everything the owner sealed."""
    return sorted((entry.stream, entry.seq) for entry in owner.all)
