"""What schools are asked for: visits and material by school and school term, and what they have given already."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Final

from runtime.mongo import Collection, Database, aggregate, mongo_errors
from services.inspection.adapters.mongo_aggregates import all_of
from services.inspection.adapters.mongo_lists import issues_within, visits_within
from services.inspection.adapters.mongo_material import material_within
from services.inspection.application.burden import Fit, Sought
from services.inspection.application.reach import Reach
from services.inspection.domain.burden import SchoolTerm

Row = dict[str, Any]
MOST: Final = 2000
_MATERIAL: Final = "material"


class MongoBurden:
    """Collections `visits`, `issues`, `materials` and `evidence`, read only."""

    def __init__(self, db: Database) -> None:
        self._visits = db["visits"]
        self._issues = db["issues"]
        self._materials = db["materials"]
        self._evidence = db["evidence"]

    async def burden(self, reach: Reach, term: SchoolTerm, after: str | None, limit: int) -> list[Row]:
        """Schools visited or asked in the term, by id beyond `after`, with what the reader may see of it."""
        within = {"entry.day": {"$gte": term.starts, "$lte": term.ends}, "entry.state": {"$ne": "cancelled"}}
        asked = {"entry.term": term.name, "entry.state": {"$ne": "withdrawn"}}
        beyond = {"entry.school": {"$gt": after}} if after else {}
        material: list[Row] = [
            {"$match": all_of(asked, beyond, material_within(reach))},
            {"$project": {"entry.school": 1, "entry.kind": _MATERIAL}},
        ]
        of_kind = {"_id": {"school": "$entry.school", "kind": "$entry.kind"}, "n": {"$sum": 1}}
        steps: list[Row] = [
            {"$match": all_of(within, beyond, visits_within(reach))},
            {"$project": {"entry.school": 1, "entry.kind": 1}},
            {"$unionWith": {"coll": "materials", "pipeline": material}},
            {"$group": of_kind},
            {"$sort": {"_id.kind": 1}},
            {"$group": {"_id": "$_id.school", "kinds": {"$push": {"k": "$_id.kind", "v": "$n"}}}},
            {"$sort": {"_id": 1}},
            {"$limit": limit},
        ]
        with mongo_errors():
            rows = await aggregate(self._visits, steps)
        return [_told(row["_id"], {one["k"]: one["v"] for one in row["kinds"]}) for row in rows]

    async def given(self, reach: Reach, sought: Sought) -> list[Fit]:
        """For an item: on answers and rectified findings; by a piece's name: as material, or as a file of that name."""
        visits, issues = visits_within(reach), issues_within(reach)
        items = {"$in": sorted(sought.items)}
        at = {"entry.school": {"$in": sorted(sought.schools)}}
        named = [{"entry.pieces.name": {"$in": sorted(sought.names)}}, {"entry.pieces.item": items}]
        found = (
            _answered(await self._newest(self._visits, all_of(at, {"entry.answers.item": items}, visits), "answers")),
            _rectified(await self._newest(self._issues, all_of(at, {"entry.item": items}, issues), "evidence")),
            _gave(await self._newest(self._materials, all_of(at, {"$or": named}, material_within(reach)), "pieces")),
            self._called(await self._files(at, sought.names), sought.names),
        )
        wanted = (*sought.items, *sought.names)
        return [fit for fit in chain(*found) if fit.item in wanted or fit.name in wanted]

    @staticmethod
    async def _newest(collection: Collection, match: Row, field: str) -> list[Any]:
        wanted = {f"entry.{field}": 1, "entry.item": 1, "entry.tasks.evidence": 1}
        with mongo_errors():
            return await collection.find(match, wanted).sort("_id", -1).limit(MOST).to_list(None)

    async def _files(self, at: Row, names: Iterable[str]) -> list[Any]:
        called = [re.compile(rf"^{re.escape(name)}(\.[A-Za-z0-9]{{1,5}})?$") for name in sorted(set(names))]
        if not called:
            return []
        match = {**at, "entry.name": {"$in": called}}
        with mongo_errors():
            return await self._evidence.find(match, {"entry.name": 1}).sort("entry.at", -1).limit(MOST).to_list(None)

    @staticmethod
    def _called(files: Iterable[Any], names: Iterable[str]) -> Iterator[Fit]:
        wanted = set(names)
        for row in files:
            whole = row["entry"]["name"]
            name = whole if whole in wanted else whole.rpartition(".")[0]
            yield Fit(row["_id"], f"evidence/{row['_id']}", name=name)


def _told(school: str, kinds: dict[str, int]) -> Row:
    material = kinds.pop(_MATERIAL, 0)
    return {"school": school, "visits": sum(kinds.values()), "kinds": kinds, "material": material}


def _answered(visits: Iterable[Any]) -> Iterator[Fit]:
    for visit in visits:
        for answer in visit["entry"]["answers"]:
            for piece in answer["evidence"]:
                yield Fit(piece, f"visit/{visit['_id']}", item=answer["item"])


def _rectified(issues: Iterable[Any]) -> Iterator[Fit]:
    for issue in issues:
        entry = issue["entry"]
        pieces = {*entry["evidence"], *(piece for task in entry["tasks"] for piece in task["evidence"])}
        for piece in sorted(pieces):
            yield Fit(piece, f"issue/{issue['_id']}", item=entry["item"])


def _gave(materials: Iterable[Any]) -> Iterator[Fit]:
    for material in materials:
        for piece in material["entry"]["pieces"]:
            for evidence in piece["evidence"]:
                yield Fit(evidence, f"material/{material['_id']}", name=piece["name"], item=piece["item"])
