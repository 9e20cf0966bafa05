"""What a benchmark found, for people (a table) and for programs (JSON), with the versions of everything that ran."""

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Table

from dudao.bench import Arm, Wanted
from dudao.embedded import EmbeddedError
from dudao.embedded.mongod_program import find_mongod
from runtime.clock import Clock, to_text

ROOT: Final = Path(__file__).parents[1]
RESULTS: Final = ROOT / ".bench" / "results"
_PACKAGES: Final = ("faststream", "aiokafka", "motor", "pymongo", "msgspec", "httpx")
_JARS: Final = {
    "kafka": (".kafka/libs", "kafka_2.13-"),
    "debezium": (".bench/peers/debezium", "debezium-connector-mongodb-"),
    "mongo-kafka-connect": (".bench/peers/mongo-sink", "mongo-kafka-connect-"),
}
_ASK_S: Final = 20.0


def versions(root: Path = ROOT) -> dict[str, str]:
    """Of the language, the engines, the peers, and how many processors there were."""
    found = {"python": platform.python_version(), "java": _java(), "mongod": _mongod()}
    found |= {name: version(name) for name in _PACKAGES}
    found |= {name: _jar(root / folder, prefix) for name, (folder, prefix) in _JARS.items()}
    found |= {"processors": str(os.cpu_count()), "machine": platform.machine(), "kernel": platform.release()}
    return {name: told for name, told in found.items() if told}


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a benchmark: what was asked for, how many seconds it took, and our commit when it began."""

    benchmark: str
    wanted: Wanted
    commit: str
    seconds: float


def record(run: Run, arms: Sequence[Arm], clock: Clock) -> dict[str, Any]:
    """One run and what it found as plain values."""
    wanted = run.wanted
    return {
        "benchmark": run.benchmark,
        "at": to_text(clock.now()),
        "seconds": round(run.seconds, 1),
        "commit": run.commit,
        "wanted": {"events": wanted.events, "rounds": wanted.rounds, "quick": wanted.quick, "peers": wanted.peers}
        | ({"only": wanted.only} if wanted.only else {}),
        "versions": versions(),
        "arms": [msgspec.to_builtins(arm) for arm in arms],
    }


def write(folder: Path, told: Mapping[str, Any]) -> Path:
    """Put a record into the folder, as `<benchmark>.json`; gives the file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{told['benchmark']}.json"
    file.write_bytes(msgspec.json.format(msgspec.json.encode(told)) + b"\n")
    return file


def table(arms: Sequence[Arm]) -> Table:
    """The arms for a terminal."""
    shown = Table(title="基准 / benchmarks", title_justify="left")
    for column in ("\n", "基准\narm", "本系统\nours", "对照\npeer", "倍数\nratio", "目标\ngoal", "单位\nunit"):
        left = column in {"\n", "基准\narm", "单位\nunit"}
        # In a narrow terminal the arm's name is broken, and no figure.
        shown.add_column(column, justify="left" if left else "right", no_wrap=column != "基准\narm")
    for arm in arms:
        shown.add_row(*cells(arm))
    return shown


def cells(arm: Arm) -> tuple[str, ...]:
    """One line of the table; a ceiling, or a goal without a peer, is in the arm's own unit."""
    mark = "–" if arm.goal is None and arm.most is None else ("✓" if arm.met else "✗")
    goal = _goal(arm)
    ratio = "–" if arm.ratio is None else f"{arm.ratio:.2f}×"
    peer = "–" if arm.peer is None else number(arm.peer)
    return mark, arm.name, number(arm.ours), peer, ratio, goal, arm.unit


def _goal(arm: Arm) -> str:
    if arm.most is not None:
        return f"≤ {number(arm.most)}"
    if arm.goal is None:
        return "–"
    return f"≥ {number(arm.goal)}" if arm.peer is None else f"≥ {arm.goal:.3g}×"


def markdown(arms: Sequence[Arm]) -> str:
    """The arms as the rows of a table in a document."""
    rows = [("", "arm", "ours", "peer", "ratio", "goal", "unit"), ("---",) * 7, *(cells(arm) for arm in arms)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def number(value: float) -> str:
    """Whole from a hundred on, else with two decimals; thousands parted."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"  # noqa: PLR2004 -- for the eye


def show(arms: Sequence[Arm], console: Console) -> None:
    """Print the table, and what is to be known of an arm below it."""
    console.print(table(arms))
    for note in dict.fromkeys(arm.note for arm in arms if arm.note):
        console.print(note, style="dim", highlight=False)


def _java() -> str:
    lines = _told(["java", "-version"]).splitlines()
    return lines[0].replace('"', "") if lines else ""


def _mongod() -> str:
    try:
        program = find_mongod(ROOT / ".bench" / "mongod")
    except EmbeddedError:
        return ""
    lines = _told([str(program.path), "--version"], env=program.env).splitlines()
    return lines[0].removeprefix("db version ") if lines else ""


def commit(root: Path = ROOT) -> str:
    """The commit that is checked out, and whether anything was changed since; empty where there is no repository."""
    at = _told(["git", "-C", str(root), "rev-parse", "--short=12", "HEAD"]).strip()
    changed = _told(["git", "-C", str(root), "status", "--porcelain", "--untracked-files=no"]).strip()
    return f"{at} with changes" if at and changed else at


def _jar(folder: Path, prefix: str) -> str:
    found = sorted(folder.glob(f"{prefix}*.jar"))
    return found[0].stem.removeprefix(prefix) if found else ""


def _told(argv: Sequence[str], env: Mapping[str, str] | None = None) -> str:
    """What a program says of itself; nothing where it is not there."""
    try:
        done = subprocess.run(
            argv, capture_output=True, text=True, timeout=_ASK_S, check=False, env=dict(env) if env else None
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stdout or done.stderr) if done.returncode == 0 else ""
