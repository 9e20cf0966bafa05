"""The ledger read back from the database: commits, seals and heads, checked against each other both ways."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.catalogue import SHAPES
from contracts.ledgers import Ledger
from dudao.verify.findings import Findings
from dudao.verify.hashing import first_hash, next_hash
from dudao.verify.readable import problem_of
from runtime.mongo import Database

Document = Mapping[str, Any]
_ENTRIES_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Sealed:
    """One event as the ledger holds it; `data` are the bytes that were hashed."""

    ledger: str
    stream: int
    seq: int
    id: str
    type: str
    subject: str
    key: str
    version: int
    registry: int
    at: int
    sealed_at: int
    hash: bytes
    data: bytes

    @property
    def aggregate(self) -> str:
        """`kind/id`."""
        return "/".join(self.subject.split("/")[:2])

    @property
    def place(self) -> str:
        """Where it stands, for people."""
        return f"{self.ledger}/{self.stream}/{self.seq}"


@dataclass(slots=True)
class Log:
    """One ledger in memory: its events by stream, its heads as recomputed, its id."""

    ledger: Ledger
    ledger_id: str
    events: dict[int, list[Sealed]] = field(default_factory=dict)
    heads: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    sealed_through: int = 0
    unreadable: set[str] = field(default_factory=set)

    def all(self) -> list[Sealed]:
        """Every event, in the order of sealing within each stream."""
        return [event for stream in sorted(self.events) for event in self.events[stream]]

    def told(self) -> list[Sealed]:
        """The same, but only what consumers make something of: of a type in the contracts, and of data to be read."""
        return [event for event in self.all() if event.type in SHAPES and event.id not in self.unreadable]

    def at(self, stream: int, seq: int) -> Sealed | None:
        """The event of this place."""
        events = self.events.get(stream, [])
        return events[seq - 1] if 0 < seq <= len(events) else None


async def _seals(db: Database, ledger: str, stream: int, through: int | None) -> AsyncIterator[list[Document]]:
    """In order, as many at once as hold some hundreds of entries."""
    match: dict[str, Any] = {"ledger": ledger, "stream": stream}
    if through is not None:
        match["sealed_at"] = {"$lte": through}
    some: list[Document] = []
    entries = 0
    async for seal in db["seals"].find(match).sort("first", 1):
        some.append(seal)
        entries += len(seal["entries"])
        if entries >= _ENTRIES_AT_ONCE:
            yield some
            some, entries = [], 0
    if some:
        yield some


async def _commits_of(db: Database, seals: list[Document]) -> dict[str, Document]:
    ids = list({entry["commit"] for seal in seals for entry in seal["entries"]})
    found: dict[str, Document] = {}
    for start in range(0, len(ids), 500):
        async for commit in db["commits"].find({"_id": {"$in": ids[start : start + 500]}}):
            found[commit["_id"]] = commit
    return found


@dataclass(slots=True)
class _Stream:
    """Where the recomputation of one stream stands."""

    log: Log
    findings: Findings
    number: int
    seq: int
    hash: bytes
    sealed_at: int = 0
    broken: bool = False

    def place(self, seq: int) -> str:
        return f"{self.log.ledger.name}/{self.number}/{seq}"

    def open_seal(self, seal: Document) -> None:
        where = f"{self.place(seal['first'])}-{seal['last']}"
        if seal["first"] != self.seq + 1 or seal["last"] != seal["first"] + len(seal["entries"]) - 1:
            self.findings.add("seal-gap", where, f"expected to begin at {self.seq + 1}")
            self.seq, self.hash = seal["first"] - 1, bytes(seal["prev"])
        elif bytes(seal["prev"]) != self.hash:
            self.findings.add("chain-broken", where, "previous hash")
            self.hash = bytes(seal["prev"])
        if seal["sealed_at"] <= self.sealed_at:
            self.findings.add("seal-order", where)
        self.sealed_at = seal["sealed_at"]
        self.findings.count("seals")

    def take(self, seal: Document, entry: Document, commit: Document | None) -> Sealed | None:
        self.seq += 1
        where = self.place(self.seq)
        if entry["seq"] != self.seq:
            self.findings.add("seal-gap", where, f"the entry says {entry['seq']}")
        if commit is None or entry["i"] >= len(commit["events"]):
            self.findings.add("commit-missing", where, f"{entry['commit']}/{entry['i']}")
            self.hash = bytes(entry["hash"])
            return None
        event = commit["events"][entry["i"]]
        sealed = self._sealed(seal, entry, commit, event)
        if sealed.hash != self._recomputed(sealed):
            self.findings.add("chain-broken", where, sealed.id)
        self.hash = sealed.hash
        return sealed

    def _sealed(self, seal: Document, entry: Document, commit: Document, event: Document) -> Sealed:
        return Sealed(
            ledger=self.log.ledger.name,
            stream=self.number,
            seq=self.seq,
            id=f"{entry['commit']}/{entry['i']}",
            type=event["type"],
            subject=event["subject"],
            key=commit["key"],
            version=commit["version"],
            registry=entry["registry"],
            at=commit["at"],
            sealed_at=seal["sealed_at"],
            hash=bytes(entry["hash"]),
            data=bytes(event["data"]),
        )

    def _recomputed(self, e: Sealed) -> bytes:
        numbers = (e.stream, e.seq, e.version, e.registry, e.at, e.sealed_at)
        return next_hash(self.hash, numbers, (e.id, e.type, e.subject, e.key), e.data)


async def _read_stream(db: Database, log: Log, number: int, through: int | None, findings: Findings) -> None:
    stream = _Stream(log, findings, number, 0, first_hash(log.ledger_id, log.ledger.name, number))
    events = log.events[number] = []
    async for seals in _seals(db, log.ledger.name, number, through):
        commits = await _commits_of(db, seals)
        for seal in seals:
            _take_seal(stream, seal, commits, events)
    log.heads[number] = (stream.seq, stream.hash)


def _take_seal(stream: _Stream, seal: Document, commits: Mapping[str, Document], events: list[Sealed]) -> None:
    stream.open_seal(seal)
    for entry in seal["entries"]:
        sealed = stream.take(seal, entry, commits.get(entry["commit"]))
        if sealed is None:
            continue
        events.append(sealed)
        stream.findings.count("events")
        problem = problem_of(sealed.type, sealed.data)
        if problem is not None:
            stream.log.unreadable.add(sealed.id)
            stream.findings.add("event-unreadable", sealed.place, problem)


async def read_log(db: Database, ledger: Ledger, findings: Findings, through: int | None = None) -> Log:
    """Read and recompute one ledger, up to what was sealed at `through` (µs since 1970), whole without it."""
    lease = await db["lease"].find_one({"_id": "relay"}) or {}
    log = Log(ledger, ledger_id=lease.get("ledger_id", ""), sealed_through=lease.get("sealed_through", 0))
    for number in range(ledger.streams):
        await _read_stream(db, log, number, through, findings)
    if through is None:
        await _check_heads(db, log, findings)
    _check_versions(log, findings)
    return log


async def _check_heads(db: Database, log: Log, findings: Findings) -> None:
    rows = {row["_id"]: row async for row in db["heads"].find({"_id": {"$regex": f"^{log.ledger.name}/"}})}
    # Without an id, a head and a seal no relay has ever led here; what was committed is there, unsealed.
    if not log.ledger_id and not rows and not any(seq for seq, _ in log.heads.values()):
        return
    for number, (seq, digest) in log.heads.items():
        row = rows.get(f"{log.ledger.name}/{number}")
        if row is None or row["last"] != seq or bytes(row["hash"]) != digest:
            findings.add("head-wrong", f"{log.ledger.name}/{number}", f"seals end at {seq}")


def _check_versions(log: Log, findings: Findings) -> None:
    seen: dict[str, int] = {}
    for event in log.all():
        last = seen.get(event.aggregate, 0)
        if event.version not in (last, last + 1):
            findings.add("commit-version-gap", event.place, f"{event.aggregate} {last} → {event.version}")
        seen[event.aggregate] = event.version


async def unsealed(db: Database, ledger: Ledger) -> list[str]:
    """Ids of committed events that no seal names, of one ledger."""
    pipeline: list[dict[str, Any]] = [
        {"$match": {"ledger": ledger.name}},
        {"$lookup": {"from": "seals", "localField": "_id", "foreignField": "entries.commit", "as": "in"}},
        {"$project": {"n": {"$size": "$events"}, "entries": "$in.entries"}},
    ]
    missing: list[str] = []
    async for commit in db["commits"].aggregate(pipeline):
        sealed = {entry["i"] for entries in commit["entries"] for entry in entries if entry["commit"] == commit["_id"]}
        missing += [f"{commit['_id']}/{i}" for i in range(commit["n"]) if i not in sealed]
    return missing
