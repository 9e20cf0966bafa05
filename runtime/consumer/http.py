"""What an API process asks before it answers: is the copy it answers from fresh enough?"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from runtime.clock import Clock, from_micros
from runtime.consumer.store import REACHED
from runtime.errors import Retryable
from runtime.mongo import Database, mongo_errors

REGISTRY: Final = "registry"


@dataclass(frozen=True, slots=True)
class Reached:
    """Everything sealed at or before `sealed_through` has been applied; last confirmed at `confirmed_at` (both µs)."""

    ledger: str
    ledger_id: str
    sealed_through: int
    confirmed_at: int


async def reached(db: Database, ledger: str) -> Reached | None:
    """How far this service's consumer has provably come in a ledger; None before the first time."""
    with mongo_errors():
        row = await db[REACHED].find_one({"_id": ledger})
    if row is None:
        return None
    return Reached(ledger, row["ledger_id"], row["sealed_through"], row["confirmed_at"])


class RegistryFreshness:
    """Refuses to answer from a registry copy that was not confirmed within `limit`: a grant may have been revoked."""

    def __init__(self, db: Database, clock: Clock, limit: timedelta = timedelta(seconds=5)) -> None:
        self._db = db
        self._clock = clock
        self._limit = limit
        self._confirmed_at = 0

    async def require(self) -> None:
        """Raises `Retryable` (503) when the copy is older than the limit or that cannot be told."""
        if self._fresh():
            return
        found = await reached(self._db, REGISTRY)
        self._confirmed_at = found.confirmed_at if found else 0
        if not self._fresh():
            raise Retryable("名册尚未确认，请稍后再试 / the registry copy is not confirmed, try again later")

    def _fresh(self) -> bool:
        # A confirmation from the future is a clock's mistake and confirms nothing.
        return abs(self._clock.now() - from_micros(self._confirmed_at)) <= self._limit
