"""`dudao bench`: finds the benchmarks under `bench/`, runs them, keeps what each arm measured against its peer.

A benchmark is a module of `bench/` whose name does not begin with `_`, with one function

    def measure(wanted: Wanted) -> Sequence[Arm]

`bench/_rounds.py` has what they share: alternating rounds, medians, percentiles. Make arms with `arm` (ours against a
peer of the same run) or `floor` (ours against a figure), say progress with `wanted.tell`, raise `PeerMissingError`
where the peer cannot be had here.
"""

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol, cast

from msgspec import Struct


class Arm(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One comparison in one run: `ratio` is ours to the peer's in the sense in which more is better.

    Where `peer` is None, ours is held against the goal itself and `ratio` is ours ÷ goal. `ours` and `peer` are
    medians of the rounds. A `goal` of None makes an arm that only informs; where there is a `most`, ours must not
    exceed it, whatever the peer does.
    """

    name: str
    ours: float
    peer: float | None
    ratio: float | None
    goal: float | None
    met: bool
    unit: str = ""
    ours_rounds: tuple[float, ...] = ()
    peer_rounds: tuple[float, ...] = ()
    note: str = ""
    most: float | None = None


def _say_nothing(text: str) -> None:
    del text


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run is to be like. `events` None: each benchmark's own number; not `peers`: our side alone, for tuning.

    `only`: the arms whose name has this text, of a benchmark that can leave out the others.
    """

    events: int | None = None
    rounds: int = 3
    quick: bool = False
    peers: bool = True
    only: str = ""
    tell: Callable[[str], None] = _say_nothing

    def size(self, full: int, quick: int) -> int:
        """How many events to use, of a benchmark's own two numbers or what was asked for."""
        return self.events or (quick if self.quick else full)


class Benchmark(Protocol):
    """A module of `bench/` that measures."""

    def measure(self, wanted: Wanted) -> Sequence[Arm]:
        """Run it, print nothing, and return its arms. Raises `PeerMissingError`."""
        ...


class NoSuchBenchmarkError(Exception):
    """There is no benchmark of this name; the message lists those there are."""


class PeerMissingError(Exception):
    """The peer, or what it runs on, cannot be had here; the message says what to install."""


class WrongOutputError(Exception):
    """A side did not produce what the oracle says: whatever it measured does not count."""


def arm(name: str, *, ours: float, peer: float, goal: float | None, more_is_better: bool = True, **more: Any) -> Arm:
    """An arm with its ratio: ours ÷ peer, or peer ÷ ours where less is better (times); `more` are its other fields."""
    ratio = ours / peer if more_is_better else peer / ours
    return Arm(name=name, ours=ours, peer=peer, ratio=ratio, goal=goal, met=goal is None or ratio >= goal, **more)


def floor(name: str, *, ours: float, goal: float, **more: Any) -> Arm:
    """An arm without a peer: ours must reach the goal itself."""
    return Arm(name=name, ours=ours, peer=None, ratio=ours / goal, goal=goal, met=ours >= goal, **more)


def ceiling(name: str, *, ours: float, most: float, peer: float | None = None, **more: Any) -> Arm:
    """An arm in which less is better (a time, a gap): ours must not exceed `most`; the peer's figure stands beside."""
    ratio = None if peer is None or ours == 0 else peer / ours
    return Arm(name=name, ours=ours, peer=peer, ratio=ratio, goal=None, met=ours <= most, most=most, **more)


def figure(name: str, *, ours: float, peer: float | None = None, **more: Any) -> Arm:
    """An arm without a goal: told, and never unmet."""
    ratio = None if peer is None else ours / peer
    return Arm(name=name, ours=ours, peer=peer, ratio=ratio, goal=None, met=True, **more)


def benchmarks(package: str = "bench") -> dict[str, Benchmark]:
    """Every module of the package that has a `measure`, by its name; none where the package is not there."""
    try:
        root = importlib.import_module(package)
    except ModuleNotFoundError:
        return {}
    names = sorted(found.name for found in pkgutil.iter_modules(root.__path__) if not found.name.startswith("_"))
    modules: dict[str, ModuleType] = {name: importlib.import_module(f"{package}.{name}") for name in names}
    return {name: cast(Benchmark, module) for name, module in modules.items() if hasattr(module, "measure")}


def chosen_benchmarks(name: str | None, found: dict[str, Benchmark]) -> dict[str, Benchmark]:
    """One benchmark, or all; raises `NoSuchBenchmarkError`, also where there is none at all."""
    if not found:
        raise NoSuchBenchmarkError("这里没有基准测试 / there are no benchmarks here")
    if name is not None and name not in found:
        raise NoSuchBenchmarkError(f"没有名为 {name} 的基准测试 / no such benchmark; {', '.join(found)}")
    return found if name is None else {name: found[name]}


def run_benchmarks(name: str | None, found: dict[str, Benchmark], wanted: Wanted | None = None) -> list[Arm]:
    """The arms of one benchmark, or of all. Raises `NoSuchBenchmarkError`, `PeerMissingError`."""
    wanted = wanted or Wanted()
    return [one for benchmark in chosen_benchmarks(name, found).values() for one in benchmark.measure(wanted)]
