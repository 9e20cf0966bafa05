"""What a scan finds and where it says it ended, against a walk over everything."""

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from runtime.mongo import Collection, Mongo
from services.inspection.adapters.bounded_scan import Scan, looked_through
from services.inspection.adapters.issue_filters import Way
from services.inspection.adapters.way_counts import WayCounts

pytestmark = pytest.mark.asyncio
_HAVE: Final = 240
_TIED: Final = 7
Document = dict[str, Any]


def _rows() -> list[Document]:
    """Many on one day, so that only the id tells which comes first."""
    return [{"_id": f"{n * 37 % _HAVE:04d}", "day": n // _TIED, "kind": n % 16, "at": "here"} for n in range(_HAVE)]


@pytest.fixture
async def collection(mongod_url: str, database: str) -> AsyncIterator[Collection]:
    mongo = Mongo(mongod_url)
    made = mongo.database(database)["scanned"]
    await made.insert_many(_rows())
    await made.create_index([("at", 1), ("day", 1), ("_id", 1)], name="by_day")
    yield made
    await mongo.drop(database)
    await mongo.close()


def _scan(up: int, kinds: int, **more: Any) -> Scan:
    rest = {"kind": {"$lt": kinds}}
    return Scan(index="by_day", first={"at": "here"}, sort={"day": up, "_id": up}, rest=rest, **more)


def _ordered(up: int) -> list[Document]:
    return sorted(_rows(), key=lambda row: (row["day"], row["_id"]), reverse=up < 0)


@pytest.mark.parametrize("up", [1, -1])
@pytest.mark.parametrize("kinds", [0, 1, 3, 16])
@pytest.mark.parametrize("most", [2, 40, 100, _HAVE, _HAVE + 1, 1000])
async def test_it_finds_what_a_walk_finds_and_says_where_it_ended(
    collection: Collection, up: int, kinds: int, most: int
) -> None:
    rows, last = await looked_through(collection, _scan(up, kinds), most, 5)
    walked = _ordered(up)[:most]
    there = [row["_id"] for row in walked if row["kind"] < kinds]
    assert [row["_id"] for row in rows[:6]] == there[:6]
    if len(there) > 5:
        assert len(rows) > 5
    else:
        end = walked[-1] if len(walked) == most else None
        assert last == (None if end is None else {"day": end["day"], "_id": end["_id"]})


async def test_a_way_known_to_be_short_has_no_end_to_go_on_from(collection: Collection) -> None:
    found = [await looked_through(collection, _scan(1, 1, count=_HAVE, ordered=one), 1000, 5) for one in (True, False)]
    expected = [row["_id"] for row in _ordered(1) if row["kind"] < 1][:6]
    assert [([row["_id"] for row in rows], last) for rows, last in found] == [(expected, None)] * 2


async def test_rows_carry_no_more_fields_than_were_wanted(collection: Collection) -> None:
    rows, _ = await looked_through(collection, _scan(1, 16, fields={"kind": 1}), 1000, 5)
    assert {tuple(sorted(row)) for row in rows} == {("_id", "kind")}


async def test_counts_are_bounded_and_the_shortest_way_is_told(collection: Collection) -> None:
    counts = WayCounts(collection)
    long, short = (Way("by_day", {"at": "here", "day": {"$gte": day}}) for day in (0, 30))
    assert await counts.of_each([long, short, long], 100) == [100, _HAVE - 30 * _TIED, 100]
    assert await counts.shortest([long, short], 100) == (short, _HAVE - 30 * _TIED)
    assert await counts.shortest([long], 100) is None


async def test_only_that_a_way_is_long_is_remembered(collection: Collection) -> None:
    counts = WayCounts(collection)
    long, short = (Way("by_day", {"at": "here", "day": {"$gte": day}}) for day in (0, 30))
    before = await counts.of_each([long, short], 100)
    await collection.delete_many({})
    assert (before[0], await counts.of_each([long, short], 100)) == (100, [100, 0])
