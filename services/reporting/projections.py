"""Projections of the lists and alerts ledgers: a batch is read, folded in memory and written, in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from runtime.ledger.model import Entry
from runtime.mongo import Database, IndexModel, InsertOne, ReplaceOne, Session, UpdateOne, mongo_errors
from services.reporting.contribution import Place, Stored, from_document, to_document
from services.reporting.folding import (
    ALERTS,
    INDICATORS,
    ISSUES,
    VISITS,
    Effects,
    Facts,
    fold,
    increments,
    packed,
    place_fields,
    rollup_id,
)
from services.reporting.reading import Data, Known, checklist_needed, facts_of, read, structure_of
from services.reporting.registry import Structures, unplaced
from services.reporting.remembered import Key, Remembered

COLLECTIONS: Final = {ISSUES: "entries", VISITS: "visits", INDICATORS: "inventories", ALERTS: "alerts"}
ROLLUPS: Final = "rollups"
CHANGES: Final = "changes"
HEADS: Final = "heads"

_INDEXES: Final[dict[str, list[IndexModel]]] = {
    ROLLUPS: [
        IndexModel([("subject", 1), ("school", 1), ("day", 1)], name="of_school"),
        IndexModel([("subject", 1), ("day", 1)], name="of_day"),
    ],
    CHANGES: [
        IndexModel([("day", 1), ("ledger", 1), ("sealed_to", 1), ("count", 1)], name="of_day"),
        IndexModel([("day", 1), ("ledger", 1), ("rows.school", 1), ("sealed_to", 1)], name="of_school"),
    ],
    HEADS: [IndexModel([("ledger", 1), ("day", 1), ("stream", 1), ("seq", 1)], name="of_day")],
}


async def prepare(db: Database) -> None:
    """Make every collection and index, since a transaction should make none. Raises `Retryable`."""
    with mongo_errors():
        there = await db.list_collection_names()
        for name in (*COLLECTIONS.values(), *_INDEXES):
            if name not in there:
                await db.create_collection(name)
        for name, indexes in _INDEXES.items():
            await db[name].create_indexes(indexes)


class CountingProjection:
    """Counts the entries of one ledger (see `folding`)."""

    def __init__(self, db: Database, structures: Structures) -> None:
        self._db = db
        self._structures = structures
        self._remembered = Remembered()

    async def apply(self, entries: Sequence[Entry], session: Session) -> None:
        """Write a batch's effects; raises `msgspec.ValidationError` or `LookupError` on an event that cannot be."""
        read_entries = [(entry, read(entry)) for entry in entries]
        known = await self._known(read_entries, session)
        batch = [(entry, facts_of(entry, data, known)) for entry, data in read_entries]
        self._remembered.resume(entries)
        effects = fold(batch, await self._stored(batch, session))
        await self._write(effects, session)
        self._remembered.begin(entries, _left(batch, effects))

    def kept(self, entries: Sequence[Entry]) -> None:
        """The transaction of these is committed: what they left need not be read again."""
        self._remembered.keep(entries)

    async def _known(self, batch: Sequence[tuple[Entry, Data | None]], session: Session) -> Known:
        wanted = {(entry.key, structure_of(entry, data)) for entry, data in batch if data is not None}
        # Alerts of before they told of a registry seq.
        stamped = {(school, seq) for school, seq in wanted if seq > 0}
        found = await self._structures.places(stamped, session)
        lists = {(name, entry.registry) for entry, data in batch if (name := checklist_needed(data)) is not None}
        places: dict[tuple[str, int], Place] = {key: found[key] for key in stamped}
        places |= {(school, 0): unplaced(school) for school, seq in wanted if seq == 0}
        return Known(places, await self._structures.indicators(lists, session))

    async def _stored(self, batch: Iterable[tuple[Entry, Facts]], session: Session) -> Mapping[tuple[str, str], Stored]:
        wanted: dict[str, set[str]] = {}
        found: dict[tuple[str, str], Stored] = {}
        for entry, facts in batch:
            for fact in facts:
                key = (fact.subject, fact.id)
                remembered = self._remembered.of((entry.ledger, entry.stream), key)
                if remembered is None:
                    wanted.setdefault(fact.subject, set()).add(fact.id)
                else:
                    found[key] = remembered
        for subject, ids in wanted.items():
            cursor = self._db[COLLECTIONS[subject]].find({"_id": {"$in": sorted(ids)}}, session=session)
            for document in await cursor.to_list(None):
                found[subject, document["_id"]] = from_document(document)
        return found

    async def _write(self, effects: Effects, session: Session) -> None:
        for collection, operations in _operations(effects).items():
            if operations:
                await self._db[collection].bulk_write(operations, ordered=False, session=session)


def _left(batch: Iterable[tuple[Entry, Facts]], effects: Effects) -> dict[tuple[str, int], dict[Key, Stored]]:
    """What is stored now, by the stream that it is of."""
    left: dict[tuple[str, int], dict[Key, Stored]] = {}
    for entry, facts in batch:
        for fact in facts:
            stored = effects.stored.get((fact.subject, fact.id))
            if stored is not None:
                left.setdefault((entry.ledger, entry.stream), {})[fact.subject, fact.id] = stored
    return left


def _operations(effects: Effects) -> dict[str, list[Any]]:
    ledger = next((ledger for ledger, _, _ in effects.changes), "")
    found: dict[str, list[Any]] = {
        CHANGES: [InsertOne(change) for change in packed(effects.changes)],
        HEADS: [_head(ledger, day, stream, seq) for (day, stream), seq in effects.heads.items()],
        ROLLUPS: _rollups(effects),
    }
    for (subject, id_), stored in effects.stored.items():
        replacing = ReplaceOne({"_id": id_}, to_document(id_, stored), upsert=True)
        found.setdefault(COLLECTIONS[subject], []).append(replacing)
    return found


def _head(ledger: str, day: str, stream: int, seq: int) -> UpdateOne:
    fields = {"ledger": ledger, "day": day, "stream": stream}
    return UpdateOne({"_id": f"{ledger}/{day}/{stream}"}, {"$max": {"seq": seq}, "$setOnInsert": fields}, upsert=True)


def _rollups(effects: Effects) -> list[UpdateOne]:
    return [
        UpdateOne(
            {"_id": rollup_id(subject, day, place)},
            {"$inc": paths, "$setOnInsert": {"subject": subject, "day": day, **place_fields(place)}},
            upsert=True,
        )
        for subject, moved in effects.moves.items()
        for (day, place), paths in increments(moved).items()
    ]
