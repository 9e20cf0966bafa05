"""The servers of the tests, as fixtures: started once per run when first asked for, gone with it."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from pymongo import MongoClient

from deploy.setup.mongo import Server
from dudao.embedded import Kafka, Mongod, Tansu
from dudao.embedded.kafka import available
from dudao.embedded.mongod_program import find_mongod
from dudao.embedded.ports import LOOPBACK, free_port
from dudao.embedded.processes import Process
from runtime.files import FileSettings

_BUCKET = "evidence"
# Every test leaves a database's worth of dropped tables behind. By default their handles stay open for ten minutes;
# with 33,000 of them, measured, an idle server takes a fifth of a processor.
_HANDLES_CLOSE_SOON = "file_manager=(close_idle_time=2,close_scan_interval=2,close_handle_minimum=100)"


@dataclass(frozen=True, slots=True)
class Broker:
    """A Kafka-protocol broker under test; `idempotent` says whether its producers may set `enable_idempotence`."""

    name: str
    bootstrap: str
    idempotent: bool


@pytest.fixture(scope="session")
def mongod_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of a replica set of one, on a temporary folder."""
    with Mongod(tmp_path_factory.mktemp("mongod"), engine=_HANDLES_CLOSE_SOON) as mongod:
        yield mongod.url


@pytest.fixture
def database(mongod_url: str) -> Iterator[str]:
    """The name of a database no other test uses, dropped afterwards."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = f"test_{worker}_{secrets.token_hex(4)}"
    yield name
    with MongoClient[dict[str, object]](mongod_url) as client:
        client.drop_database(name)


@contextmanager
def guarded_mongod(folder: Path, name: str) -> Iterator[Server]:
    """A mongod with a key and passwords, as the image leaves it: its administrator made, its set `name` not started."""
    program = find_mongod(folder)
    port, password = free_port(), secrets.token_hex(8)
    key = folder / "key"
    key.write_text(secrets.token_hex(64))
    key.chmod(0o400)
    (folder / "db").mkdir()
    plain = [str(program.path), "--dbpath", str(folder / "db"), "--bind_ip", LOOPBACK, "--port", str(port)]
    plain += ["--nounixsocket", "--wiredTigerCacheSizeGB", "0.25"]
    url = f"mongodb://{LOOPBACK}:{port}/?directConnection=true"
    with (
        Process("mongod", plain, log=folder / "plain.log", env=program.env),
        MongoClient[dict[str, object]](url) as client,
    ):
        client.admin.command("createUser", "root", pwd=password, roles=["root"])
    guarded = [*plain, "--replSet", name, "--keyFile", str(key)]
    with Process("mongod", guarded, log=folder / "guarded.log", env=program.env):
        yield Server(f"{LOOPBACK}:{port}", "root", password)


@pytest.fixture(scope="session")
def embedded_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The `host:port` of the embedded broker, Tansu: no idempotent producer there."""
    with Tansu(tmp_path_factory.mktemp("tansu")) as tansu:
        yield tansu.bootstrap


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The `host:port` of a real Apache Kafka; the test is skipped, with the reason, where there is none."""
    reason = available()
    if reason:
        pytest.skip(reason)
    with Kafka(tmp_path_factory.mktemp("kafka")) as kafka:
        yield kafka.bootstrap


@pytest.fixture(scope="session")
def s3_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FileSettings]:
    """The settings of an S3-compatible store with one empty bucket."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    argv = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with (tmp_path_factory.mktemp("s3") / "log").open("wb") as log:
        server = subprocess.Popen(argv, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while not _bucket_made(url):
            assert server.poll() is None
            assert time.monotonic() < deadline, "the store does not start"
            time.sleep(0.1)
        yield FileSettings(
            files_s3_endpoint=url,
            files_s3_bucket=_BUCKET,
            files_s3_access_key=SecretStr("the-key"),
            files_s3_secret_key=SecretStr("the-secret"),
        )
    finally:
        server.kill()
        server.wait()


def _bucket_made(url: str) -> bool:
    try:
        return httpx.put(f"{url}/{_BUCKET}", trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


@pytest.fixture(params=["tansu", "kafka"])
def broker(request: pytest.FixtureRequest) -> Broker:
    """Run the test once on each broker."""
    if request.param == "tansu":
        return Broker("tansu", request.getfixturevalue("embedded_broker"), Tansu.idempotent)
    return Broker("kafka", request.getfixturevalue("kafka_broker"), Kafka.idempotent)
