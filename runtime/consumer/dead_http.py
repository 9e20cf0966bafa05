"""Dead events over HTTP, for an administrator: one router, mounted by every service that follows ledgers."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from runtime.clock import Clock
from runtime.commands import Call
from runtime.consumer.core import place_id
from runtime.consumer.dead_acts import DeadActs
from runtime.consumer.dead_letters import DeadLetters
from runtime.consumer.dead_reading import (
    Confidential,
    DeadEventInFull,
    DeadEvents,
    DeadOutcome,
    DeadReading,
    State,
    place_of,
)
from runtime.http.gate import Caller
from runtime.http.headers import BodyHash, IdempotencyKey, json_response
from runtime.http.operation import operation
from runtime.http.paging import PageQuery
from runtime.mongo import Database

_REASON = 500
_LARGEST = 10**12 - 1

OfState = Annotated[State | None, Query(description="状态 / state")]
OfLedger = Annotated[str | None, Query(max_length=20, pattern=r"^[a-z]+$", description="账本 / ledger")]


async def row_of(
    ledger: Annotated[str, Path(max_length=20, pattern=r"^[a-z]+$", description="账本 / ledger")],
    stream: Annotated[int, Path(ge=0, le=1023, description="链 / stream")],
    seq: Annotated[int, Path(ge=1, le=_LARGEST, description="序号 / number")],
) -> str:
    """The row that a path names."""
    return place_id(ledger, stream, seq)


Row = Annotated[str, Depends(row_of)]


class RetryBody(BaseModel):
    """Why it should go well now, if one likes."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: Annotated[str | None, Field(max_length=_REASON)] = None


class DiscardBody(BaseModel):
    """Why the event is given up."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: Annotated[str, Field(min_length=1, max_length=_REASON, pattern=r"\S")]


@dataclass(frozen=True, slots=True)
class DeadDesk:
    """What the routes work with."""

    reading: DeadReading
    acts: DeadActs

    @classmethod
    def of(cls, letters: DeadLetters, db: Database, clock: Clock, confidential: Confidential) -> "DeadDesk":
        """The desk of one consumer's database."""
        return cls(DeadReading(db, confidential), DeadActs(letters, db, clock))


def dead_router(desk: DeadDesk, service: str, roles: tuple[str, ...]) -> APIRouter:
    """`/v1/<service>/dead-events`: list, show, retry, discard; for these roles."""
    router = APIRouter(prefix=f"/v1/{service}/dead-events", tags=["dead events"])
    _add_reading(router, desk.reading, roles)
    _add_acts(router, desk.acts, roles)
    return router


def _add_reading(router: APIRouter, reading: DeadReading, roles: tuple[str, ...]) -> None:
    @router.get(
        "",
        **operation(
            "list_dead_events",
            summary=("未能入账的事件", "Events that could not be applied"),
            scope="administrator",
            roles=roles,
            returns=DeadEvents,
        ),
    )
    async def list_dead_events(page: PageQuery, state: OfState = None, ledger: OfLedger = None) -> Response:
        after = page.after(str)
        found = await reading.page(state, ledger, after[0] if after else None, page.limit + 1)
        rows, following = page.cut(found, lambda event: (place_of(event),))
        return json_response(DeadEvents(items=rows, next=following))

    @router.get(
        "/{ledger}/{stream}/{seq}",
        **operation(
            "read_dead_event",
            summary=("一条未能入账的事件", "One of them, with its data and what was done"),
            scope="administrator",
            roles=roles,
            returns=DeadEventInFull,
        ),
    )
    async def read_dead_event(row: Row) -> Response:
        return json_response(await reading.one(row))


def _add_acts(router: APIRouter, acts: DeadActs, roles: tuple[str, ...]) -> None:
    @router.post(
        "/{ledger}/{stream}/{seq}/retry",
        **operation(
            "retry_dead_event",
            summary=("重试，连同排在其后的", "Apply it and what is parked behind it"),
            scope="administrator",
            roles=roles,
            command=True,
            returns=DeadOutcome,
        ),
    )
    async def retry_dead_event(
        row: Row, caller: Caller, key: IdempotencyKey, hashed: BodyHash, body: RetryBody | None = None
    ) -> Response:
        call = Call(caller.subject, key, hashed, "RetryDeadEvent")
        return json_response(await acts.retry(call, row, None if body is None else body.reason))

    @router.post(
        "/{ledger}/{stream}/{seq}/discard",
        **operation(
            "discard_dead_event",
            summary=("放弃，须写明理由", "Give it up, for a reason"),
            scope="administrator",
            roles=roles,
            command=True,
            returns=DeadOutcome,
        ),
    )
    async def discard_dead_event(
        row: Row, body: DiscardBody, caller: Caller, key: IdempotencyKey, hashed: BodyHash
    ) -> Response:
        call = Call(caller.subject, key, hashed, "DiscardDeadEvent")
        return json_response(await acts.discard(call, row, body.reason.strip()))
