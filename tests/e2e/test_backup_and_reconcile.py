"""Backup, more work, restore of everything; then of one service alone, alarm, reconciliation: on a whole system."""

import asyncio
import json
import re
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from typer.testing import CliRunner, Result

from deploy.setup import mongo
from dudao.cli import app
from dudao.client.record import Call, Record, read_record
from dudao.embedded.kafka_protocol import answers_metadata
from dudao.first_steps import NewPassword, change_password
from dudao.folder import OWN, SERVICES, Folder, Lock
from dudao.operations.archive import checked
from dudao.service_commands import first_account, first_administrator
from dudao.stack import BROKER, PROCESSES, running
from dudao.verify.command import Wanted, run_verify
from runtime.clock import SystemClock
from services.portal.signing import Signer
from tests import small_city
from tests.e2e.conftest import Running, one_life
from tests.e2e.running import left_behind
from tests.e2e.running import running as command
from tests.gateway import gateway
from tests.servers import guarded_mongod

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

# Less than it takes until a process that is merely slow is given up.
READY_WITHIN = 60.0
SET = "dudao"
OFFICER = "P-county-230804-1"
SURVEY = {"school": "S2", "source": "survey", "area": "其他", "severity": "major", "mode": "deadline"}
PASSWORD = "a-long-enough-phrase-7"
DEAD: dict[str, Any] = {
    "_id": "lists/63/000000000007", "ledger": "lists", "stream": 63, "aggregate": "issue/poison", "state": "dead",
    "reason": "unreadable", "tries": 3, "behind": 0, "buried_at": 1,
    "entry": {
        "ledger": "lists", "stream": 63, "seq": 7, "id": "r/0/0", "type": "inspection.issue.submitted.v1",
        "subject": "issue/poison", "key": "S2", "version": 1, "registry": 1, "at": 1, "sealed_at": 1, "data": b"\xff",
        "hash": b"h" * 32, "traceparent": None,
    },
}  # fmt: skip
BackedUp = tuple[Folder, Path, str, dict[str, str]]


@contextmanager
def started(folder: Folder, *, anew: bool = False, ready: Iterable[str] = PROCESSES) -> Iterator[Running]:
    """The system of the folder, running, as soon as these processes are ready."""
    with Lock(folder), running(folder, lambda _: None) as stack:
        if anew:
            first_administrator(stack, small_city.CITY, "佳木斯市", small_city.ADMIN)
            folder.system = OWN
        stack.start_services(ready)
        signer = Signer(folder.signing_key.read_text(), "dudao-portal", timedelta(minutes=15), SystemClock())
        yield Running(folder, stack, signer)


def dudao(*arguments: object) -> Result:
    """One command."""
    return CliRunner().invoke(app, [str(one) for one in arguments])


async def _begin(system: Running) -> None:
    async with system.client() as http:
        world = system.world(http)
        await world.opened_city()
        await one_life(world, "S2", "P-secretary-B2", "P-cadre-S2", OFFICER)


def surveyed(system: Running, words: str, key: str) -> str:
    """An issue that the county lists and assigns; each command is noted as acknowledged. Returns its id."""
    return asyncio.run(_surveyed(system, words, key))


async def _surveyed(system: Running, words: str, key: str) -> str:
    async with system.client() as http:
        world = system.world(http)
        body = {**SURVEY, "description": words, "evidence": [await world.evidence(OFFICER, "S2")]}
        with Record(system.folder.path) as record:
            issue: dict[str, Any] = {"id": "", "version": None}
            for verb, said in (("", body), ("submit", None), ("assign", {"severity": "major", "mode": "deadline"})):
                path = f"/v1/issues/{issue['id']}/{verb}" if verb else "/v1/issues"
                answer = await world.send(OFFICER, path, said, key=f"{key}-{verb}", version=issue["version"])
                assert answer.is_success, answer.text
                call = Call(OFFICER, f"{key}-{verb}", "inspection", "POST", path)
                record.note(call, answer.status_code, answer.content)
                issue = answer.json()
    return str(issue["id"])


def waited_for_alarms(system: Running) -> None:
    """Both consumers have stopped with an alarm."""
    deadline = time.monotonic() + 30
    with MongoClient[dict[str, Any]](system.stack.addresses.mongo) as client:
        while not all(client[f"dudao_{name}"]["alarms"].count_documents({}) for name in ("notification", "reporting")):
            assert time.monotonic() < deadline, "no alarm"
            time.sleep(0.1)


def alerts_of(system: Running) -> dict[str, str]:
    """Alert's id → its event, of all that were ever raised."""
    # At one instant: more may be raised between one question and the next.
    with (
        MongoClient[dict[str, Any]](system.stack.addresses.mongo) as client,
        client.start_session(snapshot=True) as session,
    ):
        db = client["dudao_notification"]
        raised = db["commits"].distinct("_id", {"command": "RaiseAlerts"}, session=session)
        rows = {row["_id"]: row["entry"]["event"] for row in db["alerts"].find({}, session=session)}
    assert len(raised) == len(rows)
    return rows


def settled(system: Running, wanted: dict[str, str]) -> None:
    """So many alerts are there."""
    deadline = time.monotonic() + 30
    while len(alerts_of(system)) < len(wanted):
        assert time.monotonic() < deadline, "alerts are missing"
        time.sleep(0.1)


def verdict(folder: Folder, seconds: float = 30) -> str:
    """What `dudao verify` says."""
    result = run_verify(Wanted(folder.path, seconds), lambda _: None)
    return result.verdict if result.verdict != "wrong" else str(dict(result.findings.counts))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("operations")


@pytest.fixture(scope="module")
def backed_up(place: Path) -> BackedUp:
    """A stopped system with work before and after its backup; the file, the later issue, all alerts."""
    folder = Folder(place / "system")
    file = place / "backup.zip"
    with started(folder, anew=True) as system:
        asyncio.run(_begin(system))
        surveyed(system, "备份之前", "before")
        done = dudao("backup", file, "--data", folder.path)
        assert done.exit_code == 0, done.output
        later = surveyed(system, "备份之后", "after")
        assert verdict(folder) == "ok"
        alerts = alerts_of(system)
        assert dudao("heads", "export", place / "heads.jsonl", "--data", folder.path).exit_code == 0
        assert dudao("backup", place / "after.zip", "--data", folder.path).exit_code == 0
    return folder, file, later, alerts


def test_a_backup_is_its_owners_alone_and_never_written_over(backed_up: BackedUp) -> None:
    folder, file, *_ = backed_up
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir() if "unfinished" in path.name] == []
    before = file.read_bytes()
    assert dudao("backup", file, "--data", folder.path).exit_code == 1
    assert file.read_bytes() == before


def test_what_is_damaged_or_would_replace_something_changes_nothing(backed_up: BackedUp, place: Path) -> None:
    folder, file, *_ = backed_up
    damaged = place / "damaged.zip"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    names = sorted(path.name for path in place.iterdir())
    before = sorted((path.name, path.stat().st_mtime_ns) for path in folder.path.rglob("*") if path.is_file())
    for arguments in ((damaged, "--replace"), (file,), (file, "--replace", "--key", "00" * 32)):
        assert dudao("restore", *arguments, "--data", folder.path).exit_code == 1
    assert dudao("restore", damaged, "--data", place / "fresh").exit_code == 1
    after = sorted((path.name, path.stat().st_mtime_ns) for path in folder.path.rglob("*") if path.is_file())
    assert [one for one in after if one[0] != "dudao.lock"] == [one for one in before if one[0] != "dudao.lock"]
    assert sorted(path.name for path in place.iterdir()) == names


def test_one_service_restored_alone_is_found_out_and_reconciled(backed_up: BackedUp, place: Path) -> None:
    folder, file, later, alerts = backed_up
    nothing = dudao("reconcile", "--reason", "看看", "--yes", "--data", folder.path)
    assert (nothing.exit_code, "nothing to reconcile" in nothing.output) == (0, True)
    done = dudao("restore", file, "--only", "inspection", "--data", folder.path)
    assert done.exit_code == 0, done.output
    assert "3 项" in done.output
    told = f"dudao reconcile --data {folder.path}"
    assert told in done.output
    with command(place / "up.txt", "up", "--data", str(folder.path)) as up:
        assert up.wait(timeout=READY_WITHIN) == 1
        assert "notification-worker" in up.text
        assert "恢复了较早的备份" in up.text
        assert told in up.text
    assert left_behind(folder.path) == {}
    # Consumers that have stopped are never ready.
    with started(folder, ready=("portal", "inspection", "inspection-worker")) as system:
        waited_for_alarms(system)
        surveyed(system, "恢复之后", "anew")
        assert "consumer-alarm" in verdict(folder, 0.5)
    done = dudao("reconcile", "--reason", "误删后恢复", "--yes", "--data", folder.path)
    assert done.exit_code == 0, done.output
    (record,) = [json.loads(line) for line in (folder.path / "reconciliations.jsonl").read_text().splitlines()]
    told = record["reconciliation"]
    assert sorted(told["consumers"]) == ["notification", "reporting"]
    assert len(told["requests"]) == 3
    evidence = folder.path / told["evidence"]
    kinds = {line["kind"] for line in map(json.loads, evidence.read_text().splitlines())}
    assert kinds >= {"mark", "event", "alert", "request", "alarm"}
    with started(folder) as system:
        now = alerts_of(system)
        assert alerts.items() <= now.items()
        lost = [one for one in read_record(folder.path) if one.request in told["requests"]]
        assert len(lost) == 3
        # The lost work is done again, under its own keys: nobody is told of it twice.
        assert surveyed(system, "备份之后", "after") == later
        assert verdict(folder) == "ok"
        assert alerts_of(system) == now
    for path in place.glob("system.before-*"):
        shutil.rmtree(path)


@pytest.fixture(scope="module")
def together(backed_up: BackedUp, place: Path) -> Iterator[Running]:
    """Everything restored into an empty folder, and running."""
    folder = Folder(place / "together")
    folder.path.rmdir()
    done = dudao("restore", backed_up[1], "--data", folder.path)
    assert done.exit_code == 0, done.output
    with started(folder) as system:
        yield system


def test_everything_restored_together_is_whole(together: Running, backed_up: BackedUp) -> None:
    *_, later, alerts = backed_up
    assert verdict(together.folder) == "ok"
    with MongoClient[dict[str, Any]](together.stack.addresses.mongo) as client:
        assert client["dudao_inspection"]["issues"].find_one({"_id": later}) is None
    assert surveyed(together, "备份之后", "after") == later
    settled(together, alerts)
    # The same work under the same keys gives the same alerts.
    assert alerts_of(together) == alerts


def test_heads_that_were_kept_elsewhere_tell_of_an_older_copy(together: Running, backed_up: BackedUp) -> None:
    data = ("--data", together.folder.path)
    assert dudao("heads", "check", backed_up[1].with_name("heads.jsonl"), *data).exit_code == 1
    now = together.folder.path / "now.jsonl"
    assert dudao("heads", "export", now, *data).exit_code == 0
    assert len(now.read_text().splitlines()) == 3
    assert dudao("heads", "check", now, *data).exit_code == 0
    assert dudao("heads", "check", now, "--key", "00" * 32, *data).exit_code == 1


def test_a_broker_that_lost_everything_is_filled_again(together: Running) -> None:
    together.stack.process(BROKER).kill()
    deadline = time.monotonic() + 30
    while not answers_metadata(int(together.stack.addresses.kafka.rsplit(":", 1)[1])):
        assert time.monotonic() < deadline, "the broker is not back"
        time.sleep(0.1)
    done = dudao("republish", "--data", together.folder.path)
    assert done.exit_code == 0, done.output
    counts = dict(line.split(": ") for line in done.stdout.splitlines())
    result = run_verify(Wanted(together.folder.path, 30), lambda _: None)
    assert result.verdict == "ok", dict(result.findings.counts)
    sealed = {name: sum(seq for seq, _ in log.heads.values()) for name, log in result.heads.items()}
    assert {name: int(count) for name, count in counts.items()} == sealed
    assert result.findings.checked["records"] == result.findings.checked["events"] == sum(sealed.values())
    one = dudao("republish", "--ledger", "registry", "--from", 3, "--to", 5, "--data", together.folder.path)
    assert one.stdout == "registry: 3\n"


@pytest.fixture(scope="module")
def administrator(together: Running) -> tuple[str, ...]:
    """The sign-in of an administrator whose password is their own by now."""
    first = first_account(together.stack, small_city.ADMIN, "administrator")
    change_password(together.folder.path, NewPassword("administrator", first, PASSWORD))
    return "--username", "administrator", "--password", PASSWORD


def test_dead_events_by_the_command_line_with_an_administrators_sign_in(
    together: Running, administrator: tuple[str, ...]
) -> None:
    data = (*administrator, "--data", together.folder.path)
    assert dudao("dead", "list", "--json", *data).stdout == "[]\n"
    with MongoClient[dict[str, Any]](together.stack.addresses.mongo) as client:
        client["dudao_reporting"]["dead"].insert_one(DEAD)
    assert "reporting lists/63/7" in dudao("dead", "list", *data).stdout
    shown = json.loads(dudao("dead", "show", "reporting", "lists/63/7", *data).stdout)
    assert (shown["reason"], shown["bytes"]) == ("unreadable", "/w==")
    assert dudao("dead", "retry", "reporting", "lists/63/7", *data).exit_code == 1
    assert dudao("dead", "discard", "reporting", "lists/63/7", "--reason", "内容无法读取", *data).exit_code == 0
    acts = json.loads(dudao("dead", "show", "reporting", "lists/63/7", *data).stdout)["acts"]
    assert [(act["act"], act["by"], act["why"]) for act in acts] == [
        ("retry", small_city.ADMIN, None), ("discard", small_city.ADMIN, "内容无法读取"),
    ]  # fmt: skip
    gone = dudao("dead", "discard", "reporting", "lists/63/8", "--reason", "x", *data)
    assert (gone.exit_code, "404" in gone.output) == (1, True)
    assert dudao("dead", "list", "--username", "administrator", "--password", "wrong", *data[4:]).exit_code == 1


def test_dead_events_of_a_deployed_system_through_its_gateway(
    together: Running, administrator: tuple[str, ...], tmp_path: Path
) -> None:
    """What `--url` names is all that the command has: no data folder, no address of a service."""
    rows = [
        {**DEAD, "_id": "lists/63/000000000009", "aggregate": "issue/a", "entry": {**DEAD["entry"], "seq": 9}},
        # Of a kind that this version does not count: a retry passes it.
        {
            **DEAD, "_id": "lists/63/000000000010", "aggregate": "issue/b",
            "entry": {**DEAD["entry"], "seq": 10, "type": "inspection.later.noted.v1", "data": b"{}"},
        },
    ]  # fmt: skip
    with MongoClient[dict[str, Any]](together.stack.addresses.mongo) as client:
        client["dudao_reporting"]["dead"].insert_many(rows)
    nowhere = ("--data", tmp_path / "nowhere")
    with gateway(together.stack.urls) as url:
        at = (*administrator, "--url", url + "/", *nowhere)
        listed = json.loads(dudao("dead", "list", "--json", *at).stdout)
        assert [(row["service"], row["seq"]) for row in listed] == [("reporting", 9), ("reporting", 10)]
        assert json.loads(dudao("dead", "list", "--service", "notification", "--json", *at).stdout) == []
        assert json.loads(dudao("dead", "show", "reporting", "lists/63/9", *at).stdout)["reason"] == "unreadable"
        failed = dudao("dead", "retry", "reporting", "lists/63/9", *at)
        assert (failed.exit_code, "仍未入账" in failed.output) == (1, True)
        passed = dudao("dead", "retry", "reporting", "lists/63/10", "--reason", "程序已更新", *at)
        assert (passed.exit_code, "applied: 1" in passed.output) == (0, True), passed.output
        given_up = dudao("dead", "discard", "reporting", "lists/63/9", "--reason", "重复录入", *at)
        assert given_up.exit_code == 0, given_up.output
        again = dudao("dead", "discard", "reporting", "lists/63/9", "--reason", "又一次", *at)
        assert (again.exit_code, "409 dead-event-settled" in again.output) == (1, True)
        acts = json.loads(dudao("dead", "show", "reporting", "lists/63/9", *at).stdout)["acts"]
        assert [(act["act"], act["why"]) for act in acts] == [("retry", None), ("discard", "重复录入")]
        assert json.loads(dudao("dead", "list", "--json", *at).stdout) == []
        wrong = dudao("dead", "list", "--username", "administrator", "--password", "guess", "--url", url, *nowhere)
        assert (wrong.exit_code, "用户名或密码不正确" in wrong.output) == (1, True)
        own = ("password", "--username", "administrator", "--url", url, *nowhere)
        assert dudao(*own, "--current", PASSWORD, "--new", PASSWORD + "8").exit_code == 0
        assert dudao("dead", "list", *at).exit_code == 1
        assert dudao(*own, "--current", PASSWORD + "8", "--new", PASSWORD).exit_code == 0
    gone = dudao("dead", "list", *at)
    assert (gone.exit_code, f"{url} 没有应答" in gone.output) == (1, True), gone.output
    assert not (tmp_path / "nowhere").exists()


@pytest.fixture(scope="module")
def deployed(place: Path) -> Iterator[mongo.Server]:
    """A MongoDB with passwords, as the deployment's own step prepares it, that the settings name."""
    with guarded_mongod(place, SET) as server, pytest.MonkeyPatch.context() as patch:
        asyncio.run(mongo.prepare(server, SET, []))
        patch.setenv("DUDAO_MONGO_URL", root_url(server))
        patch.setenv("DUDAO_KAFKA", "")
        yield server


def root_url(server: mongo.Server) -> str:
    return f"mongodb://{server.user}:{server.password}@{server.host}/?replicaSet={SET}&authSource=admin"


def test_a_deployed_system_is_restored_backed_up_and_reconciled_by_the_same_commands(
    backed_up: BackedUp, deployed: mongo.Server, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, before, later, alerts = backed_up
    after, operator, second = place / "after.zip", place / "operator", place / "second.zip"
    at = ("--deployed", "--data", operator)
    done = dudao("restore", after, *at)
    assert (done.exit_code, "dudao verify --deployed" in done.output) == (0, True), done.output
    assert re.search(r"restored as of then: [1-9][\d,]* documents", done.output), done.output
    full = dudao("restore", after, *at)
    assert (full.exit_code, "--replace" in full.output) == (1, True)
    verified = dudao("verify", "--json", "--wait", 1, *at)
    told = json.loads(verified.stdout)
    # All but Kafka, which this one has not.
    assert (verified.exit_code, told["verdict"], told["left_out"]) == (4, "incomplete", ["Kafka"]), told["counts"]

    with MongoClient[dict[str, Any]](root_url(deployed)) as client:
        client.admin.command("createUser", "reader", pwd="r-3-a-d-e-r", roles=["readAnyDatabase"])
        with monkeypatch.context() as patch:
            # Who may only read backs up as well; what was restored is what was backed up.
            patch.setenv("DUDAO_MONGO_URL", root_url(mongo.Server(deployed.host, "reader", "r-3-a-d-e-r")))
            done = dudao("backup", second, *at)
            assert done.exit_code == 0, done.output
            refused = dudao("restore", before, "--replace", *at)
            assert (refused.exit_code, "r-3-a-d-e-r" in refused.output) == (1, False)
            patch.setenv("DUDAO_MONGO_URL", root_url(mongo.Server(deployed.host, "root", "guessed")))
            assert dudao("backup", place / "none.zip", *at).exit_code == 1
        with checked(second) as copy, checked(after) as original:
            assert copy.manifest.heads == original.manifest.heads
            assert copy.key == original.key
        assert dudao("heads", "check", place / "heads.jsonl", *at).exit_code == 0

        lease = client["dudao_inspection"]["lease"]
        lease.update_one({}, [{"$set": {"holder": "w", "until": {"$add": ["$$NOW", 60_000]}}}])
        for step in (("restore", before, "--only", "inspection"), ("reconcile", "--reason", "看看", "--yes")):
            running_yet = dudao(*step, *at)
            assert (running_yet.exit_code, "仍在运行" in running_yet.output) == (1, True), running_yet.output
        lease.update_one({}, {"$set": {"holder": None}})

        done = dudao("restore", before, "--only", "inspection", *at)
        assert done.exit_code == 0, done.output
        assert f"dudao reconcile --data {operator} --deployed" in done.output
        assert sorted(client.list_database_names()) == sorted(
            ["admin", "config", "local", *(f"dudao_{service}" for service in SERVICES)]
        )
        assert client["dudao_inspection"]["issues"].find_one({"_id": later}) is None
        (aside,) = operator.glob("before-*.zip")
        with checked(aside) as kept, checked(after) as original:
            assert kept.manifest.heads == original.manifest.heads

        assert dudao("reconcile", "--reason", "看看", "--dry-run", *at).exit_code == 1
        assert client["dudao_reporting"]["watermarks"].count_documents({"ledger": "lists"}) == 64
        done = dudao("reconcile", "--reason", "误删后恢复", "--yes", *at)
        assert (done.exit_code, "dudao verify --deployed" in done.output) == (0, True), done.output
        assert client["dudao_reporting"]["watermarks"].count_documents({"ledger": "lists"}) == 0
        raised = {row["_id"]: row["entry"]["event"] for row in client["dudao_notification"]["alerts"].find({})}
        assert raised == alerts
    assert "nothing to reconcile" in dudao("reconcile", "--reason", "看看", "--yes", *at).output


def test_what_was_reconciled_there_is_whole_once_its_services_run(
    deployed: mongo.Server, place: Path, tmp_path: Path
) -> None:
    """The deployed system moves into a folder, where its services run: with its operator's notes nothing is wrong."""
    file, folder = tmp_path / "moved.zip", Folder(tmp_path / "moved")
    folder.path.rmdir()
    assert dudao("backup", file, "--deployed", "--data", place / "operator").exit_code == 0
    done = dudao("restore", file, "--data", folder.path)
    assert done.exit_code == 0, done.output
    assert folder.system == OWN
    with started(folder) as system:
        assert verdict(system.folder) == "ok"
    refused = dudao("backup", tmp_path / "none.zip", "--deployed", "--data", folder.path)
    assert (refused.exit_code, "holds a system of its own" in refused.output) == (1, True)


def test_a_system_that_never_ran_is_backed_up_and_restored(tmp_path: Path) -> None:
    first, second, file = tmp_path / "first", tmp_path / "second", tmp_path / "empty.dudao"
    made = dudao("init", "--data", first, "--city", small_city.CITY, "--name", "佳木斯市")
    assert made.exit_code == 0, made.output
    for step in (dudao("backup", file, "--data", first), dudao("restore", file, "--data", second)):
        assert step.exit_code == 0, step.output
    with started(Folder(second)):
        assert verdict(Folder(second)) == "ok"
