"""The notification worker as a whole: real MongoDB, embedded broker, ledgers that really are sealed and served."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from aiokafka import AIOKafkaConsumer
from pydantic import SecretStr

import contracts
from contracts.alerts import AlertEvent
from contracts.ledgers import ALERTS
from contracts.lists import IssueEvent
from dudao.embedded import Tansu
from dudao.embedded.ports import free_port
from runtime.clock import SystemClock, from_micros, to_text
from runtime.ids import derive_id
from runtime.ledger.chain import chains, genesis
from runtime.ledger.read import LedgerReader
from runtime.ledger.wire import from_kafka
from runtime.mongo import Database, Mongo
from services.notification.bootstrap import Store, make_consumer, make_relay, make_tokens
from services.notification.entrypoints.worker import working
from services.notification.settings import Settings
from tests.inspection_stand_in import StandIn
from tests.notification_samples import REGISTERED, grant_event

SAMPLES = Path(contracts.__file__).parent / "samples"
# Bounds, not expectations: the machine of the tests may be busy with others.
pytestmark = pytest.mark.timeout(300)

ASSIGNED = "inspection.issue.assigned.v1"


def issue_event(verb: str, **changes: Any) -> tuple[str, IssueEvent]:
    type_ = f"inspection.issue.{verb}.v1"
    event = msgspec.json.decode((SAMPLES / f"{type_}.json").read_bytes(), type=IssueEvent)
    return type_, msgspec.structs.replace(event, entry=msgspec.structs.replace(event.entry, **changes))


async def until(condition: Callable[[], Awaitable[bool]], what: str, seconds: float = 90) -> None:
    """Poll; a bounded wait for a condition, never for a time."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not await condition():
        assert asyncio.get_running_loop().time() < deadline, f"waited in vain: {what}"
        await asyncio.sleep(0.02)


@dataclass(frozen=True, slots=True)
class World:
    mongo: Mongo
    inspection: StandIn
    settings: Settings
    kafka: str

    @property
    def db(self) -> Database:
        return self.mongo.database(self.settings.database_name("notification"))

    @asynccontextmanager
    async def worker(self, prefix: str | None = None, *, live: bool = True) -> AsyncIterator[Database]:
        """Consumer and relay in this process; `prefix` gives them another database, not `live` leaves Kafka out."""
        settings = self.settings.model_copy(update={"database_prefix": prefix} if prefix else {})
        store = Store.of(settings)
        await store.prepare()
        clock = SystemClock()
        tokens = make_tokens(settings, clock)
        consumer, relay = make_consumer(settings, store, tokens, clock, live=live), make_relay(settings, store, clock)
        try:
            async with working(consumer, relay):
                yield self.mongo.database(settings.database_name("notification"))
        finally:
            await tokens.aclose()
            await store.mongo.close()

    async def people(self) -> None:
        for event in (
            *REGISTERED,
            grant_event("first", "secretary", "B001"),
            grant_event("county", "county_officer", "230822"),
            grant_event("bureau", "bureau_officer", "230800"),
        ):
            await self.inspection.registry(*event)


@pytest.fixture
async def world(mongod_url: str, database: str, tmp_path: Path) -> AsyncIterator[World]:
    # A broker of its own: records of another test's ledgers would be forgeries here.
    with Tansu(tmp_path) as tansu:
        async with made(mongod_url, database, tansu.bootstrap) as world:
            yield world


@asynccontextmanager
async def made(mongod_url: str, database: str, kafka: str) -> AsyncIterator[World]:
    mongo = Mongo(mongod_url)
    stand_in = StandIn(mongo, f"{database}_inspection", kafka)
    async with stand_in.running():
        settings = Settings(
            mongo_url=SecretStr(mongod_url),
            database_prefix=database,
            kafka=kafka,
            kafka_idempotence=False,
            inspection_url=stand_in.url,
            portal_url=stand_in.url,
            service_secret=SecretStr("any"),
        )
        yield World(mongo, stand_in, settings, kafka)
    await mongo.drop(f"{database}_inspection")
    await mongo.drop(f"{database}_notification")
    await mongo.close()


async def alerts_in(db: Database) -> list[dict[str, Any]]:
    return [row["entry"] for row in await db["alerts"].find({}).sort("_id", 1).to_list(None)]


def reaches(db: Database, count: int) -> Callable[[], Awaitable[bool]]:
    async def reached() -> bool:
        return await db["alerts"].count_documents({}) >= count

    return reached


async def level(world: World, db: Database) -> None:
    """Wait until every lists watermark stands at inspection's heads."""

    async def stands() -> bool:
        heads = (await world.inspection.reader.heads("lists")).streams
        rows = await db["watermarks"].find({"ledger": "lists"}).to_list(None)
        return len(rows) == len(heads) and all(row["seq"] == heads[row["stream"]][0] for row in rows)

    await until(stands, "level with inspection")


async def test_an_event_becomes_a_sealed_and_published_alert(world: World) -> None:
    await world.people()
    async with world.worker() as db:
        event = await world.inspection.issue(*issue_event("assigned", number="2026-1-0001"))
        await until(reaches(db, 1), "the alert")
        (alert,) = await alerts_in(db)
        assert alert["id"] == derive_id(event, "assigned", "P-first")
        assert (alert["person"], alert["event"], alert["must_acknowledge"]) == ("P-first", event, True)
        record = await published(world.kafka, alert["school"])
        reader = LedgerReader(world.mongo, db, [ALERTS])
        heads = await reader.heads("alerts")
    assert record.type == "notification.alert.raised.v1"
    assert msgspec.to_builtins(msgspec.json.decode(record.data, type=AlertEvent).entry) == alert
    assert chains(genesis(heads.ledger_id, "alerts", record.stream), record)
    (cause,) = await entries_of(world, alert["school"])
    assert alert["raised_at"] == to_text(from_micros(cause.sealed_at))


async def entries_of(world: World, school: str) -> list[Any]:
    heads = await world.inspection.reader.heads("lists")
    (stream,) = [stream for stream, (seq, _) in heads.streams.items() if seq]
    return await world.inspection.reader.entries("lists", stream, 0)


async def published(kafka: str, school: str) -> Any:
    consumer = AIOKafkaConsumer(ALERTS.topic, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(60):
            async for record in consumer:
                entry = from_kafka(record.key, record.value, record.headers)
                # The broker is shared by the tests of a run: only this test's own school counts.
                if entry.key == school:
                    return entry
    finally:
        await consumer.stop()


async def test_recipients_are_those_of_the_time_of_the_event(world: World) -> None:
    await world.people()
    await world.inspection.issue(*issue_event("assigned", id="I-1"))
    await sealed(world, "lists", 1)
    await world.inspection.registry(*grant_event("first", "secretary", "B001", revoked=True))
    await world.inspection.registry(*grant_event("second", "secretary", "B001"))
    await sealed(world, "registry", 9)
    await world.inspection.issue(*issue_event("assigned", id="I-2"))
    async with world.worker(live=False) as db:
        await until(reaches(db, 2), "both alerts")
        found = {alert["subject"]: alert["person"] for alert in await alerts_in(db)}
    assert found == {"issue/I-1": "P-first", "issue/I-2": "P-second"}


async def sealed(world: World, ledger: str, count: int) -> None:
    async def done() -> bool:
        heads = await world.inspection.reader.heads(ledger)
        return sum(seq for seq, _ in heads.streams.values()) >= count

    await until(done, f"{count} entries of {ledger} sealed")


VERBS = ("submitted", "assigned", "planned", "reported", "closed", "returned", "withdrawn", "reopened")


async def test_a_replay_gives_the_same_alerts_and_a_second_reading_none(world: World, database: str) -> None:
    await world.people()
    for verb in VERBS:
        await world.inspection.issue(*issue_event(verb, severity="major"))
    async with world.worker(live=False) as db:
        await level(world, db)
        first = await alerts_in(db)
    assert {alert["rule"] for alert in first} >= {"submitted", "assigned", "reported", "closed", "withdrawn"}
    await forget_watermarks(db)
    async with world.worker(live=False) as db:
        await level(world, db)
        assert await alerts_in(db) == first
        assert await db["dead"].count_documents({}) == 0
        assert await commits_of(db) == len(first)
    async with world.worker(f"{database}_shadow", live=False) as shadow:
        await level(world, shadow)
        assert await alerts_in(shadow) == first
        assert await bytes_of(shadow) == await bytes_of(world.db)
    await world.mongo.drop(f"{database}_shadow_notification")


async def forget_watermarks(db: Database) -> None:
    await db["watermarks"].delete_many({})


async def commits_of(db: Database) -> int:
    return int(await db["commits"].count_documents({}))


async def bytes_of(db: Database) -> dict[str, list[bytes]]:
    rows = await db["commits"].find({}).sort("_id", 1).to_list(None)
    return {row["_id"]: [event["data"] for event in row["events"]] for row in rows}


async def test_two_workers_at_once_raise_each_alert_once(world: World) -> None:
    await world.people()
    async with world.worker() as db, world.worker():
        for number in range(20):
            await world.inspection.issue(*issue_event("assigned", id=f"I-{number}"))
        await until(reaches(db, 20), "twenty alerts")
        await level(world, db)
        assert await db["alerts"].count_documents({}) == await commits_of(db) == 20
        assert await db["dead"].count_documents({}) == 0


async def test_a_poison_event_stops_only_its_own_issue(world: World) -> None:
    await world.people()
    await world.inspection.raw("S001", "I-bad", ASSIGNED, b'{"entry": null}')
    await world.inspection.issue(*issue_event("assigned", id="I-bad"))
    await world.inspection.issue(*issue_event("assigned", id="I-lost", school="S404"))
    await world.inspection.issue(*issue_event("assigned", id="I-good"))
    async with world.worker(live=False) as db:
        await until(reaches(db, 1), "the good one's alert")
        await level(world, db)
        assert [alert["subject"] for alert in await alerts_in(db)] == ["issue/I-good"]
        assert await db["dead"].count_documents({}) == 3


@asynccontextmanager
async def process(world: World, part: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A process of the service with its base URL, killed in the end if it still runs."""
    port = free_port()
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.notification",
        part,
        env=environment(world, port),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield started, f"http://127.0.0.1:{port}"
    finally:
        with suppress(ProcessLookupError):
            started.kill()
        await started.communicate()


async def ended(started: asyncio.subprocess.Process) -> None:
    """Ask it to end, and see that it does so without a complaint."""
    started.send_signal(signal.SIGTERM)
    _, log = await asyncio.wait_for(started.communicate(), 30)
    assert started.returncode == 0, log.decode()
    assert b"Traceback" not in log


async def test_both_processes_start_serve_and_end_on_a_signal(world: World) -> None:
    await world.people()
    await world.inspection.issue(*issue_event("assigned"))
    async with process(world, "worker") as (worker, worker_url), process(world, "api") as (api, api_url):
        await until(lambda: ready(worker_url), "the worker's readiness")
        await until(lambda: ready(api_url), "the API's readiness")
        await until(reaches(world.db, 1), "the alert")
        async with httpx.AsyncClient(trust_env=False) as http:
            assert (await http.get(f"{api_url}/openapi.json")).json()["openapi"].startswith("3.1")
            assert (await http.get(f"{api_url}/v1/inbox")).status_code == httpx.codes.UNAUTHORIZED
            assert "dudao_consumer_applied_total" in (await http.get(f"{worker_url}/metrics")).text
        await ended(api)
        await ended(worker)


async def test_a_worker_killed_at_work_neither_loses_nor_doubles(world: World) -> None:
    await world.people()
    async with process(world, "worker") as (worker, url):
        await until(lambda: ready(url), "the worker's readiness")
        for number in range(40):
            await world.inspection.issue(*issue_event("assigned", id=f"I-{number}"))
        await until(reaches(world.db, 1), "the first alerts")
        worker.kill()
        await worker.wait()
    async with process(world, "worker"):
        await level(world, world.db)
        assert await world.db["alerts"].count_documents({}) == await commits_of(world.db) == 40
        await until(lambda: alerts_sealed(world, 40), "every alert sealed")


async def alerts_sealed(world: World, count: int) -> bool:
    heads = await LedgerReader(world.mongo, world.db, [ALERTS]).heads("alerts")
    return sum(seq for seq, _ in heads.streams.values()) == count


def environment(world: World, port: int) -> dict[str, str]:
    return {
        **os.environ,
        "DUDAO_MONGO_URL": world.settings.mongo_url.get_secret_value(),
        "DUDAO_DATABASE_PREFIX": world.settings.database_prefix,
        "DUDAO_KAFKA": world.kafka,
        "DUDAO_KAFKA_IDEMPOTENCE": "false",
        "DUDAO_PORT": str(port),
        "DUDAO_INSPECTION_URL": world.inspection.url,
        "DUDAO_PORTAL_URL": world.inspection.url,
        "DUDAO_SERVICE_SECRET": "any",
    }


async def ready(url: str) -> bool:
    async with httpx.AsyncClient(trust_env=False) as http:
        try:
            return (await http.get(f"{url}/health/ready")).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


async def test_a_process_that_is_not_named_is_refused() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.notification", "dance", stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert process.returncode == 2
    assert "usage" in said.decode()
