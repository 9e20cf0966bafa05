"""Contact points: what leaders log, and requests; each query within the reader's reach."""

from collections.abc import Mapping
from typing import Any, Final

from runtime.mongo import Database, IndexModel
from services.inspection.adapters.issue_filters import DUE, light_of
from services.inspection.adapters.mongo_aggregates import MongoAggregates, all_of, equal
from services.inspection.adapters.mongo_numbers import next_in
from services.inspection.application.days import Days
from services.inspection.application.ports import Loaded
from services.inspection.application.reach import Reach
from services.inspection.domain.issue_lights import Light
from services.inspection.domain.liaison import Liaison, Request

Filter = dict[str, Any]
Row = dict[str, Any]
_PROVISIONAL: Final = "entry.reply_by.provisional"
LIAISON_INDEXES: Final = {
    "liaisons": [
        IndexModel([("entry.school", 1), ("entry.at", -1), ("_id", -1)]),
        IndexModel([("entry.at", -1)]),
        IndexModel([("entry.evidence", 1)]),
    ],
    "requests": [
        IndexModel([("entry.school", 1), ("entry.asked_at", -1), ("_id", -1)]),
        IndexModel([("entry.asked_at", -1), ("_id", -1)]),
        IndexModel([("entry.liaison", 1)]),
        IndexModel([("entry.evidence", 1)]),
        IndexModel([("entry.reply_evidence", 1)]),
        IndexModel([("entry.state", 1)]),
        IndexModel([(_PROVISIONAL, 1), ("_id", 1)], name="provisional", partialFilterExpression={_PROVISIONAL: True}),
        IndexModel([(DUE, 1)], partialFilterExpression={DUE: {"$exists": True}}),
    ],
}


def liaison_within(reach: Reach) -> Filter:
    """Whoever reads the school as an officer, and the people of the school and its linked leader; no team."""
    if reach.schools is None:
        return {}
    return {"entry.school": {"$in": sorted(reach.schools | reach.own_schools)}}


class MongoLiaisons(MongoAggregates[Liaison]):
    """Collection `liaisons`."""

    def __init__(self, db: Database) -> None:
        super().__init__(db, "liaisons", Liaison)

    async def within(self, liaison: str, reach: Reach) -> Loaded[Liaison]:
        """The entry, if the reach covers it; raises `NotFound`."""
        return await self.get(liaison, liaison_within(reach))

    async def listed(
        self, reach: Reach, filters: Mapping[str, str | None], after: tuple[str, str] | None, limit: int
    ) -> list[Row]:
        """Newest first beyond `after` (instant, id)."""
        return await self.newest(all_of(liaison_within(reach), equal(filters)), "entry.at", after, limit)


class MongoRequests(MongoAggregates[Request]):
    """Collection `requests`."""

    def __init__(self, db: Database) -> None:
        super().__init__(db, "requests", Request)
        self._numbers = db["numbers"]

    async def within(self, request: str, reach: Reach) -> Loaded[Request]:
        """The request, if the reach covers it; raises `NotFound`."""
        return await self.get(request, liaison_within(reach))

    async def next_number(self, year: int) -> str:
        """诉求, year and serial."""
        return await next_in(self._numbers, f"SQ-{year}")

    async def provisional(self, after: str | None, limit: int) -> list[Loaded[Request]]:
        """Those that the bureau has not replied to and whose day is not firm, by id, beyond `after`."""
        return await self.matching({_PROVISIONAL: True, "entry.clock.owner": "body"}, after=after, limit=limit)

    async def open_within(self, reach: Reach, limit: int) -> list[Row]:
        """Requests that wait for somebody, within reach, longest waiting first."""
        match = all_of(liaison_within(reach), {"entry.state": {"$ne": "rated"}})
        return await self.told(match, [("entry.asked_at", 1), ("_id", 1)], limit)

    async def listed(
        self, reach: Reach, filters: Mapping[str, str | None], light: tuple[Light, Days] | None,
        after: tuple[str, str] | None, limit: int,
    ) -> list[Row]:  # fmt: skip
        """Newest first beyond `after` (instant, id); under a light as it is on these days."""
        lit = light_of(*light) if light else {}
        match = all_of(liaison_within(reach), equal(filters), lit)
        return await self.newest(match, "entry.asked_at", after, limit)
