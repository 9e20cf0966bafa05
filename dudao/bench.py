"""`dudao bench`: finds the benchmarks under `bench/` and prints what each arm measured against its peer."""

import importlib
import pkgutil
from collections.abc import Sequence
from types import ModuleType
from typing import Protocol, cast

from msgspec import Struct


class Arm(Struct, frozen=True, kw_only=True):
    """One comparison in one run: `ratio` is ours to the peer's in the sense in which more is better."""

    name: str
    ours: float
    peer: float
    ratio: float
    goal: float
    met: bool


class Benchmark(Protocol):
    """A module of `bench/` that measures."""

    def measure(self) -> Sequence[Arm]:
        """Run it, print nothing, and return its arms."""
        ...


class NoSuchBenchmarkError(Exception):
    """There is no benchmark of this name; the message lists those there are."""


def arm(name: str, *, ours: float, peer: float, goal: float, more_is_better: bool = True) -> Arm:
    """An arm with its ratio: ours ÷ peer, or peer ÷ ours where less is better (times)."""
    ratio = ours / peer if more_is_better else peer / ours
    return Arm(name=name, ours=ours, peer=peer, ratio=ratio, goal=goal, met=ratio >= goal)


def benchmarks(package: str = "bench") -> dict[str, Benchmark]:
    """Every module of the package that has a `measure`, by its name; none where the package is not there."""
    try:
        root = importlib.import_module(package)
    except ModuleNotFoundError:
        return {}
    names = sorted(found.name for found in pkgutil.iter_modules(root.__path__) if not found.name.startswith("_"))
    modules: dict[str, ModuleType] = {name: importlib.import_module(f"{package}.{name}") for name in names}
    return {name: cast(Benchmark, module) for name, module in modules.items() if hasattr(module, "measure")}


def run_benchmarks(name: str | None, found: dict[str, Benchmark]) -> list[Arm]:
    """The arms of one benchmark, or of all; raises `NoSuchBenchmarkError`, also where there is none at all."""
    if not found:
        raise NoSuchBenchmarkError("这里没有基准测试 / there are no benchmarks here")
    if name is not None and name not in found:
        raise NoSuchBenchmarkError(f"没有名为 {name} 的基准测试 / no such benchmark; {', '.join(found)}")
    chosen = found if name is None else {name: found[name]}
    return [one for benchmark in chosen.values() for one in benchmark.measure()]
