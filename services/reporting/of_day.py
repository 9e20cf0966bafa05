"""What one day's events up to an instant moved: read from its end or from its beginning, whichever is shorter.

The day's rollups less what was sealed after the instant, or the changes sealed by it alone: the same sums either way.
The first costs nothing for the newest instant, however much was counted today.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from runtime.mongo import Database, Mongo, Session, aggregate
from services.reporting.folding import row_id
from services.reporting.projections import CHANGES, HEADS, ROLLUPS
from services.reporting.questions import Question, fields_of
from services.reporting.summing import Sums, add_changes, add_moved

LATER_AT_MOST: Final = 2000

Document = Mapping[str, Any]


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
            later = {"day": day, "ledger": question.ledger, "sealed_at": {"$gt": as_of}}
            rows = await self._db[CHANGES].count_documents(later, limit=LATER_AT_MOST + 1, session=session)
            if rows > LATER_AT_MOST:
                earlier = {**later, "sealed_at": {"$lte": as_of}}
                heads = await self._by_stream(earlier, "$max", session)
                return DayPart((), await self._moves(question, earlier, session), 1, heads)
            rollups = await self._rollups(question, day, session)
            heads = await self._heads_before(question.ledger, day, later, session)
            return DayPart(rollups, await self._moves(question, later, session), -1, heads)

    async def _rollups(self, question: Question, day: str, session: Session) -> list[dict[str, Any]]:
        match = {"subject": question.subject, "day": day, **question.scope.match()}
        found = self._db[ROLLUPS].find(match, fields_of(question.breakdown), session=session)
        return await found.to_list(None)

    async def _moves(self, question: Question, match: Document, session: Session) -> list[dict[str, Any]]:
        pipeline: list[Document] = [
            {"$match": {**match, "moves.0": {"$exists": True}, **question.scope.schools()}},
            {"$project": {"moves": 1}},
            {"$unwind": "$moves"},
            {"$replaceRoot": {"newRoot": "$moves"}},
            {"$match": {"subject": question.subject, **question.scope.match()}},
        ]
        return await aggregate(self._db[CHANGES], pipeline, session)

    async def _by_stream(self, match: Document, which: str, session: Session) -> dict[int, int]:
        pipeline: list[Document] = [{"$match": match}, {"$group": {"_id": "$stream", "seq": {which: "$seq"}}}]
        return {row["_id"]: int(row["seq"]) for row in await aggregate(self._db[CHANGES], pipeline, session)}

    async def _heads_before(self, ledger: str, day: str, later: Document, session: Session) -> dict[int, int]:
        """The day's heads, and where something was sealed after the instant, what was counted last before that."""
        rows = await self._db[HEADS].find({"ledger": ledger, "day": day}, session=session).to_list(None)
        heads = {row["stream"]: int(row["seq"]) for row in rows}
        for stream, first in (await self._by_stream(later, "$min", session)).items():
            before = {"$gte": row_id(ledger, stream, 0), "$lt": row_id(ledger, stream, first)}
            last = await self._db[CHANGES].find_one({"_id": before}, {"seq": 1}, sort=[("_id", -1)], session=session)
            heads.pop(stream)
            if last is not None:
                heads[stream] = int(last["seq"])
        return heads
