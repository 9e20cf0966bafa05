"""The checker is tested itself: planted defects, each tried by its faults, seed by seed, until it is caught."""

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from tests.faults.campaign import Campaign
from tests.faults.catalogue import FAULTS
from tests.faults.defects.defect import Defect
from tests.faults.results import RESULTS, Outcome
from tests.faults.system import ROOT, SITE
from tests.faults.trial import Amount

PROOFS: Final = RESULTS.with_name("defects.jsonl")
VARIABLE: Final = "DUDAO_TEST_DEFECT"


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """How a planted defect came to light: by which fault's which seed, as what; `caught_by` none: it did not, and
    the findings are those of the last seed tried.
    """

    defect: str
    caught_by: str | None
    seed: int
    tried: int
    allowed: int
    seconds: float
    findings: dict[str, int] = {}
    examples: list[str] = []
    commit: str = ""
    at: str = ""


def environment(defect: Defect) -> dict[str, str]:
    """What makes Python plant the defect in a service's process."""
    return {VARIABLE: defect.name, "PYTHONPATH": f"{SITE}:{ROOT}"}


def _trials(defect: Defect) -> Iterator[tuple[str, int]]:
    """Seed by seed, the faults in turn."""
    for seed in range(1, defect.seeds + 1):
        for fault in defect.faults:
            yield fault, seed


def catches(outcome: Outcome) -> bool:
    """Whether the checker saw something; services that do not even begin mean that the plant itself is broken."""
    return outcome.verdict == "wrong" and "not-begun" not in outcome.findings


async def prove(campaign: Campaign, defect: Defect, say: Callable[[str], None]) -> Proof:
    """Try until it is caught or its seeds are used up."""
    started = time.monotonic()
    campaign.plant(environment(defect))
    outcome: Outcome | None = None
    tried = 0
    for fault, seed in _trials(defect):
        outcome = await campaign.seed(FAULTS[fault], seed)
        tried += 1
        say(f"  {defect.name}: {fault} {seed}: {outcome.verdict} {outcome.findings}")
        if "not-begun" in outcome.findings:
            say(outcome.examples[0])
        if catches(outcome):
            break
    caught = outcome if outcome is not None and catches(outcome) else None
    return Proof(
        defect=defect.name,
        caught_by=caught.fault if caught else None,
        seed=caught.seed if caught else 0,
        tried=tried,
        allowed=defect.seeds * len(defect.faults),
        seconds=round(time.monotonic() - started, 1),
        findings=outcome.findings if outcome else {},
        examples=outcome.examples[:6] if outcome else [],
        commit=outcome.commit if outcome else "",
        at=outcome.at if outcome else "",
    )


def impatient(folder: Path, say: Callable[[str], None], amount: Amount) -> Campaign:
    """A campaign that does not wait long for what will never come."""
    return Campaign(folder, say, amount, patience=15.0, most_s=150.0)


def append(path: Path, proof: Proof) -> None:
    """Add a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(msgspec.json.encode(proof) + b"\n")


def read(path: Path) -> dict[str, Proof]:
    """The last proof of each defect."""
    if not path.exists():
        return {}
    lines = [msgspec.json.decode(line, type=Proof) for line in path.read_bytes().split(b"\n")[:-1]]
    return {proof.defect: proof for proof in lines}


def table(proofs: dict[str, Proof], defects: Iterable[Defect]) -> list[str]:
    """Markdown: a row a defect."""
    lines = [
        "| planted defect | what | caught by | seed | tried, of at most | named as |",
        "|---|---|---|---:|---:|---|",
    ]
    for defect in defects:
        proof = proofs.get(defect.name)
        if proof is None:
            lines.append(f"| {defect.name} | {defect.title} | not tried yet | | | |")
            continue
        named = ", ".join(list(proof.findings)[:4])
        by = proof.caught_by or "**not caught**"
        tried = f"{proof.tried} of {proof.allowed}"
        lines.append(f"| {defect.name} | {defect.title} | {by} | {proof.seed or ''} | {tried} | {named} |")
    return lines
