"""The one pipeline of every command: look for the first answer, run, commit, try again after a conflict."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from runtime import canonical
from runtime.clock import Clock, to_micros
from runtime.errors import Conflict, NotFound, Rejected
from runtime.ids import derive_id
from runtime.ledger.model import Answer, Change, Unit

ATTEMPTS: Final = 8
_BACK_OFF_S: Final = 0.005
_BACK_OFF_MOST_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls what: `key` is the Idempotency-Key, `if_match` the version the caller saw (None: not asked for)."""

    principal: str
    key: str
    body_hash: str
    command: str
    if_match: int | None = None
    traceparent: str | None = None

    @property
    def request(self) -> str:
        """The request's id: the same principal and key give the same."""
        return derive_id(self.principal, self.key)

    def require_version(self, version: int) -> None:
        """Raises `Rejected` (412) when the caller saw another version than the one loaded."""
        if self.if_match is not None and self.if_match != version:
            raise Rejected(
                "version-changed",
                "内容已被他人更改，请刷新后重试",
                "it was changed by somebody else: load it again",
                status=412,
                version=version,
            )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a handler made of the call: changes to write, and the answer. `at`: microseconds, else the clock's."""

    changes: tuple[Change, ...]
    status: int = 200
    body: object = None
    etag: str | None = None
    location: str | None = None
    at: int | None = None


class Writer(Protocol):
    """Where units are written: `runtime.ledger.writer.GroupWriter`."""

    async def write(self, unit: Unit) -> None:
        """Write it whole; raises `Conflict`, `Retryable`, `Rejected`."""
        ...

    async def answered(self, request: str) -> tuple[str, Answer] | None:
        """The body's hash and the answer of a request that was carried out before."""
        ...


class Commands:
    """Runs calls: a call repeated with the same key gets the first answer and has no second effect."""

    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock

    async def run(self, call: Call, handler: Callable[[], Awaitable[Outcome]]) -> Answer:
        """Carry out a call; `handler` loads afresh each time it is run.

        Raises what the handler raises; `Rejected` 422 for a key used with another body, 409 after `ATTEMPTS`
        conflicts, 413 for an event that is too large; `Retryable`: outcome unknown, ask again with the same key.
        """
        for attempt in range(ATTEMPTS):
            answer = await self._first_answer(call)
            if answer is not None:
                return answer
            try:
                return await self._attempt(call, await handler())
            except Conflict:
                await asyncio.sleep(_back_off(attempt))
            except (Rejected, NotFound):
                # What refuses us may be the effect of this very call, carried out beside us since we looked.
                answer = await self._first_answer(call)
                if answer is None:
                    raise
                return answer
        answer = await self._first_answer(call)
        if answer is not None:
            return answer
        raise Rejected(
            "too-many-conflicts",
            "同一内容正被多人同时修改，请稍后重试",
            "many are changing this at once: try again later",
            status=409,
        )

    async def _first_answer(self, call: Call) -> Answer | None:
        before = await self._writer.answered(call.request)
        if before is None:
            return None
        body_hash, answer = before
        if body_hash != call.body_hash:
            raise Rejected(
                "idempotency-key-reused",
                "该 Idempotency-Key 已用于另一个请求",
                "this Idempotency-Key was used for another request",
                status=422,
            )
        return answer

    async def _attempt(self, call: Call, outcome: Outcome) -> Answer:
        answer = Answer(outcome.status, canonical.encode(outcome.body), outcome.etag, outcome.location)
        if outcome.changes:
            await self._writer.write(self._unit(call, outcome, answer))
        return answer

    def _unit(self, call: Call, outcome: Outcome, answer: Answer) -> Unit:
        return Unit(
            request=call.request,
            body_hash=call.body_hash,
            command=call.command,
            principal=call.principal,
            at=to_micros(self._clock.now()) if outcome.at is None else outcome.at,
            changes=outcome.changes,
            answer=answer,
            traceparent=call.traceparent,
        )


def _back_off(attempt: int) -> float:
    most = min(_BACK_OFF_MOST_S, _BACK_OFF_S * 2.0**attempt)
    return most * (0.5 + random.random() / 2)  # noqa: S311 -- spreads retries, guards nothing
