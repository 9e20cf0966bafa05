"""A real MongoDB replica set on loopback that finds its data again, whatever became of its process or its port."""

import json
from pathlib import Path
from typing import Self

from pymongo.errors import PyMongoError

from dudao.embedded import replica_set
from dudao.embedded.errors import EmbeddedError, ServerFailed
from dudao.embedded.mongod_program import MongodProgram, find_mongod
from dudao.embedded.ports import LOOPBACK, becomes_free, free_port, require_free
from dudao.embedded.processes import Process
from dudao.embedded.readiness import wait_until

# Longer than any transaction of ours: a bulk takes well under a second, and waits for nothing but the database.
TRANSACTION_LIFETIME_S = 10
_SMALLEST_CACHE_GB = 0.25
_PORT_WAIT = 2.0


class Mongod:
    """A replica set of one, or of `members`, with its data, logs and ports in the folder `data`.

    `ports` fixes the ports; else those of the last start are kept if they are free. `cache_gb` is WiredTiger's cache
    per member in GB, `oplog_mb` the oplog's size in MB, counted only when a member's data is made; `engine` holds
    settings of WiredTiger itself, in its own language.
    """

    def __init__(
        self,
        data: Path,
        *,
        members: int = 1,
        ports: tuple[int, ...] | None = None,
        cache_gb: float | None = _SMALLEST_CACHE_GB,
        oplog_mb: int | None = None,
        engine: str | None = None,
    ) -> None:
        if ports is not None and len(ports) != members:
            raise EmbeddedError(f"{members} members need as many ports, not {len(ports)}")
        self.data = data.absolute()
        self._members = members
        self._wanted = ports
        self._storage = [
            *(["--wiredTigerCacheSizeGB", str(cache_gb)] if cache_gb is not None else []),
            *(["--oplogSize", str(oplog_mb)] if oplog_mb is not None else []),
            *(["--wiredTigerEngineConfigString", engine] if engine is not None else []),
        ]
        self.ports: tuple[int, ...] = ()
        self.processes: tuple[Process, ...] = ()

    @property
    def url(self) -> str:
        """The connection string of the set, without a database. Raises `EmbeddedError` before `start()`."""
        if not self.ports:
            raise EmbeddedError("mongod was never started")
        return replica_set.url(self.ports)

    @property
    def primary(self) -> Process | None:
        """The process that is primary now, if any: the one to kill in a test of a fail-over."""
        port = replica_set.primary_port(self.ports)
        return None if port is None else self.processes[self.ports.index(port)]

    def start(self, *, timeout: float = 60.0) -> None:
        """Start all members and wait up to `timeout` seconds for a primary that takes writes.

        Raises `ServerMissing` without a mongod, `ServerFailed` when a member ends or no primary is chosen in time.
        """
        if any(process.running for process in self.processes):
            raise EmbeddedError("mongod runs already")
        program = find_mongod(self.data)
        last = self._last_ports()
        self.ports = self._choose_ports(last)
        self.processes = tuple(self._process(program, number, port) for number, port in enumerate(self.ports))
        try:
            if None not in last and self.ports != tuple(last):
                self._move(program, timeout)
            self._bring_up(program, timeout)
        except (EmbeddedError, PyMongoError) as error:
            self.kill()
            raise error if isinstance(error, EmbeddedError) else ServerFailed(f"mongod: {error}") from error
        self._ports_file.write_text(json.dumps(self.ports))

    def _bring_up(self, program: MongodProgram, timeout: float) -> None:
        self._start_all(timeout)
        hosts = replica_set.configured_hosts(self.ports[0])
        if hosts is None:
            replica_set.initiate(self.ports)
        elif hosts != replica_set.hosts(self.ports):
            # A crash came between an earlier move and its note of the ports.
            self.kill()
            self._move(program, timeout)
            self._start_all(timeout)
        wait_until(
            lambda: replica_set.is_whole(self.ports), self.processes[0], timeout=timeout, what="a whole replica set"
        )

    def _start_all(self, timeout: float) -> None:
        for process in self.processes:
            process.start()
        for process, port in zip(self.processes, self.ports, strict=True):
            _wait_for_answer(process, port, timeout)

    def _move(self, program: MongodProgram, timeout: float) -> None:
        for number, port in enumerate(self.ports):
            alone = self._process(program, number, port, alone=True)
            with alone:
                _wait_for_answer(alone, port, timeout)
                replica_set.rewrite_hosts(port, self.ports)

    def _process(self, program: MongodProgram, number: int, port: int, *, alone: bool = False) -> Process:
        return Process(
            "mongod" if self._members == 1 else f"mongod-{number}",
            [str(program.path), *self._arguments(number, port, alone=alone)],
            log=self.data / f"mongod-{number}.log",
            env=program.env,
        )

    def _arguments(self, number: int, port: int, *, alone: bool) -> list[str]:
        folder = self.data / f"member-{number}"
        folder.mkdir(parents=True, exist_ok=True)
        return [
            *(() if alone else ("--replSet", replica_set.NAME)),
            *("--dbpath", str(folder)),
            *("--bind_ip", LOOPBACK, "--port", str(port)),
            # A socket file in /tmp would outlive a SIGKILL and belong to nobody.
            "--nounixsocket",
            "--quiet",
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            # Else the last primary of three waits 15 s for somebody to hand over to.
            *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=500"),
            # What a killed process had locked in a transaction is free after this; the server's own limit is a minute.
            *("--setParameter", f"transactionLifetimeLimitSeconds={TRANSACTION_LIFETIME_S}"),
            *self._storage,
        ]

    @property
    def _ports_file(self) -> Path:
        return self.data / "ports.json"

    def _choose_ports(self, last_ports: list[int | None]) -> tuple[int, ...]:
        if self._wanted is not None:
            for port in self._wanted:
                require_free(port, "mongod")
            return self._wanted
        chosen: list[int] = []
        for last in last_ports:
            usable = last is not None and last not in chosen and becomes_free(last, within=_PORT_WAIT)
            chosen.append(last if usable and last is not None else free_port(without=frozenset(chosen)))
        return tuple(chosen)

    def _last_ports(self) -> list[int | None]:
        try:
            known: list[int | None] = list(json.loads(self._ports_file.read_text()))
        except (OSError, ValueError):
            # Not there, or cut off by a crash while it was written: the set is moved to new ports.
            known = []
        return [*known, *[None] * self._members][: self._members]

    def stop(self) -> None:
        """Stop every member cleanly, the last one first."""
        for process in reversed(self.processes):
            process.stop()

    def kill(self) -> None:
        """SIGKILL to every member, for tests of a crash."""
        for process in self.processes:
            process.kill()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _wait_for_answer(process: Process, port: int, timeout: float) -> None:
    wait_until(lambda: replica_set.answers(port), process, timeout=timeout, what="answering")
