"""What schools are asked for: visits by school and school term, and what they have given already."""

from typing import Any, Final

from runtime.mongo import Database, aggregate, mongo_errors
from services.inspection.adapters.mongo_aggregates import all_of
from services.inspection.adapters.mongo_lists import issues_within, visits_within
from services.inspection.application.reach import Reach
from services.inspection.domain.burden import SchoolTerm

Row = dict[str, Any]
MOST: Final = 200


class MongoBurden:
    """Collections `visits` and `issues`, read only."""

    def __init__(self, db: Database) -> None:
        self._visits = db["visits"]
        self._issues = db["issues"]

    async def visits(self, reach: Reach, term: SchoolTerm, after: str | None, limit: int) -> list[Row]:
        """Schools with visits in the term, by id beyond `after`, each with those that the reader may see, by kind."""
        within = {"entry.day": {"$gte": term.starts, "$lte": term.ends}, "entry.state": {"$ne": "cancelled"}}
        beyond = {"entry.school": {"$gt": after}} if after else {}
        of_kind = {"_id": {"school": "$entry.school", "kind": "$entry.kind"}, "n": {"$sum": 1}}
        kinds = {"$push": {"k": "$_id.kind", "v": "$n"}}
        steps: list[Row] = [
            {"$match": all_of(within, beyond, visits_within(reach))},
            {"$group": of_kind},
            {"$sort": {"_id.kind": 1}},
            {"$group": {"_id": "$_id.school", "visits": {"$sum": "$n"}, "kinds": kinds}},
            {"$sort": {"_id": 1}},
            {"$limit": limit},
            {"$project": {"_id": 0, "school": "$_id", "visits": 1, "kinds": {"$arrayToObject": "$kinds"}}},
        ]
        with mongo_errors():
            return [dict(row) for row in await aggregate(self._visits, steps)]

    async def given(self, reach: Reach, school: str, item: str) -> dict[str, list[str]]:
        """Evidence → on what it was given for this item: answers and rectified findings that the reader may see."""
        of_school = {"entry.school": school}
        answered = all_of(of_school, {"entry.answers.item": item}, visits_within(reach))
        found_failing = all_of(of_school, {"entry.item": item}, issues_within(reach))
        found: dict[str, list[str]] = {}
        with mongo_errors():
            visits = await self._visits.find(answered, {"entry.answers": 1}).sort("_id", -1).limit(MOST).to_list(None)
            wanted = {"entry.evidence": 1, "entry.tasks.evidence": 1}
            issues = await self._issues.find(found_failing, wanted).sort("_id", -1).limit(MOST).to_list(None)
        for visit in visits:
            for answer in visit["entry"]["answers"]:
                for piece in answer["evidence"] if answer["item"] == item else ():
                    found.setdefault(piece, []).append(f"visit/{visit['_id']}")
        for issue in issues:
            pieces = {*issue["entry"]["evidence"], *(p for task in issue["entry"]["tasks"] for p in task["evidence"])}
            for piece in sorted(pieces):
                found.setdefault(piece, []).append(f"issue/{issue['_id']}")
        return found
