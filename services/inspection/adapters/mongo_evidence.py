"""Evidence: what the files were, what each hangs on, and what looks like it; always within the reader's reach."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from runtime.errors import NotFound
from runtime.mongo import Database, Document, aggregate, mongo_errors
from services.inspection.adapters.mongo_aggregates import MongoAggregates, all_of, older
from services.inspection.adapters.mongo_liaison import liaison_within
from services.inspection.adapters.mongo_lists import issues_within, visits_within
from services.inspection.adapters.mongo_material import material_within
from services.inspection.application.looks import NEAR, asked_for, distance
from services.inspection.application.ports import Loaded
from services.inspection.application.reach import Reach
from services.inspection.domain.evidence import Evidence

Filter = dict[str, Any]
Row = dict[str, Any]
Stages = list[dict[str, Any]]
_ON_AT_MOST: Final = 5
# Candidates by bands: of a million photographs about a thousand share one of the 68 keys by chance.
_CANDIDATES: Final = 5000
# Where a piece can hang: its own field, the collection, the field there, and what it is there.
_PLACES: Final = (
    ("_id", "issues", "entry.evidence", "finding"),
    ("_id", "issues", "entry.tasks.evidence", "task"),
    ("sought.issue", "issues", "_id", "form"),
    ("_id", "visits", "entry.answers.evidence", "answer"),
    ("sought.visit", "visits", "_id", "form"),
    ("_id", "visits", "entry.highlights.evidence", "highlight"),
    ("_id", "materials", "entry.pieces.evidence", "material"),
    ("_id", "liaisons", "entry.evidence", "liaison"),
    ("_id", "requests", "entry.evidence", "request"),
    ("_id", "requests", "entry.reply_evidence", "reply"),
)


def _hanging(within: Mapping[str, Filter]) -> Stages:
    """Adds `on0`, `on1` …: the entries, within its filter by collection, on which a piece hangs, by place."""
    return [
        {
            "$lookup": {
                "from": collection, "localField": own, "foreignField": field, "as": f"on{place}",
                "pipeline": [{"$match": within.get(collection, {})}, {"$limit": _ON_AT_MOST}, {"$project": {"_id": 1}}],
            }
        }
        for place, (own, collection, field, _) in enumerate(_PLACES)
    ]  # fmt: skip


def _readable(reach: Reach) -> dict[str, Filter]:
    """What a person may read of every kind of entry that evidence hangs on."""
    return {
        "issues": issues_within(reach), "visits": visits_within(reach), "materials": material_within(reach),
        "liaisons": liaison_within(reach), "requests": liaison_within(reach),
    }  # fmt: skip


def _on(document: Document) -> list[dict[str, str]]:
    return [
        {"subject": f"{collection.removesuffix('s')}/{found['_id']}", "part": part}
        for place, (_, collection, _, part) in enumerate(_PLACES)
        for found in document[f"on{place}"]
    ]


class MongoEvidence(MongoAggregates[Evidence]):
    """Collection `evidence`; the bytes are kept elsewhere."""

    def __init__(self, db: Database) -> None:
        super().__init__(db, "evidence", Evidence)
        self._visits = db["visits"]

    async def within(self, evidence: str, reach: Reach) -> Loaded[Evidence]:
        """The entry, if it is still the person's own, or hangs on an entry they may read; raises `NotFound`."""
        found = await self._seen({"_id": evidence}, reach, None, 1)
        if not found:
            raise NotFound(evidence)
        return self._loaded(found[0])

    async def of_school(self, ids: Iterable[str], school: str, reach: Reach) -> set[str]:
        """Those of the ids that are evidence of this school within reach."""
        wanted = list(ids)
        found = await self._seen({"_id": {"$in": wanted}, "entry.school": school}, reach, None, len(wanted))
        return {document["_id"] for document in found}

    async def loose(self, ids: Iterable[str], school: str) -> list[Evidence]:
        """Those of the ids that are evidence of this school and hang on nothing yet."""
        match = {"_id": {"$in": list(ids)}, "entry.school": school}
        nowhere: Filter = {f"on{place}": [] for place in range(len(_PLACES))}
        with mongo_errors():
            found = await aggregate(self.collection, [{"$match": match}, *_hanging({}), {"$match": nowhere}])
        return [self._loaded(document).value for document in found]

    async def listed(self, match: Mapping[str, Any], reach: Reach, after: tuple[str, str] | None, n: int) -> list[Row]:
        """Evidence that matches within reach, newest first beyond `after` (instant, id), with what it hangs on."""
        found = await self._seen(dict(match), reach, after, n)
        return [{**d["entry"], "version": d["version"], "on": _on(d)} for d in found]

    async def alike(self, evidence: Evidence, reach: Reach, limit: int) -> list[Row]:
        """Other evidence within reach that is the same file or a picture of nearly the same look, nearest first."""
        look = evidence.picture.look if evidence.picture else None
        ways: list[Filter] = [{"entry.sha256": evidence.sha256}]
        if look is not None:
            ways.append({"sought.bands": {"$in": asked_for(look)}})
        fields = {"entry.sha256": 1, "entry.picture.look": 1}
        query = {"$or": ways, "_id": {"$ne": evidence.id}}
        with mongo_errors():
            near = await self.collection.find(query, fields).limit(_CANDIDATES).to_list(None)
        far = {document["_id"]: _apart(evidence, document["entry"]) for document in near}
        close = [id for id, bits in sorted(far.items(), key=lambda row: (row[1], row[0])) if bits <= NEAR]
        rows = await self.listed({"_id": {"$in": close}}, reach, None, limit) if close else []
        told = [row | {"distance": far[row["id"]], "same_file": row["sha256"] == evidence.sha256} for row in rows]
        return sorted(told, key=lambda row: (row["distance"], row["id"]))

    async def _seen(self, match: Filter, reach: Reach, after: tuple[str, str] | None, limit: int) -> list[Document]:
        hangs = [{f"on{place}.0": {"$exists": True}} for place in range(len(_PLACES))]
        with mongo_errors():
            return await aggregate(
                self.collection,
                [
                    {"$match": all_of(match, older("entry.at", "_id", after))},
                    {"$sort": {"entry.at": -1, "_id": -1}},
                    *_hanging(_readable(reach)),
                    {"$match": {"$or": [*await self._own(reach), *hangs]}},
                    {"$limit": limit},
                ],
            )

    async def _own(self, reach: Reach) -> list[Filter]:
        """What the person added, while they still have to do with the school."""
        if reach.schools is None:
            return [{"entry.by": reach.person}]
        schools = reach.schools | reach.own_schools | ({reach.home} if reach.home else set())
        visited = await self._visits.distinct("entry.school", {"entry.team": {"$in": sorted(reach.teams)}})
        return [{"entry.by": reach.person, "entry.school": {"$in": sorted({*schools, *visited})}}]


def _apart(evidence: Evidence, entry: Mapping[str, Any]) -> int:
    if entry["sha256"] == evidence.sha256:
        return 0
    look, other = evidence.picture and evidence.picture.look, (entry.get("picture") or {}).get("look")
    return distance(look, other) if look and other else NEAR + 1
