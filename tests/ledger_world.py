"""What the ledger's tests share: two small ledgers, units that change things, and doubles at the edges."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from runtime.ids import derive_id, new_id
from runtime.ledger.chain import chains, genesis
from runtime.ledger.initialise import CURSORS, HEADS, PUBLISH
from runtime.ledger.model import Answer, Change, Entry, Event, Unit
from runtime.ledger.outlet import Acknowledgements, OutletError
from runtime.ledger.read import LedgerReader
from runtime.mongo import Database, Document, Mongo, aggregate


@dataclass(frozen=True)
class Topic:
    """A ledger's description."""

    name: str
    topic: str
    streams: int


REGISTRY = Topic("registry", "test.registry", 1)
LISTS = Topic("lists", "test.lists", 8)
LEDGERS = (REGISTRY, LISTS)


def change(thing: str, expected: int = 0, *, stream: int = 3, ledger: str = "lists", events: int = 1) -> Change:
    """A new version of a thing, told in so many events."""
    told = tuple(
        Event(
            "test.thing.changed.v1", f"thing/{thing}", f'{{"thing":"{thing}","was":{expected},"part":{part}}}'.encode()
        )
        for part in range(events)
    )
    state = {"name": thing, "was": expected}
    return Change(ledger, stream, "K1", "things", thing, f"thing/{thing}", expected, state, told)


def unit(*changes: Change, request: str | None = None, body_hash: str = "b1", at: int = 1_700_000_000_000_000) -> Unit:
    """A command's unit, with a request of its own unless told otherwise."""
    return Unit(
        request=request or derive_id("test", new_id()),
        body_hash=body_hash,
        command="ChangeThing",
        principal="P-1",
        at=at,
        changes=changes,
        answer=Answer(201, b'{"ok":true}', '"1"', "/things/1"),
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )


async def eventually(
    what: Callable[[], bool] | Callable[[], Awaitable[bool]], *, within: float = 40.0, why: str = "the condition"
) -> None:
    """Poll until it holds; fails after `within` seconds."""
    deadline = asyncio.get_running_loop().time() + within
    while True:
        found = what()
        if found if isinstance(found, bool) else await found:
            return
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"{why} did not come true within {within} s")
        await asyncio.sleep(0.01)


@dataclass
class MemoryOutlet:
    """Keeps what it is sent; can be down, and can hold its answers back."""

    down: bool = False
    silent: bool = False
    opened: int = 0
    sent: list[Entry] = field(default_factory=list)
    open_now: bool = False

    async def open(self) -> None:
        """Connect, unless it is down."""
        if self.down:
            raise OutletError("down")
        self.opened += 1
        self.open_now = True

    async def send(self, entries: Sequence[Entry]) -> Acknowledgements:
        """Keep them; the answer fails when it is down, and never comes when it is silent."""
        if not self.open_now:
            raise OutletError("not open")
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.down:
            answer.set_exception(OutletError("down"))
        else:
            self.sent.extend(entries)
            if not self.silent:
                answer.set_result(None)
        return [answer]

    async def close(self) -> None:
        """Nothing is waited for."""
        self.open_now = False

    def seqs(self, ledger: str, stream: int) -> list[int]:
        """The seqs of one stream as they came."""
        return [entry.seq for entry in self.sent if (entry.ledger, entry.stream) == (ledger, stream)]


async def ledger_id_of(db: Database) -> str:
    """The id made at initialisation."""
    lease = await db["lease"].find_one({"_id": "relay"})
    assert lease is not None
    ledger_id: str = lease["ledger_id"]
    return ledger_id


async def everything(mongo: Mongo, db: Database) -> list[Entry]:
    """Every sealed entry of both ledgers, after proving each chain from its genesis to its head."""
    reader = LedgerReader(mongo, db, LEDGERS)
    ledger_id = await ledger_id_of(db)
    found: list[Entry] = []
    for ledger in LEDGERS:
        heads = await reader.heads(ledger.name)
        assert heads.ledger_id == ledger_id
        assert set(heads.streams) == set(range(ledger.streams))
        for stream, head in heads.streams.items():
            seq, prev = 0, genesis(ledger_id, ledger.name, stream)
            while seq < head[0]:
                for entry in await reader.entries(ledger.name, stream, seq, min(7, head[0] - seq)):
                    assert entry.seq == seq + 1
                    assert chains(prev, entry)
                    assert entry.sealed_at <= heads.sealed_through
                    seq, prev = entry.seq, entry.hash
                    found.append(entry)
            assert (seq, prev) == head
    return found


async def events_committed(db: Database) -> list[str]:
    """The ids of all committed events."""
    rows = await aggregate(db["commits"], [{"$project": {"n": 1}}])
    return [f"{row['_id']}/{i}" for row in rows for i in range(row["n"])]


async def all_sealed(mongo: Mongo, db: Database) -> bool:
    """Whether every committed event is in the ledger exactly once, its chains proven."""
    sealed = [entry.id for entry in await everything(mongo, db)]
    committed = await events_committed(db)
    assert len(set(sealed)) == len(sealed), "sealed twice"
    return sorted(sealed) == sorted(committed)


async def all_published(db: Database) -> bool:
    """Whether the publish cursor has reached every head: unlike the relay's own count, it is moved after the seal."""
    heads: list[Document] = await db[HEADS].find({"last": {"$gt": 0}}).to_list(None)
    cursor: Document = await db[CURSORS].find_one({"_id": PUBLISH}) or {"at": {}}
    reached = {f"{ledger}/{stream}": seq for ledger, at in cursor["at"].items() for stream, seq in at.items()}
    return {head["_id"]: head["last"] for head in heads} == {id_: seq for id_, seq in reached.items() if seq}
