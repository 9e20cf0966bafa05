"""Rows of tables that became issues, and how a person's tables are read: collections `originals`, `mappings`."""

from collections.abc import Mapping, Sequence

import msgspec

from runtime.errors import NotFound
from runtime.mongo import Database, UpdateOne, mongo_errors
from services.inspection.application.issue_tables import Original


class MongoOriginals:
    """Beside the ledger, where they can be erased."""

    def __init__(self, db: Database) -> None:
        self._originals = db["originals"]
        self._mappings = db["mappings"]
        self._issues = db["issues"]

    async def known(self, issues: Sequence[str]) -> set[str]:
        """Those of the ids that are issues already."""
        with mongo_errors():
            return {row["_id"] async for row in self._issues.find({"_id": {"$in": list(issues)}}, {"_id": 1})}

    async def keep(self, rows: Sequence[Original]) -> None:
        """Store, once each."""
        if not rows:
            return
        writes = [
            UpdateOne({"_id": row.id}, {"$setOnInsert": {"row": msgspec.json.encode(row).decode()}}, upsert=True)
            for row in rows
        ]
        with mongo_errors():
            await self._originals.bulk_write(writes, ordered=False)

    async def of(self, issue: str) -> Original:
        """Raises `NotFound`."""
        with mongo_errors():
            found = await self._originals.find_one({"_id": issue})
        if found is None:
            raise NotFound(f"original/{issue}")
        return msgspec.json.decode(found["row"], type=Original)

    async def mapping(self, person: str, signature: str) -> dict[str, str]:
        """Field → header, as this person last read tables of these headers; empty where never."""
        with mongo_errors():
            found = await self._mappings.find_one({"_id": f"{person}/{signature}"})
        return {} if found is None else dict(found["columns"])

    async def remember(self, person: str, signature: str, mapping: Mapping[str, str]) -> None:
        """For the next table of these headers."""
        change = {"$set": {"columns": dict(mapping)}}
        with mongo_errors():
            await self._mappings.bulk_write([UpdateOne({"_id": f"{person}/{signature}"}, change, upsert=True)])
