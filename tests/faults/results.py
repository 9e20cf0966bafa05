"""Results as JSON lines, and the table made of them."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

KEPT: Final = ("events", "records", "counters", "alerts", "requests", "states", "listed")
RESULTS: Final = Path(__file__).parents[2] / "docs" / "faults" / "results.jsonl"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One seed of one fault; `verdict` is ok, wrong, hung or skipped. `commit`: of the product under test.

    `parts`: the faults that were injected one after the other under one load and checked once, where `fault` names a
    group of them; a seed of each. `pauses`: by consumer the longest time in seconds between an acknowledgement and its
    effect.
    """

    fault: str
    seed: int
    verdict: str
    seconds: float
    broker: str
    commit: str
    at: str
    commands: dict[str, int] = {}
    checked: dict[str, int] = {}
    findings: dict[str, int] = {}
    examples: list[str] = []
    notes: list[str] = []
    pauses: dict[str, float] = {}
    defect: str | None = None
    parts: list[str] = []

    @property
    def tried(self) -> list[str]:
        """The faults that this is a seed of."""
        return self.parts or [self.fault]


def append(path: Path, outcome: Outcome) -> None:
    """Add a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(msgspec.json.encode(outcome) + b"\n")


def read(path: Path) -> list[Outcome]:
    """Every line, none where there is no file; a last line cut short is left out."""
    if not path.exists():
        return []
    return [msgspec.json.decode(line, type=Outcome) for line in path.read_bytes().split(b"\n")[:-1]]


def latest(outcomes: Iterable[Outcome]) -> dict[tuple[str, int], Outcome]:
    """The last outcome of each seed of each fault, planted defects left out."""
    return {(name, one.seed): one for one in outcomes if one.defect is None for name in one.tried}


def table(outcomes: Sequence[Outcome], titles: dict[str, str]) -> list[str]:
    """Markdown: a row a fault, the last outcome of each seed counts."""
    rows: dict[str, list[Outcome]] = defaultdict(list)
    for (name, _), one in latest(outcomes).items():
        rows[name].append(one)
    lines = [
        "| fault | what | seeds | ok | in a group | not ok | commands | acknowledged | refused | unknown | events "
        "| s a seed | longest pause, s |",
        "|---|---|---:|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [_row(name, title, rows[name]) for name, title in titles.items() if name in rows]
    return [*lines, _total([one for ones in rows.values() for one in ones])]


def _total(ones: list[Outcome]) -> str:
    ran = [one for one in ones if one.verdict != "skipped"]
    good = sum(one.verdict == "ok" for one in ran)
    commands: Counter[str] = Counter()
    # What a group of faults went through together is counted once.
    for one in {id(one): one for one in ran}.values():
        commands.update(one.commands)
    fates = " | ".join(f"{commands[fate]:,}" for fate in ("acknowledged", "refused", "unknown"))
    return f"| **all** | | {len(ran)} | {good} | | | {sum(commands.values()):,} | {fates} | | | |"


def _row(name: str, title: str, ones: list[Outcome]) -> str:
    ran = [one for one in ones if one.verdict != "skipped"]
    good = sum(one.verdict == "ok" for one in ran)
    bad = ", ".join(f"{one.seed}: {'/'.join(one.findings) or one.verdict}" for one in ran if one.verdict != "ok")
    commands: Counter[str] = Counter()
    events = 0
    for one in ran:
        commands.update(one.commands)
        events += one.checked.get("events", 0)
    if not ran:
        return f"| {name} | {title} | skipped | | | {'; '.join(ones[0].notes)} | | | | | | | |"
    seconds = statistics.median(one.seconds / len(one.tried) for one in ran)
    grouped = sum(bool(one.parts) for one in ran)
    fates = " | ".join(f"{commands[fate]:,}" for fate in ("acknowledged", "refused", "unknown"))
    total = f"{sum(commands.values()):,}"
    paused = max((pause for one in ran for pause in one.pauses.values()), default=None)
    pause = "–" if paused is None else f"{paused:.1f}"
    head = f"| {name} | {title} | {len(ran)} | {good} | {grouped} | {bad or '–'} | {total} | {fates} | {events:,}"
    return f"{head} | {seconds:.0f} | {pause} |"
