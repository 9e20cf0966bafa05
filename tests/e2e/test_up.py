"""`dudao up` and `dudao init`: a system to stay, through kills and Ctrl-C."""

import os
import re
import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from dudao.folder import Folder
from tests.e2e.running import DUDAO, left_behind, processes_of, running

READY = "Ctrl-C"
READY_WITHIN = 90.0
STOPPED_WITHIN = 60.0
ROLES = 12

pytestmark = pytest.mark.timeout(400)


def _passwords(text: str) -> dict[str, str]:
    """Passwords by user name, of the table that was printed."""
    return dict(re.findall(r"│\s+([a-z][a-z0-9-]+)\s+│\s+((?:\w{4}-){3}\w{4})\s+│", text))


def _urls(folder: Path) -> dict[str, str]:
    addresses = Folder(folder).addresses
    assert addresses is not None
    return addresses.processes


def _sign_in(folder: Path, username: str, password: str) -> httpx.Response:
    body = {"username": username, "password": password}
    return httpx.post(f"{_urls(folder)['portal']}/v1/sign-in", json=body, timeout=30, trust_env=False)


def _schools(folder: Path, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{_urls(folder)['inspection']}/v1/visits?limit=200"
    return len(httpx.get(url, headers=headers, timeout=30, trust_env=False).json()["items"])


def test_it_stays_keeps_its_data_through_a_kill_of_everything_and_stops_cleanly(tmp_path: Path):
    folder = tmp_path / "data"
    with running(tmp_path / "first.txt", "up", "--data", str(folder)) as first:
        first.wait_for(READY, timeout=READY_WITHIN)
        before, urls = _passwords(first.text), _urls(folder)
        assert len(before) == ROLES
        assert _sign_in(folder, "administrator", before["administrator"]).status_code == 200
        for number in {*processes_of(folder)}:
            os.kill(number, signal.SIGKILL)
        first.wait(timeout=10)
    assert left_behind(folder) == {}
    with running(tmp_path / "second.txt", "up", "--data", str(folder)) as second:
        second.wait_for(READY, timeout=READY_WITHIN)
        after = _passwords(second.text)
        assert _urls(folder) == urls
        assert after.keys() == before.keys()
        assert not {*after.values()} & {*before.values()}
        assert _sign_in(folder, "bureau-officer", before["bureau-officer"]).status_code == 401
        token = _sign_in(folder, "bureau-officer", after["bureau-officer"]).json()["access_token"]
        assert _schools(folder, token) == 200
        second.signal(signal.SIGINT)
        assert second.wait(timeout=STOPPED_WITHIN) == 0
    assert processes_of(folder) == {}


def test_what_dies_alone_is_started_again_and_two_at_once_are_refused(tmp_path: Path):
    folder = tmp_path / "data"
    with running(tmp_path / "out.txt", "up", "--data", str(folder)) as up:
        up.wait_for(READY, timeout=READY_WITHIN)
        (worker,) = (n for n, line in processes_of(folder).items() if "services.reporting worker" in line)
        os.kill(worker, signal.SIGKILL)
        up.wait_for("reporting-worker 意外结束", timeout=30)
        other = subprocess.run(
            [*DUDAO, "up", "--data", str(folder)], capture_output=True, text=True, timeout=60, check=False
        )
        assert other.returncode == 1
        assert "works in this folder" in other.stderr
        up.signal(signal.SIGTERM)
        assert up.wait(timeout=STOPPED_WITHIN) == 0
    assert processes_of(folder) == {}


def test_an_empty_system_has_one_administrator_who_changes_the_password_and_imports(tmp_path: Path):
    folder = str(tmp_path / "data")
    started = [*DUDAO, "init", "--city", "230800", "--name", "佳木斯市", "--data", folder]
    made = subprocess.run(started, capture_output=True, text=True, timeout=120, check=False)
    assert made.returncode == 0, made.stderr
    one_time = made.stdout.strip()
    again = subprocess.run(started, capture_output=True, text=True, timeout=120, check=False)
    assert again.returncode == 1
    assert processes_of(tmp_path / "data") == {}
    with running(tmp_path / "out.txt", "up", "--data", folder) as up:
        up.wait_for(READY, timeout=READY_WITHIN)
        assert one_time not in up.text
        new = "a-long-enough-phrase-7"
        account = ["--username", "administrator", "--data", folder]
        city = str(Path(__file__).parents[2] / "data" / "jiamusi")
        refused = _dudao("import", city, *account, "--password", one_time)
        assert refused.returncode == 1
        assert "dudao password" in refused.stderr
        changed = _dudao("password", *account, "--current", one_time, "--new", new)
        assert changed.returncode == 0, changed.stderr
        imported = _dudao("import", city, *account, "--password", new)
        assert imported.returncode == 0, imported.stderr
        assert "school: 231" in imported.stdout.splitlines()
        up.signal(signal.SIGINT)
        assert up.wait(timeout=STOPPED_WITHIN) == 0


def _dudao(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*DUDAO, *arguments], capture_output=True, text=True, timeout=120, check=False)
