"""Material that schools are asked for; each query within the reader's reach."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from runtime.mongo import Database, IndexModel, aggregate, mongo_errors
from services.inspection.adapters.issue_filters import DUE, light_of
from services.inspection.adapters.mongo_aggregates import MongoAggregates, all_of, equal
from services.inspection.adapters.mongo_numbers import next_in
from services.inspection.application.days import Days
from services.inspection.application.ports import Loaded
from services.inspection.application.reach import Reach
from services.inspection.domain.issue_lights import Light
from services.inspection.domain.material import Material

Filter = dict[str, Any]
Row = dict[str, Any]
MATERIAL_INDEXES: Final = [
    IndexModel([("entry.school", 1), ("entry.asked_at", -1), ("_id", -1)]),
    IndexModel([("entry.asked_at", -1), ("_id", -1)]),
    IndexModel([("entry.term", 1), ("entry.school", 1)]),
    IndexModel([("entry.team", 1)]),
    IndexModel([("entry.asking.id", 1)]),
    IndexModel([("entry.pieces.evidence", 1)]),
    IndexModel([("entry.state", 1), ("entry.school", 1)]),
    IndexModel([(DUE, 1)], partialFilterExpression={DUE: {"$exists": True}}),
]


def material_within(reach: Reach) -> Filter:
    """Whoever reads the school as an officer, its own people and linked leader, and the team that asked."""
    if reach.schools is None:
        return {}
    of_school = {"entry.school": {"$in": sorted(reach.schools | reach.own_schools)}}
    return {"$or": [of_school, {"entry.team": {"$in": sorted(reach.teams)}}]} if reach.teams else of_school


class MongoMaterials(MongoAggregates[Material]):
    """Collection `materials`."""

    def __init__(self, db: Database) -> None:
        super().__init__(db, "materials", Material)
        self._numbers = db["numbers"]

    async def within(self, material: str, reach: Reach) -> Loaded[Material]:
        """The entry, if the reach covers it; raises `NotFound`."""
        return await self.get(material, material_within(reach))

    async def next_number(self, year: int) -> str:
        """材料, year and serial."""
        return await next_in(self._numbers, f"CL-{year}")

    async def asked_in(self, schools: Collection[str], term: str) -> dict[str, int]:
        """How often each of the schools was asked in a term, but for what was withdrawn."""
        match = {"entry.term": term, "entry.school": {"$in": list(schools)}, "entry.state": {"$ne": "withdrawn"}}
        with mongo_errors():
            rows = await aggregate(
                self.collection, [{"$match": match}, {"$group": {"_id": "$entry.school", "n": {"$sum": 1}}}]
            )
        return {row["_id"]: row["n"] for row in rows}

    async def open_at(self, schools: frozenset[str], reach: Reach, limit: int) -> list[Row]:
        """What these schools are to give, longest waiting first."""
        match = all_of(material_within(reach), {"entry.state": "asked", "entry.school": {"$in": sorted(schools)}})
        return await self.told(match, [("entry.asked_at", 1), ("_id", 1)], limit)

    async def listed(
        self, reach: Reach, filters: Mapping[str, str | None], light: tuple[Light, Days] | None,
        after: tuple[str, str] | None, limit: int,
    ) -> list[Row]:  # fmt: skip
        """Newest first beyond `after` (instant, id); under a light as it is on these days."""
        lit = light_of(*light) if light else {}
        match = all_of(material_within(reach), equal(filters), lit)
        return await self.newest(match, "entry.asked_at", after, limit)
