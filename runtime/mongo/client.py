"""Client, sessions, transactions, aggregations."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

from bson import Int64
from bson.codec_options import TypeDecoder, TypeRegistry
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import CollectionInvalid, OperationFailure

from runtime.mongo.errors import mongo_errors
from runtime.mongo.transaction import in_transaction
from runtime.mongo.types import Collection, Database, Document, Session

T = TypeVar("T")

_NAMESPACE_EXISTS: Final = 48


class _PlainIntegers(TypeDecoder):
    """A 64-bit integer is read as `int`: the driver's own subclass of it is refused by the JSON encoder."""

    bson_type = Int64

    def transform_bson(self, value: Any) -> int:
        return int(value)


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
            type_registry=TypeRegistry([_PlainIntegers()]),
            serverSelectionTimeoutMS=wait_ms,
            connectTimeoutMS=wait_ms,
            waitQueueTimeoutMS=wait_ms,
            socketTimeoutMS=120_000,
        )

    def database(self, name: str) -> Database:
        """A database by its name."""
        return self._client[name]

    async def transaction(self, fn: Callable[[Session], Awaitable[T]], session: Session | None = None) -> T:
        """Run `fn` in one majority/snapshot transaction; it may be run again after a transient error.

        `fn` lets the driver's errors through. Raises `Conflict` on a duplicate key, `Retryable` when the servers
        cannot be reached or do not answer in time: the outcome may then be unknown. `session` is one of the caller's
        own, used by nobody else meanwhile.
        """
        if session is not None:
            with mongo_errors():
                return await in_transaction(session, fn)
        with mongo_errors():
            async with await self._client.start_session() as own:
                return await in_transaction(own, fn)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Session]:
        """A session whose reads all see one majority-committed instant (kept by the server for five minutes)."""
        with mongo_errors():
            async with await self._client.start_session(snapshot=True) as session:
                yield session

    async def session(self) -> Session:
        """A session of one's own; end it with `end_session()`."""
        with mongo_errors():
            return await self._client.start_session()

    async def kill_session(self, session_id: Mapping[str, Any]) -> None:
        """End another client's session by its `session_id`, and with it the transaction that it left open.

        Without this what a killed process had locked stays locked for a minute and more.
        """
        with mongo_errors():
            await self._client.admin.command({"killSessions": [dict(session_id)]})

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


def session_id(session: Session) -> Document:
    """The id by which another client can end a session."""
    # The driver's stub calls this property a method.
    found: Any = session.session_id
    return dict(found)


async def make_collections(db: Database, names: Iterable[str]) -> None:
    """Make the collections that are missing."""
    there = set(await db.list_collection_names())
    for name in set(names) - there:
        try:
            await db.create_collection(name)
        except (CollectionInvalid, OperationFailure) as error:
            # Another process may have made it since; the driver looks before it asks, so both errors occur.
            if isinstance(error, OperationFailure) and error.code != _NAMESPACE_EXISTS:
                raise


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
