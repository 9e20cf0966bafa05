"""Raising alerts in MongoDB: units of the alerts ledger, in the transaction that moves the watermark."""

from collections.abc import Sequence

from runtime.ledger.model import Unit
from runtime.ledger.writer import COMMITS, write_units
from runtime.mongo import Database, Session


class MongoAlertWriting:
    """Writes what was never written. The driver's errors pass, so that the transaction can be run again."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def write(self, units: Sequence[Unit], session: Session) -> None:
        """Write those units whose request was never written: a replay over existing alerts changes nothing."""
        first_commits = [f"{unit.request}/0" for unit in units]
        rows = self._db[COMMITS].find({"_id": {"$in": first_commits}}, {"_id": 1}, session=session)
        written = {row["_id"] for row in await rows.to_list(None)}
        fresh = [unit for unit, commit in zip(units, first_commits, strict=True) if commit not in written]
        if fresh:
            await write_units(session, self._db, fresh)
