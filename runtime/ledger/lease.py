"""The lease of the one active relay: a holder until an instant of the server's clock, and an epoch that only grows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from runtime.ledger.initialise import LEASE, RELAY
from runtime.mongo import Database, Document, Mongo, Session, UpdateOne, Writes, mongo_errors, session_id, write_all

_AFTER: Final = True
_WAIT_MS: Final = 5000


class FencedError(Exception):
    """Another relay has taken over: nothing of this attempt was kept, and nothing may be tried again."""


@dataclass(frozen=True, slots=True)
class Lease:
    """What the holder was given, where the relay before it stood, and the one session that it writes seals in."""

    epoch: int
    ledger_id: str
    sealed_through: int
    ttl_ms: int
    session: Session


async def acquire(mongo: Mongo, db: Database, session: Session, holder: str, ttl_ms: int) -> Lease | None:
    """Take the lease if it is free, run out, or already ours; the epoch rises. None: somebody else holds it.

    `session` is the one the holder will seal in: its successor kills it, lest the transaction of a process that died
    or sleeps keeps the lease's row locked. Raises `Retryable`.
    """
    free: Document = {
        "_id": RELAY,
        "$or": [{"holder": None}, {"holder": holder}, {"$expr": {"$lte": ["$until", "$$NOW"]}}],
    }
    taken: Document = {
        "holder": {"$literal": holder},
        "session": {"$literal": session_id(session)},
        "epoch": {"$add": ["$epoch", 1]},
        "until": _until(ttl_ms),
    }
    with mongo_errors():
        before: Any = await db[LEASE].find_one(free, {"session": 1})
        if before is None:
            return None
        if before.get("session") is not None:
            await mongo.kill_session(before["session"])
        row: Any = await db[LEASE].find_one_and_update(
            free, [{"$set": taken}], return_document=_AFTER, maxTimeMS=_WAIT_MS
        )
    return None if row is None else Lease(row["epoch"], row["ledger_id"], row["sealed_through"], ttl_ms, session)


def prolonged(lease: Lease, sealed_through: int, token: Mapping[str, Any] | None = None) -> Writes:
    """The write of our epoch's lease: prolonged, and with a higher `sealed_through`. Raises `FencedError`.

    Inside a seal's transaction this write is what makes two relays collide; a mere read would not.
    """
    set_to: Document = {"until": _until(lease.ttl_ms), "sealed_through": {"$literal": sealed_through}}
    if token is not None:
        set_to["token"] = {"$literal": dict(token)}
    ours = {"_id": RELAY, "epoch": lease.epoch, "sealed_through": {"$lt": sealed_through}}
    return Writes(
        LEASE, [UpdateOne(ours, [{"$set": set_to}])], FencedError(f"the lease of epoch {lease.epoch} is lost")
    )


async def prolong(db: Database, lease: Lease, sealed_through: int) -> None:
    """Prolong it outside of any seal's transaction; raises `FencedError`."""
    await write_all(lease.session, db, [prolonged(lease, sealed_through)])


async def release(db: Database, lease: Lease) -> None:
    """Give the lease back, so that the next holder need not wait; nothing happens when it is lost already."""
    with mongo_errors():
        await db[LEASE].update_one({"_id": RELAY, "epoch": lease.epoch}, {"$set": {"holder": None, "session": None}})


def _until(ttl_ms: int) -> Document:
    return {"$dateAdd": {"startDate": "$$NOW", "unit": "millisecond", "amount": ttl_ms}}
