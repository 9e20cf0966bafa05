"""Apache Kafka itself, from the jars `make kafka` fetches: one KRaft node on loopback, for tests and benchmarks."""

import shutil
import subprocess
from pathlib import Path
from string import Template
from typing import Self

from dudao.embedded.errors import ServerFailed, ServerMissing
from dudao.embedded.kafka_protocol import answers_metadata
from dudao.embedded.ports import LOOPBACK, free_port, require_free
from dudao.embedded.processes import Process
from dudao.embedded.readiness import wait_until

_CHECKOUT = Path(__file__).parents[2]
_LIBS = _CHECKOUT / ".kafka" / "libs"
_TEMPLATE = _CHECKOUT / "deploy" / "kafka-tests" / "server.properties"
# Small, and quick to start rather than fast at its peak: tests share two cores with everything else.
_JVM = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_FORMAT_TIMEOUT = 60.0
# Kafka's form of a UUID, unpadded base64 of 16 bytes; these read "dudao-kafka-test".
_CLUSTER = "ZHVkYW8ta2Fma2EtdGVzdA"


def available() -> str | None:
    """Return None if Apache Kafka can be started here, else the reason why not."""
    if shutil.which("java") is None:
        return "java is not installed (default-jre-headless)"
    if not any(_LIBS.glob("kafka_*.jar")):
        return "Kafka's jars are not here: run `make kafka` (needs maven)"
    return None


class Kafka:
    """One broker and controller in one JVM; a second start on the same folder and ports finds its records again."""

    idempotent = True

    def __init__(self, data: Path, *, port: int | None = None, controller_port: int | None = None) -> None:
        reason = available()
        if reason:
            raise ServerMissing(reason)
        self.data = data.absolute()
        self.port = port or free_port()
        self.controller_port = controller_port or free_port()
        self._config = self.data / "server.properties"
        self.process = Process(
            "kafka", [*self._java(), "kafka.Kafka", str(self._config)], log=self.data / "kafka.log", cwd=self.data
        )

    @property
    def bootstrap(self) -> str:
        """The `host:port` for Kafka clients."""
        return f"{LOOPBACK}:{self.port}"

    def start(self, *, timeout: float = 60.0) -> None:
        """Format the folder if it is new, start, wait up to `timeout` seconds for an answer. Raises `ServerFailed`."""
        logs = self.data / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        text = Template(_TEMPLATE.read_text()).substitute(
            host=LOOPBACK, port=self.port, controller_port=self.controller_port, data=logs
        )
        self._config.write_text(text)
        if not (logs / "meta.properties").exists():
            self._format()
        require_free(self.port, "kafka")
        self.process.start()
        wait_until(lambda: answers_metadata(self.port), self.process, timeout=timeout, what="answering")

    def _format(self) -> None:
        done = subprocess.run(
            [
                *self._java(),
                "kafka.tools.StorageTool",
                "format",
                "--standalone",
                "-t",
                _CLUSTER,
                "-c",
                str(self._config),
            ],
            cwd=self.data,
            capture_output=True,
            text=True,
            timeout=_FORMAT_TIMEOUT,
            check=False,
        )
        if done.returncode != 0:
            raise ServerFailed(f"kafka: formatting its folder failed\n{done.stdout}{done.stderr}")

    @staticmethod
    def _java() -> list[str]:
        # The star is Java's own class path syntax: no shell must expand it.
        return ["java", *_JVM, "-cp", f"{_LIBS}/*"]

    def stop(self) -> None:
        """Stop it cleanly; its records stay in the folder."""
        self.process.stop()

    def kill(self) -> None:
        """SIGKILL, for tests of a crash."""
        self.process.kill()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
