"""The fields beside the states in MongoDB: found by the rule they were derived by."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from runtime.mongo import Database, IndexModel, UpdateOne, mongo_errors
from services.inspection.application.changes import COLLECTIONS
from services.inspection.application.deriving import SHAPES, Stale

RULE_INDEX: Final = "rule"
RULE_INDEXES: Final = {
    COLLECTIONS[kind]: [IndexModel([("sought.rule", 1), ("_id", 1)], name=RULE_INDEX)] for kind in SHAPES
}


class MongoDerived:
    """Collections of the kinds that are searched by derived fields."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def stale(self, kind: str, rule: int, limit: int) -> list[Stale]:
        """At most `limit` entries of a kind whose fields are of another rule."""
        other = {"sought.rule": {"$ne": rule}}
        cursor = self._db[COLLECTIONS[kind]].find(other).hint(RULE_INDEX).limit(limit)
        with mongo_errors():
            documents = await cursor.to_list(None)
        return [Stale(row["_id"], row["version"], row["entry"]) for row in documents]

    async def write(self, kind: str, fields: Sequence[tuple[Stale, Mapping[str, Any]]]) -> int:
        """Replaces the fields of those that are still of that version; gives how many."""
        writes = [
            UpdateOne({"_id": row.id, "version": row.version}, {"$set": {"sought": dict(derived)}})
            for row, derived in fields
        ]
        with mongo_errors():
            return int((await self._db[COLLECTIONS[kind]].bulk_write(writes, ordered=False)).matched_count)
