"""The one composition root of inspection: what is made of what, for the API, the worker and the initialisation."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version

from fastapi import FastAPI

from contracts.ledgers import LISTS, REGISTRY
from runtime.access.keys import fetch_over_http
from runtime.access.principal import Grant
from runtime.access.tokens import TokenVerifier, Verifier
from runtime.clock import Clock, SystemClock
from runtime.commands import Commands
from runtime.files import Bucket, bucket_of
from runtime.http.app import create_app
from runtime.http.gate import Gate
from runtime.http.serve import serve, stop_on_signals
from runtime.ledger.http import ledger_router
from runtime.ledger.initialise import initialise
from runtime.ledger.outlet import KafkaAddress, KafkaOutlet
from runtime.ledger.read import LedgerReader
from runtime.ledger.relay import Relay
from runtime.ledger.writer import GroupWriter
from runtime.mongo import Database, IndexModel, Mongo, mongo_errors
from services.inspection.adapters.bucket_files import BucketFiles
from services.inspection.adapters.chinese_calendars import published_calendars
from services.inspection.adapters.intake_process import IntakeProcess
from services.inspection.adapters.issue_filters import SEARCH_INDEXES
from services.inspection.adapters.mongo_assignments import MongoAssignments
from services.inspection.adapters.mongo_burden import MongoBurden
from services.inspection.adapters.mongo_cards import MongoCards
from services.inspection.adapters.mongo_derived import RULE_INDEXES, MongoDerived
from services.inspection.adapters.mongo_evidence import MongoEvidence
from services.inspection.adapters.mongo_highlights import HIGHLIGHT_INDEXES, MongoHighlights
from services.inspection.adapters.mongo_leaving import LedgerStaffNews, MongoLed
from services.inspection.adapters.mongo_liaison import LIAISON_INDEXES, MongoLiaisons, MongoRequests
from services.inspection.adapters.mongo_lists import INDEXES, MongoIssues, MongoVisits
from services.inspection.adapters.mongo_material import MATERIAL_INDEXES, MongoMaterials
from services.inspection.adapters.mongo_originals import MongoOriginals
from services.inspection.adapters.mongo_planning_runs import RUN_INDEXES, RUNS, MongoPlanningRuns
from services.inspection.adapters.mongo_recount import PROVISIONAL_INDEXES, LedgerPast, MongoProvisional
from services.inspection.adapters.mongo_search import MongoSearch
from services.inspection.adapters.mongo_stagings import INDEXES as STAGING_INDEXES
from services.inspection.adapters.mongo_stagings import MongoStagings
from services.inspection.adapters.mongo_waiting import WAITING_INDEXES, MongoWaiting
from services.inspection.adapters.planning_process import PlanningProcess
from services.inspection.adapters.reading import Reading
from services.inspection.adapters.remembered_registry import RememberedRegistry
from services.inspection.adapters.table_files import ProcessTables
from services.inspection.adapters.templates import FileTemplates
from services.inspection.application.deriving import Deriving
from services.inspection.application.leaving import Leaving
from services.inspection.application.ports import Ports
from services.inspection.application.recount import Recounting
from services.inspection.application.recount_requests import RecountingRequests
from services.inspection.application.staging import Inbox
from services.inspection.application.standing import held_grants
from services.inspection.domain.registry import Division
from services.inspection.entrypoints import (
    http_absences,
    http_arranging,
    http_assignments,
    http_burden,
    http_calendars,
    http_cards,
    http_checklists,
    http_commitments,
    http_draws,
    http_evidence,
    http_grants,
    http_highlights,
    http_issue_asides,
    http_issue_lists,
    http_issue_tables,
    http_issues,
    http_liaison,
    http_material,
    http_me,
    http_planning,
    http_registry,
    http_rounds,
    http_structure,
    http_tables,
    http_terms,
    http_visits,
    worker,
)
from services.inspection.entrypoints.context import Service
from services.inspection.entrypoints.initial import first_administrator
from services.inspection.settings import NAME, Settings

LEDGERS = (REGISTRY, LISTS)


@dataclass(frozen=True, slots=True)
class Store:
    """This process's connection to its database."""

    mongo: Mongo
    db: Database
    files: Bucket

    @classmethod
    def of(cls, settings: Settings) -> "Store":
        """Connect; nothing is asked of the server yet."""
        mongo = Mongo(settings.mongo_url.get_secret_value())
        db = mongo.database(settings.database_name(NAME))
        return cls(mongo, db, bucket_of(settings, db))

    async def prepare(self) -> None:
        """Make what must be there before the first write; every process does it, it is idempotent."""
        await self.files.prepare()
        await initialise(self.mongo, self.db, LEDGERS)
        with mongo_errors():
            for collection, keys in INDEXES.items():
                await self.db[collection].create_indexes([IndexModel(key) for key in keys])
            for collection, indexes in LIAISON_INDEXES.items():
                await self.db[collection].create_indexes(indexes)
            await self.db["materials"].create_indexes(MATERIAL_INDEXES)
            await self.db["visits"].create_indexes(HIGHLIGHT_INDEXES)
            await self.db["stagings"].create_indexes(STAGING_INDEXES)
            await self.db["issues"].create_indexes([*PROVISIONAL_INDEXES, *SEARCH_INDEXES, *WAITING_INDEXES])
            await self.db[RUNS].create_indexes(RUN_INDEXES)
            for collection, indexes in RULE_INDEXES.items():
                await self.db[collection].create_indexes(indexes)

    def ports(self, intake: IntakeProcess) -> Ports:
        """The adapters behind the use cases."""
        runs = MongoPlanningRuns(self.db)
        return Ports(
            registry=RememberedRegistry(self.db),
            issues=MongoIssues(self.db),
            visits=MongoVisits(self.db),
            liaisons=MongoLiaisons(self.db),
            requests=MongoRequests(self.db),
            materials=MongoMaterials(self.db),
            evidence=MongoEvidence(self.db),
            files=BucketFiles(self.files),
            intake=intake,
            planner=PlanningProcess(runs),
            planning_runs=runs,
        )


def make_api(settings: Settings, *, verifier: Verifier | None = None, clock: Clock | None = None) -> FastAPI:
    """The API's application; a verifier and a clock may be given instead of the portal's keys and the machine's."""
    clock = clock or SystemClock()
    store = Store.of(settings)
    writer = GroupWriter(store.mongo, store.db)
    intake = IntakeProcess()
    ports = store.ports(intake)
    reader = LedgerReader(store.mongo, store.db, LEDGERS)
    tokens = verifier or TokenVerifier(fetch_over_http(settings.portal_url), settings.issuer, clock=clock)

    async def grants_of(person: str) -> list[Grant]:
        return await held_grants(ports.registry, person)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await store.prepare()
        writer.start()
        try:
            yield
        finally:
            await intake.stop()
            await writer.stop()
            await store.mongo.close()

    app = create_app(
        title="Dudao inspection",
        version=version("dudao"),
        routers=[
            # They are looked through in order: first what is asked for most.
            http_issue_tables.router,
            http_issue_asides.router,
            http_issue_lists.router,
            http_issues.router,
            http_me.router,
            http_registry.router,
            http_calendars.router,
            http_structure.router,
            http_grants.router,
            http_absences.router,
            http_commitments.router,
            http_tables.router,
            http_rounds.router,
            http_planning.router,
            http_draws.router,
            http_checklists.router,
            http_arranging.router,
            http_visits.router,
            http_assignments.router,
            http_burden.router,
            http_highlights.router,
            http_liaison.router,
            http_material.router,
            http_cards.router,
            http_terms.router,
            http_evidence.router,
            ledger_router(reader),
        ],
        gate=Gate(tokens, grants_of),
        ready={"mongo": store.mongo.ping},
        lifespan=lifespan,
    )
    app.state.highlights = MongoHighlights(store.db)
    app.state.burden = MongoBurden(store.db)
    app.state.assignments = MongoAssignments(store.db)
    app.state.cards = MongoCards(store.db)
    app.state.originals = MongoOriginals(store.db)
    app.state.inbox = Inbox(ProcessTables(), FileTemplates(), ports.files, MongoStagings(store.db, clock))
    app.state.service = Service(
        ports, Reading(store.db, reader), MongoSearch(store.db), MongoWaiting(store.db), Commands(writer, clock), clock
    )
    return app


async def api(settings: Settings) -> None:
    """Serve the API until told to stop."""
    await serve(make_api(settings), settings.host, settings.port)


def make_relay(settings: Settings, store: Store, clock: Clock) -> Relay:
    """Seals both ledgers, registry first, and publishes them."""
    address = KafkaAddress(settings.kafka, settings.kafka_idempotence)
    outlet = KafkaOutlet(address, LEDGERS, f"/dudao/{NAME}")
    return Relay(store.mongo, store.db, LEDGERS, outlet, clock, registry=REGISTRY.name)


def make_recounting(store: Store, writer: GroupWriter, clock: Clock) -> Recounting:
    """Counts provisional dates anew once a calendar has come."""
    past = LedgerPast(store.db, LedgerReader(store.mongo, store.db, LEDGERS))
    return Recounting(RememberedRegistry(store.db), MongoProvisional(store.db), past, Commands(writer, clock), clock)


def make_recounting_requests(store: Store, writer: GroupWriter, clock: Clock) -> RecountingRequests:
    """The same for the days on which requests are to be answered."""
    return RecountingRequests(RememberedRegistry(store.db), MongoRequests(store.db), Commands(writer, clock), clock)


def make_leaving(store: Store, writer: GroupWriter, clock: Clock) -> Leaving:
    """Says of open issues that their lead has left."""
    news = LedgerStaffNews(store.db, LedgerReader(store.mongo, store.db, LEDGERS))
    return Leaving(RememberedRegistry(store.db), news, MongoLed(store.db), Commands(writer, clock), clock)


async def work(settings: Settings) -> None:
    """Seal and publish until told to stop."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    store = Store.of(settings)
    await store.prepare()
    relay = make_relay(settings, store, SystemClock())
    writer = GroupWriter(store.mongo, store.db)
    writer.start()
    app = create_app(
        title="Dudao inspection worker",
        version=version("dudao"),
        ready={"mongo": store.mongo.ping, "relay": relay.require},
    )
    try:
        recounting = make_recounting(store, writer, SystemClock())
        chores = (
            worker.Chore("recount", recounting.run, "issues had provisional dates that were counted anew"),
            worker.Chore(
                "recount requests",
                make_recounting_requests(store, writer, SystemClock()).run,
                "requests had provisional days that were counted anew",
            ),
            worker.Chore("leads", make_leaving(store, writer, SystemClock()).run, "issues were told of their lead"),
            worker.Chore("derive", Deriving(MongoDerived(store.db)).run, "entries are searched by the rule of today"),
        )
        await worker.work(app, settings.host, settings.port, relay, chores, stop)
    finally:
        await writer.stop()
        await store.mongo.close()


async def init(settings: Settings, city: str, name: str, person: str) -> None:
    """An empty system: the city, its calendars, its first administrator; a second time it changes nothing."""
    store = Store.of(settings)
    await store.prepare()
    writer = GroupWriter(store.mongo, store.db)
    writer.start()
    try:
        division = Division(id=city, name=name, kind="city", parent=None, principal_pilot=False)
        commands = Commands(writer, SystemClock())
        await first_administrator(commands, SystemClock(), published_calendars(), division, person)
    finally:
        await writer.stop()
        await store.mongo.close()
