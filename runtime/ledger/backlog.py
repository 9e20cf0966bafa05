"""Commits that were never sealed: found by comparing sums, then by an anti-join, all in one snapshot."""

from collections.abc import Mapping
from typing import Any, Final

from runtime.ledger.initialise import HEADS, SEALS
from runtime.ledger.seal import Head, Stream
from runtime.ledger.steps import DamagedError
from runtime.ledger.writer import COMMITS
from runtime.mongo import Database, Document, Mongo, aggregate, batches

_PAGE: Final = 1000
_SEALED: Final = {
    "from": SEALS,
    "localField": "_id",
    "foreignField": "entries.commit",
    "pipeline": [{"$limit": 1}, {"$project": {"_id": 1}}],
    "as": "sealed",
}


async def load_heads(db: Database) -> dict[Stream, Head]:
    """Every stream's head as it stands."""
    rows = await db[HEADS].find({}).to_list(None)
    return {(row["ledger"], row["stream"]): Head(row["last"], row["hash"], row["commits"]) for row in rows}


async def unsealed(mongo: Mongo, db: Database) -> list[Document]:
    """`_id, ledger, version, at` of every commit that has events and no seal; unordered. Raises `DamagedError`.

    Cheap when nothing is missing (a covered index is summed). Else the newest commits are searched first, and the
    search ends as soon as all are found.
    """
    async with mongo.snapshot() as session:
        committed = {
            (row["_id"]["ledger"], row["_id"]["stream"]): (row["commits"], row["events"])
            for row in await aggregate(db[COMMITS], _SUMS, session, hint="events_per_stream")
        }
        rows = await db[HEADS].find({}, session=session).to_list(None)
        sealed = {(row["ledger"], row["stream"]): (row["commits"], row["last"]) for row in rows}
        missing = compare(committed, sealed)
        found: list[Document] = []
        if missing:
            async for page in batches(
                db[COMMITS], _search(missing), _PAGE, session, hint={"$natural": -1}, allowDiskUse=True
            ):
                found.extend(page)
    return found


def compare(committed: Mapping[Stream, tuple[int, int]], sealed: Mapping[Stream, tuple[int, int]]) -> dict[Stream, int]:
    """How many commits of which streams are not sealed, from (commits, events) on both sides.

    Raises `DamagedError` when a stream holds more than was committed, or commits to a stream that does not exist.
    """
    missing: dict[Stream, int] = {}
    for stream in committed.keys() | sealed.keys():
        made, events = committed.get(stream, (0, 0))
        chained, last = sealed.get(stream, (0, 0))
        if chained > made or last > events or stream not in sealed or (chained == made) != (last == events):
            raise DamagedError(f"stream {stream}: {made} commits, {events} events; sealed {chained}, {last}")
        if made > chained:
            missing[stream] = made - chained
    return missing


_SUMS: Final[list[dict[str, Any]]] = [
    {"$match": {"n": {"$gt": 0}}},
    {
        "$group": {
            "_id": {"ledger": "$ledger", "stream": "$stream"},
            "commits": {"$sum": 1},
            "events": {"$sum": "$n"},
        }
    },
]


def _search(missing: Mapping[Stream, int]) -> list[dict[str, Any]]:
    streams = [{"ledger": ledger, "stream": stream} for ledger, stream in missing]
    return [
        {"$match": {"n": {"$gt": 0}, "$or": streams}},
        {"$lookup": _SEALED},
        {"$match": {"sealed": []}},
        {"$limit": sum(missing.values())},
        {"$project": {"ledger": 1, "version": 1, "at": 1}},
    ]
