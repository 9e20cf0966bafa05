"""A relay in a process of its own, for tests that pause and kill it: `python -m tests.ledger_relay_process`."""

import asyncio
import sys

from runtime.clock import SystemClock
from runtime.ledger.outlet import KafkaAddress, KafkaOutlet
from runtime.ledger.relay import Pace, Relay
from runtime.mongo import Mongo
from tests.ledger_world import Topic


async def main(url: str, database: str, bootstrap: str, prefix: str) -> None:
    """Run until killed; says on standard output when it leads."""
    ledgers = (Topic("registry", f"{prefix}.registry", 1), Topic("lists", f"{prefix}.lists", 8))
    mongo = Mongo(url)
    outlet = KafkaOutlet(KafkaAddress(bootstrap, idempotence=False), ledgers, "/dudao/test")
    relay = Relay(
        mongo,
        mongo.database(database),
        ledgers,
        outlet,
        SystemClock(),
        registry="registry",
        pace=Pace(ttl_ms=1000, renew_ms=100),
    )
    relay.start()
    told = 0
    while True:
        if relay.epoch != told:
            told = relay.epoch
            print(told, flush=True)
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
