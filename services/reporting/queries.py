"""What a report reads: rollups before a day, that day's changes up to an instant, heads, dead rows. Scope in each."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from runtime import canonical
from runtime.consumer.dead_letters import open_count
from runtime.consumer.http import Reached, reached
from runtime.mongo import Database, aggregate, mongo_errors
from services.reporting.projections import CHANGES, HEADS, ROLLUPS
from services.reporting.scopes import Scope
from services.reporting.summing import Breakdown

Document = Mapping[str, Any]


class Queries:
    """Reads reporting's own database; every method raises `Retryable`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def reached(self, ledger: str) -> Reached | None:
        """How far this ledger has provably been counted; None before the first time."""
        return await reached(self._db, ledger)

    async def rollups(
        self, subject: str, breakdown: Breakdown, day: str, scope: Scope, since: str = ""
    ) -> Sequence[Document]:
        """The rollups of the days from `since` (empty: the beginning) to `day`, with the facets that are asked for."""
        kind = breakdown.kind
        fields = ("day", "school", "division", "level", "locality", "organised", f"moved.{kind}", f"booked.{kind}")
        match = {"subject": subject, "day": {"$gte": since, "$lte": day}, **scope.match()}
        with mongo_errors():
            return await self._db[ROLLUPS].find(match, dict.fromkeys(fields, 1)).to_list(None)

    async def changes(self, subject: str, day: str, as_of: int, scope: Scope) -> Sequence[Document]:
        """The moves of one day's events sealed by `as_of` (µs)."""
        pipeline: list[Document] = [
            {"$match": {"day": day, "sealed_at": {"$lte": as_of}, "moves.0": {"$exists": True}, **scope.schools()}},
            {"$project": {"moves": 1}},
            {"$unwind": "$moves"},
            {"$replaceRoot": {"newRoot": "$moves"}},
            {"$match": {"subject": subject, **scope.match()}},
        ]
        with mongo_errors():
            return await aggregate(self._db[CHANGES], pipeline)

    async def heads(self, ledger: str, day: str, as_of: int) -> dict[str, Any]:
        """The last seq of each stream sealed by `as_of`, and a digest (SHA-256 of their canonical JSON)."""
        newest: Document = {"$group": {"_id": "$stream", "seq": {"$max": "$seq"}}}
        before: list[Document] = [{"$match": {"ledger": ledger, "day": {"$lt": day}}}, newest]
        during: list[Document] = [{"$match": {"ledger": ledger, "day": day, "sealed_at": {"$lte": as_of}}}, newest]
        found: dict[str, int] = {}
        with mongo_errors():
            rows = await aggregate(self._db[HEADS], before) + await aggregate(self._db[CHANGES], during)
        for row in rows:
            stream = str(row["_id"])
            found[stream] = max(int(row["seq"]), found.get(stream, 0))
        return {"streams": found, "digest": hashlib.sha256(canonical.encode(found)).hexdigest()}

    async def provisional(self, ledger: str, as_of: int) -> bool:
        """Whether an event sealed by `as_of` could not be counted and is still open."""
        return await open_count(self._db, ledger, as_of) > 0
