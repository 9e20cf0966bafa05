"""A Kafka Connect worker in a JVM of its own, with one connector: how the peers run."""

import time
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final

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
    """A connector of `bench/peers/<name>.properties`: its jars, how values are written, its database and topic."""

    name: str
    jars: Path
    converter: str
    database: str
    topic: str


def start_connect(machine: Machine, connector: Connector) -> Process:
    """A worker whose connector runs. Raises `ServerFailed` with the end of its log."""
    folder = machine.folder / connector.name
    plugins = folder / "plugins"
    plugins.mkdir(parents=True)
    (plugins / connector.jars.name).symlink_to(connector.jars)
    port = free_port()
    told = {
        "bootstrap": machine.bootstrap, "port": port, "plugins": plugins, "folder": folder, "mongo": machine.url,
        "converter": connector.converter, "database": connector.database, "topic": connector.topic,
        "name": connector.name,
    }  # fmt: skip
    files = [folder / "worker.properties", folder / "connector.properties"]
    for source, file in zip(("worker", connector.name), files, strict=True):
        file.write_text(Template((PEERS / f"{source}.properties").read_text()).substitute(told))
    argv = ["java", *_JVM, "-cp", f"{KAFKA}/*", "org.apache.kafka.connect.cli.ConnectStandalone", *map(str, files)]
    process = machine.keep(Process(connector.name, argv, log=folder / "connect.log", cwd=folder))
    _await_running(process, f"http://{LOOPBACK}:{port}/connectors")
    return process


def _await_running(process: Process, url: str) -> None:
    deadline = time.monotonic() + _READY_S
    while not _runs(url):
        if not process.running or time.monotonic() > deadline:
            raise ServerFailed(f"{process.name}: its connector does not run\n{process.tail()}")
        time.sleep(0.2)


def _runs(url: str) -> bool:
    try:
        answer = httpx.get(url, params={"expand": "status"}, trust_env=False, timeout=5.0)
        told = [one["status"] for one in answer.json().values()] if answer.status_code == httpx.codes.OK else []
    except (httpx.HTTPError, ValueError):
        return False
    states = [part["state"] for one in told for part in (one["connector"], *one["tasks"])]
    return len(states) > len(told) > 0 and set(states) == {"RUNNING"}
