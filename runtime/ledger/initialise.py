"""Indexes and rows that must be there before the first commit; run as often as one likes."""

from collections.abc import Iterable
from typing import Any, Final

from runtime.ids import new_id
from runtime.ledger.chain import genesis
from runtime.ledger.model import Ledger
from runtime.ledger.writer import COMMITS
from runtime.mongo import Database, IndexModel, Mongo, make_collections, mongo_errors

SEALS: Final = "seals"
HEADS: Final = "heads"
LEASE: Final = "lease"
CURSORS: Final = "cursors"
RELAY: Final = "relay"
PUBLISH: Final = "publish"

_INDEXES: Final[dict[str, list[IndexModel]]] = {
    COMMITS: [
        IndexModel([("aggregate", 1), ("version", 1)], unique=True, name="aggregate_version"),
        # Covers the sum of events per stream, which is compared with the heads.
        IndexModel([("ledger", 1), ("stream", 1), ("n", 1)], name="events_per_stream"),
    ],
    SEALS: [
        IndexModel([("entries.commit", 1), ("entries.i", 1)], unique=True, name="sealed_once"),
        IndexModel([("ledger", 1), ("stream", 1), ("last", 1)], unique=True, name="chain"),
    ],
}


async def initialise(mongo: Mongo, db: Database, ledgers: Iterable[Ledger], collections: Iterable[str] = ()) -> str:
    """Make indexes, heads, lease and publish cursor where they are missing; returns the `ledger_id`, made once.

    `collections` are those of the states: made beforehand, since transactions that make one at once collide.
    """
    with mongo_errors():
        await make_collections(db, collections)
        for collection, indexes in _INDEXES.items():
            await db[collection].create_indexes(indexes)
    first = {
        "holder": None,
        "session": None,
        "epoch": 0,
        "until": None,
        "token": None,
        "sealed_through": 0,
        "ledger_id": new_id(),
    }
    await _insert_missing(db, LEASE, RELAY, first)
    with mongo_errors():
        lease = await db[LEASE].find_one({"_id": RELAY}, {"ledger_id": 1})
    if lease is None:
        raise LookupError("the lease row vanished")
    ledger_id: str = lease["ledger_id"]
    for ledger in ledgers:
        for stream in range(ledger.streams):
            await _insert_missing(db, HEADS, f"{ledger.name}/{stream}", _empty(ledger_id, ledger.name, stream))
    await _insert_missing(db, CURSORS, PUBLISH, {"epoch": 0, "at": {}})
    await mongo.ping()
    return ledger_id


def _empty(ledger_id: str, ledger: str, stream: int) -> dict[str, Any]:
    hash_ = genesis(ledger_id, ledger, stream)
    return {"ledger": ledger, "stream": stream, "last": 0, "commits": 0, "hash": hash_}


async def _insert_missing(db: Database, collection: str, key: str, row: dict[str, Any]) -> None:
    with mongo_errors():
        await db[collection].update_one({"_id": key}, {"$setOnInsert": row}, upsert=True)
