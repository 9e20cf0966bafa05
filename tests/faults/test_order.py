"""Which seed of which fault comes when: one of each before the next of any, what was well is left out."""

import argparse
from pathlib import Path

from tests.faults import results
from tests.faults.__main__ import wanted
from tests.faults.catalogue import FAULTS
from tests.faults.results import Outcome

_FAULTS = ["kill-portal", "poison", "broker-rolling", "clock"]


def given(file: Path, *, resume: bool = False, together: bool = False) -> argparse.Namespace:
    return argparse.Namespace(fault=_FAULTS, seeds=2, first=1, resume=resume, results=file, together=together)


def named(arguments: argparse.Namespace) -> list[tuple[str, int]]:
    return [(fault.name, seed) for fault, seed in wanted(arguments)]


def test_one_seed_of_each_comes_before_the_next_and_what_needs_more_brokers_last(tmp_path: Path) -> None:
    first = [("kill-portal", 1), ("clock", 1), ("poison", 1)]
    second = [("kill-portal", 2), ("clock", 2), ("poison", 2)]
    last = [("broker-rolling", 1), ("broker-rolling", 2)]
    assert named(given(tmp_path / "none")) == [*first, *second, *last]


def test_resumed_it_leaves_out_what_was_well_or_could_not_be_had(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    for fault, verdict in (("kill-portal", "ok"), ("clock", "skipped"), ("poison", "wrong")):
        one = Outcome(fault=fault, seed=1, verdict=verdict, seconds=1.0, broker="kafka", commit="c", at="t")
        results.append(file, one)
    assert named(given(file, resume=True))[:2] == [("poison", 1), ("kill-portal", 2)]


def test_together_a_group_comes_until_each_of_its_faults_was_well(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    kills = sorted(name for name in FAULTS if name.startswith("kill-"))
    for fault, parts in (("kills", kills), ("records", ["poison", "forged"]), ("clock", [])):
        one = Outcome(
            fault=fault, seed=1, verdict="ok", seconds=1.0, broker="kafka", commit="c", at="t", parts=parts
        )  # fmt: skip
        results.append(file, one)
    first, *_ = found = named(given(file, resume=True, together=True))
    assert first == ("records", 1)
    assert [seed for name, seed in found if name == "kills"] == [2]
    assert [seed for name, seed in found if name == "clock"] == [2]
