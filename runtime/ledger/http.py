"""The ledger over HTTP, for services only: heads, and the entries of one stream."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response
from msgspec import Struct

from runtime import canonical
from runtime.http.operation import operation
from runtime.ledger.read import MAX_LIMIT, Heads, LedgerReader
from runtime.ledger.wire import to_page

_JSON: Final = "application/json"


class HeadAnswer(Struct, frozen=True):
    """The end of one stream; `hash` in hexadecimal digits."""

    seq: int
    hash: str


class HeadsAnswer(Struct, frozen=True):
    """The heads of a ledger at one instant; `streams` by number, `sealed_through` in microseconds since 1970."""

    ledger_id: str
    sealed_through: int
    streams: dict[str, HeadAnswer]


class EntryAnswer(Struct, frozen=True):
    """One entry with everything that is hashed: `data` in base64, `hash` in hexadecimal digits, times in µs."""

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
    data: str
    hash: str
    traceparent: str | None


class EntriesAnswer(Struct, frozen=True):
    """Entries without a gap, in order; none at the end of the stream."""

    entries: list[EntryAnswer]


def heads_to_json(heads: Heads) -> dict[str, Any]:
    """Heads as plain values, in the shape of `HeadsAnswer`."""
    streams = {str(stream): {"seq": seq, "hash": hash_.hex()} for stream, (seq, hash_) in heads.streams.items()}
    return {"ledger_id": heads.ledger_id, "sealed_through": heads.sealed_through, "streams": streams}


def heads_from_json(plain: dict[str, Any]) -> Heads:
    """The heads that `heads_to_json` told of; raises `ValueError` on anything else."""
    try:
        streams = {
            int(stream): (int(head["seq"]), bytes.fromhex(head["hash"])) for stream, head in plain["streams"].items()
        }
        return Heads(str(plain["ledger_id"]), int(plain["sealed_through"]), streams)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not the heads of a ledger: {error!r}") from error


def ledger_router(reader: LedgerReader) -> APIRouter:
    """`GET /ledger/{ledger}/heads` and `GET /ledger/{ledger}/{stream}?after=N&limit=`, for a service's token."""
    router = APIRouter(prefix="/ledger", tags=["ledger"])

    @router.get(
        "/{ledger}/heads",
        **operation(
            "ledger_heads", summary=("账本各链的末端", "Heads of a ledger"), scope="service", returns=HeadsAnswer
        ),
    )
    async def heads(ledger: str) -> Response:
        return Response(canonical.encode(heads_to_json(await reader.heads(ledger))), media_type=_JSON)

    @router.get(
        "/{ledger}/{stream}",
        **operation(
            "ledger_entries", summary=("一条链上的记录", "Entries of a stream"), scope="service", returns=EntriesAnswer
        ),
    )
    async def entries(
        ledger: str,
        stream: int,
        after: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = MAX_LIMIT,
    ) -> Response:
        found = await reader.entries(ledger, stream, after, limit)
        return Response(to_page(found), media_type=_JSON)

    return router
