"""What one day's events up to an instant moved: read from its end or from its beginning, whichever is shorter.

The day's rollups less what was sealed after the instant, or the changes sealed by it alone: the same sums either way.
The first costs nothing for the newest instant, however much was counted today.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from runtime.mongo import Database, Mongo, Session, aggregate
from services.reporting.folding import row_id
from services.reporting.projections import CHANGES, HEADS, ROLLUPS
from services.reporting.questions import Question, fields_of
from services.reporting.summing import Sums, add_changes, add_moved

LATER_AT_MOST: Final = 2000

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sealed:
    """The rows of a day that were sealed after an instant (`$gt`), or up to it (`$lte`)."""

    ledger: str
    day: str
    sealed_at: Document
    documents_at: Document | None = None

    @property
    def documents(self) -> dict[str, Any]:
        """The documents that hold such rows, or of which `documents_at` tells."""
        told = self.documents_at or self.sealed_at
        end = "sealed_from" if "$lte" in told else "sealed_to"
        return {"day": self.day, "ledger": self.ledger, end: told}

    @property
    def rows(self) -> dict[str, Any]:
        """Such rows, taken out of their documents."""
        return {"rows.sealed_at": self.sealed_at}


@dataclass(frozen=True, slots=True)
class DayPart:
    """Rollups of the day, changes to add (sign 1) or to take away (-1), and the last seq by stream."""

    rollups: Sequence[Document]
    changes: Sequence[Document]
    sign: int
    heads: Mapping[int, int]

    def add_to(self, sums: Sums, question: Question) -> None:
        """Take sums from the start of the day to the instant."""
        add_moved(sums, self.rollups, question.breakdown)
        add_changes(sums, self.changes, question.breakdown, self.sign)


class OfDay:
    """Reads a day in one snapshot, since events go on being counted; raises `Retryable`."""

    def __init__(self, mongo: Mongo, db: Database) -> None:
        self._mongo = mongo
        self._db = db

    async def read(self, question: Question, day: str, as_of: int) -> DayPart:
        """The part of the day up to the instant (µs)."""
        async with self._mongo.snapshot() as session:
            later = Sealed(question.ledger, day, {"$gt": as_of})
            if await self._count(later, session) > LATER_AT_MOST:
                earlier = Sealed(question.ledger, day, {"$lte": as_of})
                heads = await self._by_stream(earlier, "$max", session)
                return DayPart((), await self._moves(question, earlier, session), 1, heads)
            rollups = await self._rollups(question, day, session)
            heads = await self._heads_before(later, as_of, session)
            return DayPart(rollups, await self._moves(question, later, session), -1, heads)

    async def _count(self, later: Sealed, session: Session) -> int:
        """About how many rows, read from the index alone, and no further than it matters."""
        pipeline: list[Document] = [
            {"$match": later.documents},
            {"$limit": LATER_AT_MOST + 1},
            {"$group": {"_id": None, "rows": {"$sum": "$count"}}},
        ]
        found = await aggregate(self._db[CHANGES], pipeline, session, hint="of_day")
        return int(found[0]["rows"]) if found else 0

    async def _rollups(self, question: Question, day: str, session: Session) -> list[dict[str, Any]]:
        match = {"subject": question.subject, "day": day, **question.scope.match()}
        found = self._db[ROLLUPS].find(match, fields_of(question.breakdown), session=session)
        return await found.to_list(None)

    async def _moves(self, question: Question, sealed: Sealed, session: Session) -> list[dict[str, Any]]:
        schools = {f"rows.{field}": match for field, match in question.scope.schools().items()}
        pipeline: list[Document] = [
            {"$match": {**sealed.documents, **schools}},
            {"$project": {"rows": 1}},
            {"$unwind": "$rows"},
            {"$match": {**sealed.rows, **schools}},
            {"$unwind": "$rows.moves"},
            {"$replaceRoot": {"newRoot": "$rows.moves"}},
            {"$match": {"subject": question.subject, **question.scope.match()}},
        ]
        return await aggregate(self._db[CHANGES], pipeline, session)

    async def _by_stream(self, sealed: Sealed, which: str, session: Session) -> dict[int, int]:
        pipeline: list[Document] = [
            {"$match": sealed.documents},
            {"$project": {"stream": 1, "rows.seq": 1, "rows.sealed_at": 1}},
            {"$unwind": "$rows"},
            {"$match": sealed.rows},
            {"$group": {"_id": "$stream", "seq": {which: "$rows.seq"}}},
        ]
        return {row["_id"]: int(row["seq"]) for row in await aggregate(self._db[CHANGES], pipeline, session)}

    async def _heads_before(self, later: Sealed, as_of: int, session: Session) -> dict[int, int]:
        """The day's heads, and where something was sealed after the instant, what was counted last before that."""
        ledger = later.ledger
        rows = await self._db[HEADS].find({"ledger": ledger, "day": later.day}, session=session).to_list(None)
        heads = {row["stream"]: int(row["seq"]) for row in rows}
        firsts = await self._by_stream(later, "$min", session)
        # What stands in one document with later rows.
        beside = replace(later, sealed_at={"$lte": as_of}, documents_at={"$gt": as_of})
        before = await self._by_stream(beside, "$max", session)
        for stream, first in firsts.items():
            apart = {"$gte": row_id(ledger, stream, 0), "$lt": row_id(ledger, stream, first)}
            last = await self._db[CHANGES].find_one({"_id": apart}, {"last": 1}, sort=[("_id", -1)], session=session)
            head = max(before.get(stream, 0), int(last["last"]) if last else 0)
            heads.pop(stream)
            if head:
                heads[stream] = head
        return heads
