"""docker-compose.yml keeps its rules, and the rules catch what breaks them."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.architecture.deployment import (
    COMPOSE,
    ROOT,
    SECRETS,
    SETTINGS,
    complaints,
    one_shot,
    ours,
    read_compose,
)

Services = dict[str, Any]


def test_compose_file_keeps_every_rule():
    assert complaints(read_compose()) == []


PLANTED: list[tuple[str, Callable[[Services], object], str]] = [
    ("a writable root", lambda s: s["portal"].update(read_only=False), "portal: read_only"),
    ("root", lambda s: s["mongo"].update(user="0:0"), "mongo: runs as root"),
    ("nobody named", lambda s: s["kafka"].pop("user"), "kafka: runs as root"),
    ("a kept capability", lambda s: s["gateway"].update(cap_drop=["NET_RAW"]), "gateway: cap_drop"),
    ("new privileges", lambda s: s["topics"].pop("security_opt"), "topics: security_opt"),
    ("no limit of memory", lambda s: s["reporting"].pop("mem_limit"), "reporting: no mem_limit"),
    ("no limit of processors", lambda s: s["inspection"].pop("cpus"), "inspection: no cpus"),
    ("a capability by another key", lambda s: s["kafka"].update(privileged=True), "kafka: the key privileged"),
    ("no health check", lambda s: s["inspection-worker"].pop("healthcheck"), "inspection-worker: stays"),
    ("no version", lambda s: s["kafka"].update(image="apache/kafka"), "kafka: apache/kafka names no version"),
    ("the newest", lambda s: s["mongo"].update(image="mongo:latest"), "mongo: mongo:latest names no version"),
    (
        "waiting for an end that never comes",
        lambda s: s["portal"]["depends_on"].update(inspection={"condition": "service_completed_successfully"}),
        "portal: waits for inspection",
    ),
    ("waiting for nobody", lambda s: s.pop("topics"), "inspection-worker: waits for topics"),
    ("a second way in", lambda s: s["mongo"].update(ports=["127.0.0.1:27017:27017"]), "mongo: publishes"),
    ("a way in for the world", lambda s: s["gateway"].update(ports=["8080:8080"]), "gateway: publishes 8080"),
    ("a way out", lambda s: s["portal"].update(networks=["edge"]), "portal: on ['edge']"),
    ("the gateway at the database", lambda s: s["gateway"]["networks"].append("mongo"), "gateway: reaches"),
    ("an API at the broker", lambda s: s["inspection"]["networks"].append("kafka"), "inspection: reaches Kafka"),
    ("a process left out", lambda s: s.pop("notification-worker"), "notification-worker: not here"),
    ("locks for a minute", lambda s: s["mongo"].update(command=["mongod --replSet dudao"]), "mongo: a killed process"),
    ("the wrong process", lambda s: s["reporting"]["command"].__setitem__(3, "worker"), "reporting: not here"),
    (
        "a variable that nobody reads",
        lambda s: s["inspection"]["environment"].update(DUDAO_REGISTRY_LIMIT_S="5"),
        "inspection: no setting is called DUDAO_REGISTRY_LIMIT_S",
    ),
    (
        "a file for what is no secret",
        lambda s: s["portal"]["environment"].update(DUDAO_KAFKA_FILE="x"),
        "portal: no setting is called DUDAO_KAFKA_FILE",
    ),
    ("a secret too many", lambda s: s["reporting"]["secrets"].append("mongo-key"), "reporting: is given mongo-key"),
    ("a secret too few", lambda s: s["portal"]["secrets"].remove("services.json"), "portal: names services.json"),
]


@pytest.mark.parametrize(("plant", "told"), [row[1:] for row in PLANTED], ids=[row[0] for row in PLANTED])
def test_planted_violation_is_caught(plant: Callable[[Services], object], told: str):
    # By way of JSON nothing is shared any more: what is planted in one service must not spread by its anchor.
    compose = json.loads(json.dumps(read_compose()))
    plant(compose["services"])
    assert [complaint for complaint in complaints(compose) if complaint.startswith(told)] != []


def test_yamllint_has_nothing_to_say():
    done = subprocess.run(
        [sys.executable, "-m", "yamllint", "--strict", "docker-compose.yml", ".yamllint"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.fixture
def podman(tmp_path: Path) -> Path:
    """The machine's podman, else one that only says its version: `config` asks for no more."""
    found = shutil.which("podman")
    if found:
        return Path(found)
    stand_in = tmp_path / "podman"
    stand_in.write_text("#!/bin/sh\necho podman version 5.0.0\n")
    stand_in.chmod(0o700)
    return stand_in


def _config(podman: Path, file: Path) -> "subprocess.CompletedProcess[str]":
    command = [
        sys.executable,
        "-m",
        "podman_compose",
        "--podman-path",
        str(podman),
        "--profile",
        "init",
        "--profile",
        "operate",
        "-f",
        str(file),
    ]
    return subprocess.run([*command, "config"], cwd=ROOT, capture_output=True, text=True, check=False)


def test_podman_compose_reads_the_file_as_we_do(podman: Path):
    done = _config(podman, COMPOSE)
    assert done.returncode == 0, done.stderr
    read = yaml.safe_load(done.stdout)
    mine = read_compose()
    assert read["services"].keys() == mine["services"].keys()
    assert read["secrets"].keys() == mine["secrets"].keys()
    for name, service in mine["services"].items():
        assert read["services"][name]["read_only"] is True
        assert read["services"][name]["user"] == service["user"]
    assert read["services"]["init"]["command"][-3:] == ["--city=230800", "--name=佳木斯市", "--person=P-0001"]


def test_podman_compose_refuses_a_broken_file(podman: Path, tmp_path: Path):
    broken = tmp_path / "docker-compose.yml"
    broken.write_text(COMPOSE.read_text().replace("*kafka-client", "*no-such-anchor"))
    assert _config(podman, broken).returncode != 0


def test_secrets_made_by_the_script_start_every_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path / "secrets"
    subprocess.run([str(ROOT / "deploy" / "make-secrets"), str(folder)], check=True, capture_output=True)
    compose = read_compose()
    assert {file.name for file in folder.iterdir()} >= compose["secrets"].keys()
    started = 0
    for service in compose["services"].values():
        part = ours(service)
        if part is None:
            continue
        with monkeypatch.context() as patched:
            for variable, value in service["environment"].items():
                patched.setenv(variable, str(value).replace(SECRETS, f"{folder}/"))
            settings = SETTINGS[part[0]]()
        assert settings.mongo_url.get_secret_value().startswith(f"mongodb://{part[0]}:")
        started += 1
    assert started == sum(not one_shot(s) for s in compose["services"].values() if ours(s)) + 2
