"""`dudao verify` on a running system: silent when all is well, and naming whatever was planted."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pymongo import MongoClient
from pymongo.database import Database

from contracts.ledgers import ALERTS, LISTS, REGISTRY
from dudao.client.record import Call, Record, read_record
from dudao.stack import BROKER, PROCESSES
from dudao.verify import heads
from dudao.verify.command import Wanted, run_verify
from dudao.verify.findings import Findings
from dudao.verify.run import Target, verify
from runtime.mongo import Mongo
from tests.e2e.conftest import Running

pytestmark = pytest.mark.e2e
Documents = Database[dict[str, Any]]
Undo = Callable[[], object]


def verified(system: Running, seconds: float = 30) -> Findings:
    """As `dudao verify` does it, Kafka's records included."""
    return run_verify(Wanted(system.folder.path, seconds), lambda _: None).findings


async def without_broker(system: Running, seconds: float = 0.2) -> Findings:
    """The same without reading Kafka, which the plant does not touch."""
    target = Target(
        mongo=Mongo(system.stack.addresses.mongo),
        prefix="dudao",
        kafka="",
        acknowledged=read_record(system.folder.path),
        signed_heads=heads.read(system.folder.path / heads.FILE),
        seconds=seconds,
    )
    try:
        return (await verify(target, lambda _: None)).findings
    finally:
        await target.mongo.close()


class Databases:
    """The databases of the services, to plant in; what was there is put back."""

    def __init__(self, client: MongoClient[dict[str, Any]]) -> None:
        self.inspection: Documents = client["dudao_inspection"]
        self.notification: Documents = client["dudao_notification"]
        self.reporting: Documents = client["dudao_reporting"]

    @staticmethod
    def replaced(db: Documents, collection: str, old: dict[str, Any], new: dict[str, Any] | None) -> Undo:
        """Put `new` in the place of a document, or remove it; returns what undoes that."""
        rows = db[collection]
        rows.delete_one({"_id": old["_id"]})
        if new is not None:
            rows.insert_one(new)

        def undo() -> None:
            if new is not None:
                rows.delete_one({"_id": new["_id"]})
            rows.insert_one(old)

        return undo

    def last_issue_commit(self) -> dict[str, Any]:
        found = self.inspection["commits"].find_one({"events.type": "inspection.issue.closed.v1"})
        assert found is not None
        return found

    def last_seal(self, db: Documents, ledger: str) -> dict[str, Any]:
        found = db["seals"].find_one({"ledger": ledger}, sort=[("last", -1)])
        assert found is not None
        return found


def an_event_not_applied(dbs: Databases) -> Undo:
    """Reporting's place moved on without the effect: the counters lack an event."""
    row = dbs.reporting["rollups"].find_one({"subject": "issues"})
    assert row is not None
    return dbs.replaced(dbs.reporting, "rollups", row, None)


def an_event_applied_twice(dbs: Databases) -> Undo:
    row = dbs.reporting["rollups"].find_one({"subject": "visits"})
    assert row is not None
    doubled = _doubled(row)
    return dbs.replaced(dbs.reporting, "rollups", row, doubled)


def _doubled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _doubled(part) for key, part in value.items()}
    return value * 2 if type(value) is int else value


def a_counter_off_by_one(dbs: Databases) -> Undo:
    match = {"subject": "issues", "moved.all.all.assigned": {"$exists": True}}
    dbs.reporting["rollups"].update_one(match, {"$inc": {"moved.all.all.assigned": 1}})
    return lambda: dbs.reporting["rollups"].update_one(match, {"$inc": {"moved.all.all.assigned": -1}})


def a_lost_alert(dbs: Databases) -> Undo:
    row = dbs.notification["alerts"].find_one({"entry.rule": "assigned"})
    assert row is not None
    return dbs.replaced(dbs.notification, "alerts", row, None)


def a_doubled_alert(dbs: Databases) -> Undo:
    row = dbs.notification["alerts"].find_one({"entry.rule": "assigned"})
    assert row is not None
    twin = {**row, "_id": "twin", "entry": {**row["entry"], "id": "twin"}}
    dbs.notification["alerts"].insert_one(twin)
    return lambda: dbs.notification["alerts"].delete_one({"_id": "twin"})


def an_edited_commit(dbs: Databases) -> Undo:
    commit = dbs.last_issue_commit()
    events = [{**event, "data": event["data"].replace(b"closed", b"cl0sed")} for event in commit["events"]]
    return dbs.replaced(dbs.inspection, "commits", commit, {**commit, "events": events})


def an_edited_header(dbs: Databases) -> Undo:
    commit = dbs.last_issue_commit()
    return dbs.replaced(dbs.inspection, "commits", commit, {**commit, "at": commit["at"] - 1})


def a_removed_commit(dbs: Databases) -> Undo:
    return dbs.replaced(dbs.inspection, "commits", dbs.last_issue_commit(), None)


def a_reordered_seal(dbs: Databases) -> Undo:
    seals = dbs.inspection["seals"].find({"ledger": "registry"}).sort("last", 1)
    seal = next(row for row in seals if len(row["entries"]) > 1)
    first, second, *rest = seal["entries"]
    swapped = [{**second, "seq": first["seq"]}, {**first, "seq": second["seq"]}, *rest]
    return dbs.replaced(dbs.inspection, "seals", seal, {**seal, "entries": swapped})


def a_removed_seal(dbs: Databases) -> Undo:
    seal = dbs.inspection["seals"].find_one({"ledger": "registry", "first": 1})
    assert seal is not None
    return dbs.replaced(dbs.inspection, "seals", seal, None)


def an_edited_seal(dbs: Databases) -> Undo:
    seal = dbs.last_seal(dbs.inspection, "lists")
    return dbs.replaced(dbs.inspection, "seals", seal, {**seal, "sealed_at": seal["sealed_at"] + 1})


def a_truncated_ledger(dbs: Databases) -> Undo:
    """The last seal of a stream is gone, its commits too, and the head tells the same story."""
    seal = dbs.last_seal(dbs.inspection, "lists")
    commits = [line["commit"] for line in seal["entries"]]
    rows = list(dbs.inspection["commits"].find({"_id": {"$in": commits}}))
    head = dbs.inspection["heads"].find_one({"ledger": "lists", "stream": seal["stream"]})
    assert head is not None
    back = {"last": seal["first"] - 1, "hash": seal["prev"]}
    dbs.inspection["commits"].delete_many({"_id": {"$in": commits}})
    undo_seal = dbs.replaced(dbs.inspection, "seals", seal, None)
    undo_head = dbs.replaced(dbs.inspection, "heads", head, {**head, **back})

    def undo() -> None:
        undo_head()
        undo_seal()
        dbs.inspection["commits"].insert_many(rows)

    return undo


def an_older_copy(dbs: Databases) -> Undo:
    """What a restored backup is to its consumers: they stand further than it reaches, and states are of then."""
    return a_truncated_ledger(dbs)


def another_ledger(dbs: Databases) -> Undo:
    lease = dbs.inspection["lease"].find_one({"_id": "relay"})
    assert lease is not None
    dbs.inspection["lease"].update_one({"_id": "relay"}, {"$set": {"ledger_id": "another"}})
    set_back = {"$set": {"ledger_id": lease["ledger_id"]}}
    return lambda: dbs.inspection["lease"].update_one({"_id": "relay"}, set_back)


def a_consumer_that_never_started(dbs: Databases) -> Undo:
    rows = list(dbs.reporting["watermarks"].find({"ledger": "lists"}))
    dbs.reporting["watermarks"].delete_many({"ledger": "lists"})
    return lambda: dbs.reporting["watermarks"].insert_many(rows)


def a_consumer_left_behind(dbs: Databases) -> Undo:
    row = dbs.notification["watermarks"].find_one({"ledger": "lists", "seq": {"$gt": 1}})
    assert row is not None
    dbs.notification["watermarks"].update_one({"_id": row["_id"]}, {"$inc": {"seq": -1}})
    return lambda: dbs.notification["watermarks"].update_one({"_id": row["_id"]}, {"$inc": {"seq": 1}})


def a_consumer_that_saw_something_else(dbs: Databases) -> Undo:
    row = dbs.notification["watermarks"].find_one({"ledger": "lists", "seq": {"$gt": 1}})
    assert row is not None
    dbs.notification["watermarks"].update_one({"_id": row["_id"]}, {"$set": {"hash": b"\0" * 32}})
    return lambda: dbs.notification["watermarks"].update_one({"_id": row["_id"]}, {"$set": {"hash": row["hash"]}})


def an_open_dead_row(dbs: Databases) -> Undo:
    row = {"_id": "lists/1/1", "ledger": "lists", "stream": 1, "aggregate": "issue/x", "state": "dead", "reason": "no"}
    dbs.reporting["dead"].insert_one(row)
    return lambda: dbs.reporting["dead"].delete_one({"_id": row["_id"]})


def an_edited_state(dbs: Databases) -> Undo:
    row = dbs.inspection["issues"].find_one({"entry.state": "closed"})
    assert row is not None
    return dbs.replaced(dbs.inspection, "issues", row, {**row, "entry": {**row["entry"], "severity": "critical"}})


def a_removed_state(dbs: Databases) -> Undo:
    row = dbs.inspection["visits"].find_one({"entry.state": "submitted"})
    assert row is not None
    return dbs.replaced(dbs.inspection, "visits", row, None)


def a_state_out_of_nowhere(dbs: Databases) -> Undo:
    row = dbs.inspection["issues"].find_one()
    assert row is not None
    dbs.inspection["issues"].insert_one({**row, "_id": "nowhere"})
    return lambda: dbs.inspection["issues"].delete_one({"_id": "nowhere"})


def other_evidence_bytes(dbs: Databases) -> Undo:
    chunk = dbs.inspection["fs.chunks"].find_one()
    assert chunk is not None
    return dbs.replaced(dbs.inspection, "fs.chunks", chunk, {**chunk, "data": b"\xff\xd8\xff\xe0" + b"ph0to"})


Plant = Callable[[Databases], Undo]
PLANTS: dict[Plant, str] = {
    an_event_not_applied: "report-wrong",
    an_event_applied_twice: "report-wrong",
    a_counter_off_by_one: "report-wrong",
    a_lost_alert: "alert-lost",
    a_doubled_alert: "alert-doubled",
    an_edited_commit: "chain-broken",
    an_edited_header: "chain-broken",
    a_removed_commit: "commit-missing",
    a_reordered_seal: "chain-broken",
    a_removed_seal: "seal-gap",
    an_edited_seal: "chain-broken",
    a_truncated_ledger: "ledger-truncated",
    an_older_copy: "consumer-ahead",
    another_ledger: "ledger-replaced",
    a_consumer_that_never_started: "consumer-missing",
    a_consumer_left_behind: "consumer-behind",
    a_consumer_that_saw_something_else: "consumer-differs",
    an_open_dead_row: "dead-open",
    an_edited_state: "state-wrong",
    a_removed_state: "state-missing",
    a_state_out_of_nowhere: "state-unknown",
    other_evidence_bytes: "evidence-wrong",
}


@pytest.fixture
def dbs(system: Running) -> Iterator[Databases]:
    with MongoClient[dict[str, Any]](system.stack.addresses.mongo) as client:
        yield Databases(client)


@contextmanager
def planted(plant: Callable[[Databases], Undo], dbs: Databases) -> Iterator[None]:
    undo = plant(dbs)
    try:
        yield
    finally:
        undo()


def test_a_sound_system_is_ok(system: Running) -> None:
    found = verified(system)
    assert found.shown == []
    assert found.verdict == "ok"
    for what in ("events", "states", "watermarks", "alerts", "counters", "evidence", "records"):
        assert found.checked[what] > 0, what
    assert {head.heads.ledger for head in heads.read(system.folder.path / heads.FILE)} == {
        ledger.name for ledger in (REGISTRY, LISTS, ALERTS)
    }


@pytest.fixture(scope="module")
def sound(system: Running) -> None:
    """All consumers have done their work: what is planted is the only thing wrong."""
    assert verified(system, 90).shown == []


@pytest.fixture
def still(system: Running, sound: None) -> Iterator[None]:
    """No service moves while something is planted: they would repair it, or raise the alarm."""
    processes = [system.stack.process(name) for name in PROCESSES]
    for process in processes:
        process.signal(signal.SIGSTOP)
    yield
    for process in processes:
        process.signal(signal.SIGCONT)


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize(("plant", "code"), PLANTS.items(), ids=lambda value: getattr(value, "__name__", value))
async def test_a_plant_is_named(system: Running, dbs: Databases, plant: Plant, code: str) -> None:
    with planted(plant, dbs):
        found = await without_broker(system)
    assert code in found.counts, dict(found.counts)
    assert found.verdict == "wrong"


async def test_a_rewritten_ledger_contradicts_its_signed_head(system: Running) -> None:
    file = system.folder.path / heads.FILE
    before = file.read_bytes()
    last = heads.read(file)[-1].heads
    streams = {stream: (seq, "00" * 32) for stream, (seq, _) in last.streams.items()}
    other = heads.Heads(
        ledger=last.ledger, ledger_id=last.ledger_id, sealed_through=last.sealed_through, streams=streams
    )
    try:
        heads.append(file, [heads.sign(other, heads.private_key(system.folder.heads_key))])
        assert "ledger-rewritten" in (await without_broker(system)).counts
    finally:
        file.write_bytes(before)


async def test_a_head_signed_by_another_key_is_not_believed(system: Running) -> None:
    file = system.folder.path / heads.FILE
    before = file.read_bytes()
    try:
        heads.append(file, [heads.sign(heads.read(file)[-1].heads, Ed25519PrivateKey.generate())])
        assert "ledger-rewritten" in (await without_broker(system)).counts
    finally:
        file.write_bytes(before)


async def test_an_acknowledged_submission_that_is_nowhere_is_lost(system: Running) -> None:
    path = system.folder.path / "acknowledged.jsonl"
    with Record(system.folder.path) as record:
        record.note(Call("P-1", "k", "inspection", "POST", "/v1/issues"), 201, b'{"id": "x"}')
    assert "request-lost" in (await without_broker(system)).counts
    path.unlink()


async def _draft(system: Running, school: str) -> None:
    async with system.client() as http:
        await system.world(http).drafted(school)


async def test_an_event_dropped_before_sealing_is_named_then_repaired(system: Running) -> None:
    relay = system.stack.process("inspection-worker")
    relay.signal(signal.SIGSTOP)
    await _draft(system, "S5")
    assert "commit-unsealed" in (await without_broker(system)).counts
    relay.kill()
    assert (await without_broker(system, 60)).shown == []


async def test_an_event_the_broker_lost_is_repaired(system: Running) -> None:
    consumers = [system.stack.process(f"{name}-worker") for name in ("notification", "reporting")]
    for consumer in consumers:
        consumer.signal(signal.SIGSTOP)
    await _draft(system, "S6")
    assert "consumer-behind" in (await without_broker(system, 2)).counts
    system.stack.process(BROKER).kill()
    for consumer in consumers:
        consumer.signal(signal.SIGCONT)
    assert (await without_broker(system, 60)).shown == []


async def _producer(bootstrap: str) -> AIOKafkaProducer:
    for _ in range(300):
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
        try:
            await producer.start()
        except KafkaConnectionError:
            await producer.stop()
            await asyncio.sleep(0.1)
        else:
            return producer
    raise AssertionError("the broker did not come back")


async def _forge(bootstrap: str) -> None:
    producer = await _producer(bootstrap)
    headers = [("ce_ledger", b"lists"), ("ce_stream", b"1"), ("ce_seq", b"1"), ("ce_sealed", b"1")]
    await producer.send_and_wait(LISTS.topic, b"forged", key=b"S2", headers=headers)
    await producer.stop()


async def test_a_forged_record_is_named_and_harms_nobody(system: Running) -> None:
    await _forge(system.stack.addresses.kafka)
    await _draft(system, "S7")
    found = await asyncio.to_thread(verified, system, 60)
    assert set(found.counts) == {"record-forged"}
