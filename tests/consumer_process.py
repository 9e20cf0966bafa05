"""A consumer in a process of its own, for tests that kill and pause it: `python -m tests.consumer_process`."""

import asyncio
import sys

from runtime.clock import SystemClock
from runtime.consumer.consumer import Consumer, Pace
from runtime.consumer.ports import Projection, Source
from runtime.mirror import MirrorProjection
from runtime.mongo import Mongo
from tests.consumer_servers import AnyToken, Effects
from tests.ledger_world import Topic


async def main(url: str, database: str, bootstrap: str, owner: str, prefix: str) -> None:
    """Run until killed; says on standard output when it begins."""
    mongo = Mongo(url)
    db = mongo.database(database)
    effects = Effects(db)
    await effects.prepare()
    sources: list[tuple[Source, Projection]] = [
        (Source(Topic("registry", f"{prefix}.registry", 1), owner), MirrorProjection(db)),
        (Source(Topic("lists", f"{prefix}.lists", 8), owner), effects),
    ]
    consumer = Consumer("killed", mongo, db, sources, bootstrap, AnyToken(), SystemClock())
    consumer.pace = Pace(registry=0.5, others=0.5, patience=0.2)
    print("begun", flush=True)
    await consumer.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:6]))
