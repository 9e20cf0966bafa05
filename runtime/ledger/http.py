"""The ledger over HTTP, for services only: heads, and the entries of one stream."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Response

from runtime import canonical
from runtime.http.operation import operation
from runtime.ledger.read import MAX_LIMIT, LedgerReader
from runtime.ledger.wire import EntriesAnswer, HeadsAnswer, heads_to_json, to_page

_JSON: Final = "application/json"


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
