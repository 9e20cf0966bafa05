"""The relay: one active per service; seals commits in the order of their making and has them published."""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final

from runtime.clock import Clock
from runtime.errors import Retryable
from runtime.ids import new_id
from runtime.ledger import lease as leases
from runtime.ledger.backlog import load_heads
from runtime.ledger.follow import Follow
from runtime.ledger.hand_over import HandOver
from runtime.ledger.lease import FencedError, Lease
from runtime.ledger.metrics import EPOCH, FAILURES
from runtime.ledger.model import Ledger
from runtime.ledger.outlet import KafkaAddress, KafkaOutlet, Outlet
from runtime.ledger.publish import Publisher
from runtime.ledger.read import LedgerReader
from runtime.ledger.seal import Head, Stream
from runtime.ledger.sealer import Sealer
from runtime.ledger.steps import DamagedError
from runtime.mongo import Database, FeedLostError, Mongo, mongo_errors

_log: Final = logging.getLogger(__name__)
_AGAIN_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a lease lasts and how often it is renewed, both in milliseconds."""

    ttl_ms: int = 5000
    renew_ms: int = 1000


class Relay:
    """Competes for the lease for as long as it runs; leads while it has it.

    `registry` names the ledger whose newest seq is stamped on the entries of the others, None where there is none;
    `ledgers` are sealed in this order within a batch.
    """

    def __init__(
        self,
        mongo: Mongo,
        db: Database,
        ledgers: Sequence[Ledger],
        outlet: Outlet,
        clock: Clock,
        *,
        registry: str | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._mongo = mongo
        self._db = db
        self._ranks = {ledger.name: rank for rank, ledger in enumerate(ledgers)}
        self._reader = LedgerReader(mongo, db, ledgers)
        self._outlet = outlet
        self._clock = clock
        self._registry = registry
        self._pace = pace or Pace()
        self._holder = new_id()
        self._task: asyncio.Task[None] | None = None
        self._publisher: Publisher | None = None
        self._problem: str | None = None
        self.epoch = 0

    def start(self) -> None:
        """Run in a task of its own."""
        self._task = asyncio.create_task(self.run(), name="relay")

    async def stop(self) -> None:
        """Stop, and give the lease back."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.wait([self._task])
        self._task = None

    @property
    def leading(self) -> bool:
        """Whether this process holds the lease, as far as it knows."""
        return self.epoch > 0

    @property
    def unpublished(self) -> int:
        """Entries sealed here that the broker has not acknowledged."""
        return 0 if self._publisher is None else self._publisher.unpublished

    def problem(self) -> str | None:
        """Why nothing is sealed or published at the moment; None when all is well, or another process leads."""
        if self._task is not None and self._task.done():
            return "中继已停止 / the relay has stopped"
        return self._problem or (None if self._publisher is None else self._publisher.problem)

    async def require(self) -> None:
        """Raises `Retryable` with the problem, if there is one: a check of readiness."""
        problem = self.problem()
        if problem is not None:
            raise Retryable(problem)

    async def run(self) -> None:
        """Compete for the lease and lead, until cancelled."""
        while True:
            try:
                await self._compete()
                self._problem = None
            except (FencedError, FeedLostError) as error:
                _log.warning("starting over: %s", error)
                FAILURES.labels("relay").inc()
            except (Retryable, DamagedError) as error:
                self._problem = str(error)
                _log.error("the relay cannot go on, will try again: %s", error)
                FAILURES.labels("relay").inc()
            await asyncio.sleep(_AGAIN_S)

    async def _compete(self) -> None:
        session = await self._mongo.session()
        try:
            lease = await leases.acquire(self._mongo, self._db, session, self._holder, self._pace.ttl_ms)
            if lease is not None:
                await self._lead(lease)
        finally:
            await session.end_session()

    async def _lead(self, lease: Lease) -> None:
        _log.info("leading with epoch %d", lease.epoch)
        heads = await self._heads()
        hand_over = HandOver({stream: head.last for stream, head in heads.items()})
        sealer = Sealer(
            self._mongo,
            self._db,
            self._clock,
            lease,
            heads=heads,
            registry=self._registry,
            hand_over=hand_over.offer,
        )
        follow = Follow(self._mongo, self._db, sealer, self._ranks, self._all_is_well)
        self._publisher = Publisher(self._db, self._reader, self._outlet, hand_over, lease)
        self.epoch = lease.epoch
        EPOCH.set(lease.epoch)
        try:
            await _first_to_end(follow.run(), self._renew(sealer), self._publisher.run())
        finally:
            self.epoch = 0
            EPOCH.set(0)
            self._publisher = None
            await self._give_back(lease)

    def _all_is_well(self) -> None:
        # What went wrong before is over; else a relay that leads for good would never be ready again.
        self._problem = None

    async def _heads(self) -> dict[Stream, Head]:
        with mongo_errors():
            return await load_heads(self._db)

    async def _give_back(self, lease: Lease) -> None:
        try:
            await leases.release(self._db, lease)
        except Retryable as error:
            _log.warning("the lease was not given back and must run out: %s", error)

    async def _renew(self, sealer: Sealer) -> None:
        while True:
            await asyncio.sleep(self._pace.renew_ms / 1000)
            await sealer.renew()


def start_relay(
    mongo: Mongo,
    db: Database,
    ledgers: Sequence[Ledger],
    address: KafkaAddress,
    clock: Clock,
    *,
    source: str,
    registry: str | None = None,
) -> Relay:
    """A relay that publishes to Kafka, started; `source` is `/dudao/<service>`. Stop it with `stop()`."""
    relay = Relay(mongo, db, ledgers, KafkaOutlet(address, ledgers, source), clock, registry=registry)
    relay.start()
    return relay


async def _first_to_end(*parts: Coroutine[Any, Any, None]) -> None:
    """Run until one part ends or fails; the others are cancelled and waited for."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in done:
        task.result()
