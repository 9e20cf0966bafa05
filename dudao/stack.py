"""The embedded stack: mongod, a Kafka-protocol broker and every service as a process of its own, on loopback."""

import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from dudao.embedded import Mongod, Process, Restart, Supervisor, Tansu
from dudao.embedded.ports import LOOPBACK, free_port, is_free
from dudao.folder import Addresses, Folder
from runtime.consumer.consumer import STOPPED

# The order of their start: each finds what it asks at its own start already there or on its way.
PROCESSES: Final = (
    "portal",
    "inspection",
    "inspection-worker",
    "notification",
    "notification-worker",
    "reporting",
    "reporting-worker",
)
BROKER: Final = "broker"
_FOLLOWERS: Final = ("notification-worker", "reporting-worker")
_READY_WITHIN: Final = 90.0
_LOOK_EVERY: Final = 0.1
_ANSWER_WITHIN: Final = 5.0


class StackError(Exception):
    """A part of the stack does not come up; the message ends with the last lines of its log."""


class StoppedError(StackError):
    """Consumers do not go on: their owner's ledger is not the one they had followed."""

    def __init__(self, workers: Iterable[str], folder: Folder) -> None:
        super().__init__(
            f"{', '.join(workers)} 已停：所跟随的账本与原先的不符，多半是恢复了较早的备份\n"
            f"stopped: the ledger they follow is not the one they followed; an older backup was restored, most likely\n"
            f"能放回正确的数据就放回，随后自行继续；否则运行 / put the right data back if you can; else run:\n"
            f"  {how_to_reconcile(folder.path)}"
        )


def how_to_reconcile(path: Path) -> str:
    """What to type where consumers have seen more than a restored owner."""
    return f"dudao reconcile --data {shlex.quote(str(path))}"


class Stack:
    """Everything that runs for one data folder."""

    def __init__(self, folder: Folder, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._say = say
        self._supervisor = Supervisor()
        self._processes: dict[str, Process] = {}
        self.addresses = Addresses(processes={}, mongo="", kafka="")

    @property
    def urls(self) -> Mapping[str, str]:
        """Base URLs of the four APIs, by service."""
        return {name: url for name, url in self.addresses.processes.items() if not name.endswith("-worker")}

    def start_servers(self) -> None:
        """Make the secrets, start mongod and the broker, choose everybody's address; raises `EmbeddedError`."""
        self._folder.make_secrets()
        self._say("启动 MongoDB / starting MongoDB")
        mongod = Mongod(self._folder.mongo)
        mongod.start()
        for process in mongod.processes:
            self._supervisor.add(process, Restart())
        self._say("启动 Kafka 协议消息队列 / starting the broker")
        tansu = Tansu(self._folder.logs)
        tansu.start()
        self._supervisor.add(tansu.process, Restart())
        self._processes[BROKER] = tansu.process
        ports = self._ports()
        self.addresses = Addresses(
            processes={name: f"http://{LOOPBACK}:{port}" for name, port in ports.items()},
            mongo=mongod.url,
            kafka=tansu.bootstrap,
        )

    def start_services(self, wait_for: Iterable[str] = PROCESSES) -> None:
        """Start every service and wait until these processes are ready; raises `StackError`.

        Where a worker is waited for whose streams stopped, there is no use in waiting: `StoppedError`.
        """
        self._folder.addresses = self.addresses
        for name in PROCESSES:
            self._say(f"启动 {name} / starting {name}")
            service, _, part = name.partition("-")
            argv = [sys.executable, "-m", f"services.{service}", part or "api"]
            process = Process(name, argv, log=self._folder.logs / f"{name}.log", env=self.environment(name))
            self._processes[name] = process
            self._supervisor.add(process, Restart())
        awaited = tuple(wait_for)
        followers = [name for name in _FOLLOWERS if name in awaited]
        for name in awaited:
            self._wait_until_ready(name, followers)

    def environment(self, name: str) -> dict[str, str]:
        """Settings of a process, for `services.*` to read; secrets only by the path of their file."""
        service = name.partition("-")[0]
        urls = self.addresses.processes
        common = {
            "DUDAO_MONGO_URL": self.addresses.mongo,
            "DUDAO_KAFKA": self.addresses.kafka,
            "DUDAO_KAFKA_IDEMPOTENCE": "false",
            "DUDAO_HOST": LOOPBACK,
            "DUDAO_PORT": urls[name].rsplit(":", 1)[1],
            "DUDAO_PORTAL_URL": urls["portal"],
            "DUDAO_INSPECTION_URL": urls["inspection"],
            "DUDAO_NOTIFICATION_URL": urls["notification"],
            "DUDAO_SERVICE_SECRET_FILE": str(self._folder.secret_of(service)),
        }
        if service != "portal":
            return common
        return {
            **common,
            "DUDAO_SIGNING_KEY_FILE": str(self._folder.signing_key),
            "DUDAO_SERVICE_SECRETS_FILE": str(self._folder.secret_hashes),
        }

    @property
    def restarts(self) -> dict[str, int]:
        """How often each process had to be started again, by name; only those that had."""
        return {status.name: status.restarts for status in self._supervisor.statuses() if status.restarts}

    def process(self, name: str) -> Process:
        """One of `PROCESSES` or the `BROKER`, started; raises `KeyError`."""
        return self._processes[name]

    def stop(self) -> None:
        """Stop everything: the services all at once, then the servers they need, the last started first."""
        for name in PROCESSES:
            if name in self._processes:
                self._processes[name].signal(signal.SIGTERM)
        self._supervisor.stop()

    def _ports(self) -> dict[str, int]:
        """The ports of the last run where they are free, so that bookmarks stay good; others where they are not."""
        last = self._folder.addresses
        before = {} if last is None else {name: int(url.rsplit(":", 1)[1]) for name, url in last.processes.items()}
        chosen: dict[str, int] = {}
        for name in PROCESSES:
            port = before.get(name, 0)
            usable = port and port not in chosen.values() and is_free(port)
            chosen[name] = port if usable else free_port(without=frozenset(chosen.values()))
        return chosen

    def _wait_until_ready(self, name: str, followers: Sequence[str]) -> None:
        url = f"{self.addresses.processes[name]}/health/ready"
        deadline = time.monotonic() + _READY_WITHIN
        answer = ""
        while time.monotonic() < deadline:
            status, answer = _ask(url)
            if status == httpx.codes.OK:
                return
            self._require_followers(followers)
            time.sleep(_LOOK_EVERY)
        log = self._processes[name].tail()
        raise StackError(f"{name} 未能就绪 / is not ready: {answer}\n{log}")

    def _require_followers(self, followers: Sequence[str]) -> None:
        # An API waits for what its worker will never do: whoever is asked for first, the workers know why.
        urls = self.addresses.processes
        stopped = [name for name in followers if STOPPED in _ask(f"{urls[name]}/health/ready")[1]]
        if stopped:
            raise StoppedError(stopped, self._folder)


def _ask(url: str) -> tuple[int, str]:
    try:
        response = httpx.get(url, timeout=_ANSWER_WITHIN, trust_env=False)
    except httpx.TransportError as error:
        return 0, str(error)
    return response.status_code, response.text


@contextmanager
def running(folder: Folder, say: Callable[[str], None]) -> Iterator[Stack]:
    """A stack that is stopped at the end, whatever happens inside; the caller holds the folder's lock."""
    stack = Stack(folder, say)
    try:
        stack.start_servers()
        yield stack
    finally:
        stack.stop()
