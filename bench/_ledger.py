"""A ledger made in bulk: commits as the services write them, sealed by the relay's own pure functions.

For benchmarks of what comes after the ledger; where the relay is measured, it is the relay that runs.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from pymongo import MongoClient, UpdateOne

from bench._city import registry_events
from bench._issues import Told
from bench._machine import Machine
from contracts.ledgers import ALERTS, LISTS, REGISTRY, Ledger, stream_of
from runtime import canonical
from runtime.clock import to_micros
from runtime.ids import derive_id
from runtime.ledger.initialise import HEADS, LEASE, RELAY, SEALS
from runtime.ledger.initialise import initialise as make_rows
from runtime.ledger.model import Answer, Change, Entry, Event, Unit
from runtime.ledger.seal import Head, seal
from runtime.ledger.writer import COMMITS, commit_documents
from runtime.mongo import Mongo

Document = dict[str, Any]

_PORTION: Final = 2000
_SEALED_AT_ONCE: Final = 250
_EARLY: Final = to_micros(datetime(2025, 12, 1, 1, tzinfo=UTC))
_ANSWER: Final = Answer(201, b"{}", '"1"', None)


def unit_of(told: Told, at: int) -> Unit:
    """What the command behind an event of the lists commits; `at` in microseconds."""
    aggregate = f"issue/{told.issue}"
    change = Change(
        ledger=LISTS.name, stream=stream_of(LISTS, told.school), key=told.school, collection="issues", id=told.issue,
        aggregate=aggregate, expected=told.version - 1, state={"id": told.issue},
        events=(Event(told.type, aggregate, told.data),),
    )  # fmt: skip
    return Unit(
        request=told.request, body_hash="0" * 64, command="Bench", principal="P-bureau", at=at, changes=(change,),
        answer=_ANSWER,
    )  # fmt: skip


def commits_of(told: Iterable[Told], at: int) -> list[Document]:
    """The commit documents of events, all of the instant `at` (µs)."""
    return [document for one in told for document in commit_documents(unit_of(one, at))]


def insert_all(client: MongoClient[Document], database: str, collection: str, documents: Sequence[Document]) -> None:
    """Insert in portions, and wait until the majority has them."""
    rows = client[database][collection]
    for start in range(0, len(documents), _PORTION):
        rows.insert_many(documents[start : start + _PORTION], ordered=True)


class BulkLedger:
    """The ledgers of one database: the registry with a whole city, and lists that grow by `add`."""

    def __init__(self, client: MongoClient[Document], database: str) -> None:
        self._client = client
        self.database = database
        self._heads: dict[tuple[str, int], Head] = {}
        self._sealed_at = 0

    async def begin(self, mongo: Mongo) -> None:
        """Make the rows, and the registry of the city."""
        await make_rows(mongo, mongo.database(self.database), (REGISTRY, LISTS, ALERTS))
        for row in self._client[self.database][HEADS].find({}):
            self._heads[row["ledger"], row["stream"]] = Head(row["last"], row["hash"], row["commits"])
        before = _EARLY
        commits = [_registered(number, type_, event, before) for number, (type_, event) in enumerate(registry_events())]
        self._seal(commits, before)
        self.tell()

    def seal(self, told: Sequence[Told]) -> list[Entry]:
        """Commit and seal events, each on its own day in Shanghai; gives the entries in the order of sealing.

        Until `tell`, the heads know nothing of them.
        """
        entries: list[Entry] = []
        for start in range(0, len(told), _SEALED_AT_ONCE):
            part = told[start : start + _SEALED_AT_ONCE]
            at = to_micros(datetime(part[-1].day.year, part[-1].day.month, part[-1].day.day, 2, tzinfo=UTC))
            entries += self._seal(commits_of(part, at), at)
        return entries

    def length(self, ledger: Ledger) -> int:
        """How many entries a ledger has."""
        return sum(head.last for (name, _), head in self._heads.items() if name == ledger.name)

    def _seal(self, commits: Sequence[Document], at: int) -> list[Entry]:
        self._sealed_at = max(at, self._sealed_at + 1000)
        sealed = seal(commits, self._heads, REGISTRY.name, self._sealed_at)
        insert_all(self._client, self.database, COMMITS, commits)
        insert_all(self._client, self.database, SEALS, sealed.documents)
        self._heads.update(sealed.heads)
        return sealed.entries

    def tell(self) -> None:
        """Put heads and `sealed_through` where the relay would have put them."""
        db = self._client[self.database]
        db[HEADS].bulk_write(
            [
                UpdateOne(
                    {"_id": f"{ledger}/{stream}"},
                    {"$set": {"last": head.last, "hash": head.hash, "commits": head.commits}},
                )
                for (ledger, stream), head in self._heads.items()
            ]
        )
        db[LEASE].update_one({"_id": RELAY}, {"$set": {"sealed_through": self._sealed_at}})


def _registered(number: int, type_: str, event: Any, at: int) -> Document:
    kind = type_.split(".")[1]
    aggregate = f"{kind}/{event.entry.id}"
    change = Change(
        ledger=REGISTRY.name, stream=0, key="registry", collection="registered", id=event.entry.id,
        aggregate=aggregate, expected=0, state={"id": event.entry.id},
        events=(Event(type_, aggregate, canonical.encode(event)),),
    )  # fmt: skip
    request = derive_id("bench", "registry", str(number))
    unit = Unit(request, "0" * 64, "Register", "P-admin", at, (change,), _ANSWER)
    return commit_documents(unit)[0]


async def city_ledger(servers: Machine, database: str) -> BulkLedger:
    """A database with the rows of the ledgers, and the city in its registry."""
    mongo = servers.mongo()
    ledger = BulkLedger(servers.client, database)
    try:
        await ledger.begin(mongo)
    finally:
        await mongo.close()
    return ledger


def unsealed(told: Sequence[Told]) -> list[Entry]:
    """Entries for a topic whose reader knows of no ledger: where they belong, and their bytes."""
    return [
        Entry(
            ledger=LISTS.name, stream=stream_of(LISTS, one.school), seq=0, id=one.request, type=one.type,
            subject=f"issue/{one.issue}", key=one.school, version=one.version, registry=0, at=_EARLY, sealed_at=_EARLY,
            data=one.data, hash=b"",
        )
        for one in told
    ]  # fmt: skip
