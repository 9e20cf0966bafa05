"""Issues by whom they wait for: each kind of body by an index that has only what waits, soonest first."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, Final

from runtime.mongo import Database, Document, IndexModel, mongo_errors
from services.inspection.adapters.bounded_scan import Scan, looked_through
from services.inspection.adapters.mongo_aggregates import all_of
from services.inspection.adapters.mongo_lists import issues_within
from services.inspection.application.reach import Reach
from services.inspection.application.todo import Door, Key, Part
from services.inspection.application.waiting import Kind

SCAN: Final = 2000
_SUBJECT: Final = "issue/"
_FIELDS: Final[Mapping[Kind, str | None]] = {
    "school": "entry.school", "office": "entry.school", "team": "entry.team", "named": "sought.who", "bureau": None,
}  # fmt: skip


def _day(kind: Kind) -> str:
    return f"sought.waits.{kind}"


def _name(kind: Kind) -> str:
    return f"waits_{kind}"


WAITING_INDEXES: Final = [
    IndexModel(
        [*([(field, 1)] if field else []), (_day(kind), 1), ("_id", 1)],
        name=_name(kind),
        partialFilterExpression={_day(kind): {"$exists": True}},
    )
    for kind, field in _FIELDS.items()
]


def _beyond(kind: Kind, after: Key | None) -> dict[str, Any]:
    day = _day(kind)
    if after is None:
        return {day: {"$exists": True}}
    if not after[1].startswith(_SUBJECT):
        # What is no issue stands before or behind all issues of its day.
        return {day: {"$gte" if after[1] < _SUBJECT else "$gt": after[0]}}
    id = after[1].removeprefix(_SUBJECT)
    return {day: {"$gte": after[0]}, "$or": [{day: {"$gt": after[0]}}, {"_id": {"$gt": id}}]}


def _through(door: Door) -> dict[str, Any]:
    field = _FIELDS[door.kind]
    return {} if field is None or door.among is None else {field: {"$in": sorted(door.among)}}


def _day_by(door: Door, document: Document) -> str | None:
    """Until when the issue waits for this door's body, if it does."""
    day: str | None = document["sought"]["waits"].get(door.kind)
    if door.among is None:
        return day
    entry = document["entry"]
    named = {"team": [entry["team"]], "named": document["sought"].get("who", ())}.get(door.kind, [entry["school"]])
    return None if door.among.isdisjoint(named) else day


class MongoWaiting:
    """Collection `issues`, read only."""

    def __init__(self, db: Database) -> None:
        self._issues = db["issues"]

    async def part(self, reach: Reach, doors: Sequence[Door], after: Key | None, limit: int) -> Part:
        """At most `limit` rows beyond `after` through every door, each once, by its soonest day."""
        begun = [self._scanned(door, reach, after, limit) for door in doors]
        with mongo_errors():
            scans = await asyncio.gather(*begun)
        ends = [end for _, end in scans if end is not None]
        rows = {}
        for document in chain(*(found for found, _ in scans)):
            days = [day for door in doors if (day := _day_by(door, document)) is not None]
            key = (min(days), f"{_SUBJECT}{document['_id']}")
            # Sooner through another door: it stood on an earlier page.
            if after is None or key > after:
                rows[key] = {**document["entry"], "version": document["version"]}
        return Part(sorted(rows.items(), key=lambda pair: pair[0]), min(ends) if ends else None)

    async def _scanned(
        self, door: Door, reach: Reach, after: Key | None, limit: int
    ) -> tuple[list[Document], Key | None]:
        """A door's rows, and how far it was looked through, if not to its end."""
        scan = Scan(
            index=_name(door.kind),
            first=all_of(_through(door), _beyond(door.kind, after)),
            sort={_day(door.kind): 1, "_id": 1},
            rest=issues_within(reach),
        )
        rows, last = await looked_through(self._issues, scan, SCAN, limit)
        end = rows[limit - 1] if len(rows) > limit else last
        return rows, self._key(door.kind, end) if end else None

    @staticmethod
    def _key(kind: Kind, document: Document) -> Key:
        return document["sought"]["waits"][kind], f"{_SUBJECT}{document['_id']}"
