"""The database sessions of a consumer's processes: what a killed one had locked is let go by the others.

Without this the transaction that a killed process left open keeps its watermarks locked for a minute and more.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from runtime.consumer.waiting import until
from runtime.errors import Conflict, Retryable
from runtime.ids import new_id
from runtime.mongo import Database, Mongo, Session, mongo_errors, session_id

SESSIONS: Final = "sessions"
BEAT_S: Final = 1.0
DEAD_AFTER_S: Final = 5.0


class Sessions:
    """This process's sessions, with a sign of life that the database's own clock stamps."""

    def __init__(self, mongo: Mongo, db: Database) -> None:
        self._mongo = mongo
        self._rows = db[SESSIONS]
        self._process = new_id()
        self._open: list[Session] = []
        self._free: list[Session] = []
        self._opening = asyncio.Lock()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[Session]:
        """A session for one transaction after the other; nobody else uses it meanwhile."""
        session = self._free.pop() if self._free else await self._another()
        try:
            yield session
        finally:
            self._free.append(session)

    async def _another(self) -> Session:
        async with self._opening:
            session = await self._mongo.session()
            self._open.append(session)
            # Known to the others before it locks anything.
            await self._beat()
            return session

    async def run(self, stopping: asyncio.Event) -> None:
        """Give signs of life, and end the sessions of processes that give none, until `stopping`."""
        while not stopping.is_set():
            # Whoever cannot reach the database just now is judged by its clock later.
            with suppress(Retryable, Conflict):
                await self._beat()
                await self._bury()
            await until(stopping, BEAT_S)

    async def _beat(self) -> None:
        mine = [session_id(session) for session in self._open]
        with mongo_errors():
            await self._rows.update_one(
                {"_id": self._process}, [{"$set": {"seen_at": "$$NOW", "sessions": {"$literal": mine}}}], upsert=True
            )

    async def _bury(self) -> None:
        oldest = {"$subtract": ["$$NOW", int(DEAD_AFTER_S * 1000)]}
        with mongo_errors():
            silent: list[dict[str, Any]] = await self._rows.find({"$expr": {"$lt": ["$seen_at", oldest]}}).to_list(None)
        for row in silent:
            # A process that was only slow has its transaction repeated: nothing is lost by this.
            for session in row["sessions"]:
                await self._mongo.kill_session(session)
            with mongo_errors():
                await self._rows.delete_one({"_id": row["_id"], "seen_at": row["seen_at"]})

    async def close(self) -> None:
        """End them; what they left open is rolled back."""
        for session in self._open:
            await session.end_session()
        self._open.clear()
        self._free.clear()
        # Where this cannot be written, others find the process silent.
        with suppress(Retryable), mongo_errors():
            await self._rows.delete_one({"_id": self._process})
