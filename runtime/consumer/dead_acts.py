"""Retrying and discarding as commands: who, when and why is kept, and the same key again has no second effect."""

from typing import Final

from msgspec import to_builtins

from runtime.clock import Clock, to_micros
from runtime.commands import Call
from runtime.consumer.dead_letters import DeadLetters, Settled
from runtime.consumer.dead_reading import DeadOutcome
from runtime.consumer.dead_rows import APPLIED, DEAD, DEAD_ACTS, DEAD_ROWS, PARKED
from runtime.consumer.ports import Stale
from runtime.errors import Conflict, NotFound, Rejected, Retryable
from runtime.mongo import Database, Document, mongo_errors

RETRY: Final = "retry"
DISCARD: Final = "discard"


class DeadActs:
    """Acts on the dead rows of one consumer: noted before anything is done, finished by whoever repeats the call."""

    def __init__(self, letters: DeadLetters, db: Database, clock: Clock) -> None:
        self._letters = letters
        self._db = db
        self._clock = clock

    async def retry(self, call: Call, row: str, why: str | None) -> DeadOutcome:
        """Apply it and those parked behind it. Raises `NotFound`; `Rejected` 409 when it is not at the front, 422."""
        return await self._carry_out(await self._noted(call, RETRY, row, why))

    async def discard(self, call: Call, row: str, why: str) -> DeadOutcome:
        """Give it up, and apply those parked behind it. Raises as `retry`."""
        return await self._carry_out(await self._noted(call, DISCARD, row, why))

    async def _noted(self, call: Call, act: str, row: str, why: str | None) -> Document:
        before = await self._act(call)
        if before is not None:
            return before
        await self._require_front(row)
        note = {"act": act, "row": row, "by": call.principal, "at": to_micros(self._clock.now()), "why": why}
        try:
            with mongo_errors():
                await self._db[DEAD_ACTS].insert_one(
                    {"_id": call.request, "body_hash": call.body_hash, **note, "outcome": None}
                )
        except Conflict:
            # The same call, beside us.
            raise Retryable(f"{call.request} is being carried out") from None
        return {"_id": call.request, **note, "outcome": None}

    async def _act(self, call: Call) -> Document | None:
        with mongo_errors():
            found: Document | None = await self._db[DEAD_ACTS].find_one({"_id": call.request})
        if found is not None and found["body_hash"] != call.body_hash:
            raise Rejected(
                "idempotency-key-reused",
                "该 Idempotency-Key 已用于另一个请求",
                "this Idempotency-Key was used for another request",
            )
        return found

    async def _require_front(self, row: str) -> None:
        with mongo_errors():
            found = await self._db[DEAD_ROWS].find_one({"_id": row}, {"state": 1})
        if found is None:
            raise NotFound(f"no dead row {row}")
        if found["state"] == PARKED:
            raise Rejected(
                "dead-event-parked",
                "前面还有一条事件未处理，请先处理那一条",
                "it waits behind another dead event: settle that one first",
                status=409,
            )
        if found["state"] != DEAD:
            raise Rejected("dead-event-settled", "该事件已处理完毕", "it was settled before", status=409)

    async def _carry_out(self, act: Document) -> DeadOutcome:
        if act["outcome"] is not None:
            return DeadOutcome(**act["outcome"])
        try:
            settled = await self._settled(act)
        except (NotFound, Stale) as error:
            raise Retryable(f"{act['row']} is being settled by somebody else") from error
        outcome = DeadOutcome(applied=await self._applied(act), front=settled.front, reason=settled.reason)
        with mongo_errors():
            await self._db[DEAD_ACTS].update_one({"_id": act["_id"]}, {"$set": {"outcome": to_builtins(outcome)}})
        return outcome

    async def _settled(self, act: Document) -> Settled:
        with mongo_errors():
            row = await self._db[DEAD_ROWS].find_one({"_id": act["row"]})
        if row is None:
            raise NotFound(f"no dead row {act['row']}")
        if row["state"] == DEAD:
            if act["act"] == DISCARD:
                return await self._letters.discard(row["_id"], act["why"], act["_id"])
            return await self._letters.retry(row["_id"], act["_id"])
        if row.get("act") != act["_id"]:
            raise Rejected("dead-event-settled", "该事件已处理完毕", "it was settled before", status=409)
        return await self._go_on_behind(row, act)

    async def _go_on_behind(self, row: Document, act: Document) -> Settled:
        """The process ended in the midst of it: what it had made the next in front is still to be applied."""
        behind = {name: row[name] for name in ("ledger", "stream", "aggregate")}
        with mongo_errors():
            front = await self._db[DEAD_ROWS].find_one({**behind, "state": DEAD, "_id": {"$gt": row["_id"]}})
        return Settled(0) if front is None else await self._letters.retry(front["_id"], act["_id"])

    async def _applied(self, act: Document) -> int:
        with mongo_errors():
            return await self._db[DEAD_ROWS].count_documents({"act": act["_id"], "state": APPLIED})
