"""Stagings in the collection `stagings`, kept for some days."""

from datetime import timedelta
from typing import Final

import msgspec

from runtime.clock import Clock, from_text
from runtime.errors import NotFound
from runtime.mongo import Database, IndexModel, UpdateOne, mongo_errors
from services.inspection.application.staging import Purpose, Staging

KEPT: Final = timedelta(days=14)
INDEXES: Final = [IndexModel("gone_at", expireAfterSeconds=0)]


class MongoStagings:
    """By id and by who sent them."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._stagings = db["stagings"]
        self._clock = clock

    async def keep(self, staging: Staging) -> None:
        """Store, once; the same id again changes nothing."""
        gone_at = from_text(staging.at) + KEPT
        row = {"entry": msgspec.to_builtins(staging), "gone_at": gone_at}
        with mongo_errors():
            await self._stagings.bulk_write([UpdateOne({"_id": staging.id}, {"$setOnInsert": row}, upsert=True)])

    async def of(self, staging: str, by: str, purpose: Purpose) -> Staging:
        """What this person sent, and was not kept too long; raises `NotFound`."""
        match = {"_id": staging, "entry.by": by, "entry.purpose": purpose, "gone_at": {"$gt": self._clock.now()}}
        with mongo_errors():
            row = await self._stagings.find_one(match)
        if row is None:
            raise NotFound(f"staging/{staging}")
        return msgspec.convert(row["entry"], Staging)
