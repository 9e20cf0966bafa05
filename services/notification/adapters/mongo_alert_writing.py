"""Raising alerts in MongoDB: units of the alerts ledger, in the transaction that moves the watermark."""

from collections.abc import Sequence
from dataclasses import replace

from runtime.ids import derive_id
from runtime.ledger.model import Unit
from runtime.ledger.writer import COMMITS, write_units
from runtime.mongo import Database, Session
from services.notification.application.alert_changes import COLLECTION


class MongoAlertWriting:
    """Writes what was never written. The driver's errors pass, so that the transaction can be run again."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def write(self, units: Sequence[Unit], session: Session) -> None:
        """Write those units whose request was never written: a replay over existing alerts changes nothing.

        Where the lists were restored from an older copy and the same request came again, but meant others, those are
        still told: what a unit lacks is written as one of its own.
        """
        first_commits = [f"{unit.request}/0" for unit in units]
        rows = self._db[COMMITS].find({"_id": {"$in": first_commits}}, {"_id": 1}, session=session)
        written = {row["_id"] for row in await rows.to_list(None)}
        fresh = [unit for unit, commit in zip(units, first_commits, strict=True) if commit not in written]
        known = [unit for unit, commit in zip(units, first_commits, strict=True) if commit in written]
        fresh += await self._lacking(known, session)
        if fresh:
            await write_units(session, self._db, fresh)

    async def _lacking(self, known: Sequence[Unit], session: Session) -> list[Unit]:
        wanted = [change.id for unit in known for change in unit.changes]
        if not wanted:
            return []
        rows = self._db[COLLECTION].find({"_id": {"$in": wanted}}, {"_id": 1}, session=session)
        there = {row["_id"] for row in await rows.to_list(None)}
        lacking = ((unit, tuple(change for change in unit.changes if change.id not in there)) for unit in known)
        return [
            replace(unit, request=derive_id(unit.request, unit.body_hash), changes=changes)
            for unit, changes in lacking
            if changes
        ]
