"""The issue list searched: each way to it by an index that is named, each scan bounded.

The database chooses an index by trying several at length, and remembers the choice for other values: that is how a
list takes a second now and then. Here the index is named. Where several would do, a bounded count tells which has the
fewest entries. A page that a bounded scan did not fill says where to go on.
"""

import asyncio
from collections.abc import Sequence
from itertools import chain
from typing import Any, Final

from runtime.mongo import Database, Document, aggregate, mongo_errors
from services.inspection.adapters.issue_filters import (
    DUE,
    EVERYTHING,
    NEWEST,
    SOON,
    Way,
    doors,
    due_bounds,
    matches,
    term_of,
    ways_of,
)
from services.inspection.adapters.mongo_aggregates import all_of
from services.inspection.adapters.mongo_lists import issues_within
from services.inspection.application.reach import Reach
from services.inspection.application.searching import Found, Key, Order, Row, Term, Wanted

Filter = dict[str, Any]
Steps = list[dict[str, Any]]
SCAN: Final = 4000
_PROBE: Final = 1000
_BY_DUE: Final = frozenset({"due", "school_due"})
_SORTS: Final = {"newest": dict(NEWEST), "due": dict(SOON)}


def _key(order: Order, document: Document) -> Key:
    return (document["entry"]["drafted_at"] if order == "newest" else document["sought"]["due"]), document["_id"]


def _beyond(order: Order, after: Key | None) -> Filter:
    field, up = (DUE, "$gt") if order == "due" else ("entry.drafted_at", "$lt")
    if after is None:
        return {DUE: {"$exists": True}} if order == "due" else {}
    return {field: {f"{up}e": after[0]}, "$or": [{field: {up: after[0]}}, {"_id": {up: after[1]}}]}


class MongoSearch:
    """Collection `issues`, read only."""

    def __init__(self, db: Database) -> None:
        self._issues = db["issues"]

    async def page(self, reach: Reach, wanted: Wanted, after: Key | None, limit: int) -> Found:
        """At most `limit` rows beyond `after` within reach."""
        own = doors(reach)
        begun = [self._scanned(door, reach, wanted, after, limit) for door in own]
        with mongo_errors():
            scans = await asyncio.gather(*begun)
        return _merged(wanted.order, scans, limit)

    async def rarest(self, grams: Sequence[str], least: int, most: int) -> list[str]:
        """At most `most` of these grams: those that the fewest entries have, but at least `least`."""
        ways = [Way("grams", {"sought.grams": gram}) for gram in grams]
        with mongo_errors():
            counts = await asyncio.gather(*(self._count(way, _PROBE) for way in ways))
        known = sorted((count, gram) for count, gram in zip(counts, grams, strict=True) if count >= least)
        return [gram for _, gram in known[:most]]

    async def candidates(self, reach: Reach, wanted: Wanted, most: int) -> tuple[list[Row], bool]:
        """Rows within reach that have every term, at most so many; and whether these are all."""
        asked = all_of(issues_within(reach), *matches(wanted), *(term_of(term) for term in wanted.terms))
        with mongo_errors():
            ways = await self._text_ways(reach, wanted)
            found = await asyncio.gather(*(self._fitting(way, asked, most) for way in ways))
        rows = {document["_id"]: document for document in chain(*(documents for documents, _ in found))}
        return [_row(document) for document in rows.values()], all(whole for _, whole in found)

    async def _scanned(
        self, door: Way, reach: Reach, wanted: Wanted, after: Key | None, limit: int
    ) -> tuple[list[Document], Key | None]:
        """A door's rows, and how far it was looked through, if not to its end."""
        beyond, sort = _beyond(wanted.order, after), _SORTS[wanted.order]
        way = await self._way(door, wanted)
        # Before the bound only what the index answers: else the bound would count what is found, not what is read.
        first = all_of(way.match, beyond, due_bounds(wanted) if way.index in _BY_DUE else {})
        rest = all_of(door.match, issues_within(reach), *matches(wanted))
        read: Steps = [{"$match": first}, {"$sort": sort}, {"$limit": SCAN}]
        steps = [*read, {"$match": rest}, {"$limit": limit + 1}]
        rows = await aggregate(self._issues, steps, hint=way.index)
        if len(rows) > limit:
            return rows, None
        keys = {"_id": 1, "entry.drafted_at": 1, DUE: 1}
        last = await aggregate(self._issues, [*read, {"$skip": SCAN - 1}, {"$project": keys}], hint=way.index)
        return rows, _key(wanted.order, last[0]) if last else None

    async def _way(self, door: Way, wanted: Wanted) -> Way:
        """The way with the fewest entries; for an order by due, one that gives it, unless another is short."""
        ways = [*ways_of(wanted), *([door] if door.match else [])]
        if wanted.order == "due":
            last = _by_due(door, wanted)
        else:
            last = next((way for way in ways if way.ordered), EVERYTHING)
        if not ways:
            return last
        return await self._shortest(ways) or last

    async def _shortest(self, ways: Sequence[Way]) -> Way | None:
        """The way with the fewest entries, none where all have more than are counted."""
        counts = await asyncio.gather(*(self._count(way, _PROBE) for way in ways))
        fewest, at = min((count, at) for at, count in enumerate(counts))
        return ways[at] if fewest < _PROBE else None

    async def _count(self, way: Way, most: int) -> int:
        return int(await self._issues.count_documents(way.match, limit=most, hint=way.index))

    async def _text_ways(self, reach: Reach, wanted: Wanted) -> list[Way]:
        """By the term that says most; by the doors, or another filter, where these are fewer."""
        driving = next((term for term in wanted.terms if not term.schools), wanted.terms[0])
        ways = [await self._rarest(driving)]
        if driving.schools:
            ways.append(Way("school", {"entry.school": {"$in": list(driving.schools)}}))
        others = [[way] for way in ways_of(wanted)]
        own = doors(reach)
        if own != [EVERYTHING]:
            others.append(own)
        costs = await asyncio.gather(*(self._sum(group) for group in (ways, *others)))
        return min(zip(costs, range(len(costs)), (ways, *others), strict=True))[2]

    async def _rarest(self, term: Term) -> Way:
        ways = [Way("grams", {"sought.grams": gram}) for gram in term.grams]
        counts = await asyncio.gather(*(self._count(way, SCAN) for way in ways))
        return ways[counts.index(min(counts))]

    async def _sum(self, ways: Sequence[Way]) -> int:
        return sum(await asyncio.gather(*(self._count(way, SCAN) for way in ways)))

    async def _fitting(self, way: Way, asked: Filter, most: int) -> tuple[list[Document], bool]:
        sort: Filter = {"sought.day": -1} if way.index == "grams" else _SORTS["newest"]
        read: Steps = [{"$match": way.match}, {"$sort": sort}, {"$limit": SCAN}]
        steps = [*read, {"$match": asked}, {"$limit": most + 1}]
        rows = await aggregate(self._issues, steps, hint=way.index)
        whole = len(rows) <= most and await self._count(way, SCAN) < SCAN
        return rows[:most], whole


def _by_due(door: Way, wanted: Wanted) -> Way:
    schools = wanted.schools
    if schools is not None:
        return Way("school_due", {"entry.school": {"$in": sorted(schools)}})
    if door.index == "school":
        return Way("school_due", door.match)
    return Way("due", {}) if door is EVERYTHING else door


def _row(document: Document) -> Row:
    return {**document["entry"], "version": document["version"]}


def _merged(order: Order, scans: Sequence[tuple[list[Document], Key | None]], limit: int) -> Found:
    """One page of several scans: what lies beyond the place where the first of them ended is left for the next."""
    falling = order == "newest"
    ends = [end for _, end in scans if end is not None]
    end = None if not ends else (max(ends) if falling else min(ends))
    rows = {document["_id"]: document for document in chain(*(documents for documents, _ in scans))}
    keyed = sorted(((_key(order, document), document) for document in rows.values()), key=lambda pair: pair[0])
    if falling:
        keyed.reverse()
    if end is not None:
        keyed = [(key, document) for key, document in keyed if (key >= end if falling else key <= end)]
    if len(keyed) > limit:
        return Found([_row(document) for _, document in keyed[:limit]], keyed[limit - 1][0])
    return Found([_row(document) for _, document in keyed], end)
