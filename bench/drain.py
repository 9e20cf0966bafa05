"""Events that lie in MongoDB, brought to Kafka: our relay, sealing included, against Debezium's outbox router.

Each side's process runs and follows its collection. It is stopped, the events are written, it goes on: measured is from
then until the last record is in the topic.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import Final

from bench._drainers import DEFAULT, OURS, TUNED, Drainer, drainers, looked_at, topic_of
from bench._issues import Told, life_of_city, some
from bench._machine import Machine, begin_topics, go, machine, rest
from bench._rounds import Side, against, alone, portion, take_turns
from bench._topic import RoundTimeoutError
from dudao.bench import Arm, Wanted

EVENTS: Final = 100_000
QUICK: Final = 20_000
PEERS: Final = (DEFAULT, TUNED)
_PROBE_S: Final = 3.0
_PROBES: Final = 20
_NOTE: Final = "ours also numbers, hashes and seals every event"


def measure(wanted: Wanted) -> Sequence[Arm]:
    """The arms; see `dudao.bench`."""
    return asyncio.run(_measure(wanted))


async def _measure(wanted: Wanted) -> list[Arm]:
    count = wanted.size(EVENTS, QUICK)
    with machine(wanted) as servers:
        await begin_topics(servers, *map(topic_of, PEERS))
        carriers = drainers(servers, wanted, PEERS)
        async with looked_at(carriers):
            sides = [await ready(servers, drainer, number, count) for number, drainer in enumerate(carriers)]
            found = await take_turns(sides, wanted)
    if not wanted.peers:
        return [alone("drain", found, ours=OURS)]
    return [
        against("drain / Debezium default", found, ours=OURS, peer=DEFAULT, goal=4.0, note=_NOTE),
        against("drain / Debezium tuned", found, ours=OURS, peer=TUNED, goal=2.0, note=_NOTE),
    ]


async def ready(servers: Machine, drainer: Drainer, number: int, count: int) -> Side:
    """The side of a drainer that was seen to carry events, and rests."""
    life = life_of_city(f"d{number:03x}")
    await probe(servers, drainer, life)
    await drainer.settle(servers)
    rest(drainer.process)

    warm_ups = 1 if drainer.name == OURS else 3

    async def one(number: int) -> float:
        return await drain(servers, drainer, some(life, portion(count, number, warm_ups)), life)

    return Side(drainer.name, one, warm_ups)


async def probe(servers: Machine, drainer: Drainer, life: Iterator[Told]) -> None:
    """Return once an event comes through: the side follows its collection, and has passed over what others wrote."""
    for tries in range(_PROBES):
        start = await drainer.topic.ends()
        drainer.put(servers, some(life, 1))
        try:
            await drainer.topic.grown(start, 1, _PROBE_S)
        except RoundTimeoutError:
            continue
        if tries:
            # What was put before it followed may come after all, and must not be taken for what comes next.
            await asyncio.sleep(_PROBE_S)
        return
    raise RoundTimeoutError(f"{drainer.name} carries nothing\n{drainer.process.tail()}")


async def drain(servers: Machine, drainer: Drainer, told: Sequence[Told], life: Iterator[Told]) -> float:
    """One round: events a second from the start of the drainer to the last record."""
    go(drainer.process)
    await probe(servers, drainer, life)
    await drainer.settle(servers)
    rest(drainer.process)
    drainer.put(servers, told)
    start = await drainer.topic.ends()
    began = time.perf_counter()
    go(drainer.process)
    ended = await drainer.topic.grown(start, len(told))
    await drainer.settle(servers)
    rest(drainer.process)
    drainer.check(await drainer.topic.since(start), told)
    return len(told) / (ended - began)
