"""What consumers have seen that their owners' ledgers do not hold: found by comparing, told line by line."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from dudao.client.record import Acknowledged
from dudao.operations.proof import WITH_LEDGER, present_requests
from dudao.verify.findings import Findings
from dudao.verify.heads import SignedHead, places_of
from dudao.verify.log import Log, Sealed, read_log, unsealed
from dudao.verify.reconciled import Place
from dudao.verify.run import LEDGERS
from runtime.mongo import Database, Mongo

Line = dict[str, Any]
REGISTRY: Final = "registry"


class DamagedLedgerError(Exception):
    """A ledger does not agree with itself, so that nothing can be rebuilt from it."""

    def __init__(self, findings: Findings) -> None:
        shown = "\n".join(f"{one.zh} / {one.en} ({one.code}): {one.where} {one.detail}" for one in findings.shown)
        super().__init__(f"账本自身有损坏，不能据以重建 / the ledger itself is damaged: restore it first\n{shown}")


@dataclass(slots=True)
class Divergence:
    """`lines` are the evidence, `affected` the consumers that must start over; the rest as in a reconciliation."""

    affected: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    events: set[str] = field(default_factory=set)
    requests: set[str] = field(default_factory=set)
    heads: set[Place] = field(default_factory=set)

    def count(self, kind: str) -> int:
        """How many lines there are of a kind."""
        return sum(line["kind"] == kind for line in self.lines)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of the ledgers from outside of their databases."""

    acknowledged: Sequence[Acknowledged]
    signed_heads: Sequence[SignedHead]


async def diverged(url: str, prefix: str, seen: Seen) -> Divergence:
    """Compare every consumer with the ledgers it follows; raises `DamagedLedgerError`, `Retryable`."""
    mongo, found = Mongo(url), Divergence()
    try:
        logs = await _logs(mongo, prefix)
        for log in logs.values():
            for consumer in log.ledger.consumers:
                await _compare(mongo.database(f"{prefix}_{consumer}"), consumer, log, found)
        if found.affected:
            await _gather(mongo, prefix, logs, found)
            await _outside(url, prefix, seen, logs, found)
    finally:
        await mongo.close()
    return found


async def _logs(mongo: Mongo, prefix: str) -> dict[str, Log]:
    findings = Findings()
    logs = {
        ledger.name: await read_log(mongo.database(f"{prefix}_{ledger.owner}"), ledger, findings) for ledger in LEDGERS
    }
    # What nobody can read is there all the same, and is set apart by every consumer.
    if set(findings.counts) - {"event-unreadable"}:
        raise DamagedLedgerError(findings)
    return logs


async def _compare(db: Database, consumer: str, log: Log, found: Divergence) -> None:
    async for mark in db["watermarks"].find({"ledger": log.ledger.name}):
        event = log.at(mark["stream"], mark["seq"])
        same = mark["ledger_id"] == log.ledger_id and (not mark["seq"] or (event and event.hash == bytes(mark["hash"])))
        if same and mark["stopped"] is None:
            continue
        if consumer not in found.affected:
            found.affected.append(consumer)
        end = log.heads.get(mark["stream"], (0, b""))
        told = {"ledger_id": mark["ledger_id"], "seq": mark["seq"], "hash": bytes(mark["hash"]).hex()}
        owner = {"ledger_id": log.ledger_id, "seq": end[0], "hash": end[1].hex()}
        found.lines.append({"kind": "mark", "consumer": consumer, "at": mark["_id"], "seen": told, "owner": owner})


async def _gather(mongo: Mongo, prefix: str, logs: Mapping[str, Log], found: Divergence) -> None:
    for consumer in ("notification", "reporting"):
        db = mongo.database(f"{prefix}_{consumer}")
        async for line in _of_consumer(db, logs):
            found.lines.append({"consumer": consumer, **line})
    told = {event.id for log in logs.values() for event in log.all()}
    for log in logs.values():
        # What was committed is there, though its relay may not have sealed it yet.
        told.update(await unsealed(mongo.database(f"{prefix}_{log.ledger.owner}"), log.ledger))
    async for row in mongo.database(f"{prefix}_notification")["alerts"].find({}):
        if row["entry"]["event"] not in told:
            found.events.add(row["entry"]["event"])
            found.lines.append({"kind": "alert", "id": row["_id"], "entry": row["entry"]})


async def _of_consumer(db: Database, logs: Mapping[str, Log]) -> AsyncIterator[Line]:
    """What a consumer made of entries that are not there: event by event, and every lost version of the registry."""
    for log in logs.values():
        async for kept in db["changes"].find({"ledger": log.ledger.name}):
            for row in kept["rows"]:
                if not _holds(log.at(kept["stream"], row["seq"]), row["school"], row["sealed_at"]):
                    yield {"kind": "event", **_plain(kept, row)}
    async for row in db["mirror"].find({}):
        event = logs[REGISTRY].at(0, row["since"])
        if event is None or msgspec.json.decode(event.data)["entry"] != row["entry"]:
            yield {"kind": "registry", "at": row["_id"], "entry": row["entry"]}
    async for row in db["alarms"].find({}):
        yield {"kind": "alarm", "at": row["_id"], "standing": row["standing"], "found": row["found"]}


def _holds(event: Sealed | None, key: str, sealed_at: int) -> bool:
    return event is not None and (event.key, event.sealed_at) == (key, sealed_at)


def _plain(kept: Mapping[str, Any], row: Mapping[str, Any]) -> Line:
    at = f"{kept['ledger']}/{kept['stream']}/{row['seq']:012d}"
    return {"at": at, "school": row["school"], "sealed_at": row["sealed_at"], "moves": row["moves"]}


async def _outside(url: str, prefix: str, seen: Seen, logs: Mapping[str, Log], found: Divergence) -> None:
    acknowledged = [one for one in seen.acknowledged if one.service in WITH_LEDGER]
    present = await present_requests(url, prefix, acknowledged)
    for one in acknowledged:
        if one.request not in present:
            found.requests.add(one.request)
            found.lines.append({"kind": "request", **msgspec.to_builtins(one)})
    for signed in seen.signed_heads:
        log = logs.get(signed.heads.ledger)
        for place in places_of(signed.heads):
            _, ledger_id, stream, seq, digest = place
            event = log.at(stream, seq) if log is not None and log.ledger_id == ledger_id else None
            if (seq and (event is None or event.hash.hex() != digest)) or log is None or log.ledger_id != ledger_id:
                found.heads.add(place)
