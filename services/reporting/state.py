"""One hash over all that reporting counted, for comparing a rebuild with what it rebuilt."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from runtime import canonical
from runtime.mongo import Database, mongo_errors
from services.reporting.folding import IN_A_ROW
from services.reporting.projections import CHANGES, COLLECTIONS, HEADS, ROLLUPS
from services.reporting.registry import SEALED

HASHED: Final = (*COLLECTIONS.values(), ROLLUPS, CHANGES, HEADS, SEALED)
_PAGE: Final = 1000


async def state_hash(db: Database) -> str:
    """SHA-256 in hexadecimal over every projection, in the order of ids, without zeros. Raises `Retryable`.

    Sums that cancelled out leave zeros behind or not, as the batches were cut: they say nothing and are left out.
    """
    digest = hashlib.sha256()
    for name in HASHED:
        digest.update(b"%d:%s" % (len(name), name.encode()))
        with mongo_errors():
            rows = change_rows(db) if name == CHANGES else db[name].find({}, batch_size=_PAGE).sort("_id", 1)
            async for document in rows:
                _update(digest, document)
    return digest.hexdigest()


def change_rows(db: Database, match: Mapping[str, Any] | None = None) -> AsyncIterator[dict[str, Any]]:
    """Every event's change row, one by one and in order, however they were put together."""
    told = {name: f"$rows.{name}" for name in IN_A_ROW}
    pipeline: list[dict[str, Any]] = [
        {"$match": dict(match or {})},
        {"$unwind": "$rows"},
        {"$project": {"_id": 0, "ledger": 1, "stream": 1, "day": 1, **told}},
        {"$sort": {"ledger": 1, "stream": 1, "seq": 1}},
    ]
    rows: AsyncIterator[dict[str, Any]] = db[CHANGES].aggregate(pipeline, allowDiskUse=True, batchSize=_PAGE)
    return rows


def _update(digest: Any, document: Mapping[str, Any]) -> None:
    told = _counts(document)
    if told is None:
        return
    line = canonical.encode(plain(told))
    digest.update(b"%d:" % len(line))
    digest.update(line)


def _counts(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A document without zero sums; none for a rollup in which nothing is left."""
    if not {"moved", "booked"} & document.keys():
        return document
    told = dict(document)
    for part in ("moved", "booked"):
        kept = without_zeros(told.pop(part, {}))
        if kept:
            told[part] = kept
    return told if {"moved", "booked"} & told.keys() else None


def plain(value: Any) -> Any:
    """The same value in Python's own types: the database gives large integers in one of its own."""
    if isinstance(value, Mapping):
        return {name: plain(below) for name, below in value.items()}
    if isinstance(value, list):
        return [plain(below) for below in value]
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def without_zeros(tree: Mapping[str, Any]) -> dict[str, Any]:
    """A tree of sums without zeros and without branches that hold nothing."""
    kept: dict[str, Any] = {}
    for name, below in tree.items():
        left = without_zeros(below) if isinstance(below, Mapping) else below
        if left:
            kept[name] = left
    return kept
