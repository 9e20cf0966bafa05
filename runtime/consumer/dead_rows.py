"""Rows of the `dead` collection: poison events, and behind each the later events of the same aggregate, in order."""

from collections.abc import Sequence
from typing import Any, Final

from runtime.consumer.core import row_id
from runtime.consumer.ports import Dead, Stale
from runtime.ledger.model import Entry
from runtime.mongo import Database, IndexModel, InsertOne, Session, UpdateOne

DEAD_ROWS: Final = "dead"
DEAD_ACTS: Final = "dead_acts"
DEAD: Final = "dead"
PARKED: Final = "parked"
APPLIED: Final = "applied"
DISCARDED: Final = "discarded"
OPEN: Final = (DEAD, PARKED)

_FIELDS: Final = (
    "ledger",
    "stream",
    "seq",
    "id",
    "type",
    "subject",
    "key",
    "version",
    "registry",
    "at",
    "sealed_at",
    "data",
    "hash",
    "traceparent",
)


async def prepare_dead_rows(db: Database) -> None:
    """Indexes: at most one dead row in front of an aggregate."""
    await db[DEAD_ROWS].create_indexes(
        [
            IndexModel(
                [("ledger", 1), ("stream", 1), ("aggregate", 1)],
                name="front",
                unique=True,
                partialFilterExpression={"state": DEAD},
            ),
            IndexModel([("state", 1), ("ledger", 1), ("entry.sealed_at", 1)], name="open"),
            IndexModel([("aggregate", 1), ("state", 1)], name="waiting"),
            IndexModel([("state", 1), ("_id", 1)], name="listed"),
        ]
    )
    await db[DEAD_ACTS].create_indexes([IndexModel([("row", 1), ("at", 1)], name="of_row")])


async def open_rows(db: Database, ledger: str) -> tuple[dict[tuple[int, str], str], int]:
    """(stream, aggregate) → id of the dead row in front, and how many events are parked behind them all."""
    found = db[DEAD_ROWS].find({"state": DEAD, "ledger": ledger}, {"stream": 1, "aggregate": 1, "behind": 1})
    rows = await found.to_list(None)
    return {(row["stream"], row["aggregate"]): row["_id"] for row in rows}, sum(row["behind"] for row in rows)


async def bury(db: Database, dead: Dead, at: int, session: Session) -> None:
    """Write a poison event; `at` in µs since 1970."""
    row = {**_row(dead.entry), "state": DEAD, "reason": dead.reason, "tries": dead.tries, "buried_at": at, "behind": 0}
    await db[DEAD_ROWS].insert_one(row, session=session)


async def park(db: Database, parked: Sequence[tuple[Entry, str]], session: Session) -> None:
    """Write events behind their dead row. Touching that row makes a concurrent retry of it collide; raises `Stale`."""
    behind: dict[str, int] = {}
    for _, front in parked:
        behind[front] = behind.get(front, 0) + 1
    touched = await db[DEAD_ROWS].bulk_write(
        [UpdateOne({"_id": front, "state": DEAD}, {"$inc": {"behind": count}}) for front, count in behind.items()],
        session=session,
    )
    if touched.matched_count != len(behind):
        raise Stale("a dead row in front was retried or discarded")
    await db[DEAD_ROWS].bulk_write(
        [InsertOne({**_row(entry), "state": PARKED, "reason": f"behind {front}"}) for entry, front in parked],
        session=session,
    )


def entry_of(row: dict[str, Any]) -> Entry:
    """The entry a row keeps, byte for byte."""
    return Entry(**row["entry"])


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "_id": row_id(entry),
        "ledger": entry.ledger,
        "stream": entry.stream,
        "aggregate": entry.aggregate,
        "entry": {name: getattr(entry, name) for name in _FIELDS},
    }
