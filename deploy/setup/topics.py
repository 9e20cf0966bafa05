"""`python -m deploy.setup.topics`: the topic of every ledger, with its partitions, replicas and retention."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from contracts.ledgers import LEDGERS

_PATIENCE_S: Final = 120.0
_AGAIN_S: Final = 1.0
_DAY_MS: Final = 24 * 60 * 60 * 1000


class TopicsError(Exception):
    """The broker refused, or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How every topic is made. Copies only: what is older than `retention_days` is read from the owner over HTTP."""

    partitions: int
    replicas: int
    min_insync: int
    retention_days: int

    @property
    def configs(self) -> dict[str, str]:
        """The topics' own settings; one record holds one event, at most 512 KiB and its headers."""
        return {
            "min.insync.replicas": str(self.min_insync),
            "retention.ms": str(self.retention_days * _DAY_MS),
            "cleanup.policy": "delete",
            "max.message.bytes": str(1024 * 1024),
        }


async def prepare(bootstrap: str, shape: Shape, patience_s: float = _PATIENCE_S) -> list[str]:
    """Make the topics that are missing and give all of them their settings; returns what was done.

    The partitions of a topic that exists are left as they are: partition = stream modulo partitions, whatever their
    number. Raises `TopicsError`.
    """
    names = sorted(ledger.topic for ledger in LEDGERS.values())
    admin = await _patiently(lambda: _connected(bootstrap), patience_s)
    try:
        done = await _make(admin, names, shape)
        await _configure(admin, names, shape)
    except KafkaError as error:
        raise TopicsError(repr(error)) from error
    finally:
        await admin.close()
    return done


async def _connected(bootstrap: str) -> AIOKafkaAdminClient:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=10_000)
    try:
        await admin.start()
    except KafkaError:
        await admin.close()
        raise
    return admin


async def _patiently(step: Callable[[], Awaitable[AIOKafkaAdminClient]], patience_s: float) -> AIOKafkaAdminClient:
    deadline = asyncio.get_running_loop().time() + patience_s
    while True:
        try:
            return await step()
        except (KafkaError, OSError) as error:
            if asyncio.get_running_loop().time() > deadline:
                raise TopicsError(repr(error)) from error
        await asyncio.sleep(_AGAIN_S)


async def _make(admin: AIOKafkaAdminClient, names: Sequence[str], shape: Shape) -> list[str]:
    wanted = [NewTopic(name, shape.partitions, shape.replicas, topic_configs=shape.configs) for name in names]
    answer = await admin.create_topics(wanted)
    made: list[str] = []
    for name, code, *_ in answer.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise TopicsError(f"{name}: {error.__name__}")
        made.append(f"主题 {name} " + ("已存在 / was there" if code else "已建立 / made"))
    return made


async def _configure(admin: AIOKafkaAdminClient, names: Sequence[str], shape: Shape) -> None:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, shape.configs) for name in names]
    answers: list[Any] = await admin.alter_configs(resources)
    for code, message, *_ in (row for answer in answers for row in answer.resources):
        if code:
            raise TopicsError(f"{for_code(code).__name__}: {message}")


def main() -> None:
    """Prepare and print; exit code 1 with a reason in one line when it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m deploy.setup.topics", description=__doc__)
    parser.add_argument("--bootstrap", required=True, help="host:port of a broker")
    parser.add_argument("--partitions", type=int, default=8)
    parser.add_argument("--replicas", type=int, default=1, help="3 on a cluster of three")
    parser.add_argument("--min-insync", type=int, default=1, help="2 on a cluster of three")
    parser.add_argument("--retention-days", type=int, default=7)
    given = parser.parse_args()
    shape = Shape(given.partitions, given.replicas, given.min_insync, given.retention_days)
    try:
        for line in asyncio.run(prepare(given.bootstrap, shape)):
            print(line)
    except TopicsError as error:
        raise SystemExit(f"Kafka 未就绪 / Kafka is not ready: {error}") from None


if __name__ == "__main__":
    main()
