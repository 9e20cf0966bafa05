"""A versioned copy of the registry's entries, so that every question can be answered as of any registry seq."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from runtime.canonical import decode
from runtime.ledger.model import Entry
from runtime.mongo import Database, IndexModel, ReplaceOne, Session, UpdateOne, mongo_errors

MIRROR: Final = "mirror"


class MirrorProjection:
    """Writes one document per version: `{_id: kind/id/seq, kind, id, since, until, entry}`.

    A version holds for `since ≤ seq < until`; `until` is null for today's. Kind and id are the first two parts of the
    event's subject, and `entry` is the field of that name in its data.
    """

    def __init__(self, db: Database, lookups: Sequence[str] = ()) -> None:
        self._rows = db[MIRROR]
        self._lookups = tuple(lookups)

    async def prepare(self) -> None:
        """Indexes: by id and seq, by kind, and by each looked-up field of the entries (`person`, `organisation`)."""
        indexes = [
            IndexModel([("kind", 1), ("id", 1), ("since", -1)], name="versions"),
            IndexModel([("kind", 1), ("until", 1)], name="kinds"),
            *(
                IndexModel([(f"entry.{field}", 1), ("kind", 1)], name=f"by_{field}", sparse=True)
                for field in self._lookups
            ),
        ]
        with mongo_errors():
            await self._rows.create_indexes(indexes)

    async def apply(self, entries: Sequence[Entry], session: Session) -> None:
        """Close the versions before and add the new ones."""
        versions = versions_of(entries)
        if not versions:
            return
        closing = {(row["kind"], row["id"]): row["since"] for row in reversed(versions)}
        await self._rows.bulk_write(
            [
                *(
                    UpdateOne(
                        {"kind": kind, "id": name, "until": None, "since": {"$lt": since}}, {"$set": {"until": since}}
                    )
                    for (kind, name), since in closing.items()
                ),
                *(ReplaceOne({"_id": row["_id"]}, row, upsert=True) for row in versions),
            ],
            session=session,
        )


def versions_of(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """The new versions in order; within the batch each is closed by the next of the same id."""
    latest: dict[str, dict[str, Any]] = {}
    versions: list[dict[str, Any]] = []
    for entry in entries:
        kind, name = entry.aggregate.split("/", 1)
        row = {
            "_id": f"{entry.aggregate}/{entry.seq}",
            "kind": kind,
            "id": name,
            "since": entry.seq,
            "until": None,
            "entry": decode(entry.data)["entry"],
        }
        if entry.aggregate in latest:
            latest[entry.aggregate]["until"] = entry.seq
        latest[entry.aggregate] = row
        versions.append(row)
    return versions


class Mirror:
    """Reads the copy: as of a registry seq, or of today (`seq` None). Entries are plain values of the contract's shape.

    With a session the reads belong to its transaction and let the driver's errors through; without one they raise
    `Retryable`.
    """

    def __init__(self, db: Database) -> None:
        self._rows = db[MIRROR]

    async def get(
        self,
        kind: str,
        id: str,
        seq: int | None = None,
        session: Session | None = None,
    ) -> dict[str, Any] | None:
        """One entry, or None."""
        found = await self._read({"kind": kind, "id": id, **_as_of(seq)}, session)
        return found[0] if found else None

    async def find(
        self, kind: str, match: Mapping[str, Any] | None = None, seq: int | None = None, session: Session | None = None
    ) -> list[dict[str, Any]]:
        """Entries of a kind whose fields match (values, or the database's operators), by id."""
        fields = {f"entry.{name}": value for name, value in (match or {}).items()}
        return await self._read({"kind": kind, **fields, **_as_of(seq)}, session)

    async def _read(self, query: Mapping[str, Any], session: Session | None) -> list[dict[str, Any]]:
        cursor = self._rows.find(query, {"entry": 1}, session=session).sort("id", 1)
        if session is not None:
            return [row["entry"] for row in await cursor.to_list(None)]
        with mongo_errors():
            return [row["entry"] for row in await cursor.to_list(None)]


def _as_of(seq: int | None) -> dict[str, Any]:
    if seq is None:
        return {"until": None}
    return {"since": {"$lte": seq}, "$or": [{"until": None}, {"until": {"$gt": seq}}]}
