"""A service's consumer: follows its ledgers over HTTP and Kafka, each into the service's projection."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import httpx
from aiokafka import ConsumerRecord

from runtime.clock import Clock
from runtime.consumer.aside import evidence_of_record, keep_aside
from runtime.consumer.dead_letters import DeadLetters
from runtime.consumer.follower import Follower
from runtime.consumer.kafka import Handler, KafkaFeed
from runtime.consumer.owner import HttpOwner, owner_client
from runtime.consumer.ports import Projection, Source
from runtime.consumer.records import read
from runtime.consumer.sessions import Sessions
from runtime.consumer.store import MongoStore
from runtime.errors import Conflict, Rejected, Retryable
from runtime.ledger.model import Entry
from runtime.mongo import Database, Mongo

REGISTRY: Final = "registry"
# What a worker's readiness says, to anybody, once streams stopped: it does not change by waiting.
STOPPED: Final = "stopped: the owner's ledger is not the one followed"
_AGAIN_S: Final = (0.2, 0.5, 1.0, 2.0)
_GRACE_S: Final = 5.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the owners' heads are compared, in seconds; `patience` is how long Kafka may take to bring the rest."""

    registry: float = 2.0
    others: float = 5.0
    patience: float = 1.0


class Consumer:
    """One process of a service's consumer. `run()` returns after `stop()`; any number of processes may run.

    `auth` signs calls to the owners in (`runtime.access.ServiceTokens`); `kafka` is the bootstrap address, or None to
    follow over HTTP alone.
    """

    def __init__(
        self,
        name: str,
        mongo: Mongo,
        db: Database,
        sources: Sequence[tuple[Source, Projection]],
        kafka: str | None,
        auth: httpx.Auth | None,
        clock: Clock,
    ) -> None:
        self._db = db
        self._clock = clock
        self.pace = Pace()
        self._clients = {source.owner_url: owner_client(source.owner_url, auth) for source, _ in sources}
        self._stopping = asyncio.Event()
        self._ready: set[str] = set()
        self._compared: set[str] = set()
        self._sessions = Sessions(mongo, db)
        self._followers: dict[str, Follower] = {}
        for source, projection in sources:
            ledger = source.ledger
            self._followers[ledger.name] = Follower(
                name,
                ledger,
                MongoStore(mongo, db, ledger, projection, clock, self._sessions),
                HttpOwner(self._clients[source.owner_url], ledger),
                clock,
                partial(self._registry_reaches, source.registry_of) if ledger.name != REGISTRY else _at_once,
            )
        self._feeds = {
            ledger: KafkaFeed(kafka, follower.ledger.topic, f"{name}.{ledger}", self._handler(follower))
            for ledger, follower in self._followers.items()
            if kafka is not None
        }
        self.dead = DeadLetters(mongo, db, {source.ledger.name: projection for source, projection in sources}, clock)

    async def run(self) -> None:
        """Catch up over HTTP, then follow Kafka, comparing with the owners all the time."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._sessions.run(self._stopping))
                following = [tasks.create_task(self._follow(ledger)) for ledger in self._followers]
                await self._stopping.wait()
                # A batch in hand is finished; an owner that does not answer is not waited for.
                _, late = await asyncio.wait(following, timeout=_GRACE_S)
                for task in late:
                    task.cancel()
        finally:
            await self._sessions.close()
            for client in self._clients.values():
                await client.aclose()

    async def stop(self) -> None:
        """Let `run()` end after the batches in hand."""
        self._stopping.set()

    def problems(self) -> list[str]:
        """Why this consumer is not ready; empty when it is. In Chinese and English."""
        waiting = [
            f"{ledger}: 还没有追上 / has not caught up yet" for ledger in self._followers if ledger not in self._ready
        ]
        stopped = [
            f"{ledger}/{stream}: 账本与所跟随的不符，已停 / stopped, the owner's ledger is not the one followed"
            for ledger, follower in self._followers.items()
            for stream in follower.stopped
        ]
        return waiting + stopped

    async def require(self) -> None:
        """A check of readiness: raises `Rejected` where streams stopped, `Retryable` while it has not caught up."""
        # Before it was compared, a stream that stopped in an earlier run may be about to go on.
        if any(self._followers[ledger].stopped for ledger in self._compared):
            raise Rejected("stream-stopped", "已停：账本与所跟随的不符", STOPPED, status=503)
        problems = self.problems()
        if problems:
            raise Retryable("; ".join(problems))

    def assigned(self) -> dict[str, bool]:
        """Per ledger whether Kafka has given this process any partition of its topic; HTTP goes on without."""
        return {ledger: feed.assigned for ledger, feed in self._feeds.items()}

    async def _follow(self, ledger: str) -> None:
        await self._begin(self._followers[ledger])
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._compare(ledger))
            if ledger in self._feeds:
                tasks.create_task(self._feeds[ledger].run(self._stopping))

    async def _begin(self, follower: Follower) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                await follower.prepare()
                break
            except (Retryable, Conflict) as error:
                _log.warning("等待账本所有者 / waiting for the owner of %s: %s", follower.ledger.name, error)
                await self._pause(_AGAIN_S[min(failures, len(_AGAIN_S) - 1)], follower)
                failures += 1
        await self._check(follower, 0.0)

    async def _compare(self, ledger: str) -> None:
        follower = self._followers[ledger]
        every = self.pace.registry if ledger == REGISTRY else self.pace.others
        while not self._stopping.is_set():
            doubted = await self._pause(every if ledger in self._ready else min(every, _AGAIN_S[-1]), follower)
            await self._check(follower, 0.0 if doubted else min(self.pace.patience, every / 2))

    async def _check(self, follower: Follower, patience: float) -> None:
        ledger = follower.ledger.name
        try:
            if self._stopping.is_set():
                return
            if await follower.check(patience):
                self._ready.add(ledger)
            self._compared.add(ledger)
        except (Retryable, Conflict) as error:
            _log.warning("与账本所有者核对不成 / cannot compare %s with its owner: %s", ledger, error)

    async def _pause(self, seconds: float, follower: Follower) -> bool:
        """Wait; true when it was cut short because a record is doubtful."""
        waits = [asyncio.create_task(event.wait()) for event in (self._stopping, follower.suspicious)]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        doubted = follower.suspicious.is_set()
        follower.suspicious.clear()
        return doubted

    async def _registry_reaches(self, registry_of: Callable[[Entry], int], entries: Sequence[Entry]) -> None:
        seq = max(registry_of(entry) for entry in entries)
        if seq and REGISTRY in self._followers:
            await self._followers[REGISTRY].require(seq)

    def _handler(self, follower: Follower) -> Handler:
        async def handle(records: Sequence[ConsumerRecord]) -> None:
            entries, false = read(records, follower.ledger.name)
            if false:
                await keep_aside(self._db, [evidence_of_record(record) for record in false], self._clock)
                follower.suspect(len(false))
            await follower.take(entries)

        return handle


async def _at_once(_entries: Sequence[Entry]) -> None:
    """The registry waits for nothing."""
