"""Apache Kafka, one node or three, each with listeners of their own for the relays and for the consumers."""

import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dudao.embedded import Process, ServerFailed
from dudao.embedded.kafka import _JVM, _LIBS
from dudao.embedded.kafka_protocol import answers_metadata
from dudao.embedded.ports import LOOPBACK, free_port
from dudao.embedded.readiness import wait_until
from tests.faults.disks import Disks

LISTENERS: Final = ("DIRECT", "RELAY", "CONSUME")
_FORMAT_S: Final = 60.0


def _id(name: str) -> str:
    return urlsafe_b64encode(uuid.uuid5(uuid.NAMESPACE_DNS, name).bytes).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Ports:
    """Where one node listens; `told` is where clients of a listener are told to go instead."""

    controller: int
    listening: Mapping[str, int]
    told: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Place:
    """A node's folder, its log file, and the disks that the folder is on."""

    folder: Path
    log: Path
    disks: Disks


class KafkaNode:
    """One node, broker and controller in one JVM; keeps its records over a restart."""

    def __init__(self, number: int, place: Place, ports: Ports, controllers: Mapping[int, int]) -> None:
        self.number = number
        self.ports = ports
        self._place = place
        self._controllers = controllers
        self._config = place.log.with_suffix(".properties")
        argv = place.disks.wrap([*_java(), "kafka.Kafka", str(self._config)])
        self.process = Process(f"kafka-{number}", argv, log=place.log, cwd=place.log.parent)

    @property
    def data(self) -> Path:
        """The folder of its records."""
        return self._place.folder / "data"

    @property
    def disk(self) -> Path:
        """The disk that its records are on."""
        return self._place.folder

    def begin(self) -> None:
        """Format the folder if it is new and start; `wait` waits for it."""
        self._config.write_text("\n".join(f"{key}={value}" for key, value in self._settings().items()))
        if not (self._place.disks.inside(self.data) / "meta.properties").exists():
            self._format()
        self.process.start()

    def wait(self, timeout: float = 90.0) -> None:
        """Until it answers."""
        port = self.ports.listening["DIRECT"]
        wait_until(lambda: answers_metadata(port), self.process, timeout=timeout, what="answering")

    def _format(self) -> None:
        voters = ",".join(
            f"{number}@{LOOPBACK}:{port}:{_id(f'directory-{number}')}" for number, port in self._controllers.items()
        )
        tool = ("kafka.tools.StorageTool", "format", "--initial-controllers", voters, "-t", _id("dudao-faults"))
        argv = self._place.disks.wrap([*_java(), *tool, "-c", str(self._config)])
        done = subprocess.run(argv, capture_output=True, text=True, timeout=_FORMAT_S, check=False)
        if done.returncode != 0:
            raise ServerFailed(f"kafka: formatting failed\n{done.stdout}{done.stderr}")

    def _settings(self) -> dict[str, object]:
        copies = min(3, len(self._controllers))
        told = {**self.ports.listening, **self.ports.told}
        listening = {**self.ports.listening, "CONTROLLER": self.ports.controller}
        return {
            "process.roles": "broker,controller",
            "node.id": self.number,
            "controller.quorum.bootstrap.servers": ",".join(f"{LOOPBACK}:{p}" for p in self._controllers.values()),
            "listeners": _addresses(listening),
            "advertised.listeners": _addresses({**told, "CONTROLLER": self.ports.controller}),
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "DIRECT",
            "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in listening),
            "log.dirs": self.data,
            # Else a relay that asks for a topic in the moment of its deletion makes it anew by that.
            "auto.create.topics.enable": "false",
            "num.partitions": 8,
            "default.replication.factor": copies,
            "min.insync.replicas": 1 if copies == 1 else 2,
            "offsets.topic.num.partitions": 1,
            "offsets.topic.replication.factor": copies,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 1,
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
            "broker.heartbeat.interval.ms": 200,
            "broker.session.timeout.ms": 1500,
            "controlled.shutdown.max.retries": 2,
            "num.network.threads": 2,
            "num.io.threads": 2,
            "background.threads": 2,
        }


def _addresses(ports: Mapping[str, int]) -> str:
    return ",".join(f"{name}://{LOOPBACK}:{port}" for name, port in ports.items())


def _java() -> list[str]:
    return ["java", *_JVM, "-cp", f"{_LIBS}/*"]


def choose_ports() -> tuple[int, dict[str, int]]:
    """A controller's port and one per listener."""
    return free_port(), {listener: free_port() for listener in LISTENERS}
