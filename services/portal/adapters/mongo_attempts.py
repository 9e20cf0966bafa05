"""Sign-in attempts by user name in MongoDB: counted before the password is looked at, so that none slips through."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from runtime.mongo import IndexModel, Mongo, mongo_errors
from services.portal.accounts import username_key

_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_KEPT_SECONDS: Final = 86_400
_RETURN_NEW: Final = True


@dataclass(frozen=True, slots=True)
class Attempt:
    """This attempt's number since the last success; `locked_until` when it may not be made at all."""

    number: int
    locked_until: datetime | None


class MongoAttempts:
    """Collection `attempts`: after `lock_after` failures a user name is locked for `lock_time`, known or unknown."""

    def __init__(self, mongo: Mongo, database: str, lock_after: int, lock_time: timedelta) -> None:
        self._attempts = mongo.database(database)["attempts"]
        self._lock_after = lock_after
        self._lock_time = lock_time

    async def initialise(self) -> None:
        """Make the index by which old rows vanish."""
        with mongo_errors():
            await self._attempts.create_indexes([IndexModel("expires", expireAfterSeconds=_KEPT_SECONDS)])

    async def begin(self, username: str, now: datetime) -> Attempt:
        """Count an attempt, before the password is verified: parallel guesses are counted one by one."""
        with mongo_errors():
            row = await self._attempts.find_one_and_update(
                {"_id": _row_id(username)}, self._count(now), upsert=True, return_document=_RETURN_NEW
            )
        return Attempt(row["number"], row["locked_until"] if row["refused"] else None)

    async def clear(self, *usernames: str) -> None:
        """Forget the failures: the password was right, or was reset."""
        with mongo_errors():
            await self._attempts.delete_many({"_id": {"$in": [_row_id(username) for username in usernames]}})

    def is_last(self, number: int) -> bool:
        """Whether the failure of this attempt locks the user name."""
        return number >= self._lock_after

    def _count(self, now: datetime) -> list[dict[str, Any]]:
        locked = {"$gt": [{"$ifNull": ["$locked_until", _NEVER]}, now]}
        fresh = {"$gt": [{"$ifNull": ["$expires", _NEVER]}, now]}
        counted = {"$cond": [fresh, {"$add": [{"$ifNull": ["$number", 0]}, 1]}, 1]}
        last = {"$gte": ["$number", self._lock_after]}
        until = now + self._lock_time
        return [
            {"$set": {"refused": locked}},
            {"$set": {"number": {"$cond": ["$refused", "$number", counted]}}},
            {
                "$set": {
                    # The last attempt allowed locks at once: only its success opens again.
                    "locked_until": {"$cond": ["$refused", "$locked_until", {"$cond": [last, until, _NEVER]}]},
                    "expires": {"$cond": ["$refused", "$expires", until]},
                }
            },
        ]


def _row_id(username: str) -> str:
    # Hashed: people do type their password into the wrong field.
    return hashlib.sha256(username_key(username).encode()).hexdigest()
