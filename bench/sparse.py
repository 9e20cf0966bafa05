"""One event now and then: from the insert into MongoDB to a consumer of the topic, ours against Debezium's router.

Measured from before the insert is sent until the record is in the consumer's hands; the next insert follows after a
pause of chance, so that nobody's polling is met in step. Each insert is the service's own: a commit, or an outbox row.
"""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from bench._drainers import DEFAULT, LATENCY, OURS, TUNED, Drainer, drainers, looked_at, topic_of
from bench._issues import Told, life_of_city, some
from bench._machine import Machine, begin_topics, go, machine, rest
from bench._rounds import Side, against, alone, percentile, take_turns
from bench._topic import PARTITIONS, RoundTimeoutError
from bench.drain import probe
from dudao.bench import Arm, Wanted, WrongOutputError

INSERTS: Final = 60
QUICK: Final = 20
SLOW_INSERTS: Final = 20
PEERS: Final = (DEFAULT, TUNED, LATENCY)
_PAUSE_S: Final = (0.02, 0.08)
_PATIENCE_S: Final = 20.0
_REST_S: Final = 1.0
_TIMES: Final[dict[str, Any]] = {"more_is_better": False, "unit": "ms"}


@dataclass
class Sparse:
    """A drainer, a consumer of its topic, and the percentiles of every round."""

    servers: Machine
    drainer: Drainer
    consumer: AIOKafkaConsumer
    life: Iterator[Told]
    inserts: int
    dice: random.Random = field(default_factory=lambda: random.Random(20260925))
    p90: list[float] = field(default_factory=list)

    async def round(self, _: int) -> float:
        """The median of a round's inserts, in ms; its ninetieth percentile is kept beside it."""
        go(self.drainer.process)
        await probe(self.servers, self.drainer, self.life)
        # What follows an awakening (a lease renewed, offsets flushed) shall not be measured.
        await asyncio.sleep(_REST_S)
        await self.consumer.seek_to_end()
        found = [await self._one() for _ in range(self.inserts)]
        await self.drainer.settle(self.servers)
        rest(self.drainer.process)
        self.p90.append(percentile(found, 90))
        return percentile(found, 50)

    async def _one(self) -> float:
        await asyncio.sleep(self.dice.uniform(*_PAUSE_S))
        told = some(self.life, 1)
        began = time.perf_counter()
        self.drainer.put(self.servers, told)
        brought = await self.consumer.getmany(timeout_ms=int(_PATIENCE_S * 1000))
        took = (time.perf_counter() - began) * 1000
        records = [record for part in brought.values() for record in part]
        if not records:
            raise RoundTimeoutError(f"{self.drainer.name}: nothing came within {_PATIENCE_S:g} s")
        if len(records) > 1:
            raise WrongOutputError(f"{self.drainer.name}: {len(records)} records for one insert")
        self.drainer.check(records, told)
        return took


def measure(wanted: Wanted) -> Sequence[Arm]:
    """The arms; see `dudao.bench`."""
    return asyncio.run(_measure(wanted))


async def _measure(wanted: Wanted) -> list[Arm]:
    count = min(wanted.size(INSERTS, QUICK), INSERTS)
    with machine(wanted) as servers:
        await begin_topics(servers, *map(topic_of, PEERS))
        carriers = drainers(servers, wanted, PEERS)
        async with looked_at(carriers), AsyncExitStack() as listeners:
            parts = {drainer.name: await _listening(servers, drainer, count, listeners) for drainer in carriers}
            sides = [Side(name, part.round, warm_ups=1, unit="ms p50") for name, part in parts.items()]
            found = await take_turns(sides, wanted)
    # The warm-ups' percentiles come first, and are left out as their medians are.
    p90 = {name: part.p90[-wanted.rounds :] for name, part in parts.items()}
    if not wanted.peers:
        return [alone("sparse p50", found, ours=OURS, unit="ms"), alone("sparse p90", p90, ours=OURS, unit="ms")]
    return [
        against("sparse p50 / Debezium default", found, ours=OURS, peer=DEFAULT, goal=50.0, **_TIMES),
        against("sparse p50 / Debezium tuned", found, ours=OURS, peer=TUNED, goal=2.0, **_TIMES),
        against("sparse p50 / Debezium for latency", found, ours=OURS, peer=LATENCY, goal=None, **_TIMES),
        against("sparse p90 / Debezium default", p90, ours=OURS, peer=DEFAULT, goal=None, **_TIMES),
        against("sparse p90 / Debezium tuned", p90, ours=OURS, peer=TUNED, goal=None, **_TIMES),
        against("sparse p90 / Debezium for latency", p90, ours=OURS, peer=LATENCY, goal=None, **_TIMES),
    ]


async def _listening(servers: Machine, drainer: Drainer, count: int, listeners: AsyncExitStack) -> Sparse:
    """A drainer that was seen to carry events, and rests; its topic has a listener."""
    consumer = AIOKafkaConsumer(bootstrap_servers=servers.bootstrap, enable_auto_commit=False)
    await consumer.start()
    listeners.push_async_callback(consumer.stop)
    consumer.assign([TopicPartition(drainer.topic.name, number) for number in range(PARTITIONS)])
    part = Sparse(
        servers, drainer, consumer, life_of_city(f"5{len(drainer.name):03x}"),
        min(count, SLOW_INSERTS) if drainer.name == DEFAULT else count,
    )  # fmt: skip
    await probe(servers, drainer, part.life)
    await drainer.settle(servers)
    rest(drainer.process)
    return part
