"""Alerts in MongoDB: the state documents that the ledger's writer keeps, `{_id, version, entry}`."""

from collections.abc import Sequence
from typing import Any, Final

from runtime.errors import NotFound
from runtime.mongo import Collection, Database, Document, IndexModel, mongo_errors
from services.notification.application.alert_changes import COLLECTION
from services.notification.application.ports import AlertFilter, Counts, LoadedAlert, Position
from services.notification.domain.alert import Alert
from services.notification.domain.occurrence import INSPECTION_TOUR
from services.notification.domain.sight import Sight

_LIMIT_MS: Final = 5_000
_NEWEST_FIRST: Final = [("entry.raised_at", -1), ("_id", -1)]


class MongoAlerts:
    """Reads alerts; writing them is the ledger's business alone."""

    def __init__(self, db: Database) -> None:
        self._alerts: Collection = db[COLLECTION]

    async def prepare(self) -> None:
        """Make the indexes, once; idempotent."""
        with mongo_errors():
            await self._alerts.create_indexes(
                [
                    IndexModel([("entry.person", 1), *_NEWEST_FIRST]),
                    IndexModel([("entry.person", 1), ("entry.read_at", 1), *_NEWEST_FIRST]),
                    IndexModel([("entry.person", 1), ("entry.must_acknowledge", 1), ("entry.acknowledged_at", 1)]),
                    IndexModel([("entry.school", 1), *_NEWEST_FIRST]),
                    IndexModel(_NEWEST_FIRST),
                ]
            )

    async def get_own(self, alert: str, person: str) -> LoadedAlert:
        """The person's own alert; raises `NotFound` for any other, whether it exists or not."""
        with mongo_errors():
            row = await self._alerts.find_one({"_id": alert, "entry.person": person}, max_time_ms=_LIMIT_MS)
        if row is None:
            raise NotFound(f"alert {alert}")
        return loaded(row)

    async def inbox(self, person: str, unread: bool, after: Position | None, limit: int) -> list[LoadedAlert]:
        """At most `limit` of the person's alerts beyond `after`, newest first."""
        match: Document = {"entry.person": person}
        if unread:
            match["entry.read_at"] = None
        return await self._page([match], after, limit)

    async def counts(self, person: str) -> Counts:
        """The person's open counts."""
        own = {"entry.person": person}
        open_ = {"entry.must_acknowledge": True, "entry.acknowledged_at": None}
        with mongo_errors():
            unread = await self._alerts.count_documents(own | {"entry.read_at": None}, maxTimeMS=_LIMIT_MS)
            to_acknowledge = await self._alerts.count_documents(own | open_, maxTimeMS=_LIMIT_MS)
        return Counts(unread, to_acknowledge)

    async def seen_by(
        self, sight: Sight, schools: Sequence[str] | None, asked: AlertFilter, after: Position | None, limit: int
    ) -> list[LoadedAlert]:
        """At most `limit` alerts within sight beyond `after`, newest first; nothing in sight gives nothing."""
        seen = _within(sight, schools)
        if not seen:
            return []
        wanted = {"entry.school": asked.school, "entry.rule": asked.rule}
        match = {field: value for field, value in wanted.items() if value is not None}
        return await self._page([{"$or": seen}, match], after, limit)

    async def _page(self, matches: Sequence[Document], after: Position | None, limit: int) -> list[LoadedAlert]:
        whole = {"$and": [*matches, *_beyond(after)]}
        with mongo_errors():
            found = self._alerts.find(whole, max_time_ms=_LIMIT_MS).sort(_NEWEST_FIRST).limit(limit)
            rows = await found.to_list(limit)
        return [loaded(row) for row in rows]


def _within(sight: Sight, schools: Sequence[str] | None) -> list[Document]:
    seen: list[Document] = []
    if sight.ordinary:
        places = {} if schools is None else {"entry.school": {"$in": list(schools)}}
        seen.append({"entry.source": {"$ne": INSPECTION_TOUR}, **places})
    if sight.tour:
        seen.append({"entry.source": INSPECTION_TOUR})
    return seen


def _beyond(after: Position | None) -> list[Document]:
    if after is None:
        return []
    earlier: Document = {"entry.raised_at": {"$lt": after.raised_at}}
    return [{"$or": [earlier, {"entry.raised_at": after.raised_at, "_id": {"$lt": after.id}}]}]


def loaded(row: dict[str, Any]) -> LoadedAlert:
    """The alert in a state document."""
    entry = row["entry"]
    # Fields a later version of the service may have added are not this one's business.
    known = {field: entry[field] for field in Alert.__dataclass_fields__ if field in entry}
    return LoadedAlert(Alert(**known), row["version"])
