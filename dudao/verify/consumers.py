"""Every declared consumer is there, has no open dead row or alarm, and stands where the ledger stood."""

import asyncio
from typing import Any, Final

from dudao.verify.findings import Findings
from dudao.verify.hashing import first_hash
from dudao.verify.log import Log
from runtime.mongo import Database

_LOOK_EVERY: Final = 0.2


async def _marks(db: Database, ledger: str) -> dict[int, dict[str, Any]]:
    return {row["stream"]: row async for row in db["watermarks"].find({"ledger": ledger})}


async def reached(db: Database, log: Log, seconds: float) -> dict[int, dict[str, Any]]:
    """The consumer's watermarks, as soon as all stand at the log's heads, or when the time is up."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        marks = await _marks(db, log.ledger.name)
        there = all(marks.get(stream, {"seq": -1})["seq"] >= seq for stream, (seq, _) in log.heads.items())
        if there or loop.time() > deadline:
            return marks
        await asyncio.sleep(_LOOK_EVERY)


async def check_consumer(
    db: Database, owner: Database, log: Log, name: str, findings: Findings, seconds: float
) -> None:
    """One consumer against one ledger."""
    marks = await reached(db, log, seconds)
    if not marks:
        findings.add("consumer-missing", f"{name} ← {log.ledger.name}")
        return
    for stream, (seq, _) in log.heads.items():
        findings.count("watermarks")
        mark = marks.get(stream)
        where = f"{name} ← {log.ledger.name}/{stream}"
        if mark is None:
            findings.add("consumer-missing", where)
        elif mark["ledger_id"] != log.ledger_id:
            findings.add("ledger-replaced", where, mark["ledger_id"])
        elif mark["seq"] < seq:
            findings.add("consumer-behind", where, f"{mark['seq']} of {seq}")
        elif bytes(mark["hash"]) != await _hash_at(owner, log, stream, mark["seq"]):
            ahead = mark["seq"] > await _head(owner, log.ledger.name, stream)
            findings.add("consumer-ahead" if ahead else "consumer-differs", where, f"at {mark['seq']}")
    await _check_dead(db, log.ledger.name, name, findings)


async def _head(owner: Database, ledger: str, stream: int) -> int:
    seal = await owner["seals"].find_one({"ledger": ledger, "stream": stream}, {"last": 1}, sort=[("last", -1)])
    return int(seal["last"]) if seal else 0


async def _hash_at(owner: Database, log: Log, stream: int, seq: int) -> bytes | None:
    if seq == 0:
        return first_hash(log.ledger_id, log.ledger.name, stream)
    event = log.at(stream, seq)
    if event is not None and event.seq == seq:
        return event.hash
    # Sealed after this reading of the ledger: the consumer saw more than we did, which is well if it is the same.
    match = {"ledger": log.ledger.name, "stream": stream, "first": {"$lte": seq}, "last": {"$gte": seq}}
    seal = await owner["seals"].find_one(match)
    lines = [line for line in seal["entries"] if line["seq"] == seq] if seal else []
    return bytes(lines[0]["hash"]) if lines else None


async def _check_dead(db: Database, ledger: str, name: str, findings: Findings) -> None:
    async for row in db["dead"].find({"ledger": ledger}):
        if row["state"] in ("dead", "parked"):
            findings.add("dead-open", f"{name} ← {row['_id']}", str(row.get("reason", "")))
        elif row["state"] == "discarded":
            findings.count("discarded")
    async for row in db["alarms"].find({"ledger": ledger}):
        findings.add("consumer-alarm", f"{name} ← {row['_id']}", f"{row['standing']}: {row['found']}")
