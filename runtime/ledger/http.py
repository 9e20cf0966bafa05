"""The ledger over HTTP, for services only: heads, and the entries of one stream."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from runtime.ledger.read import MAX_LIMIT, Heads, LedgerReader
from runtime.ledger.wire import to_json

_ACCESS: dict[str, Any] = {"x-access": {"roles": [], "scope": "service"}}


def heads_to_json(heads: Heads) -> dict[str, Any]:
    """Heads as plain values: `{ledger_id, sealed_through, streams: {"17": {"seq": 5, "hash": "…hex…"}}}`."""
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


def ledger_router(reader: LedgerReader, require_service: Callable[..., Any]) -> APIRouter:
    """`GET /ledger/{ledger}/heads` and `GET /ledger/{ledger}/{stream}?after=N&limit=`.

    `require_service` is the dependency that lets only a service's token through.
    """
    router = APIRouter(prefix="/ledger", tags=["ledger"], dependencies=[Depends(require_service)])

    @router.get("/{ledger}/heads", openapi_extra=_ACCESS)
    async def heads(ledger: str) -> dict[str, Any]:
        """Every stream's last seq and hash, `ledger_id` and `sealed_through`, in one snapshot."""
        return heads_to_json(await reader.heads(ledger))

    @router.get("/{ledger}/{stream}", openapi_extra=_ACCESS)
    async def entries(
        ledger: str,
        stream: int,
        after: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = MAX_LIMIT,
    ) -> dict[str, Any]:
        """Entries above `after`, gapless and in order: `{entries: […]}`; an empty list at the end."""
        return {"entries": [to_json(entry) for entry in await reader.entries(ledger, stream, after, limit)]}

    return router
