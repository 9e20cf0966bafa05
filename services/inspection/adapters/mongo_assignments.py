"""Tasks from above, put together from the schools' parts within a reader's reach."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from runtime.errors import NotFound
from runtime.mongo import Database, aggregate, mongo_errors
from services.inspection.adapters.issue_filters import OF_ASSIGNMENT, PART, light_of
from services.inspection.adapters.mongo_aggregates import all_of, older
from services.inspection.adapters.mongo_lists import issues_within
from services.inspection.application.assignments import AssignmentFilters, Key, Row
from services.inspection.application.days import Days
from services.inspection.application.reach import Reach
from services.inspection.domain.issue_lights import Light

Filter = dict[str, Any]
Steps = list[dict[str, Any]]
LIGHTS: Final[tuple[Light, ...]] = ("green", "yellow", "red")
_INDEX: Final = "assignment"
# Equal in every part: they were made in one act.
_SAME: Final = {
    "number": "$entry.assignment.number",
    "title": "$entry.assignment.title",
    "schools": "$entry.assignment.schools",
    "description": "$entry.description",
    "area": "$entry.area",
    "mode": "$entry.mode",
    "body": "$entry.issuer",
    "by": "$entry.assigned_by",
    "given_at": "$entry.assigned_at",
}


def _asked(asked: AssignmentFilters, days: Days) -> list[Filter]:
    fields = {
        "entry.school": asked.school,
        "entry.issuer": asked.body,
        "entry.assigned_by.role": asked.role,
        "entry.state": asked.state,
    }
    light = [] if asked.light is None else [light_of(asked.light, days)]
    return [{field: value} for field, value in fields.items() if value is not None] + light


class MongoAssignments:
    """Collection `issues`, read only."""

    def __init__(self, db: Database) -> None:
        self._issues = db["issues"]

    async def page(
        self, reach: Reach, asked: AssignmentFilters, days: Days, after: Key | None, limit: int
    ) -> list[Row]:
        """Newest first beyond `after` (given at, id), each with its totals by state and light within reach."""
        within = issues_within(reach)
        found = await self._found(all_of(PART, within, *_asked(asked, days)), after, limit)
        ids = [row["id"] for row in found]
        parts = all_of(PART, {OF_ASSIGNMENT: {"$in": ids}}, within)
        states = await self._counts(parts, "$entry.state")
        lights = {light: await self._counts(all_of(parts, light_of(light, days)), light) for light in LIGHTS}
        return [
            {
                **row,
                "states": states.get(row["id"], {}),
                "lights": {light: lights[light].get(row["id"], {}).get(light, 0) for light in LIGHTS},
            }
            for row in found
        ]

    async def parts(self, reach: Reach, assignment: str) -> Mapping[str, str]:
        """Issue → school of every part within reach; raises `NotFound` where there is none."""
        match = all_of(PART, {OF_ASSIGNMENT: assignment}, issues_within(reach))
        with mongo_errors():
            rows = await self._issues.find(match, {"entry.school": 1}, hint=_INDEX).to_list(None)
        if not rows:
            raise NotFound(assignment)
        return {row["_id"]: row["entry"]["school"] for row in rows}

    async def _found(self, match: Filter, after: Key | None, limit: int) -> list[Row]:
        first = {name: {"$first": field} for name, field in _SAME.items()}
        steps: Steps = [
            {"$match": match},
            {"$group": {"_id": f"${OF_ASSIGNMENT}", "parts": {"$sum": 1}, **first}},
            {"$match": older("given_at", "_id", after)},
            {"$sort": {"given_at": -1, "_id": -1}},
            {"$limit": limit},
        ]
        return [{"id": row.pop("_id"), **row} for row in await self._aggregated(steps)]

    async def _counts(self, match: Filter, by: str) -> dict[str, dict[str, int]]:
        """Assignment → value → number of parts."""
        value = by if by.startswith("$") else {"$literal": by}
        group = {"_id": {"of": f"${OF_ASSIGNMENT}", "value": value}, "n": {"$sum": 1}}
        found: dict[str, dict[str, int]] = {}
        for row in await self._aggregated([{"$match": match}, {"$group": group}]):
            found.setdefault(row["_id"]["of"], {})[row["_id"]["value"]] = row["n"]
        return found

    async def _aggregated(self, steps: Sequence[Mapping[str, Any]]) -> list[Any]:
        with mongo_errors():
            return await aggregate(self._issues, steps, hint=_INDEX)
