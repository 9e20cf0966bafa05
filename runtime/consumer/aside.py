"""False records, kept for people to look at: bounded in number and size, each once."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from runtime.clock import Clock, to_micros
from runtime.ledger.model import Entry
from runtime.mongo import Database, UpdateOne, mongo_errors

if TYPE_CHECKING:
    # An API process reads this module's rows and needs no Kafka client.
    from aiokafka import ConsumerRecord

SET_ASIDE: Final = "set_aside"
ROWS: Final = 1000
_BYTES: Final = 16 * 1024
_NAMES: Final = ("ledger", "stream", "seq", "id", "type", "subject", "key", "version", "registry", "at", "sealed_at")


def evidence_of_entry(entry: Entry) -> dict[str, Any]:
    """What a false entry said; numbers as text, since a forged one may be larger than the database can hold."""
    said = {name: str(getattr(entry, name))[:_BYTES] for name in _NAMES}
    return {"said": said, "hash": entry.hash[:64], "value": entry.data[:_BYTES]}


def evidence_of_record(record: "ConsumerRecord") -> dict[str, Any]:
    """What could not be read as an entry, and where it was."""
    return {
        "said": {"place": f"{record.topic}/{record.partition}/{record.offset}"},
        "headers": repr(record.headers)[:_BYTES],
        "value": (record.value or b"")[:_BYTES],
    }


async def prepare_aside(db: Database) -> None:
    """The index that finds the oldest."""
    await db[SET_ASIDE].create_index("at")


async def keep_aside(db: Database, evidence: Sequence[Mapping[str, Any]], clock: Clock) -> None:
    """Keep evidence, the same once however often Kafka brings it; of more than `ROWS` the oldest go."""
    at = to_micros(clock.now())
    rows = {hashlib.sha256(repr(sorted(one.items())).encode()).hexdigest(): one for one in evidence[:ROWS]}
    with mongo_errors():
        await db[SET_ASIDE].bulk_write(
            [UpdateOne({"_id": key}, {"$setOnInsert": {**one, "at": at}}, upsert=True) for key, one in rows.items()]
        )
        oldest = await db[SET_ASIDE].find({}, {"at": 1}).sort("at", -1).skip(ROWS).limit(1).to_list(None)
        if oldest:
            await db[SET_ASIDE].delete_many({"at": {"$lte": oldest[0]["at"]}})
