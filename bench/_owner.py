"""The owner of a benchmark's ledgers, a process of its own: the product's reader and routes, tokens taken on trust."""

import asyncio
import sys
from typing import Final

from fastapi import APIRouter
from starlette.responses import JSONResponse

from contracts.ledgers import ALERTS, LISTS, REGISTRY
from runtime.access.principal import Principal
from runtime.http.app import create_app
from runtime.http.gate import Gate
from runtime.http.operation import operation
from runtime.http.serve import serve, stop_on_signals
from runtime.ledger.http import ledger_router
from runtime.ledger.read import LedgerReader
from runtime.mongo import Mongo

_HOST: Final = "127.0.0.1"


class _AnyToken:
    """Who asks is not what is measured here."""

    async def verify(self, token: str, purpose: str | None = None) -> Principal:
        """A service, always."""
        del token, purpose
        return Principal.of("service:bench")


def _tokens() -> APIRouter:
    router = APIRouter()

    @router.post("/v1/service-tokens", **operation("service_tokens", summary=("令牌", "Token"), scope="public"))
    async def service_token() -> JSONResponse:
        return JSONResponse({"access_token": "bench", "expires_in": 900})

    return router


async def main(url: str, database: str, port: int) -> None:
    """Serve until told to stop."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    mongo = Mongo(url)
    reader = LedgerReader(mongo, mongo.database(database), (REGISTRY, LISTS, ALERTS))
    app = create_app(
        title="Owner", version="0", routers=[_tokens(), ledger_router(reader)], gate=Gate(_AnyToken()),
        ready={"mongo": mongo.ping},
    )  # fmt: skip
    try:
        await serve(app, _HOST, port, stop=stop)
    finally:
        await mongo.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
