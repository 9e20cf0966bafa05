"""Reading the sealed ledger: entries of a stream, heads in one snapshot, one aggregate's history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from runtime.errors import NotFound
from runtime.ledger.initialise import HEADS, LEASE, RELAY, SEALS
from runtime.ledger.model import Entry, Event, Ledger
from runtime.ledger.writer import COMMITS
from runtime.mongo import Database, Document, Mongo, mongo_errors

MAX_LIMIT: Final = 1000
_SEALS_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Heads:
    """The end of every stream of a ledger at one instant; nothing later is sealed at or before `sealed_through`."""

    ledger_id: str
    sealed_through: int
    streams: Mapping[int, tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Commit:
    """One change of one aggregate: what happened, who did it and when (microseconds since 1970)."""

    id: str
    aggregate: str
    version: int
    at: int
    by: str
    command: str
    events: tuple[Event, ...]


def entry_of(seal: Document, sealed: Document, commit: Document) -> Entry:
    """One entry from its seal document, its line in it, and the commit that holds the bytes."""
    event = commit["events"][sealed["i"]]
    return Entry(
        ledger=seal["ledger"],
        stream=seal["stream"],
        seq=sealed["seq"],
        id=f"{sealed['commit']}/{sealed['i']}",
        type=event["type"],
        subject=event["subject"],
        key=commit["key"],
        version=commit["version"],
        registry=sealed["registry"],
        at=commit["at"],
        sealed_at=seal["sealed_at"],
        data=event["data"],
        hash=sealed["hash"],
        traceparent=commit["traceparent"],
    )


class LedgerReader:
    """Serves what was sealed, with everything that is hashed; unsealed commits are not visible here."""

    def __init__(self, mongo: Mongo, db: Database, ledgers: Iterable[Ledger]) -> None:
        self._mongo = mongo
        self._db = db
        self._ledgers = {ledger.name: ledger for ledger in ledgers}

    async def entries(self, ledger: str, stream: int, after: int, limit: int = MAX_LIMIT) -> list[Entry]:
        """Entries with a seq above `after`, gapless and in order, at most `limit` (1…1000) of them.

        Raises `NotFound` for a ledger or stream that is not ours, `ValueError` for a limit out of range.
        """
        if not 1 <= limit <= MAX_LIMIT:
            raise ValueError(f"a limit of {limit} is not in 1…{MAX_LIMIT}")
        self._require(ledger, stream)
        found: list[tuple[Document, Document]] = []
        last = after
        while len(found) < limit:
            seals = await self._seals(ledger, stream, last)
            found.extend((seal, line) for seal in seals for line in seal["entries"] if line["seq"] > after)
            if len(seals) < _SEALS_AT_ONCE:
                break
            last = seals[-1]["last"]
        return await self._with_commits(found[:limit])

    async def _seals(self, ledger: str, stream: int, after: int) -> list[Document]:
        with mongo_errors():
            cursor = self._db[SEALS].find({"ledger": ledger, "stream": stream, "last": {"$gt": after}})
            return await cursor.sort("last", 1).limit(_SEALS_AT_ONCE).to_list(None)

    async def _with_commits(self, found: list[tuple[Document, Document]]) -> list[Entry]:
        wanted = list({line["commit"] for _, line in found})
        with mongo_errors():
            commits = await self._db[COMMITS].find({"_id": {"$in": wanted}}, {"answer": 0}).to_list(None)
        by_id = {commit["_id"]: commit for commit in commits}
        return [entry_of(seal, line, by_id[line["commit"]]) for seal, line in found]

    async def heads(self, ledger: str) -> Heads:
        """The heads of a ledger and `sealed_through`, read in one snapshot; raises `NotFound`."""
        self._require(ledger, 0)
        async with self._mongo.snapshot() as session:
            rows = await self._db[HEADS].find({"ledger": ledger}, session=session).to_list(None)
            lease = await self._db[LEASE].find_one({"_id": RELAY}, session=session)
        if lease is None:
            raise NotFound(f"no ledger {ledger} here: it was not initialised")
        streams = {row["stream"]: (row["last"], row["hash"]) for row in rows}
        return Heads(lease["ledger_id"], lease["sealed_through"], streams)

    async def history(self, aggregate: str) -> list[Commit]:
        """Every commit of one aggregate (`kind/id`), oldest first, sealed or not."""
        with mongo_errors():
            rows = await self._db[COMMITS].find({"aggregate": aggregate}).sort("version", 1).to_list(None)
        return [_commit(row) for row in rows]

    def _require(self, ledger: str, stream: int) -> None:
        known = self._ledgers.get(ledger)
        if known is None or not 0 <= stream < known.streams:
            raise NotFound(f"no stream {ledger}/{stream} here")


def _commit(row: Document) -> Commit:
    events = tuple(Event(event["type"], event["subject"], event["data"]) for event in row["events"])
    return Commit(row["_id"], row["aggregate"], row["version"], row["at"], row["by"], row["command"], events)
