"""Dead events as people look at them: listed by state, and one with its bytes and all that was done about it."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from runtime import canonical
from runtime.clock import from_micros, to_text
from runtime.consumer.core import place_id
from runtime.consumer.dead_rows import APPLIED, DEAD, DEAD_ACTS, DEAD_ROWS, DISCARDED, OPEN, PARKED
from runtime.errors import NotFound
from runtime.mongo import Database, Document, mongo_errors

State = Literal["open", "discarded", "retried"]
_STATES: Final[Mapping[State, tuple[str, ...]]] = {"open": OPEN, "discarded": (DISCARDED,), "retried": (APPLIED,)}
_SHOWN: Final = 100


class DeadEvent(Struct, frozen=True, kw_only=True):
    """One dead or parked event; times in RFC 3339. `behind` is how many are parked behind it."""

    ledger: str
    stream: int
    seq: int
    state: str
    event: str
    type: str
    subject: str
    school: str
    sealed_at: str
    reason: str
    tries: int
    behind: int
    settled_at: str | None
    discarded_for: str | None


class DeadEvents(Struct, frozen=True, kw_only=True):
    """A page of them, in the order of ledger, stream and number."""

    items: list[DeadEvent]
    next: str | None


class DeadOutcome(Struct, frozen=True, kw_only=True):
    """What an act came to: so many events were applied; `front`, if any, is poison still, for this reason."""

    applied: int
    front: str | None = None
    reason: str | None = None


class DeadAct(Struct, frozen=True, kw_only=True):
    """Who retried or discarded it, when and why; without an outcome the act was cut short and may be repeated."""

    act: str
    by: str
    at: str
    why: str | None
    outcome: DeadOutcome | None


class DeadEventInFull(DeadEvent, frozen=True, kw_only=True):
    """One with everything: `data` where it is JSON, `bytes` (base64) where it is not; the acts, oldest first.

    Neither where it is `withheld`: what nobody may know who has no part in it is not for administrators either.
    """

    version: int
    registry: int
    at: str
    hash: str
    data: Any
    bytes: str | None
    withheld: bool
    parked: list[DeadEvent]
    acts: list[DeadAct]


# Whether the bytes of an event tell of something that an administrator may not read.
Confidential = Callable[[bytes], bool]


class DeadReading:
    """Reads the dead rows of one consumer's database."""

    def __init__(self, db: Database, confidential: Confidential) -> None:
        self._db = db
        self._confidential = confidential

    async def page(self, state: State | None, ledger: str | None, after: str | None, limit: int) -> list[DeadEvent]:
        """At most `limit` rows above the row id `after`. Raises `Retryable`."""
        match: Document = {} if state is None else {"state": {"$in": list(_STATES[state])}}
        if ledger is not None:
            match["ledger"] = ledger
        if after is not None:
            match["_id"] = {"$gt": after}
        with mongo_errors():
            rows = await self._db[DEAD_ROWS].find(match, {"entry.data": 0}).sort("_id", 1).limit(limit).to_list(None)
        return [DeadEvent(**_told(row)) for row in rows]

    async def one(self, row: str) -> DeadEventInFull:
        """Everything of one; raises `NotFound`, `Retryable`."""
        with mongo_errors():
            found = await self._db[DEAD_ROWS].find_one({"_id": row})
            if found is None:
                raise NotFound(f"no dead row {row}")
            behind = {name: found[name] for name in ("ledger", "stream", "aggregate")}
            waiting = self._db[DEAD_ROWS].find({**behind, "state": PARKED, "_id": {"$gt": row}}, {"entry.data": 0})
            parked = await waiting.sort("_id", 1).limit(_SHOWN).to_list(None) if found["state"] == DEAD else []
            acts = await self._db[DEAD_ACTS].find({"row": row}).sort("at", -1).limit(_SHOWN).to_list(None)
        rows = [DeadEvent(**_told(one)) for one in parked]
        withheld = self._confidential(found["entry"]["data"])
        return _in_full(found, rows, [_act(act) for act in reversed(acts)], withheld=withheld)


def place_of(event: DeadEvent) -> str:
    """The id of its row."""
    return place_id(event.ledger, event.stream, event.seq)


def _told(row: Document) -> dict[str, Any]:
    entry = row["entry"]
    return {
        "ledger": row["ledger"],
        "stream": row["stream"],
        "seq": entry["seq"],
        "state": "retried" if row["state"] == APPLIED else row["state"],
        "event": entry["id"],
        "type": entry["type"],
        "subject": entry["subject"],
        "school": entry["key"],
        "sealed_at": _text(entry["sealed_at"]),
        "reason": row["reason"],
        "tries": row.get("tries", 0),
        "behind": row.get("behind", 0),
        "settled_at": _text(row["settled_at"]) if "settled_at" in row else None,
        "discarded_for": row.get("discarded_for"),
    }


def _in_full(row: Document, parked: list[DeadEvent], acts: list[DeadAct], *, withheld: bool) -> DeadEventInFull:
    entry = row["entry"]
    data, raw = (None, None) if withheld else _readable(entry["data"])
    return DeadEventInFull(
        **_told(row),
        version=entry["version"],
        registry=entry["registry"],
        at=_text(entry["at"]),
        hash=bytes(entry["hash"]).hex(),
        data=data,
        bytes=raw,
        withheld=withheld,
        parked=parked,
        acts=acts,
    )


def _readable(data: bytes) -> tuple[Any, str | None]:
    try:
        return canonical.decode(data), None
    except (msgspec.DecodeError, ValueError):
        return None, b64encode(data).decode()


def _act(row: Document) -> DeadAct:
    outcome = None if row["outcome"] is None else DeadOutcome(**row["outcome"])
    return DeadAct(act=row["act"], by=row["by"], at=_text(row["at"]), why=row["why"], outcome=outcome)


def _text(micros: int) -> str:
    return to_text(from_micros(micros))
