"""What the peers need, fetched by Maven into `.bench/` (and Kafka into `.kafka/`), which git leaves out."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from dudao.bench import PeerMissingError
from dudao.embedded.kafka import available

ROOT: Final = Path(__file__).parents[1]
PEERS: Final = Path(__file__).parent / "peers"
FETCHED: Final = ROOT / ".bench"
KAFKA: Final = ROOT / ".kafka" / "libs"
_KAFKA_POM: Final = ROOT / "deploy" / "kafka-tests" / "pom.xml"
_FETCH_S: Final = 600.0

Tell = Callable[[str], None]


def fetch_kafka(tell: Tell) -> Path:
    """The folder of Apache Kafka's jars, as `make kafka` leaves them. Raises `PeerMissingError`."""
    if available() is None:
        return KAFKA
    _require("java", "default-jre-headless")
    _copy(_KAFKA_POM, KAFKA, tell)
    (KAFKA.parent / ".fetched").touch()
    return KAFKA


def fetch_peer(name: str, tell: Tell) -> Path:
    """The folder of a peer's jars, of `bench/peers/<name>-pom.xml`; fetched once. Raises `PeerMissingError`."""
    _require("java", "default-jre-headless")
    pom = PEERS / f"{name}-pom.xml"
    folder, stamp = FETCHED / "peers" / name, FETCHED / f"{name}.fetched"
    wanted = hashlib.sha256(pom.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        _copy(pom, folder, tell)
        stamp.write_text(wanted)
    return folder


def _require(program: str, package: str) -> None:
    if shutil.which(program) is None:
        raise PeerMissingError(
            f"缺少 {program}，对照基准无法运行（Debian/Ubuntu：apt-get install {package}）"
            f" / {program} is missing, the peers cannot run (Debian and Ubuntu: apt-get install {package})"
        )


def _copy(pom: Path, folder: Path, tell: Tell) -> None:
    _require("mvn", "maven")
    tell(f"用 Maven 取 {folder.name} / fetching {folder.name} with Maven")
    folder.mkdir(parents=True, exist_ok=True)
    argv = ["mvn", "-B", "-q", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=_FETCH_S, check=False)
    except subprocess.TimeoutExpired:
        raise PeerMissingError(f"Maven 超时 / Maven did not end within {_FETCH_S:g} s: {pom.name}") from None
    if done.returncode != 0:
        told = "\n".join((done.stdout + done.stderr).splitlines()[-5:])
        raise PeerMissingError(f"Maven 未能取得 {pom.name} 所列 / Maven could not fetch what {pom.name} lists\n{told}")
