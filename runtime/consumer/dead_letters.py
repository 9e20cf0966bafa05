"""What people do about poison events: look, retry, discard with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime.clock import Clock, to_micros
from runtime.consumer.applier import reason_of
from runtime.consumer.dead_rows import APPLIED, DEAD, DEAD_ROWS, DISCARDED, OPEN, PARKED, entry_of
from runtime.consumer.ports import Projection, Stale
from runtime.errors import NotFound, Rejected, Retryable
from runtime.mongo import Collection, Database, Document, Mongo, Session, mongo_errors


@dataclass(frozen=True, slots=True)
class Settled:
    """How far a retry or discard came: so many events were applied; `front` is the row that is poison still."""

    applied: int
    front: str | None = None
    reason: str | None = None


class DeadLetters:
    """The open dead rows of one consumer, in all its ledgers. Safe beside running consumers."""

    def __init__(self, mongo: Mongo, db: Database, projections: Mapping[str, Projection], clock: Clock) -> None:
        self._mongo = mongo
        self._db = db
        self._projections = projections
        self._clock = clock

    async def rows(self, limit: int = 100) -> list[dict[str, Any]]:
        """The open rows, dead and parked, in order, without their data."""
        with mongo_errors():
            cursor = self._rows.find({"state": {"$in": OPEN}}, {"entry.data": 0}).sort("_id", 1).limit(limit)
            return await cursor.to_list(None)

    async def open(self, ledger: str | None = None, through: int | None = None) -> int:
        """How many rows are open; of one ledger, sealed at or before `through` (µs), where given.

        While this is not zero, answers as of `through` are provisional.
        """
        return await open_count(self._db, ledger, through)

    async def discarded(self) -> int:
        """How many events were given up, with a reason."""
        with mongo_errors():
            return await self._rows.count_documents({"state": DISCARDED})

    async def retry(self, row: str, act: str | None = None) -> Settled:
        """Apply a dead row's event, then those parked behind it, each in its own transaction, up to the next failure.

        Every row that it settles names `act`. Raises `NotFound` when no such row is at the front, `Retryable` when the
        database cannot be reached.
        """
        return await self._release(row, act)

    async def discard(self, row: str, reason: str, act: str | None = None) -> Settled:
        """Give a dead row's event up, for a reason, and apply those parked behind it. Raises as `retry`."""
        if not reason.strip():
            raise Rejected("reason-missing", "放弃一条事件必须写明理由", "discarding an event needs a reason")

        async def work(session: Session) -> str | None:
            front = await self._front(row, session)
            await self._settle(front, {"state": DISCARDED, "discarded_for": reason.strip(), "act": act}, session)
            return await self._next(front, session)

        following = await self._mongo.transaction(work)
        return Settled(0) if following is None else await self._release(following, act)

    async def _release(self, first: str, act: str | None) -> Settled:
        row, applied = first, 0
        while True:
            try:
                following = await self._apply(row, act)
            except (Retryable, NotFound, Stale):
                raise
            except Exception as error:  # noqa: BLE001 -- whatever a projection raises makes a poison event
                reason = reason_of(error)
                await self._failed_again(row, reason)
                return Settled(applied, row, reason)
            applied += 1
            if following is None:
                return Settled(applied)
            row = following

    async def _apply(self, row: str, act: str | None) -> str | None:
        async def work(session: Session) -> str | None:
            front = await self._front(row, session)
            await self._settle(front, {"state": APPLIED, "act": act}, session)
            await self._projections[front["ledger"]].apply([entry_of(front)], session)
            return await self._next(front, session)

        return await self._mongo.transaction(work)

    async def _front(self, row: str, session: Session) -> Document:
        front = await self._rows.find_one({"_id": row, "state": DEAD}, session=session)
        if front is None:
            raise NotFound(f"no dead row {row} at the front")
        return front

    async def _settle(self, front: Document, change: Mapping[str, str | None], session: Session) -> None:
        # This write collides with a consumer that is just parking another event behind the row.
        settled = {**change, "settled_at": to_micros(self._clock.now())}
        await self._rows.update_one({"_id": front["_id"], "state": DEAD}, {"$set": settled}, session=session)

    async def _next(self, front: Document, session: Session) -> str | None:
        behind = {name: front[name] for name in ("ledger", "stream", "aggregate")}
        following: Document | None = await self._rows.find_one_and_update(
            {**behind, "state": PARKED},
            {"$set": {"state": DEAD, "tries": 0, "behind": max(0, front["behind"] - 1)}},
            sort=[("_id", 1)],
            session=session,
        )
        return None if following is None else str(following["_id"])

    async def _failed_again(self, row: str, reason: str) -> None:
        with mongo_errors():
            await self._rows.update_one({"_id": row, "state": DEAD}, {"$set": {"reason": reason}, "$inc": {"tries": 1}})

    @property
    def _rows(self) -> Collection:
        return self._db[DEAD_ROWS]


async def open_count(db: Database, ledger: str | None = None, through: int | None = None) -> int:
    """How many dead and parked rows there are; of one ledger, sealed at or before `through` (µs), where given."""
    query: dict[str, Any] = {"state": {"$in": OPEN}}
    if ledger is not None:
        query["ledger"] = ledger
    if through is not None:
        query["entry.sealed_at"] = {"$lte": through}
    with mongo_errors():
        return await db[DEAD_ROWS].count_documents(query)
