import asyncio
import io
import json
import os
import signal
import stat
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from contracts import roles
from contracts.registry import Team
from dudao.bench import Arm, NoSuchBenchmarkError, arm, benchmarks, run_benchmarks
from dudao.city import DATA, CityFileError, read_calendars
from dudao.cli import app
from dudao.demo.cast_list import representatives
from dudao.demo.crowd import each
from dudao.demo.play import demonstration_world
from dudao.demo.summary import SOURCE, compare
from dudao.folder import DEMONSTRATION, SERVICES, Addresses, Folder, FolderBusyError, Lock
from dudao.importing import read_tables, wrong_cells
from dudao.operations.dead import NoSuchPlaceError, path_of, table_of
from dudao.stack import PROCESSES, Stack
from dudao.terminal import ended_like_ctrl_c, failures_in_words
from dudao.workday import workday


@pytest.mark.parametrize(
    ("day", "days", "printed"),
    [
        (date(2026, 9, 25), 5, "2026-10-09"),
        (date(2026, 2, 10), 10, "2026-03-02"),
        (date(2026, 11, 24), 0, "2026-11-24"),
        (date(2026, 12, 31), 1, "2027-01-01 暂定"),
    ],
)
def test_working_days(day: date, days: int, printed: str) -> None:
    assert workday(day, days, read_calendars()) == printed


def test_the_command_prints_the_day() -> None:
    result = CliRunner().invoke(app, ["workday", "2026-09-25", "5"])
    assert (result.exit_code, result.stdout) == (0, "2026-10-09\n")


@pytest.mark.parametrize("arguments", [["workday", "yesterday", "5"], ["workday", "2026-09-25", "-1"], ["bench", "x"]])
def test_wrong_use_is_told_with_code_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2


def test_secrets_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "data")
    folder.make_secrets()
    first = {service: folder.secret_of(service).read_text() for service in SERVICES}
    key = folder.signing_key.read_bytes()
    folder.make_secrets()
    assert {service: folder.secret_of(service).read_text() for service in SERVICES} == first
    assert folder.signing_key.read_bytes() == key
    assert len(set(first.values())) == len(SERVICES)
    assert set(json.loads(folder.secret_hashes.read_bytes())) == set(SERVICES)
    files = [*folder.signing_key.parent.iterdir()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_a_folder_remembers_what_it_holds(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert folder.system is None
    assert folder.addresses is None
    folder.system = DEMONSTRATION
    folder.addresses = Addresses(processes={"portal": "http://127.0.0.1:1"}, mongo="m", kafka="k")
    again = Folder(tmp_path)
    assert again.system == DEMONSTRATION
    assert again.addresses == folder.addresses


def test_one_process_at_a_time_works_in_a_folder(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    program = "import sys,pathlib;from dudao.folder import *\nwith Lock(Folder(pathlib.Path(sys.argv[1]))): print('in')"
    other = [sys.executable, "-c", program, str(tmp_path)]
    with Lock(folder):
        refused = subprocess.run(other, capture_output=True, text=True, check=False, timeout=60)
        assert refused.returncode == 1
        assert str(os.getpid()) in refused.stderr
        with pytest.raises(FolderBusyError, match=str(os.getpid())), Lock(folder):
            pytest.fail("two at once")
    assert subprocess.run(other, capture_output=True, text=True, check=True, timeout=60).stdout == "in\n"


def test_an_import_sends_the_tables_of_a_folder_and_nothing_else(tmp_path: Path) -> None:
    sent = read_tables(DATA / "jiamusi")
    assert [file.name for file in sent] == ["divisions.csv", "branches.csv", "schools.csv", "venues.csv"]
    assert sent[2].data == (DATA / "jiamusi" / "schools.csv").read_bytes()
    (tmp_path / "表.xlsx").write_bytes(b"PK")
    assert [file.name for file in read_tables(tmp_path / "表.xlsx")] == ["表.xlsx"]
    for nothing in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(CityFileError, match="no table to import"):
            read_tables(nothing)


def test_what_is_wrong_with_a_table_is_told_cell_by_cell() -> None:
    errors = [{"cell": "学校!C17", "code": "cell-empty", "zh": "空", "en": "empty"}]
    assert wrong_cells({"errors": errors, "error_count": 3}) == "学校!C17  空 / empty\n… +2"


async def test_a_crowd_is_bounded_and_keeps_its_order() -> None:
    inside, most = 0, 0

    async def work(number: int) -> int:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        inside -= 1
        return number * 2

    assert await each(range(20), work, at_once=4) == [number * 2 for number in range(20)]
    assert most == 4


async def test_the_first_failure_of_a_crowd_is_raised_as_it_is() -> None:
    async def work(number: int) -> None:
        if number == 3:
            raise LookupError(number)

    with pytest.raises(LookupError):
        await each(range(5), work, at_once=2)


def test_figures_agree_only_with_exactly_the_source_s() -> None:
    schools = {"visited": 231, "joint_or_affiliated": 52}
    assert all(figure.agrees for figure in compare(schools, SOURCE))
    wrong = [figure.name for figure in compare(schools, {**SOURCE, "red_tutor": 46}) if not figure.agrees]
    assert wrong == ["red_tutor"]
    missing = [figure.name for figure in compare({}, SOURCE) if not figure.agrees]
    assert missing == ["schools_visited", "joint_or_affiliated"]


def test_every_role_has_somebody_to_be_played() -> None:
    world = demonstration_world()
    cadres = [person.id for person in world.cast.holding(roles.CADRE)]
    team = Team(id="T-1", round="R-1", name="一组", leader=cadres[0], members=tuple(cadres[:4]))
    played = representatives(world, team)
    assert set(played.values()) == set(roles.ROLES)
    assert played[cadres[0]] == roles.TEAM_LEADER


def test_an_arm_s_ratio_is_in_the_sense_in_which_more_is_better() -> None:
    assert arm("rate", ours=60, peer=10, goal=5).met
    assert arm("time", ours=10, peer=60, goal=5, more_is_better=False).ratio == 6
    assert not arm("rate", ours=40, peer=10, goal=5).met


def test_benchmarks_are_found_and_run_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "planted_bench"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "_shared.py").write_text("def measure(): raise AssertionError")
    (package / "speed.py").write_text(
        "from dudao.bench import arm\ndef measure(wanted): return [arm('speed', ours=2, peer=1, goal=2)]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    found = benchmarks("planted_bench")
    assert list(found) == ["speed"]
    assert run_benchmarks("speed", found) == run_benchmarks(None, found)
    assert run_benchmarks(None, found) == [Arm(name="speed", ours=2, peer=1, ratio=2, goal=2, met=True)]
    with pytest.raises(NoSuchBenchmarkError, match="speed"):
        run_benchmarks("slow", found)


def test_where_there_are_no_benchmarks_none_are_found() -> None:
    assert benchmarks("no_such_package_of_benchmarks") == {}
    with pytest.raises(NoSuchBenchmarkError, match="no benchmarks here"):
        run_benchmarks(None, {})


def test_every_process_is_told_where_all_others_are_and_its_own_secret_by_path(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.make_secrets()
    stack = Stack(folder, lambda _text: None)
    urls = {name: f"http://127.0.0.1:{20_000 + number}" for number, name in enumerate(PROCESSES)}
    stack.addresses = Addresses(processes=urls, mongo="mongodb://m", kafka="k:1")
    assert stack.urls == {name: urls[name] for name in SERVICES}
    for name in PROCESSES:
        told = stack.environment(name)
        assert told["DUDAO_PORT"] == urls[name].rsplit(":", 1)[1]
        assert told["DUDAO_INSPECTION_URL"] == urls["inspection"]
        assert told["DUDAO_KAFKA_IDEMPOTENCE"] == "false"
        secret = Path(told["DUDAO_SERVICE_SECRET_FILE"])
        assert secret == folder.secret_of(name.partition("-")[0])
        assert secret.read_text() not in told.values()
        assert ("DUDAO_SIGNING_KEY_FILE" in told) == (name == "portal")


def test_expected_failures_end_with_their_reason_and_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, failures_in_words():
        raise CityFileError("schools.csv：坏了 / broken")
    assert ended.value.exit_code == 1
    assert "schools.csv：坏了 / broken" in capsys.readouterr().err


def test_what_nobody_expects_is_not_hidden() -> None:
    with pytest.raises(LookupError), failures_in_words():
        raise LookupError


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_end_a_command_like_ctrl_c_and_are_given_back(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt), ended_like_ctrl_c():
        signal.raise_signal(number)
    assert signal.getsignal(number) is before


def test_a_place_of_a_dead_event_is_taken_with_and_without_zeros() -> None:
    assert path_of("reporting", "lists/9/000000000007") == "/v1/reporting/dead-events/lists/9/7"
    assert path_of("notification", "registry/0/1") == "/v1/notification/dead-events/registry/0/1"


@pytest.mark.parametrize(
    ("service", "place"),
    [("portal", "lists/9/7"), ("reporting", "lists/9"), ("reporting", "lists/9/7/retry"), ("reporting", "../1/2")],
)
def test_what_is_no_place_of_a_dead_event_is_refused(service: str, place: str) -> None:
    with pytest.raises(NoSuchPlaceError):
        path_of(service, place)


def test_the_list_of_dead_events_shows_places_whole_on_a_narrow_terminal() -> None:
    row = {
        "service": "notification", "ledger": "registry", "stream": 63, "seq": 123456, "state": "discarded",
        "type": "t.v1", "subject": "issue/1", "discarded_for": "[red]重复", "reason": "x", "behind": 3,
    }  # fmt: skip
    console = Console(width=80, record=True, file=io.StringIO())
    table_of([row], console)
    text = console.export_text()
    assert "notification registry/63/123456" in text
    assert "[red]" in text.replace("\n", "")
    table_of([], console)
    assert "none" in console.export_text()
