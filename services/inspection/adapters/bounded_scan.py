"""A list looked through along an index that is named: so far and no farther, and no farther than it takes.

Most pages are full after a few entries, and the server reads ahead of what it is asked for: so a little is looked
through first, and the rest of what is allowed only where that was too little.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Final

from runtime.mongo import Collection, Document, aggregate
from services.inspection.adapters.mongo_aggregates import all_of

Filter = dict[str, Any]
_LOOKED_THROUGH_A_ROW: Final = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Scan:
    """Entries of `first` in the order of `sort` (up to two fields, one direction), of which those count that match
    `rest`.

    Before the bound stands only what the index answers: else it would bound what is found, not what is read. `ordered`
    if the index gives this order; `dense` where a good part is likely to count. `count` is how many entries there are,
    where that is known and less than the bound. `fields`: what is wanted of a row, none for all of it.
    """

    index: str
    first: Filter
    sort: Mapping[str, int]
    rest: Filter
    ordered: bool = True
    dense: bool = True
    count: int | None = None
    fields: Filter | None = None


async def looked_through(
    collection: Collection, scan: Scan, most: int, limit: int
) -> tuple[list[Document], Document | None]:
    """At most `limit` rows and one more, of at most `most` entries; and the last one looked at, if it was not full.

    Of that only the fields are there that the order goes by.
    """
    rows, ended = await _found(collection, scan, most, limit)
    if ended or len(rows) > limit:
        return rows, None
    # Asked of the whole scan, because a place to go on from would have it read every entry instead of the index.
    return rows, await _at(collection, scan, most)


async def _found(collection: Collection, scan: Scan, most: int, limit: int) -> tuple[list[Document], bool]:
    """The rows, and whether it is known that there are no more entries."""
    few = limit * _LOOKED_THROUGH_A_ROW
    if not scan.ordered or not scan.dense or few >= most:
        return await _rows(collection, scan, most, limit), scan.count is not None
    rows = await _rows(collection, scan, few, limit)
    if len(rows) > limit or (scan.count is not None and scan.count < few):
        return rows, True
    # A page's length before the place where it ended, because some may have left the index since.
    again = few - limit
    place = await _at(collection, scan, again)
    if place is None:
        return rows, True
    following = replace(scan, first=all_of(scan.first, _from(scan.sort, place)))
    more = await _rows(collection, following, most - again + 1, limit)
    there = {row["_id"] for row in rows}
    return [*rows, *(row for row in more if row["_id"] not in there)][: limit + 1], scan.count is not None


async def _rows(collection: Collection, scan: Scan, most: int, limit: int) -> list[Document]:
    read: list[Filter] = [{"$match": scan.first}, {"$sort": dict(scan.sort)}, {"$limit": most}]
    steps = [*read, {"$match": scan.rest}, {"$limit": limit + 1}]
    if scan.fields is not None:
        steps.append({"$project": scan.fields})
    return await aggregate(collection, steps, hint=scan.index)


async def _at(collection: Collection, scan: Scan, number: int) -> Document | None:
    """The entry of that number in the order; answered by the index alone."""
    keys = {"_id": 0} | dict.fromkeys(scan.sort, 1)
    cursor = collection.find(scan.first, keys).sort(list(scan.sort.items())).hint(scan.index).skip(number - 1).limit(1)
    found: list[Document] = await cursor.to_list(None)
    return found[0] if found else None


def _from(sort: Mapping[str, int], place: Document) -> Filter:
    """What lies at this place of the order, and beyond it."""
    field, *tie = sort
    beyond = "$gt" if sort[field] > 0 else "$lt"
    value = _value(place, field)
    from_there: Filter = {field: {f"{beyond}e": value}}
    if tie:
        from_there["$or"] = [{field: {beyond: value}}, {tie[0]: {f"{beyond}e": _value(place, tie[0])}}]
    return from_there


def _value(document: Document, path: str) -> Any:
    return reduce(lambda value, name: value[name], path.split("."), document)
