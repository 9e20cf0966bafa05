"""A Kafka Connect worker in a JVM of its own, with one connector: how the peers run."""

import time
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any, Final

import httpx

from bench._fetch import KAFKA, PEERS
from bench._machine import Machine
from dudao.embedded import Process, ServerFailed
from dudao.embedded.ports import LOOPBACK, free_port

STRINGS: Final = "org.apache.kafka.connect.storage.StringConverter"
JSON: Final = "org.apache.kafka.connect.json.JsonConverter"
_JVM: Final = ("-Xms1g", "-Xmx1g")
_READY_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Connector:
    """A connector of `bench/peers/<name>.properties`: its jars, how values are written, its database and topic.

    `discovery` is how its classes are found: by their manifests where it has them, which saves seconds, else by a scan.
    """

    name: str
    jars: Path
    converter: str
    database: str
    topic: str
    discovery: str = "hybrid_warn"


@dataclass(frozen=True, slots=True)
class Connect:
    """A worker that was started, and where it tells of its connector."""

    process: Process
    url: str

    def await_running(self) -> None:
        """Wait until the connector and its task run. Raises `ServerFailed` with the end of the log."""
        deadline = time.monotonic() + _READY_S
        while not _runs(self.url):
            if not self.process.running or time.monotonic() > deadline:
                raise ServerFailed(f"{self.process.name}: its connector does not run\n{self.process.tail()}")
            time.sleep(0.2)

    def failure(self) -> str | None:
        """The trace of a task that failed, none while it runs."""
        for one in _told(self.url):
            for task in one["tasks"]:
                if task["state"] == "FAILED":
                    return str(task.get("trace", "no trace"))
        return None

    def restart_failed(self) -> None:
        """Start tasks that failed again, as whoever operates them would."""
        for one in _told(self.url):
            url = f"{self.url}/{one['name']}/restart"
            httpx.post(url, params={"includeTasks": "true", "onlyFailed": "true"}, trust_env=False, timeout=10.0)


def start_connect(machine: Machine, connector: Connector) -> Connect:
    """Start a worker with its connector; it takes seconds until that runs."""
    folder = machine.folder / connector.name
    plugins = folder / "plugins"
    plugins.mkdir(parents=True)
    (plugins / connector.jars.name).symlink_to(connector.jars)
    port = free_port()
    told = {
        "bootstrap": machine.bootstrap, "port": port, "plugins": plugins, "folder": folder, "mongo": machine.url,
        "converter": connector.converter, "database": connector.database, "topic": connector.topic,
        "name": connector.name, "discovery": connector.discovery,
    }  # fmt: skip
    files = [folder / "worker.properties", folder / "connector.properties"]
    for source, file in zip(("worker", connector.name), files, strict=True):
        file.write_text(Template((PEERS / f"{source}.properties").read_text()).substitute(told))
    argv = ["java", *_JVM, "-cp", f"{KAFKA}/*", "org.apache.kafka.connect.cli.ConnectStandalone", *map(str, files)]
    process = machine.keep(Process(connector.name, argv, log=folder / "connect.log", cwd=folder))
    return Connect(process, f"http://{LOOPBACK}:{port}/connectors")


def _told(url: str) -> list[dict[str, Any]]:
    """The status of each connector; none while the worker does not answer."""
    try:
        answer = httpx.get(url, params={"expand": "status"}, trust_env=False, timeout=5.0)
        return [one["status"] for one in answer.json().values()] if answer.status_code == httpx.codes.OK else []
    except (httpx.HTTPError, ValueError):
        return []


def _runs(url: str) -> bool:
    told = _told(url)
    states = [part["state"] for one in told for part in (one["connector"], *one["tasks"])]
    return len(states) > len(told) > 0 and set(states) == {"RUNNING"}
