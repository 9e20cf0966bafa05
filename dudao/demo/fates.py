"""How far each finding gets: a pure draw, so that the mixture of states at the end is the same every time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from dudao.demo.answers import Finding
from dudao.demo.draw import Draw

Step = Literal[
    "assign", "withdraw", "acknowledge", "plan", "replan", "sign", "start", "finish", "report",
    "return", "pass", "confirm", "reopen",
]  # fmt: skip

_ENDS: Final = {
    "submitted": 5,
    "withdrawn": 3,
    "assigned": 9,
    "acknowledged": 8,
    "planned": 7,
    "signed": 4,
    "rectifying": 13,
    "reported": 11,
    "returned": 6,
    "closed": 49,
    "reopened": 2,
}
_RETURNED_FIRST: Final = 0.2
_NEW_LEAD: Final = 0.06
_STOPS_BETWEEN: Final = 0.4


@dataclass(frozen=True, slots=True)
class Fate:
    """Where an issue stands when the demonstration ends, and what happened on its way.

    `stops_between`: what needs two checks, being critical or standing, still waits for the second one.
    """

    end: str
    returned_first: bool
    new_lead: bool
    stops_between: bool


def fate_of(name: str, draw: Draw) -> Fate:
    """The fate of the finding of this name."""
    return Fate(
        end=draw.one_of(_ENDS, "end", name),
        returned_first=draw.happens(_RETURNED_FIRST, "returned first", name),
        new_lead=draw.happens(_NEW_LEAD, "new lead", name),
        stops_between=draw.happens(_STOPS_BETWEEN, "stops between", name),
    )


def steps(fate: Fate, finding: Finding) -> Iterator[Step]:
    """What people do about a submitted finding of this fate, in order."""
    if fate.end == "submitted":
        return
    if fate.end == "withdrawn":
        yield "withdraw"
        return
    yield "assign"
    yield from _preparing(fate)
    if fate.end in {"assigned", "acknowledged", "planned", "signed"}:
        return
    yield "start"
    if fate.end != "rectifying":
        yield from _finishing(fate, finding)


def _preparing(fate: Fate) -> Iterator[Step]:
    if fate.end == "assigned":
        return
    yield "acknowledge"
    if fate.end == "acknowledged":
        return
    yield "plan"
    if fate.new_lead:
        yield "replan"
    if fate.end != "planned":
        yield "sign"


def _finishing(fate: Fate, finding: Finding) -> Iterator[Step]:
    yield "finish"
    yield "report"
    if fate.end == "reported":
        return
    if fate.returned_first or fate.end == "returned":
        yield "return"
        if fate.end == "returned":
            return
        yield from ("finish", "report")
    yield "pass"
    yield from _ending(fate, finding)


def _ending(fate: Fate, finding: Finding) -> Iterator[Step]:
    """A critical issue needs the bureau's confirmation, a standing one a second stage; the rest is closed by now."""
    second: dict[str, tuple[Step, ...]] = {"critical": ("confirm",), "standing": ("report", "pass")}
    kind = finding.severity if finding.severity == "critical" else finding.mode
    if kind in second and fate.stops_between:
        return
    yield from second.get(kind, ())
    if fate.end == "reopened":
        yield "reopen"
