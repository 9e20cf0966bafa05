"""State documents to aggregates and back: `{_id, version, entry}`."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Generic, TypeVar

import msgspec

from runtime.errors import NotFound
from runtime.mongo import Database, mongo_errors
from services.inspection.application.ports import Loaded

T = TypeVar("T")
Filter = Mapping[str, Any]
_AT_ONCE: Final = 1000


def all_of(*filters: Filter) -> dict[str, Any]:
    """Every one of the filters; empty ones are left out."""
    wanted = [dict(one) for one in filters if one]
    return {"$and": wanted} if len(wanted) > 1 else (wanted[0] if wanted else {})


def older(at: str, id: str, after: tuple[str, str] | None) -> dict[str, Any]:
    """Newest first by these two fields: what lies beyond `after` (instant, id); without it everything."""
    if after is None:
        return {}
    return {at: {"$lte": after[0]}, "$or": [{at: {"$lt": after[0]}}, {id: {"$lt": after[1]}}]}


def equal(filters: Mapping[str, str | None]) -> dict[str, Any]:
    """Entries whose fields have these values; a filter that is None is not asked for."""
    return {f"entry.{name}": value for name, value in filters.items() if value is not None}


class MongoAggregates(Generic[T]):
    """One collection of one kind of aggregate."""

    def __init__(self, db: Database, collection: str, shape: type[T]) -> None:
        self.collection = db[collection]
        self._shape = shape

    def _loaded(self, document: Mapping[str, Any]) -> Loaded[T]:
        return Loaded(msgspec.convert(document["entry"], self._shape), document["version"])

    async def get(self, id: str, within: Filter | None = None) -> Loaded[T]:
        """The aggregate of this id, if it matches `within`; raises `NotFound`."""
        with mongo_errors():
            document = await self.collection.find_one(all_of({"_id": id}, within or {}))
        if document is None:
            raise NotFound(id)
        return self._loaded(document)

    async def some(self, ids: Iterable[str]) -> dict[str, Loaded[T]]:
        """Those of the ids that exist, by id."""
        found: dict[str, Loaded[T]] = {}
        wanted = list(ids)
        for start in range(0, len(wanted), _AT_ONCE):
            for row, document in await self._rows({"_id": {"$in": wanted[start : start + _AT_ONCE]}}, None):
                found[document["_id"]] = row
        return found

    async def matching(self, match: Filter, *, after: str | None = None, limit: int | None = None) -> list[Loaded[T]]:
        """Those that match, in the order of their ids, beyond `after`."""
        beyond = {"_id": {"$gt": after}} if after else {}
        return [row for row, _ in await self._rows(all_of(match, beyond), limit)]

    async def newest(self, match: Filter, at: str, after: tuple[str, str] | None, limit: int) -> list[dict[str, Any]]:
        """Entries that match with their versions, newest first by `at`, beyond `after` (instant, id)."""
        return await self.told(all_of(match, older(at, "_id", after)), [(at, -1), ("_id", -1)], limit)

    async def told(self, match: Filter, order: list[tuple[str, int]], limit: int) -> list[dict[str, Any]]:
        """Entries that match with their versions, as they are answered, in this order."""
        with mongo_errors():
            rows = await self.collection.find(match).sort(order).limit(limit).to_list(None)
        return [{**row["entry"], "version": row["version"]} for row in rows]

    async def _rows(self, query: Filter, limit: int | None) -> list[tuple[Loaded[T], Mapping[str, Any]]]:
        cursor = self.collection.find(query).sort("_id", 1)
        with mongo_errors():
            documents = await (cursor if limit is None else cursor.limit(limit)).to_list(None)
        return [(self._loaded(document), document) for document in documents]
