"""The change feed: inserts into one collection in the order of their commits, whole batches at a time."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from pymongo.errors import OperationFailure

from runtime.errors import Retryable
from runtime.mongo.client import Mongo
from runtime.mongo.errors import mongo_errors
from runtime.mongo.types import Database, Document, Session

# ChangeStreamHistoryLost, CappedPositionLost, ChangeStreamFatalError: no resuming from such a token.
_FEED_LOST: Final = frozenset({286, 136, 280})
_VISIBLE_WITHIN_MS: Final = 5000


class FeedLostError(Exception):
    """The change feed cannot be resumed from this token: its history is gone, or the collection was dropped."""


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
    """Follow a collection's inserts from a resume token, or from now; `token` of the feed is then that of now.

    Once it returns, every read with majority or snapshot concern sees at least all that was committed up to the token:
    what such a read does not show, the feed will.
    """
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
            await _until_visible(db, collection, session)
    except BaseException:
        await session.end_session()
        raise
    cursor = reply["cursor"]
    return ChangeFeed(session, db, collection, cursor["id"], cursor["postBatchResumeToken"])


async def _until_visible(db: Database, collection: str, session: Session) -> None:
    """Wait until the majority has all that was committed before the token.

    The token is of the server's newest instant, a majority or snapshot read of the last one that the majority is known
    to have: a commit between the two would be in neither. A causally consistent read waits for the instant it is given.
    """
    newest: Any = session.cluster_time
    session.advance_operation_time(newest["clusterTime"])
    await db[collection].find_one({}, {"_id": 1}, session=session, max_time_ms=_VISIBLE_WITHIN_MS)
