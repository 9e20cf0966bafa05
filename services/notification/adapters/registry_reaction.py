"""What notification makes of the registry: its mirror, and alerts of what is to be signed."""

from collections.abc import Sequence

from runtime.errors import NotFound
from runtime.ledger.model import Entry
from runtime.mirror import Mirror, MirrorProjection
from runtime.mongo import Database, Session
from services.notification.adapters.mongo_alert_writing import MongoAlertWriting
from services.notification.application.raise_commitment_alerts import RaiseCommitmentAlerts


class MirrorNames:
    """Names of schools from the mirror, as it stands within the transaction."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror

    async def name_of(self, school: str, registry: int, session: Session) -> str:
        """Its name as of that registry sequence number; raises `NotFound`."""
        row = await self._mirror.get("school", school, registry, session)
        if row is None:
            raise NotFound(f"school {school} as of registry {registry}")
        return str(row["name"])


class RegistryReaction:
    """Both in one transaction, the mirror first."""

    def __init__(self, db: Database, lookups: Sequence[str]) -> None:
        self._mirror = MirrorProjection(db, lookups)
        self._raising = RaiseCommitmentAlerts(MirrorNames(Mirror(db)), MongoAlertWriting(db))

    async def apply(self, entries: Sequence[Entry], session: Session) -> None:
        """Write the new versions, then the alerts."""
        await self._mirror.apply(entries, session)
        await self._raising.apply(entries, session)
