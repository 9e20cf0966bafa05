"""The benchmarks' arithmetic, table and JSON, and what happens where a peer cannot be had."""

import os
import platform
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from rich.console import Console
from typer.testing import CliRunner

from bench import _fetch
from bench._rounds import Side, against, alone, percentile, portion, take_turns, turned
from dudao import bench_command
from dudao.bench import Arm, PeerMissingError, Wanted, WrongOutputError, arm, floor
from dudao.bench_results import Run, cells, markdown, number, record, show, versions, write
from dudao.cli import app


class FixedClock:
    """It is always the same time."""

    def now(self) -> datetime:
        return datetime(2026, 11, 24, 10, tzinfo=UTC)


def side(name: str, ran: list[str], figures: list[float], warm_ups: int = 1) -> Side:
    async def one(number: int) -> float:
        ran.append(f"{name}{number}")
        return figures[number]

    return Side(name, one, warm_ups)


async def test_warm_ups_come_first_and_do_not_count() -> None:
    ran: list[str] = []
    sides = [side("a", ran, [1, 10, 20, 30]), side("b", ran, [1, 2, 3, 40, 50, 60], warm_ups=3)]
    told: list[str] = []
    found = await take_turns(sides, Wanted(rounds=3, tell=told.append))
    assert found == {"a": [10, 20, 30], "b": [40, 50, 60]}
    assert ran == ["a0", "b0", "b1", "b2", "a1", "b3", "b4", "a2", "a3", "b5"]
    assert len(told) == len(ran)


async def test_a_quick_run_warms_up_once() -> None:
    ran: list[str] = []
    await take_turns([side("b", ran, [1, 2], warm_ups=3)], Wanted(rounds=1, quick=True))
    assert ran == ["b0", "b1"]


async def test_a_wrong_result_ends_the_run() -> None:
    async def wrong(_: int) -> float:
        raise WrongOutputError("one is lost")

    with pytest.raises(WrongOutputError, match="one is lost"):
        await take_turns([Side("a", wrong)], Wanted())


def test_a_warm_up_is_half_as_long_as_a_round() -> None:
    assert [portion(100, number, warm_ups=2) for number in range(4)] == [50, 50, 100, 100]
    assert portion(1, 0, warm_ups=1) == 1


def test_each_side_is_first_in_turn() -> None:
    ran: list[str] = []
    sides = [side(name, ran, []) for name in "abc"]
    assert ["".join(one.name for one in turned(sides, number)) for number in range(4)] == ["abc", "bca", "cab", "abc"]


@pytest.mark.parametrize(
    ("values", "per_cent", "is_"),
    [([7.0], 99, 7.0), ([1.0, 2.0, 3.0], 50, 2.0), ([float(n) for n in range(101)], 90, 90.0), ([0.0, 10.0], 90, 9.0)],
)
def test_percentiles_are_interpolated_within_what_was_seen(values: list[float], per_cent: int, is_: float) -> None:
    assert percentile(values, per_cent) == pytest.approx(is_)


def test_an_arm_compares_medians_and_keeps_every_round() -> None:
    figures = {"ours": [30.0, 10.0, 20.0], "peer": [5.0, 4.0, 100.0]}
    rate = against("rate", figures, ours="ours", peer="peer", goal=4.0)
    assert (rate.ours, rate.peer, rate.ratio, rate.met) == (20.0, 5.0, 4.0, True)
    assert (rate.ours_rounds, rate.peer_rounds) == ((30.0, 10.0, 20.0), (5.0, 4.0, 100.0))
    time = against("time", figures, ours="ours", peer="peer", goal=0.3, more_is_better=False, unit="ms")
    assert (time.ratio, time.met) == (0.25, False)
    assert alone("rate", figures, ours="ours").met


def test_a_floor_is_held_against_its_goal() -> None:
    low = floor("rebuild", ours=40_000, goal=50_000, unit="events/s")
    assert (low.met, low.ratio, low.peer) == (False, 0.8, None)
    assert floor("rebuild", ours=50_000, goal=50_000).met


def test_an_arm_without_a_goal_is_never_unmet() -> None:
    told = arm("p90", ours=9, peer=3, goal=None, more_is_better=False)
    assert told.met
    assert cells(told)[0] == "–"


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (arm("drain", ours=28_000, peer=7000, goal=4), ("✓", "drain", "28,000", "7,000", "4.00×", "≥ 4×", "")),
        (
            arm("p50", ours=12, peer=6, goal=2, more_is_better=False, unit="ms"),
            ("✗", "p50", "12.00", "6.00", "0.50×", "≥ 2×", "ms"),
        ),
        (
            floor("rebuild", ours=60_000, goal=50_000, unit="events/s"),
            ("✓", "rebuild", "60,000", "–", "1.20×", "≥ 50,000", "events/s"),
        ),
    ],
)
def test_a_line_of_the_table_says_met_or_not(one: Arm, line: tuple[str, ...]) -> None:
    assert cells(one) == line


def test_the_table_shows_every_arm_and_each_note_once() -> None:
    console = Console(record=True, width=140, file=StringIO())
    show([arm("one", ours=2, peer=1, goal=2, note="same"), arm("two", ours=2, peer=1, goal=3, note="same")], console)
    text = console.export_text()
    assert "one" in text
    assert "two" in text
    assert text.count("same") == 1


def test_a_document_s_table_has_the_same_cells() -> None:
    lines = markdown([arm("drain", ours=28_000, peer=7000, goal=4, unit="events/s")]).splitlines()
    assert lines[0].count("|") == lines[1].count("|") == lines[2].count("|")
    assert lines[2] == "| ✓ | drain | 28,000 | 7,000 | 4.00× | ≥ 4× | events/s |"


@pytest.mark.parametrize(("value", "text"), [(0.456, "0.46"), (99.994, "99.99"), (12345.6, "12,346"), (-100, "-100")])
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text


def test_the_record_has_ratios_rounds_and_versions_of_everything(tmp_path: Path) -> None:
    one = against("drain", {"o": [4.0], "p": [2.0]}, ours="o", peer="p", goal=4.0)
    file = write(
        tmp_path / "results", record(Run("drain", Wanted(events=500, rounds=1), "abc123", 12.345), [one], FixedClock())
    )
    told = msgspec.json.decode(file.read_bytes())
    assert (file.name, told["at"], told["seconds"]) == ("drain.json", "2026-11-24T10:00:00.000000Z", 12.3)
    assert told["wanted"] == {"events": 500, "rounds": 1, "quick": False, "peers": True}
    assert told["commit"] == "abc123"
    assert told["versions"]["python"] == platform.python_version()
    assert told["versions"]["processors"] == str(os.cpu_count())
    (kept,) = told["arms"]
    assert (kept["ratio"], kept["ours_rounds"], kept["met"]) == (2.0, [4.0], False)
    assert msgspec.convert(kept, Arm) == one


def test_versions_of_jars_are_read_from_their_names(tmp_path: Path) -> None:
    for jar in (".kafka/libs/kafka_2.13-4.3.1.jar", ".bench/peers/mongo-sink/mongo-kafka-connect-2.0.1.jar"):
        (tmp_path / jar).parent.mkdir(parents=True)
        (tmp_path / jar).touch()
    found = versions(tmp_path)
    assert (found["kafka"], found["mongo-kafka-connect"]) == ("4.3.1", "2.0.1")
    assert "debezium" not in found


def test_a_missing_peer_is_said_in_words_and_ends_with_code_2(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Needy:
        def measure(self, wanted: Wanted) -> list[Arm]:
            raise PeerMissingError("缺少 java / java is missing")

    monkeypatch.setattr(bench_command, "benchmarks", lambda: {"needy": Needy()})
    done = CliRunner().invoke(app, ["bench", "needy", "--out", str(tmp_path)])
    assert done.exit_code == 2
    assert "java is missing" in done.output
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (lambda: [arm("a", ours=2, peer=1, goal=2)], 0),
        (lambda: [arm("a", ours=1, peer=1, goal=2)], 1),
        (lambda: (_ for _ in ()).throw(WrongOutputError("7 lost")), 1),
    ],
)
def test_the_exit_code_tells_whether_goals_are_met(
    outcome: Callable[[], list[Arm]], code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[Wanted] = []

    class Measured:
        def measure(self, wanted: Wanted) -> list[Arm]:
            asked.append(wanted)
            return outcome()

    monkeypatch.setattr(bench_command, "benchmarks", lambda: {"measured": Measured()})
    done = CliRunner().invoke(
        app, ["bench", "--events", "300", "--rounds", "5", "--quick", "--only", "due", "--out", str(tmp_path)]
    )
    assert done.exit_code == code, done.output
    assert asked[0] == Wanted(events=300, rounds=5, quick=True, only="due", tell=asked[0].tell)


@pytest.mark.parametrize("missing", ["java", "mvn"])
def test_without_java_or_maven_it_is_said_what_to_install(
    missing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(_fetch, "FETCHED", tmp_path)
    monkeypatch.setattr("shutil.which", lambda program: None if program == missing else f"/bin/{program}")
    with pytest.raises(PeerMissingError, match=f"{missing} is missing"):
        _fetch.fetch_peer("debezium", lambda _text: None)


def test_the_numbers_of_events_are_asked_for_or_each_benchmark_s_own() -> None:
    assert Wanted().size(100, 10) == 100
    assert Wanted(quick=True).size(100, 10) == 10
    assert Wanted(events=7, quick=True).size(100, 10) == 7
