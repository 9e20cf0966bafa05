"""`python -m tests.faults`: seeds of faults against the real processes, resumable, kept in docs/faults."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.faults import proof, report, results
from tests.faults.campaign import Campaign
from tests.faults.catalogue import FAULTS, QUICK
from tests.faults.defects.catalogue import DEFECTS
from tests.faults.results import Outcome
from tests.faults.trial import Amount, Fault

# A group has many faults: each in less time.
TOGETHER: Final = Amount(20, 40, 20, asleep=4.0, times=1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds of each fault")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--fault", action="append", choices=sorted(FAULTS), help="only these; may be repeated")
    parser.add_argument("--together", action="store_true", help="in the groups of the tests: more seeds in an hour")
    parser.add_argument("--resume", action="store_true", help="leave out the seeds whose last outcome is ok")
    parser.add_argument("--results", type=Path, default=results.RESULTS, help="JSON lines, appended to")
    parser.add_argument("--defects", action="store_true", help="plant defects, and see which fault catches each")
    parser.add_argument("--defect", action="append", choices=sorted(DEFECTS), help="only these; may be repeated")
    parser.add_argument("--proofs", type=Path, default=proof.PROOFS, help="JSON lines of --defects, appended to")
    parser.add_argument("--tables", action="store_true", help="only put the tables into docs/faults/README.md")
    parser.add_argument("--minutes", type=float, default=0.0, help="begin no further seed after so many minutes")
    return parser.parse_args()


def wanted(given: argparse.Namespace) -> Iterator[tuple[Fault, int]]:
    """Every seed to run, in order."""
    done = results.latest(results.read(given.results)) if given.resume else {}
    chosen = chosen_faults(given.fault or list(FAULTS), together=given.together)
    # Those that need more brokers last, so that one system serves as many as it can, and those after which it must be
    # made anew at the end of each round; one seed of every fault before the next of any.
    for brokers in sorted({fault.brokers for fault in chosen}):
        alike = sorted((fault for fault in chosen if fault.brokers == brokers), key=lambda one: one.ruins)
        for seed in range(given.first, given.first + given.seeds):
            for fault in alike:
                lasts = [done.get((part.name, seed)) for part in fault.parts() or [fault]]
                if any(last is None or last.verdict not in ("ok", "skipped") for last in lasts):
                    yield fault, seed


def chosen_faults(names: Sequence[str], *, together: bool) -> list[Fault]:
    """Those of these names; `together`: the groups with any of them."""
    if not together:
        return [FAULTS[name] for name in names]
    return [group for group in QUICK if any(part.name in names for part in group.parts() or [group])]


def _show(outcome: Outcome) -> None:
    commands = " ".join(f"{n} {fate}" for fate, n in outcome.commands.items())
    paused = max(outcome.pauses.values(), default=0.0)
    head = f"{outcome.fault:24} {outcome.seed:4} {outcome.verdict:8} {outcome.seconds:6.1f} s"
    print(f"{head}  {commands}, longest pause {paused} s", flush=True)
    for line in outcome.notes + outcome.examples:
        print(f"    {line}", flush=True)


async def _prove(given: argparse.Namespace) -> int:
    known = proof.read(given.proofs) if given.resume else {}
    done = {name for name, one in known.items() if one.caught_by is not None}
    bad = 0
    with tempfile.TemporaryDirectory(prefix="dudao-faults-", ignore_cleanup_errors=True) as folder:
        campaign = proof.impatient(Path(folder), _say, Amount(rest=0.05))
        try:
            for name in given.defect or DEFECTS:
                if name not in done:
                    found = await proof.prove(campaign, DEFECTS[name], _say)
                    proof.append(given.proofs, found)
                    _say(f"{name:32} {found.caught_by or 'NOT CAUGHT'} {found.seed} {found.seconds} s {found.findings}")
                    bad += found.caught_by is None
        finally:
            await campaign.close()
    _say("\n".join(proof.table(proof.read(given.proofs), DEFECTS.values())))
    return bad


def _say(text: str) -> None:
    print(text, flush=True)


async def _run(given: argparse.Namespace) -> int:
    loop = asyncio.get_running_loop()
    end = loop.time() + given.minutes * 60 if given.minutes else float("inf")
    bad = 0
    with tempfile.TemporaryDirectory(prefix="dudao-faults-", ignore_cleanup_errors=True) as folder:
        campaign = Campaign(Path(folder), _say, TOGETHER if given.together else Amount())
        try:
            for fault, seed in wanted(given):
                if loop.time() > end:
                    break
                outcome = await campaign.seed(fault, seed)
                results.append(given.results, outcome)
                _show(outcome)
                bad += outcome.verdict not in ("ok", "skipped")
        finally:
            await campaign.close()
    _say("\n".join(results.table(results.read(given.results), report.titles())))
    return bad


def main() -> int:
    """How many seeds were not ok, or defects not caught."""
    given = _arguments()
    bad = 0
    if not given.tables:
        bad = asyncio.run(_prove(given) if given.defects or given.defect else _run(given))
    if given.tables or (given.results, given.proofs) == (results.RESULTS, proof.PROOFS):
        report.write()
    return bad


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
