"""Client, sessions, transactions, aggregations."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import ReadPreference, WriteConcern
from pymongo.read_concern import ReadConcern

from runtime.errors import Retryable
from runtime.mongo.errors import mongo_errors
from runtime.mongo.types import Collection, Database, Document, Session

T = TypeVar("T")

_MAX_COMMIT_MS: Final = 10_000
_RETRY_FOR_S: Final = 20.0


class Mongo:
    """A client for one MongoDB replica set; make one per process."""

    def __init__(self, url: str, timeout_s: float = 5.0) -> None:
        wait_ms = int(timeout_s * 1000)
        self._client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
            url,
            w="majority",
            journal=True,
            readConcernLevel="majority",
            tz_aware=True,
            serverSelectionTimeoutMS=wait_ms,
            connectTimeoutMS=wait_ms,
            waitQueueTimeoutMS=wait_ms,
            socketTimeoutMS=120_000,
        )

    def database(self, name: str) -> Database:
        """A database by its name."""
        return self._client[name]

    async def transaction(self, fn: Callable[[Session], Awaitable[T]]) -> T:
        """Run `fn` in one majority/snapshot transaction; it may be run again after a transient error.

        `fn` lets the driver's errors through. Raises `Conflict` on a duplicate key, `Retryable` when the servers
        cannot be reached or do not answer in time: the outcome may then be unknown.
        """
        deadline = asyncio.get_running_loop().time() + _RETRY_FOR_S

        async def bounded(session: Session) -> T:
            if asyncio.get_running_loop().time() > deadline:
                raise Retryable("the transaction met transient errors for too long")
            return await fn(session)

        with mongo_errors():
            async with await self._client.start_session() as session:
                result: T = await session.with_transaction(
                    bounded,
                    read_concern=ReadConcern("snapshot"),
                    write_concern=WriteConcern("majority", j=True),
                    read_preference=ReadPreference.PRIMARY,
                    max_commit_time_ms=_MAX_COMMIT_MS,
                )
        return result

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Session]:
        """A session whose reads all see one majority-committed instant (kept by the server for five minutes)."""
        with mongo_errors():
            async with await self._client.start_session(snapshot=True) as session:
                yield session

    async def session(self) -> Session:
        """A plain session, for a feed."""
        with mongo_errors():
            return await self._client.start_session()

    async def ping(self) -> None:
        """Raises `Retryable` when no primary answers."""
        with mongo_errors():
            await self._client.admin.command("ping")

    async def drop(self, name: str) -> None:
        """Drop a database by its name."""
        with mongo_errors():
            await self._client.drop_database(name)

    async def close(self) -> None:
        """Close every connection."""
        self._client.close()


async def aggregate(
    collection: Collection, pipeline: Sequence[Mapping[str, Any]], session: Session | None = None, **options: object
) -> list[Document]:
    """All documents of an aggregation; `options` are the driver's (`hint`, `allowDiskUse`, …)."""
    found: list[Document] = await collection.aggregate(list(pipeline), session=session, **options).to_list(None)
    return found


async def batches(
    collection: Collection, pipeline: Sequence[Mapping[str, Any]], size: int, session: Session, **options: object
) -> AsyncIterator[list[Document]]:
    """The documents of an aggregation, up to `size` at a time."""
    cursor = collection.aggregate(list(pipeline), session=session, batchSize=size, **options)
    while found := await cursor.to_list(size):
        yield found
