"""Highlights 亮点 of all visits within a reader's reach, as one list."""

from collections.abc import Mapping
from typing import Any, Final

from runtime.mongo import Database, IndexModel, aggregate, mongo_errors
from services.inspection.adapters.mongo_aggregates import all_of, older
from services.inspection.adapters.mongo_lists import visits_within
from services.inspection.application.reach import Reach

Row = dict[str, Any]
_AT: Final = "entry.highlights.at"
_ID: Final = "entry.highlights.id"
HIGHLIGHT_INDEXES: Final = [
    IndexModel([("entry.highlights.evidence", 1)]),
    IndexModel([(_AT, -1)], name="highlights", partialFilterExpression={_AT: {"$exists": True}}),
]
_SHOWN: Final = {
    "_id": 0, "id": "$entry.highlights.id", "text": "$entry.highlights.text", "by": "$entry.highlights.by",
    "at": "$entry.highlights.at", "evidence": {"$ifNull": ["$entry.highlights.evidence", []]},
    "visit": "$_id", "school": "$entry.school", "round": "$entry.round", "team": "$entry.team", "day": "$entry.day",
}  # fmt: skip


class MongoHighlights:
    """Collection `visits`, read only."""

    def __init__(self, db: Database) -> None:
        self._visits = db["visits"]

    async def page(
        self,
        reach: Reach,
        schools: frozenset[str] | None,
        filters: Mapping[str, str | None],
        after: tuple[str, str] | None,
        limit: int,
    ) -> list[Row]:
        """At most `limit` beyond `after` (instant, id), newest first, of these schools (none: wherever)."""
        wanted = {f"entry.{name}": value for name, value in filters.items() if value is not None}
        of_schools = {} if schools is None else {"entry.school": {"$in": sorted(schools)}}
        steps: list[Row] = [
            {"$match": all_of({_AT: {"$exists": True}}, wanted, of_schools, visits_within(reach))},
            {"$unwind": "$entry.highlights"},
            {"$match": older(_AT, _ID, after)},
            {"$sort": {_AT: -1, _ID: -1}},
            {"$limit": limit},
            {"$project": _SHOWN},
        ]
        with mongo_errors():
            return [dict(row) for row in await aggregate(self._visits, steps)]
