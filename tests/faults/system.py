"""The whole system under fault: the real processes of every service, its servers, and a link on every hop."""

import asyncio
import secrets
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx
from pymongo import MongoClient

from dudao.embedded import Process, ServerFailed
from dudao.embedded.ports import LOOPBACK, free_port
from dudao.folder import Folder
from runtime.clock import FixedClock, SystemClock
from services.portal.signing import Signer
from tests import small_city
from tests.faults.disks import Disks
from tests.faults.forked import Forked, Nursery
from tests.faults.keeper import Keeper
from tests.faults.links import Link, Links
from tests.faults.servers import Brokers, Members, bootstrap, kafka_folders, make_brokers, member_folders, remake_topics
from tests.inspection_world import NOW, World

# In the order of their start. A number at the end tells copies of the same process apart.
PROCESSES: Final = (
    "portal",
    "inspection",
    "inspection-worker-1",
    "inspection-worker-2",
    "notification",
    "notification-worker",
    "reporting",
    "reporting-worker-1",
    "reporting-worker-2",
)
# Run only while consumers are scaled up.
SPARE: Final = ("notification-worker-2", "notification-worker-3", "reporting-worker-3")
SERVICES: Final = ("inspection", "notification", "reporting", "portal")
ROOT: Final = Path(__file__).parents[2]
# Where Python finds a `sitecustomize` of ours, for the processes that are given this path.
SITE: Final = Path(__file__).with_name("defects") / "site"
_READY_S: Final = 120.0
_INIT_S: Final = 60.0
_LOOK_EVERY: Final = 0.05
_MEMBER_MB: Final = 2000
_BROKER_MB: Final = 1000
_UPLOADS_MB: Final = 8


@dataclass(frozen=True, slots=True)
class Shape:
    """What a system is made of: how many brokers, and what is added to the environment of its services."""

    brokers: int = 1
    extra: Mapping[str, str] = field(default_factory=dict)


class System:
    """Started with `start()`; `fresh()` gives empty databases and topics, as often as wanted; `close()` ends all."""

    def __init__(self, path: Path, shape: Shape) -> None:
        self.shape = shape
        self.folder = Folder(path)
        self.folder.make_secrets()
        self.prefix = "f0"
        self.generation = 0
        self.uploads = self.folder.path / "uploads"
        members, kafkas = member_folders(self.folder.mongo), kafka_folders(self.folder.path, shape.brokers)
        sizes = {**dict.fromkeys(members, _MEMBER_MB), **dict.fromkeys(kafkas, _BROKER_MB), self.uploads: _UPLOADS_MB}
        self.disks = Disks(sizes, self.folder.logs / "disks.log")
        self.links = Links()
        self.keeper = Keeper()
        self.mongod = Members(self.folder.mongo, self.disks)
        self.ports: dict[str, int] = {}
        self.http_links: dict[str, Link] = {}
        self.client_links: dict[str, Link] = {}
        self.mongo_links: dict[str, list[Link]] = {}
        self._nursery: Nursery | None = None
        self._nursed: Mapping[str, str] = {}
        self.brokers: Brokers = Brokers(relay=[], consumer=[])
        self.setup: frozenset[str] = frozenset()
        # Topics that lost records since `fresh()`, by what was done to them.
        self.emptied: set[str] = set()
        # Dated back and good for long: the clocks of services will be turned by an hour both ways.
        clock = FixedClock(SystemClock().now() - timedelta(hours=2))
        self.signer = Signer(self.folder.signing_key.read_text(), "dudao-portal", timedelta(hours=12), clock)

    def start(self) -> None:
        """Start the servers and lay the links; raises `ServerFailed`."""
        self.links.__enter__()
        self.brokers = make_brokers(self.folder.path, self.shape.brokers, self.links, self.disks)
        for node in self.brokers.nodes:
            node.begin()
        self.mongod.start(timeout=120)
        self.brokers.start()
        for name in (*PROCESSES, *SPARE):
            self.ports[name] = free_port()
        for service in ("portal", "inspection", "notification"):
            self.http_links[service] = self.links.in_front_of(self.ports[service])[0]
            self.client_links[service] = self.links.in_front_of(self.ports[service])[0]
        for group in ("inspection", "inspection-worker", "notification", "reporting"):
            self.mongo_links[group] = self.links.in_front_of_members(self.mongod.ports)

    async def fresh(self) -> None:
        """Everything anew but the servers: databases, topics, services, the small city with its round."""
        await asyncio.to_thread(self.keeper.stop_all)
        self.drop(self.prefix)
        self.generation += 1
        self.prefix = f"f{self.generation}"
        await remake_topics(self.brokers)
        self.emptied.clear()
        await asyncio.to_thread(self._first_administrator)
        await self.start_services()
        async with self.client() as http:
            await self.world(http).opened_city()
        self.setup = frozenset(self.requests("inspection"))

    def drop(self, prefix: str) -> None:
        """Forget the databases of this prefix."""
        with self.admin() as client:
            for service in SERVICES:
                client.drop_database(f"{prefix}_{service}")

    def _first_administrator(self) -> None:
        argv = (
            "services.inspection",
            "init",
            "--city",
            small_city.CITY,
            "--name",
            "佳木斯市",
            "--person",
            small_city.ADMIN,
        )
        log, env = self.folder.logs / "init.log", {**self.environment("inspection"), "PYTHONUTF8": "1"}
        once = Forked("init", self.nursery(), argv, log=log, env=env, disks=None)
        once.start()
        if not once.wait(_INIT_S):
            once.kill()
            raise ServerFailed(f"init does not end: {once.tail()}")

    async def start_services(self) -> None:
        """Start every service that does not run and wait until all are ready."""
        for name in PROCESSES:
            if name not in self.keeper.processes:
                self.keeper.add(self.process(name))
        await self.ready()

    def process(self, name: str, extra: Mapping[str, str] | None = None) -> Process:
        """A service's process, not started; `extra` is added to its environment."""
        service, part = parts(name)
        log = self.folder.logs / f"{name}.log"
        env = {**self.environment(name), **self.shape.extra, **(extra or {})}
        disks = self.disks if name == "inspection" else None
        if not extra:
            return Forked(name, self.nursery(), (f"services.{service}", part), log=log, env=env, disks=disks)
        # Only what is executed sees what the loader is told.
        argv = [sys.executable, "-m", f"services.{service}", part]
        return Process(name, disks.wrap(argv) if disks is not None else argv, log=log, env=env, cwd=ROOT)

    def nursery(self) -> Nursery:
        """Where processes are forked that have what is added to the environment of all; started when it is needed."""
        if self._nursery is None or self._nursed != self.shape.extra:
            if self._nursery is not None:
                self._nursery.stop()
            env = {"PYTHONPATH": str(ROOT), **self.shape.extra}
            self._nursery, self._nursed = Nursery(self.folder.path / "nursery", ROOT, env), self.shape.extra
            self._nursery.start()
        return self._nursery

    def environment(self, name: str) -> dict[str, str]:
        """Settings of a process; every address is that of a link."""
        service, part = parts(name)
        group = "inspection-worker" if (service, part) == ("inspection", "worker") else service
        mongo = self.mongo_links.get(group, self.mongo_links["inspection"])
        kafka = self.brokers.relay if group == "inspection-worker" else self.brokers.consumer
        found = {
            "DUDAO_MONGO_URL": f"mongodb://{bootstrap(mongo)}/?replicaSet=rs0",
            "DUDAO_DATABASE_PREFIX": self.prefix,
            "DUDAO_KAFKA": bootstrap(kafka),
            "DUDAO_KAFKA_IDEMPOTENCE": str(self.brokers.real).lower(),
            "DUDAO_HOST": LOOPBACK,
            "DUDAO_PORT": str(self.ports[name]),
            **{f"DUDAO_{s.upper()}_URL": f"http://{LOOPBACK}:{link.port}" for s, link in self.http_links.items()},
            "DUDAO_SERVICE_SECRET_FILE": str(self.folder.secret_of(service)),
            "PYTHONPATH": str(ROOT),
        }
        if service == "portal":
            found["DUDAO_SIGNING_KEY_FILE"] = str(self.folder.signing_key)
            found["DUDAO_SERVICE_SECRETS_FILE"] = str(self.folder.secret_hashes)
        if name == "inspection":
            found["TMPDIR"] = str(self.uploads)
        return found

    async def ready(self, names: tuple[str, ...] = PROCESSES, within: float = _READY_S) -> None:
        """Until these processes say that they are ready; raises `ServerFailed` with the last answer."""
        async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
            for name in names:
                await self._ready(http, name, time.monotonic() + within)

    async def _ready(self, http: httpx.AsyncClient, name: str, deadline: float) -> None:
        answer = ""
        while time.monotonic() < deadline:
            try:
                said = await http.get(f"{self.url(name)}/health/ready")
            except httpx.TransportError as error:
                answer = repr(error)
            else:
                if said.status_code == httpx.codes.OK:
                    return
                answer = said.text
            await asyncio.sleep(_LOOK_EVERY)
        raise ServerFailed(f"{name} is not ready: {answer}\n{self.keeper.processes[name].tail()}")

    def url(self, name: str) -> str:
        """A process's own address, past all links."""
        return f"http://{LOOPBACK}:{self.ports[name]}"

    def client_url(self, service: str) -> str:
        """Where people's clients find a service: behind a link of theirs."""
        return f"http://{LOOPBACK}:{self.client_links[service].port}"

    def client(self, service: str = "inspection") -> httpx.AsyncClient:
        """A client of a service."""
        return httpx.AsyncClient(base_url=self.url(service), timeout=30, trust_env=False)

    def world(self, http: httpx.AsyncClient) -> World:
        """Everybody of the small city, each with a genuine token."""
        return World(http, FixedClock(NOW), lambda person: self.signer.sign(person).text)

    def admin(self) -> MongoClient[dict[str, object]]:
        """A client of the replica set itself, past all links."""
        return MongoClient(self.mongod.url, w="majority", readConcernLevel="majority", retryWrites=True)

    def requests(self, service: str) -> list[str]:
        """Every request with a commit in a service's database."""
        with self.admin() as client:
            rows = client[f"{self.prefix}_{service}"]["commits"].find({"_id": {"$regex": "/0$"}}, {"_id": 1})
            return [str(row["_id"]).rsplit("/", 1)[0] for row in rows]

    def close(self) -> None:
        """End every process."""
        self.keeper.close()
        if self._nursery is not None:
            self._nursery.stop()
        self.brokers.stop()
        self.mongod.kill()
        self.disks.stop()
        self.links.__exit__()


def parts(name: str) -> tuple[str, str]:
    """Service and part of a process's name."""
    service, _, rest = name.partition("-")
    return service, "worker" if rest else "api"


def token() -> str:
    """Something that was never there before."""
    return secrets.token_hex(6)
