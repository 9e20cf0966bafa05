"""Starting a consumer over from the beginning of its ledgers: what was derived is dropped, what people did is kept."""

from collections.abc import Iterable
from typing import Final

from runtime.clock import Clock, to_micros
from runtime.consumer.dead_rows import DEAD_ROWS, DISCARDED
from runtime.consumer.store import ALARMS, REACHED, WATERMARKS, past_alarm
from runtime.mongo import Database, ReplaceOne, mongo_errors

PAST_DEAD: Final = "past_dead"
REBUILDING: Final = "rebuilding"
_AT_ONCE: Final = 500


async def forget(db: Database, ledgers: Iterable[str], derived: Iterable[str], clock: Clock) -> int:
    """Forget that these ledgers were followed; returns how many discarded events will come again as dead ones.

    `derived` are the collections that are functions of them alone. The service's processes must be stopped; one that
    is not cannot write any more, since its watermarks are stopped first. Cut short, it is to be run again. Raises
    `Retryable`.
    """
    followed, now = {"ledger": {"$in": sorted(ledgers)}}, to_micros(clock.now())
    with mongo_errors():
        await db[WATERMARKS].update_many(followed, {"$set": {"stopped": REBUILDING}})
        for name in derived:
            await db.drop_collection(name)
        again = await db[DEAD_ROWS].count_documents({**followed, "state": DISCARDED})
        await _keep_dead_rows(db, followed, now)
        for alarm in await db[ALARMS].find(followed).to_list(None):
            await past_alarm(db, alarm, now)
            await db[ALARMS].delete_one({"_id": alarm["_id"]})
        await db[REACHED].delete_many({"_id": followed["ledger"]})
        # Last: without watermarks the worker makes new ones, at the beginning of the ledger that the owner has now.
        await db[WATERMARKS].delete_many(followed)
    return again


async def _keep_dead_rows(db: Database, followed: dict[str, dict[str, list[str]]], now: int) -> None:
    while rows := await db[DEAD_ROWS].find(followed).limit(_AT_ONCE).to_list(None):
        kept = [ReplaceOne({"_id": f"{row['_id']}/{now}"}, {**row, "_id": f"{row['_id']}/{now}"}, True) for row in rows]
        await db[PAST_DEAD].bulk_write(kept)
        await db[DEAD_ROWS].delete_many({"_id": {"$in": [row["_id"] for row in rows]}})
