"""What reporting knows of the registry: the mirror of its entries, and when each was sealed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from runtime.ledger.model import Entry
from runtime.mirror import Mirror, MirrorProjection
from runtime.mongo import Database, Session, UpdateOne, mongo_errors
from services.reporting.contribution import NONE, Place

SEALED: Final = "registry_sealed"
LOOKUPS: Final = ("person", "division", "branch", "parent")
_REMEMBERED: Final = 100_000


class RegistryProjection:
    """The mirror, and the instant (µs) of each registry seq, so that a report can ask for the structure of a day."""

    def __init__(self, db: Database) -> None:
        self._mirror = MirrorProjection(db, lookups=LOOKUPS)
        self._sealed = db[SEALED]

    async def prepare(self) -> None:
        """Make the indexes."""
        await self._mirror.prepare()
        with mongo_errors():
            await self._sealed.create_index("sealed_at")

    async def apply(self, entries: Sequence[Entry], session: Session) -> None:
        """Keep the entries' versions and their instants."""
        await self._mirror.apply(entries, session)
        await self._sealed.bulk_write(
            [UpdateOne({"_id": e.seq}, {"$set": {"sealed_at": e.sealed_at}}, upsert=True) for e in entries],
            session=session,
        )


class Structures:
    """Places as of a registry seq. What stood as of a seq that was reached never changes, so it is remembered."""

    def __init__(self, db: Database) -> None:
        self._mirror = Mirror(db)
        self._sealed = db[SEALED]
        self._places: dict[tuple[str, int], Place] = {}
        self._indicators: dict[str, Mapping[str, str]] = {}

    async def places(
        self, wanted: Iterable[tuple[str, int]], session: Session | None = None
    ) -> Mapping[tuple[str, int], Place]:
        """(school, registry seq) → place, for those that the registry knew then."""
        if len(self._places) > _REMEMBERED:
            self._places.clear()
        missing: dict[int, list[str]] = {}
        for school, seq in wanted:
            if (school, seq) not in self._places:
                missing.setdefault(seq, []).append(school)
        for seq, schools in missing.items():
            for entry in await self._mirror.find("school", {"id": {"$in": sorted(schools)}}, seq, session):
                self._places[entry["id"], seq] = place_from(entry)
        return self._places

    async def indicators(
        self, checklists: Iterable[tuple[str, int]], session: Session
    ) -> Mapping[str, Mapping[str, str]]:
        """Checklist → item code → indicator, of (checklist, registry seq); a published checklist never changes."""
        for checklist, seq in checklists:
            if checklist not in self._indicators:
                entry = await self._mirror.get("checklist", checklist, seq, session)
                if entry is not None:
                    self._indicators[checklist] = indicators_of(entry)
        return self._indicators

    async def at(self, as_of: int) -> Mapping[str, Place]:
        """School → place as the registry stood at an instant (µs); raises `Retryable`."""
        with mongo_errors():
            row = await self._sealed.find_one({"sealed_at": {"$lte": as_of}}, sort=[("sealed_at", -1)])
        if row is None:
            return {}
        return {entry["id"]: place_from(entry) for entry in await self._mirror.find("school", seq=row["_id"])}


def indicators_of(checklist: Mapping[str, Any]) -> dict[str, str]:
    """Item code → indicator of the `count` items: a system item's `indicator` names its measure, nothing counted."""
    return {
        item["code"]: item["indicator"] for item in checklist["items"] if item["type"] == "count" and item["indicator"]
    }


def place_from(entry: Mapping[str, Any]) -> Place:
    """The place of a school's registry entry."""
    return Place(entry["id"], entry["division"], entry["level"], entry["locality"], entry["organised"])


def unplaced(school: str) -> Place:
    """The place of what tells of no registry seq: its structure is looked up when a report asks."""
    return Place(school, NONE, NONE, NONE, NONE)
