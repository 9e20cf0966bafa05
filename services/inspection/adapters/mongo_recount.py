"""What recounting asks of the database: issues with provisional dates, and what the ledger remembers."""

from typing import Final

import msgspec

from runtime.clock import from_micros, to_text
from runtime.ledger.read import LedgerReader
from runtime.mongo import Database, IndexModel, mongo_errors
from services.inspection.adapters.mongo_aggregates import MongoAggregates
from services.inspection.application.ports import Loaded
from services.inspection.application.recount import Landing
from services.inspection.domain.issue import OPEN, Issue
from services.inspection.domain.registry import Calendar

_DATES: Final = (
    "deadline", "next_check", "acknowledge_by", "plan_by", "clock.due", "tasks.deadline", "responsibilities.sign_by",
)  # fmt: skip
# Only the few that are not firm are in there, so that looking for them costs next to nothing, however many issues.
PROVISIONAL_INDEXES: Final = [
    IndexModel(
        [(f"entry.{name}.provisional", 1), ("_id", 1)],
        name=f"provisional_{name}",
        partialFilterExpression={f"entry.{name}.provisional": True},
    )
    for name in _DATES
]
_RECOUNTED: Final = "inspection.issue.recounted.v1"


class _Event(msgspec.Struct):
    entry: Calendar


class MongoProvisional:
    """Open issues with a date that is not firm."""

    def __init__(self, db: Database) -> None:
        self._issues = MongoAggregates(db, "issues", Issue)

    async def provisional(self, after: str | None, limit: int) -> list[Loaded[Issue]]:
        """By id, beyond `after`."""
        is_open = {"entry.state": {"$in": list(OPEN)}}
        beyond = {"_id": {"$gt": after}} if after else {}
        dates = [{f"entry.{name}.provisional": True, **is_open, **beyond} for name in _DATES]
        return await self._issues.matching({"$or": dates}, limit=limit)


class LedgerPast:
    """When calendars came, and when an issue was last recounted."""

    def __init__(self, db: Database, ledger: LedgerReader) -> None:
        self._calendars = db["calendars"]
        self._ledger = ledger

    async def landings(self) -> list[Landing]:
        """Every calendar that was published, earliest first."""
        with mongo_errors():
            years = [row["_id"] async for row in self._calendars.find({}, {"_id": 1})]
        found = [
            Landing(commit.at, msgspec.json.decode(event.data, type=_Event).entry)
            for year in years
            for commit in await self._ledger.history(f"calendar/{year}")
            for event in commit.events
        ]
        return sorted(found, key=lambda landing: landing.at)

    async def last_recount(self, issue: str) -> str:
        """RFC 3339; empty for never."""
        for commit in reversed(await self._ledger.history(f"issue/{issue}")):
            if any(event.type == _RECOUNTED for event in commit.events):
                return to_text(from_micros(commit.at))
        return ""
