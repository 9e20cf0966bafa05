"""The composition root of reporting."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Final

import httpx
from fastapi import FastAPI

from contracts.ledgers import ALERTS, LISTS, REGISTRY, Ledger
from contracts.lists import tells_of_a_tour
from contracts.roles import ADMINISTRATOR
from runtime.access.keys import fetch_over_http
from runtime.access.principal import Grant
from runtime.access.service_tokens import ServiceTokens
from runtime.access.tokens import TokenVerifier, Verifier
from runtime.clock import Clock, SystemClock
from runtime.consumer.consumer import Consumer
from runtime.consumer.dead_http import DeadDesk, dead_router
from runtime.consumer.dead_letters import DeadLetters
from runtime.consumer.http import RegistryFreshness
from runtime.consumer.ports import Projection, Source
from runtime.consumer.rebuild import forget
from runtime.http.app import Lifespan, create_app
from runtime.http.gate import Gate
from runtime.http.serve import CannotStartError, serve, stop_on_signals
from runtime.mirror import MIRROR, Mirror
from runtime.mongo import Database, Mongo, mongo_errors
from services.reporting.http import report_routes
from services.reporting.of_day import OfDay
from services.reporting.projections import CHANGES, CountingProjection, prepare
from services.reporting.queries import Queries
from services.reporting.reading import registry_of
from services.reporting.registry import RegistryProjection, Structures
from services.reporting.reports import Reports
from services.reporting.scopes import Scope, scope_of
from services.reporting.settings import ReportingSettings
from services.reporting.state import HASHED, state_hash
from services.reporting.worker import prepared, work

SERVICE: Final = "reporting"
FOLLOWED: Final = (REGISTRY, LISTS, ALERTS)


def connect(settings: ReportingSettings) -> Mongo:
    """A client of the settings' MongoDB."""
    return Mongo(settings.mongo_url.get_secret_value())


def make_reports(mongo: Mongo, db: Database) -> Reports:
    """The reports on a database; they remember what cannot change any more."""
    return Reports(Queries(db), OfDay(mongo, db), Structures(db))


def make_api(settings: ReportingSettings, *, verifier: Verifier | None = None, clock: Clock | None = None) -> FastAPI:
    """The API process; `verifier` tells whose token a request carries (default: by the portal's keys)."""
    mongo = connect(settings)
    db = mongo.database(settings.database)
    mirror = Mirror(db)
    now = clock or SystemClock()
    fresh = RegistryFreshness(db, now, settings.registry_limit)

    async def grants_of(person: str) -> Sequence[Grant]:
        await fresh.require()
        held = await mirror.find("grant", {"person": person, "revoked": False})
        return [Grant(grant["role"], grant["organisation"]) for grant in held]

    async def scope(grants: tuple[Grant, ...]) -> Scope:
        return await scope_of(grants, mirror)

    tokens = verifier or TokenVerifier(fetch_over_http(settings.portal_url), settings.issuer, clock=now)
    desk = DeadDesk.of(DeadLetters(mongo, db, projections(db), now), db, now, tells_of_a_tour)
    return create_app(
        title="Dudao reporting",
        version=version("dudao"),
        routers=[
            report_routes(make_reports(mongo, db), scope),
            dead_router(desk, SERVICE, (ADMINISTRATOR,)),
        ],
        gate=Gate(tokens, grants_of),
        ready={"mongo": mongo.ping, "registry": fresh.require},
        lifespan=_closing(mongo),
    )


def _closing(mongo: Mongo) -> Lifespan:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await mongo.close()

    return lifespan


def projections(db: Database) -> dict[str, Projection]:
    """What each ledger's entries are counted by; one per process, since structures are remembered."""
    counting = CountingProjection(db, Structures(db))
    return {REGISTRY.name: RegistryProjection(db), LISTS.name: counting, ALERTS.name: counting}


def sources(
    counted: Mapping[str, Projection], owners: Mapping[str, str], ledgers: Sequence[Ledger] = FOLLOWED
) -> list[tuple[Source, Projection]]:
    """What is followed, at its owner's URL, and what counts it."""
    return [(Source(ledger, owners[ledger.owner], registry_of), counted[ledger.name]) for ledger in ledgers]


async def prepare_database(db: Database) -> None:
    """Make collections and indexes; as often as one likes. Raises `Retryable`, `CannotStartError`."""
    with mongo_errors():
        change = await db[CHANGES].find_one({})
    if change is not None and "rows" not in change:
        raise CannotStartError(
            "报表数据的格式已过时，请停止服务后重建 / "
            "what was counted has an older shape, stop the service and rebuild: python -m services.reporting rebuild"
        )
    await prepare(db)
    await RegistryProjection(db).prepare()


def make_consumer(
    settings: ReportingSettings,
    mongo: Mongo,
    auth: httpx.Auth,
    clock: Clock,
    *,
    name: str = SERVICE,
    ledgers: Sequence[Ledger] = FOLLOWED,
) -> Consumer:
    """The consumer of registry, lists and alerts; `auth` signs it in to the owners, `name` is that of its groups."""
    db = mongo.database(settings.database)
    owners = {"inspection": settings.inspection_url, "notification": settings.notification_url}
    return Consumer(name, mongo, db, sources(projections(db), owners, ledgers), settings.kafka, auth, clock)


async def api(settings: ReportingSettings) -> None:
    """Serve the API until told to stop."""
    await serve(make_api(settings), settings.host, settings.port)


async def worker(settings: ReportingSettings) -> None:
    """Follow the three ledgers and count them, until told to stop."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    clock = SystemClock()
    mongo = connect(settings)
    tokens = ServiceTokens(settings.portal_url, SERVICE, settings.service_secret.get_secret_value(), clock=clock)
    try:
        await prepared(lambda: prepare_database(mongo.database(settings.database)), stop)
        consumer = make_consumer(settings, mongo, tokens, clock)
        ready = {"mongo": mongo.ping, "consumer": consumer.require}
        app = create_app(title="Dudao reporting worker", version=version("dudao"), ready=ready)
        await work(app, settings.host, settings.port, consumer, stop)
    finally:
        await tokens.aclose()
        await mongo.close()


async def rebuild(settings: ReportingSettings) -> int:
    """Forget everything that was derived: the worker, started again, counts all ledgers from their beginning.

    Returns how many discarded events will come again as dead ones.
    """
    mongo = connect(settings)
    try:
        db = mongo.database(settings.database)
        again = await forget(db, [ledger.name for ledger in FOLLOWED], (*HASHED, MIRROR), SystemClock())
        await prepare_database(db)
    finally:
        await mongo.close()
    return again


async def hashed(settings: ReportingSettings) -> str:
    """The hash over everything counted (see `state`)."""
    mongo = connect(settings)
    try:
        return await state_hash(mongo.database(settings.database))
    finally:
        await mongo.close()
