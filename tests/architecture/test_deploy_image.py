"""The Dockerfile, what it lets in, and the secrets' files."""

import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from services.portal.service_secrets import ServiceSecrets
from tests.architecture.deployment import ROOT

DOCKERFILE: Final = ROOT / "deploy" / "Dockerfile"
MAKE_SECRETS: Final = ROOT / "deploy" / "make-secrets"


def _instructions(text: str) -> list[tuple[str, str]]:
    joined = re.sub(r"\\\n", " ", re.sub(r"(?m)^#.*\n", "", text))
    found = (line.split(None, 1) for line in joined.splitlines() if line.strip())
    return [(words[0], words[1] if words[1:] else "") for words in found]


def _hadolint(file: Path) -> "subprocess.CompletedProcess[str]":
    program = Path(sys.executable).with_name("hadolint")
    if not program.exists():
        pytest.skip("hadolint's wheel is for x86-64 Linux only")
    return subprocess.run(
        [str(program), "--failure-threshold", "style", str(file)], capture_output=True, text=True, check=False
    )


def test_hadolint_has_nothing_to_say():
    done = _hadolint(DOCKERFILE)
    assert (done.returncode, done.stdout) == (0, "")


def test_hadolint_catches_a_planted_violation(tmp_path: Path):
    planted = tmp_path / "Dockerfile"
    planted.write_text(DOCKERFILE.read_text().replace("FROM python:3.11-slim\n", "FROM python:latest\n"))
    done = _hadolint(planted)
    assert done.returncode != 0
    assert "DL3007" in done.stdout


def test_image_is_not_root_and_takes_only_what_the_lock_names():
    instructions = _instructions(DOCKERFILE.read_text())
    users = [value for name, value in instructions if name == "USER"]
    installs = [value for name, value in instructions if name == "RUN" and "pip install" in value]
    assert [value for name, value in instructions if name == "FROM"] == [
        "python:3.11-slim AS build",
        "python:3.11-slim",
    ]
    assert users == ["10001:10001"]
    assert any(name == "HEALTHCHECK" for name, _ in instructions)
    assert len(installs) == 3
    assert all("--require-hashes" in value or "--no-index" in value for value in installs)


def _let_in() -> tuple[list[str], list[str]]:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    return [line for line in lines if not line.startswith("!")], [line[1:] for line in lines if line.startswith("!")]


def test_everything_copied_is_let_in_and_nothing_else_is():
    shut_out, let_in = _let_in()
    copied = {
        source
        for name, value in _instructions(DOCKERFILE.read_text())
        if name == "COPY" and not value.startswith("--from")
        for source in value.split()[:-1]
    }
    assert shut_out == ["*", "**/__pycache__", "**/*.pyc"]
    assert copied == set(let_in)
    assert all((ROOT / source).exists() for source in copied)


def test_secrets_are_kept_out_of_git_and_of_the_image():
    ignored = subprocess.run(
        ["git", "check-ignore", "--quiet", "deploy/secrets/mongo-key"], cwd=ROOT, check=False, capture_output=True
    )
    assert ignored.returncode == 0
    assert not any("deploy/secrets".startswith(path) for path in _let_in()[1])


@pytest.fixture
def secrets_folder(tmp_path: Path) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path / "secrets"
    subprocess.run([str(MAKE_SECRETS), str(folder)], check=True, capture_output=True)
    return folder


def test_secrets_are_for_their_owner_and_for_the_containers(secrets_folder: Path):
    assert stat.S_IMODE(secrets_folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in secrets_folder.iterdir()} == {0o444}


def test_secrets_made_before_are_kept(secrets_folder: Path):
    before = {file.name: file.read_bytes() for file in secrets_folder.iterdir()}
    (secrets_folder / "reporting-secret").unlink()
    subprocess.run([str(MAKE_SECRETS), str(secrets_folder)], check=True, capture_output=True)
    after = {file.name: file.read_bytes() for file in secrets_folder.iterdir()}
    assert {name for name, text in after.items() if text != before[name]} == {"reporting-secret", "services.json"}
    portal_knows = ServiceSecrets(after["services.json"].decode())
    for service in ("inspection", "notification", "reporting"):
        portal_knows.check(service, after[f"{service}-secret"].decode().rstrip("\n"))
