"""A second reading of all ledgers into databases of its own, by the services' own projections, over HTTP alone."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from contracts.ledgers import ALERTS, LISTS, REGISTRY
from runtime.access.service_tokens import ServiceTokens
from runtime.clock import SystemClock
from runtime.consumer.consumer import Consumer
from runtime.consumer.ports import Projection
from runtime.mongo import Database, Mongo
from services.notification import bootstrap as notification
from services.notification.settings import Settings
from services.reporting import bootstrap as reporting
from tests.faults.system import System
from tests.faults.trial import Trial

NAME = "shadow"
Projections = Callable[[Database], Mapping[str, Projection]]


@dataclass(slots=True)
class Shadow:
    """Databases under a prefix of their own, dropped at the end."""

    system: System
    mongo: Mongo

    @classmethod
    def of(cls, system: System) -> Self:
        """Connected past all links."""
        return cls(system, Mongo(system.mongod.url))

    @property
    def prefix(self) -> str:
        """Of the databases."""
        return f"{self.system.prefix}_{NAME}"

    def database(self, service: str, *, live: bool = False) -> Database:
        """A service's shadow, or what it is the shadow of."""
        return self.mongo.database(f"{self.system.prefix if live else self.prefix}_{service}")

    async def report(self, trial: Trial, projections: Projections = reporting.projections) -> None:
        """Read everything that reporting reads, from the beginning to the heads of now."""
        db = self.database("reporting")
        await reporting.prepare_database(db)
        owners = {owner: self.system.url(owner) for owner in ("inspection", "notification")}
        sources = reporting.sources(projections(db), owners)
        await self._follow(
            trial,
            "reporting",
            lambda auth: Consumer("reporting", self.mongo, db, sources, None, auth, SystemClock()),
        )

    async def notify(self, trial: Trial) -> None:
        """Read everything that notification reads, from the beginning to the heads of now."""
        settings = Settings(
            mongo_url=self.system.mongod.url,
            database_prefix=self.prefix,
            inspection_url=self.system.url("inspection"),
        )
        store = notification.Store.of(settings)
        await store.prepare()
        try:
            await self._follow(
                trial,
                "notification",
                lambda auth: notification.make_consumer(settings, store, auth, SystemClock(), live=False),
            )
        finally:
            await store.mongo.close()

    async def _follow(self, trial: Trial, service: str, make: Callable[[ServiceTokens], Consumer]) -> None:
        secret = self.system.folder.secret_of(service).read_text()
        tokens = ServiceTokens(self.system.url("portal"), service, secret, clock=SystemClock())
        consumer = make(tokens)
        running = asyncio.create_task(consumer.run())
        try:
            await trial.until(lambda: not consumer.problems() or running.done(), f"the shadow of {service} is there")
        finally:
            await consumer.stop()
            await running
            await tokens.aclose()

    async def alerts(self, *, live: bool) -> dict[str, Any]:
        """What was raised, without what people did with it afterwards."""
        rows = self.database("notification", live=live)["alerts"].find({})
        after = {"read_at": None, "acknowledged_at": None}
        return {row["_id"]: {**row["entry"], **after} async for row in rows}

    async def close(self) -> None:
        """Drop what was made."""
        for service in ("reporting", "notification"):
            await self.mongo.drop(f"{self.prefix}_{service}")
        await self.mongo.close()


async def caught_up(trial: Trial) -> None:
    """Until all is published and every live consumer stands at every head."""
    shadow = Shadow.of(trial.system)

    async def level() -> bool:
        for ledger in (REGISTRY, LISTS, ALERTS):
            owner = shadow.database(ledger.owner, live=True)
            heads = {row["stream"]: row["last"] async for row in owner["heads"].find({"ledger": ledger.name})}
            events = [row["n"] async for row in owner["commits"].find({"ledger": ledger.name}, {"n": 1})]
            if sum(heads.values()) != sum(events):
                return False
            for name in ledger.consumers:
                rows = shadow.database(name, live=True)["watermarks"].find({"ledger": ledger.name})
                if {row["stream"]: row["seq"] async for row in rows} != heads:
                    return False
        return True

    try:
        await trial.until(level, "all consumers stand at all heads", within=120)
    finally:
        await shadow.mongo.close()
