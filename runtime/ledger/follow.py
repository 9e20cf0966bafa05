"""Does the steps of sealing on the database: the feed of commits, the scan for what was left, the seals."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from runtime.ledger.backlog import unsealed
from runtime.ledger.sealer import Sealer
from runtime.ledger.steps import Load, Open, Read, Scan, TakeToken, drive, following
from runtime.ledger.writer import COMMITS
from runtime.mongo import ChangeFeed, Database, Document, Mongo, mongo_errors, open_feed

_log: Final = logging.getLogger(__name__)
_BATCH: Final = 2000
_FEED_WAIT_MS: Final = 500
_FEW: Final = 32
_A_MOMENT_S: Final = 0.001

_Ahead = asyncio.Task[tuple[list[Document], Document]]


class Follow:
    """Seals what was left, then what the feed brings, for as long as the sealer's lease lasts; use it once.

    `caught_up` is called once what was left is sealed and the feed is open.
    """

    def __init__(
        self, mongo: Mongo, db: Database, sealer: Sealer, ranks: Mapping[str, int], caught_up: Callable[[], None]
    ) -> None:
        self._mongo = mongo
        self._db = db
        self._sealer = sealer
        self._ranks = ranks
        self._caught_up = caught_up
        self._feed: ChangeFeed | None = None
        self._ahead: _Ahead | None = None

    async def run(self) -> None:
        """Never ends by itself; raises `FencedError`, `FeedLostError`, `DamagedError`, `Retryable`."""
        try:
            await drive(following(self._sealer.chain, self._ranks, _BATCH), self._do)
        finally:
            await self._close()

    async def _do(self, step: object) -> Any:
        match step:
            case TakeToken():
                return await self._token()
            case Scan():
                return await self._scan()
            case Load(ids):
                return await self._load(ids)
            case Open(token):
                return await self._open(token)
            case Read():
                return await self._read()
        return await self._sealer.do(step)

    async def _token(self) -> Document:
        feed = await open_feed(self._mongo, self._db, COMMITS)
        token = feed.token
        await feed.close()
        return token

    async def _scan(self) -> list[Document]:
        found = await unsealed(self._mongo, self._db)
        if found:
            _log.info("sealing %d commits that were left", len(found))
        return found

    async def _load(self, ids: list[str]) -> list[Document]:
        with mongo_errors():
            commits = await self._db[COMMITS].find({"_id": {"$in": ids}}, {"answer": 0}).to_list(None)
        by_id = {commit["_id"]: commit for commit in commits}
        return [by_id[id_] for id_ in ids]

    async def _open(self, token: Mapping[str, Any]) -> None:
        self._feed = await open_feed(self._mongo, self._db, COMMITS, token)
        self._caught_up()
        self._ahead = asyncio.create_task(_batch(self._feed))

    async def _read(self) -> tuple[list[Document], Document]:
        if self._feed is None or self._ahead is None:
            raise RuntimeError("the feed is not open")
        found = await asyncio.shield(self._ahead)
        # The next batch is read while this one is sealed: behind many it is asked for before they are hashed, behind a
        # few once their seal is on its way.
        self._ahead = asyncio.create_task(_batch(self._feed, _A_MOMENT_S if 0 < len(found[0]) < _FEW else 0))
        await asyncio.sleep(0)
        return found

    async def _close(self) -> None:
        if self._ahead is not None:
            # The session must not be closed under a command that still runs in the driver's thread.
            await asyncio.wait([self._ahead])
            if not self._ahead.cancelled():
                self._ahead.exception()
        if self._feed is not None:
            await self._feed.close()


async def _batch(feed: ChangeFeed, after_s: float = 0) -> tuple[list[Document], Document]:
    if after_s:
        await asyncio.sleep(after_s)
    commits = await feed.batch(_BATCH, _FEED_WAIT_MS)
    return commits, feed.token
