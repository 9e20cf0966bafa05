"""The servers under fault: a replica set of three on small disks, and Apache Kafka (else Tansu) behind links."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import NodeNotReadyError

from contracts.ledgers import LEDGERS
from dudao.embedded import Mongod, Process, Tansu
from dudao.embedded.kafka import available
from dudao.embedded.mongod_program import MongodProgram
from dudao.embedded.ports import LOOPBACK
from tests.faults.disks import Disks
from tests.faults.kafka_nodes import KafkaNode, Place, Ports, choose_ports
from tests.faults.links import Link, Links

Answer = TypeVar("Answer")
MEMBERS: Final = 3
PARTITIONS: Final = 8
_ADMIN_MS: Final = 20_000


class Members(Mongod):
    """A replica set of three whose members run where the small disks are."""

    def __init__(self, data: Path, disks: Disks) -> None:
        super().__init__(data, members=MEMBERS, oplog_mb=256)
        self._disks = disks

    def _process(self, program: MongodProgram, number: int, port: int, *, alone: bool = False) -> Process:
        made = super()._process(program, number, port, alone=alone)
        return Process(made.name, self._disks.wrap(made.argv), log=made.log, env=program.env)

    def folder(self, number: int) -> Path:
        """Where a member keeps its data."""
        return self.data / f"member-{number}"


def member_folders(data: Path) -> list[Path]:
    """Where the members of a set in this folder keep their data."""
    return [data / f"member-{number}" for number in range(MEMBERS)]


@dataclass(slots=True)
class Brokers:
    """The broker, or brokers, with the links that relays and consumers reach them by."""

    relay: list[Link]
    consumer: list[Link]
    nodes: list[KafkaNode] = field(default_factory=list)
    tansu: Tansu | None = None

    @property
    def real(self) -> bool:
        """Whether it is Apache Kafka."""
        return bool(self.nodes)

    @property
    def copies(self) -> int:
        """How many copies of each record there are."""
        return min(3, len(self.nodes)) or 1

    @property
    def direct(self) -> str:
        """The bootstrap address past all links."""
        if self.tansu is not None:
            return self.tansu.bootstrap
        return ",".join(f"{LOOPBACK}:{node.ports.listening['DIRECT']}" for node in self.nodes)

    @property
    def processes(self) -> list[Process]:
        """The brokers' processes."""
        return [node.process for node in self.nodes] or ([self.tansu.process] if self.tansu else [])

    def start(self) -> None:
        """Start all that do not run and wait until they answer."""
        if self.tansu is not None and not self.tansu.process.running:
            self.tansu.start()
        for node in self.nodes:
            if not node.process.running:
                node.begin()
        for node in self.nodes:
            node.wait()

    def stop(self) -> None:
        """Kill them all: nothing of them is needed any more."""
        for process in self.processes:
            process.kill()


def make_brokers(folder: Path, count: int, links: Links, disks: Disks) -> Brokers:
    """Brokers that are not started yet; Tansu, one only, where Apache Kafka is not available."""
    if available() is not None:
        return _tansu(folder, links)
    ports = {number: choose_ports() for number in range(1, count + 1)}
    controllers = {number: controller for number, (controller, _) in ports.items()}
    brokers = Brokers(relay=[], consumer=[])
    for number, (controller, listening) in ports.items():
        relay, consumer = links.in_front_of(listening["RELAY"], listening["CONSUME"])
        brokers.relay.append(relay)
        brokers.consumer.append(consumer)
        told = {"RELAY": relay.port, "CONSUME": consumer.port}
        place = Place(kafka_folders(folder, count)[number - 1], folder / f"kafka-{number}.log", disks)
        brokers.nodes.append(KafkaNode(number, place, Ports(controller, listening, told), controllers))
    return brokers


def _tansu(folder: Path, links: Links) -> Brokers:
    tansu = Tansu(folder)
    link = links.in_front_of(tansu.port)
    place = tansu.process.argv.index("--advertised-listener-url") + 1
    argv = [*tansu.process.argv[:place], f"tcp://{LOOPBACK}:{link[0].port}", *tansu.process.argv[place + 1 :]]
    tansu.process = Process("tansu", argv, log=tansu.process.log)
    return Brokers(relay=link, consumer=link, tansu=tansu)


def kafka_folders(folder: Path, count: int) -> list[Path]:
    """Where the nodes keep their records."""
    return [folder / f"kafka-{number}" for number in range(1, count + 1)]


def bootstrap(links: Sequence[Link]) -> str:
    """The address of links in front of brokers."""
    return ",".join(f"{LOOPBACK}:{link.port}" for link in links)


async def remake_topics(brokers: Brokers, names: Sequence[str] = (), partitions: int = PARTITIONS) -> None:
    """Delete topics, all of ours unless named, with everything in them, and make them anew."""
    topics = names or [ledger.topic for ledger in LEDGERS.values()]
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers.direct, request_timeout_ms=_ADMIN_MS)
    await admin.start()
    try:
        there = set(topics) & set(await _patiently(admin.list_topics))
        if there:
            await _patiently(lambda: admin.delete_topics(sorted(there)))
        async with asyncio.timeout(_ADMIN_MS / 1000):
            while set(topics) & set(await _patiently(admin.list_topics)):
                await asyncio.sleep(0.05)
        made = [NewTopic(topic, partitions, brokers.copies) for topic in topics]
        await _patiently(lambda: admin.create_topics(made))
    finally:
        await admin.close()


async def _patiently(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """A node that is only just starting was sent nothing: it is asked again."""
    async with asyncio.timeout(_ADMIN_MS / 1000):
        while True:
            try:
                return await ask()
            except NodeNotReadyError:
                await asyncio.sleep(0.1)
