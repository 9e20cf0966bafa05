"""The portal as a process: its commands, its settings, its end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from pymongo import MongoClient

from dudao.embedded.ports import free_port

PATIENCE = 30.0


@pytest.fixture
def environment(mongod_url: str, database: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    key = tmp_path / "signing.pem"
    key.write_bytes(portal({}, "new-key").stdout)
    url = tmp_path / "mongo-url"
    url.write_text(mongod_url + "\n")
    yield {
        "DUDAO_MONGO_URL_FILE": str(url),
        "DUDAO_DATABASE_PREFIX": database,
        "DUDAO_SIGNING_KEY_FILE": str(key),
        "DUDAO_PORT": str(free_port()),
        "DUDAO_INSPECTION_URL": f"http://127.0.0.1:{free_port()}",
        "DUDAO_ARGON2_MEMORY_KIB": "8192",
        "DUDAO_ARGON2_ROUNDS": "1",
    }
    with MongoClient[dict[str, object]](mongod_url) as client:
        client.drop_database(f"{database}_portal")


def surroundings(environment: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DUDAO_")}
    return kept | environment


def portal(environment: dict[str, str], *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "services.portal", *arguments],
        env=surroundings(environment),
        input=given,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )


@contextmanager
def serving(environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "services.portal", "api"],
            env=surroundings(environment),
            stdout=output,
            stderr=output,
        )
    try:
        wait_until_ready(process, environment)
        yield process
    finally:
        process.kill()
        process.wait(PATIENCE)


def wait_until_ready(process: subprocess.Popen[bytes], environment: dict[str, str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, "the portal ended at its start"
        try:
            if httpx.get(address(environment, "/health/ready"), trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail("the portal was not ready in time")


def address(environment: dict[str, str], path: str) -> str:
    return f"http://127.0.0.1:{environment['DUDAO_PORT']}{path}"


def sign_in(environment: dict[str, str], username: str, password: str) -> httpx.Response:
    body = {"username": username, "password": password}
    return httpx.post(address(environment, "/v1/sign-in"), json=body, trust_env=False)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_accounts_of_the_command_line_sign_in_over_http_and_the_end_is_clean(
    environment: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    made = portal(environment, "init", "--person", "P-1", "--username", "admin-1")
    assert (made.returncode, made.stderr) == (0, b"")
    row = b'{"username": "cadre-1", "person": "P-2"}\n'
    demo = json.loads(portal(environment, "demo-accounts", given=row).stdout)
    log = tmp_path / "portal.log"
    with serving(environment, log) as process:
        first = sign_in(environment, "admin-1", made.stdout.decode().strip())
        second = sign_in(environment, demo["username"], demo["password"])
        assert (first.status_code, second.status_code) == (200, 200)
        process.send_signal(number)
        assert process.wait(PATIENCE) == 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {line["service"] for line in lines} == {"portal"}
    assert lines[-1]["message"].endswith("stopped")
    told = log.read_text()
    assert demo["password"] not in told
    assert first.json()["access_token"] not in told


def test_a_request_under_way_is_answered_before_the_end(environment: dict[str, str], tmp_path: Path) -> None:
    body = json.dumps({"username": "nobody-1", "password": "x"}).encode()
    head = (
        f"POST /v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    port = int(environment["DUDAO_PORT"])
    with serving(environment, tmp_path / "log") as process, socket.create_connection(("127.0.0.1", port)) as half:
        half.settimeout(PATIENCE)
        half.sendall(head.encode())
        # Once a later request is answered, the half one has been taken up.
        assert httpx.get(address(environment, "/health/live"), trust_env=False).status_code == 200
        process.send_signal(signal.SIGTERM)
        wait_until_closed(port)
        assert process.poll() is None
        half.sendall(body)
        assert half.recv(4096).startswith(b"HTTP/1.1 401 ")
        assert process.wait(PATIENCE) == 0


def wait_until_closed(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.05)
    pytest.fail("the portal went on listening")


def test_a_port_that_is_taken_and_a_missing_setting_are_told_in_one_line(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with serving(environment, tmp_path / "log"):
        second = portal(environment, "api")
    assert second.returncode == 1
    assert "cannot listen" in json.loads(second.stderr)["message"]
    without_key = {name: value for name, value in environment.items() if name != "DUDAO_SIGNING_KEY_FILE"}
    missing = portal(without_key, "api")
    assert missing.returncode == 1
    assert json.loads(missing.stderr)["message"] == "PortalSettings: signing_key: Field required"


def test_an_account_that_is_there_already_is_refused_with_a_reason(environment: dict[str, str]) -> None:
    arguments = ("init", "--person", "P-1", "--username", "admin-1")
    portal(environment, *arguments)
    again = portal(environment, *arguments)
    assert again.returncode == 1
    assert again.stdout == b""
    assert "已有账户" in again.stderr.decode()
    reset = portal(environment, *arguments, "--reset")
    assert reset.returncode == 0


def test_without_mongodb_the_reason_is_told(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(f"mongodb://dudao:very-secret@127.0.0.1:{free_port()}/")
    away = environment | {"DUDAO_MONGO_URL_FILE": str(tmp_path / "elsewhere")}
    answer = portal(away, "init", "--person", "P-1", "--username", "admin-1")
    assert answer.returncode == 1
    assert "MongoDB cannot be reached" in answer.stderr.decode()
    assert "very-secret" not in answer.stderr.decode()
    serving_it = portal(away, "api")
    assert serving_it.returncode == 1
    lines = [json.loads(line) for line in serving_it.stderr.splitlines()]
    assert lines[-1]["message"].endswith("did not start; the log says why")
    assert "very-secret" not in serving_it.stderr.decode()
