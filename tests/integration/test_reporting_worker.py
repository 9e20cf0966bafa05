"""Reporting's consumer on a real MongoDB and broker: whatever comes how often in what order, the count is exact."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import pytest
from fastapi import APIRouter
from pydantic import SecretStr
from starlette.responses import JSONResponse

from contracts import roles
from contracts.ledgers import ALERTS, LISTS, REGISTRY, Ledger
from dudao.embedded.ports import free_port
from runtime.clock import SystemClock
from runtime.consumer.consumer import Consumer, Pace
from runtime.http.app import create_app
from runtime.http.gate import Gate
from runtime.http.operation import operation
from runtime.http.serve import CannotStartError, serve
from runtime.ledger.http import ledger_router
from runtime.ledger.model import Entry
from runtime.mongo import Database, Mongo
from services.reporting.bootstrap import make_consumer, make_reports, prepare_database, rebuild
from services.reporting.catalogue import REPORTS
from services.reporting.scopes import Scope
from services.reporting.settings import ReportingSettings
from services.reporting.state import change_rows, state_hash
from tests.consumer_servers import AnyService, AnyToken, OwnersReader, Publisher, eventually, make_topic, wait_for_port
from tests.consumer_world import OwnedLedger, sealed
from tests.reporting_samples import DAY, Log, alert, closing, grant, issue, registered, report, school, shanghai, visit

T0 = shanghai("2026-09-28", "09:00:00.000000")
PARTITIONS = 2
OFTEN = Pace(registry=0.3, others=0.3, patience=0.1)
CITY = Scope(open=None)


class World:
    """Three ledgers that are really chained and served, and as many workers as a test starts."""

    def __init__(self, mongo: Mongo, settings: ReportingSettings, ledgers: dict[str, Ledger]) -> None:
        self.mongo, self.settings, self.ledgers = mongo, settings, ledgers
        self.owners: dict[str, OwnedLedger] = {name: OwnedLedger(ledger) for name, ledger in ledgers.items()}  # type: ignore[arg-type]
        self.logs = {LISTS.name: Log(), ALERTS.name: Log(ALERTS.name)}
        self.published = 0

    @property
    def db(self) -> Database:
        return self.mongo.database(self.settings.database)

    def seal(self, *things: Any, at: int = T0) -> list[Entry]:
        """Seal entries of the lists, or of the alerts."""
        ledger = ALERTS.name if hasattr(things[0], "rule") else LISTS.name
        registry = len(self.owners[REGISTRY.name].all) if ledger == LISTS.name else 0
        return [self.chain(self.logs[ledger].entry(thing, at, registry)) for thing in things]

    def register(self, *things: tuple[str, Any]) -> None:
        for kind, thing in things:
            seq = len(self.owners[REGISTRY.name].all) + 1
            self.chain(registered(seq, kind, thing, T0 - DAY))

    def chain(self, entry: Entry) -> Entry:
        owner = self.owners[entry.ledger]
        for one in self.owners.values():
            one.clock = max(one.clock, entry.sealed_at)
        done = sealed(owner.head(entry.stream)[1], entry)
        owner.streams[entry.stream].append(done)
        return done

    @asynccontextmanager
    async def worker(self, kafka: bool = True, prefix: str | None = None) -> AsyncIterator[Consumer]:
        changed: dict[str, Any] = {} if kafka else {"kafka": None}
        settings = self.settings.model_copy(update=changed | ({"database_prefix": prefix} if prefix else {}))
        await prepare_database(self.mongo.database(settings.database))
        # Topics and groups of its own: the broker is shared by the tests of a run.
        group, ledgers = f"reporting-{settings.database}", list(self.ledgers.values())
        consumer = make_consumer(settings, self.mongo, AnyToken(), SystemClock(), name=group, ledgers=ledgers)
        consumer.pace = OFTEN
        running = asyncio.create_task(consumer.run())
        try:
            await eventually(lambda: running.done() or not consumer.problems())
            yield consumer
        finally:
            await consumer.stop()
            await running

    async def level(self, db: Database | None = None) -> None:
        """Until every watermark stands at its owner's head, and that is confirmed up to the owner's last seal."""
        counted = self.db if db is None else db

        async def stands() -> bool:
            rows = await counted["watermarks"].find({}).to_list(None)
            seqs = {row["_id"]: row["seq"] for row in rows}
            through = {row["_id"]: row["sealed_through"] for row in await counted["reached"].find({}).to_list(None)}
            return all(
                seqs.get(f"{name}/{stream}") == owner.head(stream)[0] and through.get(name) == owner.clock
                for name, owner in self.owners.items()
                for stream in owner.streams
            )

        await eventually(stands)

    async def told(self, name: str, by: str = "city") -> dict[str, Any]:
        return await make_reports(self.mongo, self.db).answer(REPORTS[name], by, None, CITY)


@pytest.fixture
async def world(mongod_url: str, database: str, embedded_broker: str) -> AsyncIterator[World]:
    mongo = Mongo(mongod_url)
    ledgers = {
        one.name: msgspec.structs.replace(one, topic=f"{database}.{one.name}") for one in (REGISTRY, LISTS, ALERTS)
    }
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = ReportingSettings(
        mongo_url=SecretStr(mongod_url), database_prefix=database, kafka=embedded_broker, inspection_url=url,
        notification_url=url, portal_url=url, service_secret=SecretStr("any"),
    )  # fmt: skip
    world = World(mongo, settings, ledgers)
    world.register(
        *(("school", school(name)) for name in ("S001", "S002", "S003")),
        ("grant", grant("P-bureau", roles.BUREAU_OFFICER, "230800")),
    )
    reader: Any = OwnersReader(world.owners.values())
    app = create_app(title="owner", version="1", routers=[ledger_router(reader), _tokens()], gate=Gate(AnyService()))
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(app, "127.0.0.1", port, stop=stop))
    await wait_for_port(port)
    for ledger in ledgers.values():
        await make_topic(embedded_broker, ledger.topic, PARTITIONS if ledger.streams > 1 else 1)
    try:
        yield world
    finally:
        stop.set()
        await serving
        await mongo.drop(settings.database)
        await mongo.close()


def _tokens() -> APIRouter:
    router = APIRouter()

    @router.post("/v1/service-tokens", **operation("service_tokens", summary="令牌 / token", scope="public"))
    async def service_token() -> JSONResponse:
        return JSONResponse({"access_token": "any", "expires_in": 900})

    return router


def life(world: World, name: str, at: str) -> list[Entry]:
    """An issue from its assignment to its closing, a day each."""
    steps = [issue(name, at), issue(name, at, state="reported", owner="checker", reports=(report(True),)),
             issue(name, at, state="closed", owner="none", reports=(report(True),), closings=(closing(),))]  # fmt: skip
    return [entry for n, step in enumerate(steps) for entry in world.seal(step, at=T0 + n * DAY)]


async def test_duplicates_disorder_and_losses_are_counted_once(world: World) -> None:
    async with world.worker(), Publisher(world.settings.kafka, world.ledgers["lists"].topic, PARTITIONS) as kafka:
        first, second = life(world, "I-1", "S001"), life(world, "I-2", "S002")
        await kafka.entries([*first, *first[:2]])
        await kafka.entries([second[2], second[0], *first])
        await world.level()
        told = (await world.told("rectification"))["total"]
        assert told["rectification_rate"] == {"n": 2, "d": 2, "per_10000": 10_000}
        assert told["days_to_close"]["histogram"] == {"3": 2}
        assert len([row async for row in change_rows(world.db, {"ledger": "lists"})]) == 6


async def test_all_three_ledgers_are_followed_and_a_rebuild_has_the_same_hash(world: World, database: str) -> None:
    for n in range(30):
        life(world, f"I-{n}", f"S00{n % 3 + 1}")
    world.seal(visit("V-1", state="planned", facts=None, score=None), planned_visit())
    world.seal(alert("A-1"), alert("A-2", "S002"))
    async with world.worker():
        await world.level()
        assert (await world.told("rectification"))["total"]["closed"] == 30
        assert (await world.told("visits"))["total"]["states"]["planned"] == 2
        assert (await world.told("alerts", "school"))["total"]["raised"] == 2
        assert await world.db["dead"].count_documents({}) == 0
        before = await state_hash(world.db)
        async with world.worker(kafka=False, prefix=f"{database}_shadow"):
            shadow = world.mongo.database(f"{database}_shadow_reporting")
            await world.level(shadow)
            assert await state_hash(shadow) == before
    await world.mongo.drop(f"{database}_shadow_reporting")


def planned_visit() -> Any:
    return visit("V-2", "S003", state="planned", facts=None, score=None)


async def test_what_was_counted_in_an_older_shape_is_not_counted_on(world: World) -> None:
    db = world.db
    await prepare_database(db)
    await db["changes"].insert_one({"_id": "lists/0/1", "day": "2026-09-01", "ledger": "lists"})
    with pytest.raises(CannotStartError, match=r"services\.reporting rebuild"):
        await prepare_database(db)

    await rebuild(world.settings)

    await prepare_database(db)
    assert await db["changes"].count_documents({}) == 0


async def test_worker_started_again_goes_on_where_it_stood(world: World) -> None:
    life(world, "I-1", "S001")
    async with world.worker():
        await world.level()
    life(world, "I-2", "S001")
    async with world.worker(), world.worker():
        await world.level()
        assert (await world.told("issues"))["total"]["states"]["closed"] == 2
        assert len([row async for row in change_rows(world.db, {"ledger": "lists"})]) == 6


async def test_poison_event_holds_up_its_own_issue_only_and_makes_the_answer_provisional(world: World) -> None:
    bad = world.logs["lists"].entry(issue("I-bad"), T0, 4)
    world.chain(replace(bad, data=b'{"entry": null}'))
    world.seal(issue("I-bad", state="acknowledged"), issue("I-good"))
    world.seal(issue("I-lost", "S404"))
    async with world.worker() as consumer:
        await world.level()
        told = await world.told("issues")
        assert (told["total"]["total"], told["provisional"]) == (1, True)
        rows = {row["aggregate"]: row["_id"] for row in await consumer.dead.rows() if row["state"] == "dead"}
        assert set(rows) == {"issue/I-bad", "issue/I-lost"}
        for row in rows.values():
            await consumer.dead.discard(row, "内容无法读取")
        told = await world.told("issues")
        assert (told["total"]["states"]["acknowledged"], told["total"]["total"], told["provisional"]) == (1, 2, False)


async def test_process_counts_tells_its_health_hashes_and_ends_on_a_signal(world: World) -> None:
    life(world, "I-1", "S001")
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.reporting", "worker", env=environment(world, port),
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        await eventually(lambda: ready(f"http://127.0.0.1:{port}"), 60)
        await world.level()
        process.send_signal(signal.SIGTERM)
        _, log = await asyncio.wait_for(process.communicate(), 30)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    assert process.returncode == 0, log.decode()
    assert b"Traceback" not in log
    hashing = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.reporting", "hash", env=environment(world, port), stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await hashing.communicate()
    assert printed.decode().strip() == await state_hash(world.db)


def environment(world: World, port: int) -> dict[str, str]:
    return {
        **os.environ,
        "DUDAO_MONGO_URL": world.settings.mongo_url.get_secret_value(),
        "DUDAO_DATABASE_PREFIX": world.settings.database_prefix,
        "DUDAO_KAFKA": world.settings.kafka,
        "DUDAO_PORT": str(port),
        "DUDAO_INSPECTION_URL": world.settings.inspection_url,
        "DUDAO_NOTIFICATION_URL": world.settings.notification_url,
        "DUDAO_PORTAL_URL": world.settings.portal_url,
        "DUDAO_SERVICE_SECRET": "any",
    }


async def ready(url: str) -> bool:
    async with httpx.AsyncClient(trust_env=False) as http:
        try:
            return (await http.get(f"{url}/health/ready")).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


async def test_process_that_is_not_named_is_refused() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.reporting", "dance", stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 2
    assert "usage" in said.decode()
