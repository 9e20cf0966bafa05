"""What the reaction to staff moves asks of the database: the sealed registry from a number on, issues by their lead."""

from collections.abc import Collection
from typing import Any, Final

import msgspec

from contracts.ledgers import REGISTRY
from runtime.ledger.read import LedgerReader
from runtime.mongo import Database, mongo_errors
from services.inspection.adapters.mongo_aggregates import MongoAggregates
from services.inspection.application.leaving import News
from services.inspection.application.ports import Loaded
from services.inspection.domain.issue import OPEN, Issue

_NAME: Final = "leaving"


class LedgerStaffNews:
    """Collection `reactions` holds the number that was reached."""

    def __init__(self, db: Database, ledger: LedgerReader) -> None:
        self._reactions = db["reactions"]
        self._ledger = ledger

    async def next(self) -> News | None:
        """What comes next, a page at most; none where nothing does."""
        with mongo_errors():
            row = await self._reactions.find_one({"_id": _NAME})
        entries = await self._ledger.entries(REGISTRY.name, 0, row["seq"] if row else 0)
        if not entries:
            return None
        persons: set[str] = set()
        schools: set[str] = set()
        for entry in entries:
            kind = entry.subject.partition("/")[0]
            if kind not in {"person", "grant", "school", "branch"}:
                continue
            told: dict[str, Any] = msgspec.json.decode(entry.data)["entry"]
            persons |= {told["id"]} if kind == "person" else {told["person"]} if kind == "grant" else set()
            # What is new led in nothing yet.
            if entry.version > 1 and kind in {"school", "branch"}:
                schools |= {told["id"]} if kind == "school" else {told["lead_school"], *told["schools"]}
        return News(entries[-1].seq, frozenset(persons), frozenset(schools))

    async def reached(self, seq: int) -> None:
        """Everything up to this number was reacted to."""
        with mongo_errors():
            await self._reactions.update_one({"_id": _NAME}, {"$max": {"seq": seq}}, upsert=True)


class MongoLed:
    """Collection `issues`."""

    def __init__(self, db: Database) -> None:
        self._issues = MongoAggregates(db, "issues", Issue)

    async def led(self, persons: Collection[str], schools: Collection[str]) -> list[Loaded[Issue]]:
        """Open issues with a lead in force among these persons, or at these schools."""
        lead = {"part": "lead", "superseded_at": None}
        named = {"entry.responsibilities": {"$elemMatch": {"person": {"$in": sorted(persons)}, **lead}}}
        there = {"entry.school": {"$in": sorted(schools)}, "entry.responsibilities": {"$elemMatch": lead}}
        return await self._issues.matching({"entry.state": {"$in": list(OPEN)}, "$or": [named, there]})
