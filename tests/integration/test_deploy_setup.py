"""The one-shot steps of the compose file, against a MongoDB with passwords and a real Kafka."""

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from deploy.setup import mongo, topics
from dudao.embedded import Kafka
from dudao.embedded.kafka import available
from dudao.embedded.ports import LOOPBACK, free_port
from runtime.errors import Retryable
from services.inspection.bootstrap import init
from services.inspection.settings import Settings
from tests.servers import guarded_mongod

SET = "dudao"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[mongo.Server]:
    """A mongod with a key and passwords, as the image leaves it."""
    with guarded_mongod(tmp_path, SET) as made:
        yield made


def _url(server: mongo.Server, service: str, password: str) -> str:
    return f"mongodb://{service}:{password}@{server.host}/?replicaSet={SET}&authSource=admin"


async def test_each_service_reads_and_writes_its_own_database_and_no_other(server: mongo.Server):
    urls = {name: _url(server, name, secrets.token_hex(8)) for name in ("inspection", "portal")}
    users = [mongo.User.of(url, "dudao") for url in urls.values()]
    first = await mongo.prepare(server, SET, users)
    assert len(first) == 3
    # A real first step of the service, as its own user: indexes, transactions, the ledger's rows.
    await init(Settings(mongo_url=urls["inspection"]), "230800", "佳木斯市", "P-0001")
    with MongoClient[dict[str, object]](urls["inspection"]) as own:
        assert own.dudao_inspection.people.count_documents({}) == 1
    with MongoClient[dict[str, object]](urls["portal"]) as other:
        with pytest.raises(OperationFailure, match="not authorized"):
            other.dudao_inspection.people.find_one()
        assert other.dudao_portal.accounts.count_documents({}) == 0


async def test_prepared_again_a_new_password_counts_and_the_old_one_does_not(server: mongo.Server):
    old, new = (_url(server, "reporting", secrets.token_hex(8)) for _ in range(2))
    await mongo.prepare(server, SET, [mongo.User.of(old, "dudao")])
    assert len(await mongo.prepare(server, SET, [mongo.User.of(new, "dudao")])) == 1
    with MongoClient[dict[str, object]](new) as client:
        assert client.dudao_reporting.rollups.count_documents({}) == 0
    with MongoClient[dict[str, object]](old) as client, pytest.raises(OperationFailure, match="Authentication failed"):
        client.dudao_reporting.rollups.count_documents({})


async def test_without_a_server_it_gives_up_in_words():
    nobody = mongo.Server(f"{LOOPBACK}:{free_port()}", "root", "x")
    with pytest.raises(Retryable):
        await mongo.prepare(nobody, SET, [], patience_s=0.1)


def test_connection_string_without_a_password_is_refused():
    with pytest.raises(ValueError, match="without user or password"):
        mongo.User.of("mongodb://mongo:27017/", "dudao")


def test_passwords_are_not_in_what_is_printed():
    shown = repr(mongo.Server("h", "root", "pa55")) + repr(mongo.User("portal", "pa55", "dudao_portal"))
    assert "pa55" not in shown


async def _described(bootstrap: str) -> dict[str, tuple[int, dict[str, str]]]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        found = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
        settings: dict[str, dict[str, str]] = {}
        for name in found:
            (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
            settings[name] = {row[0]: row[1] for row in answer.resources[0][4]}
    finally:
        await admin.close()
    return {name: (partitions, settings[name]) for name, partitions in found.items()}


async def test_topics_are_made_once_and_keep_to_their_settings(kafka_alone: str):
    shape = topics.Shape(partitions=8, replicas=1, min_insync=1, retention_days=7)
    assert len(await topics.prepare(kafka_alone, shape)) == 3
    shorter = topics.Shape(partitions=4, replicas=1, min_insync=1, retention_days=3)
    assert all("was there" in line for line in await topics.prepare(kafka_alone, shorter))
    wanted = {"inspection.lists", "inspection.registry", "notification.alerts"}
    three_days = str(3 * 24 * 60 * 60 * 1000)
    # The controller has accepted it; the broker comes to know a moment later.
    async with asyncio.timeout(30):
        while {(found := await _described(kafka_alone))[name][1]["retention.ms"] for name in wanted} != {three_days}:
            await asyncio.sleep(0.2)
    assert {found[name][0] for name in wanted} == {8}
    assert {found[name][1]["min.insync.replicas"] for name in wanted} == {"1"}


@pytest.fixture
def kafka_alone(tmp_path: Path) -> Iterator[str]:
    """An Apache Kafka of this test's own: the shared one may have these topics already."""
    reason = available()
    if reason:
        pytest.skip(reason)
    with Kafka(tmp_path / "kafka") as kafka:
        yield kafka.bootstrap


async def test_topics_without_a_broker_give_up_in_words():
    with pytest.raises(topics.TopicsError):
        await topics.prepare(f"{LOOPBACK}:{free_port()}", topics.Shape(1, 1, 1, 1), patience_s=0.1)
