"""The worker's life: the relay, and its health beside it."""

import asyncio

from fastapi import FastAPI

from runtime.http.serve import serve
from runtime.ledger.relay import Relay


async def work(app: FastAPI, host: str, port: int, relay: Relay, stop: asyncio.Event) -> None:
    """Run until `stop`."""
    relay.start()
    try:
        await serve(app, host, port, stop=stop)
    finally:
        await relay.stop()
