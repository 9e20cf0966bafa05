"""The machine of a benchmark: a real mongod, a real Apache Kafka, and the product's own processes beside them.

Whoever is not in turn is stopped by SIGSTOP: it keeps its connections, its cursor and its compiled code, and takes
nothing from the one that is measured.
"""

import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
from pymongo import MongoClient

from bench._fetch import fetch_kafka
from bench._topic import make_topics
from contracts.ledgers import ALERTS, LISTS, REGISTRY
from dudao.bench import Wanted
from dudao.embedded import Kafka, Mongod, Process, ServerFailed
from dudao.embedded.ports import LOOPBACK, free_port
from runtime.mongo import Mongo

TOPICS: Final = (REGISTRY.topic, LISTS.topic, ALERTS.topic)
_CACHE_GB: Final = 1.0
_OPLOG_MB: Final = 4096
_READY_S: Final = 60.0


class BenchKafka(Kafka):
    """The broker as it would run for real: every level of the compiler, and more memory than in tests."""

    @staticmethod
    def _java() -> list[str]:
        tests = Kafka._java()
        return ["java", "-Xms512m", "-Xmx1g", *tests[tests.index("-cp") :]]


class Machine:
    """Servers and processes of one run; everything started by `keep` or `service` ends with it."""

    def __init__(self, folder: Path, stack: ExitStack, url: str, bootstrap: str) -> None:
        self.folder = folder
        self.url = url
        self.bootstrap = bootstrap
        self.client: MongoClient[dict[str, Any]] = stack.enter_context(MongoClient(url, w="majority"))
        self._stack = stack

    def mongo(self) -> Mongo:
        """A client of the product's own kind; the caller closes it."""
        return Mongo(self.url)

    def keep(self, process: Process) -> Process:
        """Start a process that ends with the machine."""
        self._stack.callback(process.kill)
        process.start()
        return process

    def service(self, name: str, part: str, prefix: str, owner: str = "", **more: str) -> Process:
        """A process of a service (`python -m services.NAME PART`), ready; `owner` is the base URL of all ledgers."""
        port = free_port()
        process = Process(
            f"{name}-{part}-{prefix}",
            [sys.executable, "-m", f"services.{name}", part],
            log=self.folder / f"{name}-{part}-{prefix}.log",
            env={**self._told(prefix, port, owner), **more},
        )
        return await_ready(self.keep(process), f"http://{LOOPBACK}:{port}/health/ready")

    def owner(self, database: str) -> str:
        """The process that serves a database's ledgers over HTTP; gives its base URL."""
        port = free_port()
        argv = [sys.executable, "-m", "bench._owner", self.url, database, str(port)]
        process = self.keep(Process("owner", argv, log=self.folder / "owner.log", cwd=_root()))
        await_ready(process, f"http://{LOOPBACK}:{port}/health/ready")
        return f"http://{LOOPBACK}:{port}"

    def _told(self, prefix: str, port: int, owner: str) -> Mapping[str, str]:
        told = {
            "DUDAO_MONGO_URL": self.url,
            "DUDAO_DATABASE_PREFIX": prefix,
            "DUDAO_KAFKA": self.bootstrap,
            "DUDAO_PORT": str(port),
            "DUDAO_SERVICE_SECRET": "bench",
        }
        if owner:
            urls = ("DUDAO_INSPECTION_URL", "DUDAO_NOTIFICATION_URL", "DUDAO_PORTAL_URL")
            told |= dict.fromkeys(urls, owner)
        return told


def _root() -> Path:
    return Path(__file__).parents[1]


def await_ready(process: Process, url: str, seconds: float = _READY_S) -> Process:
    """Wait until the address answers 200; raises `ServerFailed` when the process ends first, or in time."""
    deadline = time.monotonic() + seconds
    while not _answers(url):
        if not process.running or time.monotonic() > deadline:
            raise ServerFailed(f"{process.name} is not ready\n{process.tail()}")
        time.sleep(0.1)
    return process


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False, timeout=2.0).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def rest(*processes: Process) -> None:
    """Stop these until `go`."""
    for process in processes:
        process.signal(signal.SIGSTOP)


def go(*processes: Process) -> None:
    """Let these go on."""
    for process in processes:
        process.signal(signal.SIGCONT)


@contextmanager
def machine(wanted: Wanted) -> Iterator[Machine]:
    """Servers on a temporary folder, topics made. Raises `PeerMissingError` where Kafka cannot be had."""
    fetch_kafka(wanted.tell)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dudao-bench-")))
        wanted.tell("启动 mongod 与 Kafka / starting mongod and Kafka")
        mongod = stack.enter_context(Mongod(folder / "mongo", cache_gb=_CACHE_GB, oplog_mb=_OPLOG_MB))
        kafka = stack.enter_context(BenchKafka(folder / "kafka"))
        yield Machine(folder, stack, mongod.url, kafka.bootstrap)


async def begin_topics(machine: Machine, *more: str) -> None:
    """Make the product's topics and more."""
    await make_topics(machine.bootstrap, (*TOPICS, *more))
