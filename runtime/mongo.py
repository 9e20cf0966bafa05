"""The one module that knows the MongoDB driver (Motor): client, session, transaction, aggregate, change feed.

Moving to PyMongo's AsyncMongoClient is a change of this file alone. Read and write concern are `majority` everywhere.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from gridfs.errors import FileExists, NoFile
from motor.motor_asyncio import (
    AsyncIOMotorClient,
    AsyncIOMotorClientSession,
    AsyncIOMotorCollection,
    AsyncIOMotorDatabase,
    AsyncIOMotorGridFSBucket,
)
from pymongo import DeleteOne, IndexModel, InsertOne, ReadPreference, ReplaceOne, UpdateOne, WriteConcern
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WriteConcernError,
    WTimeoutError,
)
from pymongo.read_concern import ReadConcern

from runtime.errors import Conflict, Retryable

__all__ = [
    "ChangeFeed",
    "Collection",
    "Database",
    "DeleteOne",
    "Document",
    "FeedLostError",
    "FileBucket",
    "IndexModel",
    "InsertOne",
    "Mongo",
    "ReplaceOne",
    "Session",
    "UpdateOne",
    "aggregate",
    "batches",
    "mongo_errors",
    "open_feed",
]

Document: TypeAlias = dict[str, Any]
Session: TypeAlias = AsyncIOMotorClientSession
if TYPE_CHECKING:
    Database: TypeAlias = AsyncIOMotorDatabase[Document]
    Collection: TypeAlias = AsyncIOMotorCollection[Document]
else:
    Database = AsyncIOMotorDatabase
    Collection = AsyncIOMotorCollection

T = TypeVar("T")

_DUPLICATE_KEY: Final = 11000
# ChangeStreamHistoryLost, CappedPositionLost, ChangeStreamFatalError: no resuming from such a token.
_FEED_LOST: Final = frozenset({286, 136, 280})
_CURSOR_NOT_FOUND: Final = 43
# InterruptedAtShutdown, Interrupted…, PrimarySteppedDown, NotWritablePrimary, SnapshotUnavailable, SnapshotTooOld, …
_PASSING: Final = frozenset({43, 91, 189, 10107, 11600, 11602, 13435, 13436, 134, 246, 239, 237, 50, 64})
_PASSING_LABELS: Final = ("TransientTransactionError", "UnknownTransactionCommitResult", "RetryableWriteError")
_MAX_COMMIT_MS: Final = 10_000
_RETRY_FOR_S: Final = 20.0


class FeedLostError(Exception):
    """The change feed cannot be resumed from this token: its history is gone, or the collection was dropped."""


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


@contextmanager
def mongo_errors() -> Iterator[None]:
    """Turn the driver's errors into `Conflict` and `Retryable`; never inside a transaction's function."""
    try:
        yield
    except PyMongoError as error:
        kind = _kind(error)
        if kind is None:
            raise
        raise kind(str(error)) from error


def _kind(error: PyMongoError) -> type[Conflict] | type[Retryable] | None:
    if _duplicate(error):
        return Conflict
    if isinstance(error, ConnectionFailure | ExecutionTimeout | WTimeoutError | WriteConcernError):
        return Retryable
    if isinstance(error, OperationFailure) and error.code in _PASSING:
        return Retryable
    if any(error.has_error_label(label) for label in _PASSING_LABELS):
        return Retryable
    return None


def _duplicate(error: PyMongoError) -> bool:
    if isinstance(error, BulkWriteError):
        failures = error.details.get("writeErrors", [])
        return bool(failures) and all(failure["code"] == _DUPLICATE_KEY for failure in failures)
    return isinstance(error, DuplicateKeyError)


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


class ChangeFeed:
    """The inserts into one collection, in the order of their commits, in whole batches: one thread hop a batch."""

    def __init__(self, session: Session, db: Database, collection: str, cursor: int, token: Document) -> None:
        self._session = session
        self._db = db
        self._collection = collection
        self._cursor = cursor
        self.token = token

    async def batch(self, size: int, wait_ms: int) -> list[Document]:
        """The next documents, none if none came within `wait_ms`; then `token` stands behind them.

        Raises `FeedLostError` when the feed cannot go on from its token, `Retryable` when another one may.
        """
        reply = await self._command(
            {"getMore": self._cursor, "collection": self._collection, "batchSize": size, "maxTimeMS": wait_ms}
        )
        self._cursor = reply["id"]
        if self._cursor == 0:
            raise FeedLostError(f"the feed of {self._collection} was closed by the server")
        self.token = reply.get("postBatchResumeToken", self.token)
        return [change["fullDocument"] for change in reply["nextBatch"]]

    async def _command(self, command: Document) -> Document:
        with _feed_errors():
            reply = await self._db.command(command, session=self._session)
        cursor: Document = reply["cursor"]
        return cursor

    async def close(self) -> None:
        """Give the cursor and the session back; a server that cannot be reached forgets them by itself."""
        try:
            with mongo_errors():
                await self._db.command({"killCursors": self._collection, "cursors": [self._cursor]})
        except Retryable:
            self._cursor = 0
        finally:
            await self._session.end_session()


@contextmanager
def _feed_errors() -> Iterator[None]:
    try:
        with mongo_errors():
            yield
    except OperationFailure as error:
        if error.code in _FEED_LOST:
            raise FeedLostError(str(error)) from error
        raise


async def open_feed(mongo: Mongo, db: Database, collection: str, after: Mapping[str, Any] | None = None) -> ChangeFeed:
    """Follow a collection's inserts from a resume token, or from now; `token` of the feed is then that of now."""
    stage: Document = {} if after is None else {"resumeAfter": dict(after)}
    pipeline = [
        {"$changeStream": stage},
        {"$match": {"operationType": "insert"}},
        {"$project": {"fullDocument": 1}},
    ]
    session = await mongo.session()
    try:
        with _feed_errors():
            reply = await db.command(
                {
                    "aggregate": collection,
                    "pipeline": pipeline,
                    "cursor": {"batchSize": 0},
                    "readConcern": {"level": "majority"},
                },
                session=session,
            )
    except BaseException:
        await session.end_session()
        raise
    cursor = reply["cursor"]
    return ChangeFeed(session, db, collection, cursor["id"], cursor["postBatchResumeToken"])


class FileBucket:
    """Files in GridFS under ids of the caller's; a file is whole or not there."""

    def __init__(self, db: Database) -> None:
        self._bucket = AsyncIOMotorGridFSBucket(db)

    async def put(self, file: str, data: bytes, media_type: str) -> None:
        """Store a file; raises `Conflict` when the id is taken, `Retryable`."""
        try:
            with mongo_errors():
                await self._bucket.upload_from_stream_with_id(file, file, data, metadata={"media_type": media_type})
        except FileExists as error:
            raise Conflict(f"file {file} is there already") from error

    async def get(self, file: str) -> bytes | None:
        """The file's bytes, none when there is no such file; raises `Retryable`."""
        found = BytesIO()
        try:
            with mongo_errors():
                await self._bucket.download_to_stream(file, found)
        except NoFile:
            return None
        return found.getvalue()
