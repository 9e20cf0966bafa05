"""The main job from an empty folder to the bureau's report, as `make demo` runs it."""

import json
import signal
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dudao.client.record import read_record
from dudao.demo.summary import SOURCE
from tests.e2e.running import DUDAO, processes_of, running

TIMEOUT = 900.0


NOT_PLAYED = {"drafted"}


class Played:
    """The demonstration's folder and what it told as JSON."""

    def __init__(self, folder: Path, told: dict[str, Any], kept: dict[int, str]) -> None:
        self.folder = folder
        self.kept = kept
        self.told = told
        self.summary: dict[str, Any] = told["summary"]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("demo")
    output = tmp_path_factory.mktemp("output") / "demo.txt"
    with running(output, "demo", "--json", "--keep", "--data", str(folder)) as demo:
        demo.wait_for("Ctrl-C", timeout=TIMEOUT)
        kept = processes_of(folder)
        demo.signal(signal.SIGINT)
        assert demo.wait(timeout=60) == 0, demo.text[-6000:]
    return Played(folder, json.loads(demo.answer), kept)


pytestmark = pytest.mark.timeout(TIMEOUT)


def test_the_indicators_are_exactly_the_source_s(played: Played):
    reported = {figure["name"]: figure["reported"] for figure in played.summary["figures"]}
    assert reported == SOURCE


def test_several_hundred_findings_end_in_every_state_of_their_life(played: Played):
    issues = played.summary["issues"]
    assert sum(issues.values()) > 300
    # Reports leave drafts out.
    assert {name for name, number in issues.items() if number == 0} == NOT_PLAYED, issues


def test_every_kind_of_alert_was_raised(played: Played):
    assert set(played.summary["alerts"]) == {
        "assigned", "returned", "reopened", "withdrawn", "submitted", "reported", "checked", "to_sign", "closed",
        "objected", "objection_decided", "help_asked", "help_decided", "extension_asked", "extension_decided", "urged",
        "card_issued", "card_decided", "material_asked", "material_given", "request_asked", "request_replied",
    }  # fmt: skip
    assert min(played.summary["alerts"].values()) > 0


def test_what_happens_beside_the_straight_way_is_shown(played: Played):
    total = played.summary["total"]
    # The deadline of what is standing is a check date: only the other one counts as extended.
    assert total["extended"]["n"] == 1
    assert total["recurrences"] == 2
    record = read_record(played.folder)
    acts = {
        noted.path.split("/")[4] for noted in record if noted.path.startswith("/v1/issues/") and "/" in noted.path[11:]
    }
    assert {
        "object", "decide-objection", "ask-help", "pass-help-up", "decide-help", "ask-extension", "decide-extension",
        "merge", "urge", "cards",
    } <= acts  # fmt: skip


def test_rates_are_told_for_every_level_and_county(played: Played):
    total = played.summary["total"]
    assert {row["key"] for row in played.summary["by_level"]} == {"high", "vocational", "junior", "primary"}
    assert len(played.summary["by_division"]) == 11
    for rows in (played.summary["by_level"], played.summary["by_division"]):
        assert sum(row["assigned"] for row in rows) == total["assigned"]
        assert sum(row["closed"] for row in rows) == total["closed"]
    assert 0 < total["rectification_rate"]["per_10000"] < 10_000


def test_what_was_acknowledged_is_on_record_once_each(played: Played):
    record = read_record(played.folder)
    assert len(record) == played.told["acts"] > 3000
    assert len({noted.request for noted in record}) == len(record)
    assert sum(noted.path.endswith("/submit") for noted in record) == 231


def test_nothing_was_lost_doubled_or_altered(played: Played):
    verification = played.told["verification"]
    assert verification["verdict"] == "ok", verification["findings"]
    assert verification["checked"]["requests"] == played.told["acts"]
    assert verification["left_out"] == []


def test_it_stays_up_until_ctrl_c_and_leaves_no_process_behind(played: Played):
    assert sum("services." in line for line in played.kept.values()) == 7
    assert processes_of(played.folder) == {}


def test_secrets_are_their_owner_s_and_in_no_log(played: Played):
    files = sorted((played.folder / "secrets").iterdir())
    assert files
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    secrets = [file.read_bytes() for file in files if file.suffix == ".secret"]
    logs = [log.read_bytes() for log in (played.folder / "logs").iterdir()]
    assert not any(secret in log for secret in secrets for log in logs)


def test_ctrl_c_in_the_middle_ends_it_and_leaves_no_process_behind(tmp_path: Path):
    folder = tmp_path / "data"
    with running(tmp_path / "demo.txt", "demo", "--data", str(folder)) as demo:
        demo.wait_for("督导 / visits", timeout=120)
        demo.signal(signal.SIGINT)
        assert demo.wait(timeout=90) != 0
    assert "Traceback" not in demo.text
    assert processes_of(folder) == {}


def test_a_folder_that_holds_a_system_is_refused(played: Played):
    command = [*DUDAO, "demo", "--data", str(played.folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "holds a system already" in done.stderr
