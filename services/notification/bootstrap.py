"""The one composition root of notification: what is made of what, for the API and for the worker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from typing import Final

import httpx
from fastapi import FastAPI

from contracts.ledgers import ALERTS, LISTS, REGISTRY
from contracts.lists import tells_of_a_tour
from contracts.roles import ADMINISTRATOR
from runtime.access.keys import fetch_over_http
from runtime.access.principal import Grant
from runtime.access.service_tokens import ServiceTokens
from runtime.access.tokens import TokenVerifier, Verifier
from runtime.clock import Clock, SystemClock
from runtime.commands import Commands
from runtime.consumer.consumer import Consumer
from runtime.consumer.dead_http import DeadDesk, dead_router
from runtime.consumer.dead_letters import DeadLetters
from runtime.consumer.dead_rows import prepare_dead_rows
from runtime.consumer.http import RegistryFreshness
from runtime.consumer.ports import Projection, Source
from runtime.consumer.rebuild import forget
from runtime.http.app import create_app
from runtime.http.gate import Gate
from runtime.http.serve import serve, stop_on_signals
from runtime.ledger.http import ledger_router
from runtime.ledger.initialise import initialise
from runtime.ledger.outlet import KafkaAddress, KafkaOutlet
from runtime.ledger.read import LedgerReader
from runtime.ledger.relay import Relay
from runtime.ledger.writer import GroupWriter
from runtime.mirror import MIRROR, Mirror, MirrorProjection
from runtime.mongo import Database, Mongo, mongo_errors
from services.notification.adapters.alert_feed import AlertFeed
from services.notification.adapters.mirror_structures import LOOKUPS, MirrorStructures
from services.notification.adapters.mongo_alert_writing import MongoAlertWriting
from services.notification.adapters.mongo_alerts import MongoAlerts
from services.notification.adapters.registry_reaction import RegistryReaction
from services.notification.application.list_alerts import ListAlerts
from services.notification.application.raise_alerts import RaiseAlerts
from services.notification.entrypoints.http import Parts, alerts_router, inbox_router
from services.notification.entrypoints.stream import stream_router
from services.notification.entrypoints.worker import work
from services.notification.settings import NAME, Settings

_PORTAL_TIMEOUT: Final = httpx.Timeout(3.0)


@dataclass(frozen=True, slots=True)
class Store:
    """This process's connection to its database."""

    mongo: Mongo
    db: Database

    @classmethod
    def of(cls, settings: Settings) -> "Store":
        """Connect; nothing is asked of the server yet."""
        mongo = Mongo(settings.mongo_url.get_secret_value())
        return cls(mongo, mongo.database(settings.database_name(NAME)))

    async def prepare(self) -> None:
        """Make what must be there before the first write; every process does it, it is idempotent."""
        await initialise(self.mongo, self.db, [ALERTS])
        await MongoAlerts(self.db).prepare()
        await MirrorProjection(self.db, LOOKUPS).prepare()
        with mongo_errors():
            await prepare_dead_rows(self.db)


@dataclass(frozen=True, slots=True)
class Granting:
    """The grants that count now: from the mirror, and only while it is known to be fresh."""

    structures: MirrorStructures
    freshness: RegistryFreshness

    async def of(self, person: str) -> list[Grant]:
        """Raises `Retryable` (503) when the registry's copy cannot be confirmed."""
        await self.freshness.require()
        return [Grant(role, organisation) for role, organisation in await self.structures.grants_of(person)]


def make_api(
    settings: Settings,
    *,
    ending: asyncio.Event,
    verifier: Verifier | None = None,
    clock: Clock | None = None,
) -> FastAPI:
    """The API's application; `ending` makes live streams end. A verifier and a clock may be given instead of ours."""
    clock = clock or SystemClock()
    store = Store.of(settings)
    writer = GroupWriter(store.mongo, store.db)
    alerts = MongoAlerts(store.db)
    structures = MirrorStructures(Mirror(store.db))
    freshness = RegistryFreshness(store.db, clock, timedelta(seconds=settings.registry_limit_s))
    feed = AlertFeed(store.mongo, store.db)
    letters = DeadLetters(store.mongo, store.db, projections(store.db), clock)
    parts = Parts(alerts, ListAlerts(alerts, structures), Commands(writer, clock), clock)
    portal = httpx.AsyncClient(timeout=_PORTAL_TIMEOUT, trust_env=False)
    tokens = verifier or TokenVerifier(fetch_over_http(settings.portal_url, portal), settings.issuer, clock=clock)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await store.prepare()
        writer.start()
        following = asyncio.create_task(feed.run(), name="alert-feed")
        try:
            yield
        finally:
            following.cancel()
            await asyncio.wait([following])
            await writer.stop()
            await portal.aclose()
            await store.mongo.close()

    return create_app(
        title="Dudao notification",
        version=version("dudao"),
        routers=[
            stream_router(feed, ending),
            inbox_router(parts),
            alerts_router(parts),
            dead_router(DeadDesk.of(letters, store.db, clock, tells_of_a_tour), NAME, (ADMINISTRATOR,)),
            ledger_router(LedgerReader(store.mongo, store.db, [ALERTS])),
        ],
        gate=Gate(tokens, Granting(structures, freshness).of),
        ready={"mongo": store.mongo.ping, "registry": freshness.require, "live": feed.require},
        lifespan=lifespan,
    )


async def api(settings: Settings) -> None:
    """Serve the API until told to stop."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    await serve(make_api(settings, ending=stop), settings.host, settings.port, stop=stop)


def make_tokens(settings: Settings, clock: Clock) -> ServiceTokens:
    """This service's own token; to be closed in the end."""
    return ServiceTokens(settings.portal_url, NAME, settings.service_secret.get_secret_value(), clock=clock)


def projections(db: Database) -> dict[str, Projection]:
    """What each ledger's entries become: the registry a mirror and alerts to sign, the lists alerts."""
    raising = RaiseAlerts(MirrorStructures(Mirror(db)), MongoAlertWriting(db))
    return {REGISTRY.name: RegistryReaction(db, LOOKUPS), LISTS.name: raising}


def make_consumer(
    settings: Settings, store: Store, tokens: ServiceTokens, clock: Clock, *, live: bool = True
) -> Consumer:
    """Registry into the mirror, lists into alerts. Not `live`: over HTTP alone, for a replay beside a worker."""
    made = projections(store.db)
    sources = [(Source(ledger, settings.inspection_url), made[ledger.name]) for ledger in (REGISTRY, LISTS)]
    return Consumer(NAME, store.mongo, store.db, sources, settings.kafka if live else None, tokens, clock)


def make_relay(settings: Settings, store: Store, clock: Clock) -> Relay:
    """Seals the alerts ledger and publishes it."""
    address = KafkaAddress(settings.kafka, settings.kafka_idempotence)
    outlet = KafkaOutlet(address, [ALERTS], f"/dudao/{NAME}")
    return Relay(store.mongo, store.db, [ALERTS], outlet, clock)


async def rebuild(settings: Settings) -> int:
    """Forget how far the ledgers were followed; the worker, started again, reads them from their beginning.

    The alerts and their ledger stay: an alert's id and its request are derived from the event, so none is raised twice.
    Returns how many discarded events will come again as dead ones.
    """
    store = Store.of(settings)
    try:
        again = await forget(store.db, [REGISTRY.name, LISTS.name], [MIRROR], SystemClock())
        await store.prepare()
    finally:
        await store.mongo.close()
    return again


async def worker(settings: Settings) -> None:
    """Follow inspection's ledgers, raise alerts, seal and publish them, until told to stop."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    clock = SystemClock()
    store = Store.of(settings)
    await store.prepare()
    tokens = make_tokens(settings, clock)
    consumer, relay = make_consumer(settings, store, tokens, clock), make_relay(settings, store, clock)
    app = create_app(
        title="Dudao notification worker",
        version=version("dudao"),
        ready={"mongo": store.mongo.ping, "consumer": consumer.require, "relay": relay.require},
    )
    try:
        await work(app, settings.host, settings.port, consumer, relay, stop)
    finally:
        await tokens.aclose()
        await store.mongo.close()
