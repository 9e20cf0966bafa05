"""A service's consumer on an empty database, over HTTP alone, until it is level: prints how many seconds that took."""

import asyncio
import gc
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

from pydantic import SecretStr

from runtime.access.service_tokens import ServiceTokens
from runtime.clock import SystemClock
from runtime.consumer.consumer import Consumer
from runtime.http.serve import LOOK_FOR_CYCLES_AFTER
from services.notification import bootstrap as notification
from services.notification.settings import Settings as NotificationSettings
from services.reporting import bootstrap as reporting
from services.reporting.settings import ReportingSettings

REPORTING: Final = "reporting"
NOTIFICATION: Final = "notification"
_LOOK_EVERY_S: Final = 0.005


def _told(url: str, prefix: str, owner: str) -> dict[str, Any]:
    return {
        "mongo_url": SecretStr(url),
        "database_prefix": prefix,
        "inspection_url": owner,
        "notification_url": owner,
        "portal_url": owner,
        "service_secret": SecretStr("bench"),
    }


@asynccontextmanager
async def _notification(url: str, prefix: str, owner: str) -> AsyncIterator[Consumer]:
    settings = NotificationSettings(**_told(url, prefix, owner))
    store = notification.Store.of(settings)
    await store.prepare()
    tokens = notification.make_tokens(settings, SystemClock())
    try:
        yield notification.make_consumer(settings, store, tokens, SystemClock(), live=False)
    finally:
        await tokens.aclose()
        await store.mongo.close()


@asynccontextmanager
async def _reporting(url: str, prefix: str, owner: str) -> AsyncIterator[Consumer]:
    # Without a broker: over HTTP alone.
    settings = ReportingSettings(**_told(url, prefix, owner)).model_copy(update={"kafka": None})
    mongo = reporting.connect(settings)
    await reporting.prepare_database(mongo.database(settings.database))
    clock = SystemClock()
    tokens = ServiceTokens(owner, REPORTING, "bench", clock=clock)
    try:
        yield reporting.make_consumer(settings, mongo, tokens, clock)
    finally:
        await tokens.aclose()
        await mongo.close()


_SERVICES: Final[dict[str, Callable[[str, str, str], AbstractAsyncContextManager[Consumer]]]] = {
    REPORTING: _reporting,
    NOTIFICATION: _notification,
}


async def main(service: str, url: str, prefix: str, owner: str) -> float:
    """Seconds from the start of the consumer until every ledger is level with its owner."""
    async with _SERVICES[service](url, prefix, owner) as consumer:
        began = time.perf_counter()
        running = asyncio.create_task(consumer.run())
        while consumer.problems() and not running.done():  # noqa: ASYNC110 -- the consumer offers no event to wait for
            await asyncio.sleep(_LOOK_EVERY_S)
        seconds = time.perf_counter() - began
        await consumer.stop()
        await running
    return seconds


if __name__ == "__main__":
    # As every process of the product does.
    gc.set_threshold(LOOK_FOR_CYCLES_AFTER)
    print(asyncio.run(main(*sys.argv[1:5])))
