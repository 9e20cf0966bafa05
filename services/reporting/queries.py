"""What a report reads of the days before: rollups, heads, dead rows, how far everything is counted. Scope in each."""

from collections.abc import Mapping, Sequence
from typing import Any

from runtime.consumer.dead_letters import open_count
from runtime.consumer.http import Reached, reached
from runtime.mongo import Database, aggregate, mongo_errors
from services.reporting.projections import HEADS, ROLLUPS
from services.reporting.questions import Question, fields_of

Document = Mapping[str, Any]


class Queries:
    """Reads reporting's own database; every method raises `Retryable`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def reached(self, ledger: str) -> Reached | None:
        """How far this ledger has provably been counted; None before the first time."""
        return await reached(self._db, ledger)

    async def rollups(self, question: Question, day: str, since: str = "") -> Sequence[Document]:
        """The rollups of the days from `since` (empty: the beginning) to `day`, with the facets that are asked for."""
        match = {"subject": question.subject, "day": {"$gte": since, "$lte": day}, **question.scope.match()}
        with mongo_errors():
            return await self._db[ROLLUPS].find(match, fields_of(question.breakdown)).to_list(None)

    async def heads_before(self, ledger: str, day: str) -> dict[int, int]:
        """The last seq of each stream sealed before the day."""
        pipeline: list[Document] = [
            {"$match": {"ledger": ledger, "day": {"$lt": day}}},
            {"$group": {"_id": "$stream", "seq": {"$max": "$seq"}}},
        ]
        with mongo_errors():
            return {row["_id"]: int(row["seq"]) for row in await aggregate(self._db[HEADS], pipeline)}

    async def provisional(self, ledger: str, as_of: int) -> bool:
        """Whether an event sealed by `as_of` could not be counted and is still open."""
        return await open_count(self._db, ledger, as_of) > 0
