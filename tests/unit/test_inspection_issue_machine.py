"""The domain does what a plain model of the business says, on walks that see every outcome of every command."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from services.inspection.domain import (
    issue_assigning,
    issue_bodies,
    issue_checking,
    issue_drafting,
    issue_extending,
    issue_helping,
    issue_objecting,
    issue_planning,
    issue_pressing,
    issue_rectifying,
    issue_stops,
)
from services.inspection.domain.actor import Actor
from services.inspection.domain.authority import Authority
from services.inspection.domain.issue import Issue, Step
from services.inspection.domain.rules import TwoOfficers
from tests.unit.issue_machine import SEVERAL
from tests.unit.issue_outcomes import every_outcome
from tests.unit.issue_walks import Guide, Seen, look

WALKS, LENGTH = 180, 120


def _every_walk(one: Callable[[int, Seen], None]) -> Seen:
    seen = Seen()
    for seed in range(WALKS):
        one(seed, seen)
    return seen


def test_the_domain_does_what_the_model_says_and_everything_was_seen() -> None:
    seen = _every_walk(lambda seed, seen: look(seed, LENGTH, seen))
    outcomes = {one for one in seen.outcomes if one[2] != SEVERAL}
    assert outcomes == every_outcome()
    deep = sorted(seen.depths)
    assert deep[-1] >= 60, "the longest walk takes many steps"
    assert deep[len(deep) // 2] >= 25, "and so does the middle one"


# Mistakes, as (module, name, what stands there instead): each must be found.


def _without_moving(issue: Issue, *given: Any) -> Issue:
    back = issue_stops.resumed(issue, *given)
    due = {"next_check": issue.due} if issue.mode == "standing" else {"deadline": issue.due}
    return replace(back, **due, clock=replace(back.clock, due=issue.due))  # type: ignore[arg-type]


def _assigner_decides_too(issue: Issue, authority: Authority) -> Actor:
    officer = issue_bodies.issuing(issue, authority) or authority.bureau_officer()
    return authority.above("decide_objection", ("", ""), officer)


def _leads_beside(issue: Issue, *given: Any) -> tuple[Any, ...]:
    return (*issue.responsibilities, _TAKEN_OVER(issue, *given)[-1])


def _one_officer_checks_twice(issue: Issue, authority: Authority) -> Actor:
    try:
        return _CHECKER(issue, authority)
    except TwoOfficers:
        return authority.within("check", ("", ""), authority.bureau_officer())


def _returned_without_a_new_deadline(issue: Issue, *given: Any) -> Step:
    step = _RETURN(issue, *given)
    return replace(step, issue=replace(step.issue, deadline=issue.deadline, next_check=issue.next_check))


def _signature_goes_along(issue: Issue, *given: Any) -> tuple[Any, ...]:
    before = {row.person: row.signed_at for row in issue.responsibilities if row.in_force}
    rows = _RESPONSIBILITIES(issue, *given)
    return tuple(replace(row, signed_at=row.signed_at or before.get(row.person)) for row in rows)


def _as_it_is(issue: Issue, *_: Any) -> Issue:
    return issue


def _nothing(*_: Any) -> None:
    return None


_TAKEN_OVER = vars(issue_helping)["_taken_over"]
_CHECKER: Callable[..., Actor] = vars(issue_checking)["_checker"]
_RETURN: Callable[..., Step] = vars(issue_checking)["_return"]
_RESPONSIBILITIES = vars(issue_planning)["_responsibilities"]
MISTAKES: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "a stop moves no deadline": (issue_objecting, "resumed", _without_moving),
    "help refused moves no deadline": (issue_helping, "resumed", _without_moving),
    "the assigner decides the objection": (issue_objecting, "_decider", _assigner_decides_too),
    "objected whenever one likes": (issue_objecting, "_in_time", _nothing),
    "two leads after help": (issue_helping, "_taken_over", _leads_beside),
    "one officer checks twice": (issue_checking, "_checker", _one_officer_checks_twice),
    "returned with the old deadline": (issue_checking, "_return", _returned_without_a_new_deadline),
    "a critical issue closes at once": (issue_checking, "_pass_on", vars(issue_checking)["_close"]),
    "an extension outlives the report": (issue_rectifying, "lapsed", _as_it_is),
    "an extension outlives help": (issue_helping, "lapsed", _as_it_is),
    "an extension changes nothing": (issue_extending, "under", _as_it_is),
    "reported unfinished": (issue_rectifying, "_all_done", _nothing),
    "a withdrawn issue's clock still stands": (issue_drafting, "stop_ended", _as_it_is),
    "a new lead has signed": (issue_planning, "_responsibilities", _signature_goes_along),
    "accepted help leaves the school's clock standing": (issue_helping, "stop_ended", _as_it_is),
    "merged into anything": (issue_assigning, "of_tour", lambda _: False),
    "a recurrence of anything": (issue_assigning, "require_recurrence", _nothing),
    "red cards propose nothing": (issue_pressing, "_proposal", _nothing),
    "working days end with the weekend": (issue_stops, "later", lambda due, *_: due),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_found(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, name, instead = MISTAKES[mistake]
    monkeypatch.setattr(module, name, instead)
    with pytest.raises(AssertionError):
        _every_walk(lambda seed, seen: Guide(Random(seed), seen).walk(LENGTH))


def test_the_shortest_walk_to_a_mistake_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issue_rectifying, "_all_done", _nothing)
    with pytest.raises(AssertionError) as told:
        _every_walk(lambda seed, seen: look(seed, LENGTH, seen))
    happened = str(told.value).splitlines()
    assert "report" in happened[-2]
    assert len(happened) < 14
