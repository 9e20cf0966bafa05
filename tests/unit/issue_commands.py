"""The same commands for the model and for the product: what can be given with each, and how the product takes it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any, Literal, Protocol, cast

from services.inspection.domain.authority import Authority
from services.inspection.domain.issue import Issue, Mode, Severity
from services.inspection.domain.issue_assigning import Order
from services.inspection.domain.issue_checking import Reopening, Verdict
from services.inspection.domain.issue_correcting import Correction
from services.inspection.domain.issue_drafting import Amendment
from services.inspection.domain.issue_extending import Decision
from services.inspection.domain.issue_helping import Answer
from services.inspection.domain.issue_objecting import Ruling
from services.inspection.domain.issue_planning import NewTask, Plan
from services.inspection.domain.issue_pressing import CardDecision, Reprimand
from services.inspection.domain.issue_rectifying import Progress
from tests.unit.inspection_city import visit
from tests.unit.issue_model import Model
from tests.unit.issue_model_city import Given

# What can be given: each by itself is either right, or wrong in one way.


def alternatives(command: str, model: Model, today: str, pick: Random, staff: list[str]) -> Iterator[Given]:
    """What somebody might give with a command now: a few at random, each wrong in one way at most."""
    later = _later(today, pick.choice((0, 1, 3, 10, 25)))
    right = replace(_right(command, model, later, pick, staff), text=f"第{pick.randrange(10**6)}次")
    yield right
    yield replace(right, text="")
    for changes in _CHANGES.get(command, lambda *_: ())(right, model, today):
        yield replace(right, **changes)


def _later(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def _right(command: str, model: Model, later: str, pick: Random, staff: list[str]) -> Given:
    made = _RIGHT.get(command)
    return Given() if made is None else made(model, later, pick, staff)


def _right_order(model: Model, later: str, pick: Random, _: list[str]) -> Given:
    severity = pick.choice((model.severity, model.severity, "minor", "major", "critical"))
    return Given(day=pick.choice((None, later)), severity=severity, mode=model.mode, other="none")


def _right_plan(_: Model, __: str, pick: Random, staff: list[str]) -> Given:
    people = pick.sample(staff, 3)
    return Given(lead=people[0], others=tuple(people[1 : pick.choice((1, 2, 3))]))


def _right_card(model: Model, later: str, pick: Random, _: list[str]) -> Given:
    known, colour = f"DB-{len(model.cards)}", pick.choice(("red", "red", "yellow"))
    return Given(card=known, day=later, colour=colour, earlier_red=pick.randrange(3))


def _new_card(model: Model, later: str, pick: Random, staff: list[str]) -> Given:
    return replace(_right_card(model, later, pick, staff), card=f"DB-{len(model.cards) + 1}")


_RIGHT: dict[str, Callable[[Model, str, Random, list[str]], Given]] = {
    "assign": _right_order,
    **dict.fromkeys(("plan", "replan"), _right_plan),
    "issue_card": _new_card,
    **dict.fromkeys(("receive_card", "decide_card"), _right_card),
    "ask_extension": lambda model, later, *_: Given(day=max(_later(model.due, 3), later)),
    "decide_objection": lambda *_: Given(yes=False),
    "progress": lambda _, __, pick, ___: Given(percent=pick.choice((100, 100, 40))),
}


Changes = tuple[dict[str, Any], ...]


def _days(_: Given, __: Model, today: str) -> Changes:
    yesterday, soon = _later(today, -1), _later(today, 20)
    return (
        {"yes": False, "day": soon}, {"yes": False, "day": yesterday}, {"yes": False},
        {"day": soon}, {"day": yesterday},
        {"yes": False, "day": soon, "text": ""},
    )  # fmt: skip


def _plans(given: Given, model: Model, today: str) -> Changes:
    beyond = _later(max(model.due, today), 1)
    return (
        {"others": (given.lead,)}, {"lead": "stranger", "others": ()}, {"others": ("stranger",)}, {"tasks": 0},
        {"tasks": 51}, {"day": beyond}, {"day": min(model.due, today)}, {"lead": "county", "others": ()},
        {"lead": "bureau", "others": ("teacher",)}, {"lead": "county two", "others": ()},
    )  # fmt: skip


def _extensions(_: Given, model: Model, today: str) -> Changes:
    return tuple({"day": day} for day in (_later(max(model.due, today), 1), model.due, _later(today, -1)))


def _extension_decisions(_: Given, model: Model, today: str) -> Changes:
    beyond = _later(max(model.due, today), 5)
    return (
        {"yes": False},
        {"yes": False, "day": beyond},
        {"day": beyond},
        {"day": model.due},
        {"day": _later(today, -1)},
    )


def _cards(*_: object) -> Changes:
    return ({"card": "DB-99"}, {"yes": False})


_CHANGES: dict[str, Callable[[Given, Model, str], Changes]] = {
    "submit": lambda *_: ({"feedback": False},),
    "assign": lambda _, __, today: (
        {"day": _later(today, -1)},
        {"other": "assigned"},
        {"other": "closed of a tour"},
        {"other": "closed"},
    ),
    "merge": lambda *_: tuple(
        {"other": other} for other in ("itself", "assigned elsewhere", "assigned of a tour", "closed", "submitted")
    ),
    "decide_objection": lambda *_: ({}, {}, {"yes": True}),
    "plan": _plans,
    "replan": _plans,
    "progress": lambda *_: ({"evidence": False}, {"task": "K9"}, {"percent": 101}, {"percent": -1}),
    "check": _days,
    "reopen": _days,
    "decide_help": _days,
    "ask_extension": _extensions,
    "decide_extension": _extension_decisions,
    "correct": lambda *_: ({"other": "unchanged"},),
    "issue_card": lambda _, __, today: ({"day": _later(today, -1)},),
    "receive_card": _cards,
    "decide_card": _cards,
}

# How the product takes it


class Around(Protocol):
    """What the product's commands need beside the issue."""

    others: dict[str, Issue]

    @property
    def issue(self) -> Issue:
        """The product's issue as it stands."""

    def authority(self, who: str) -> Authority:
        """Somebody's authority at the issue's school."""

    def officer_of(self, body: str | None, who: str) -> bool:
        """Whether somebody is an officer of the body that leads."""


def arguments(command: str, around: Around, given: Given) -> tuple[Any, ...]:
    """The product's arguments after issue, authority and moment."""
    made = _MADE.get(command)
    return (given.text,) if made is None else made(around, given)


def _plan(around: Around, given: Given) -> Plan:
    named = (given.lead, *given.others)
    return Plan(
        tasks=tuple(
            NewTask(id=f"K{n + 1}", measure="建室", target=f"有场所{n}", deadline=given.day) for n in range(given.tasks)
        ),
        lead=given.lead,
        others=given.others,
        staff=frozenset(one for one in named if around.authority(one).belongs),
        officers=frozenset(one for one in named if around.officer_of(around.issue.helper, one)),
    )


def _order(around: Around, given: Given) -> Order:
    return Order(
        number="2026-0001", severity=cast(Severity, given.severity), mode=cast(Mode, given.mode), deadline=given.day,
        recurs_of=None if given.other == "none" else around.others[given.other],
    )  # fmt: skip


def _verdict(given: Given) -> Verdict:
    return Verdict(passed=given.yes, method="on_site", reason=given.text, deadline=given.day)


def _reprimand(given: Given) -> Reprimand:
    colour: Literal["red", "yellow"] = "red" if given.colour == "red" else "yellow"
    return Reprimand(
        number=given.card, colour=colour, reason=given.text, deadline=given.day or "", earlier_red=given.earlier_red
    )


_MADE: dict[str, Callable[[Any, Given], tuple[Any, ...]]] = {
    "amend": lambda _, given: (Amendment(description=given.text),),
    "submit": lambda _, given: (visit("submitted") if given.feedback else visit(),),
    "assign": lambda around, given: (_order(around, given),),
    "merge": lambda around, given: (around.issue if given.other == "itself" else around.others[given.other],),
    "acknowledge": lambda *_: (),
    "sign": lambda *_: (),
    "decide_objection": lambda _, given: (Ruling(upheld=given.yes, reason=given.text),),
    "plan": lambda around, given: (_plan(around, given),),
    "replan": lambda around, given: (_plan(around, given), given.text),
    "progress": lambda _, given: (
        Progress(task=given.task, percent=given.percent, evidence=("E1",) if given.evidence else ()),
    ),
    "check": lambda _, given: (_verdict(given),),
    "reopen": lambda _, given: (Reopening(reason=given.text, deadline=given.day),),
    "decide_help": lambda _, given: (Answer(accepted=given.yes, reason=given.text, deadline=given.day),),
    "ask_extension": lambda _, given: (given.day, given.text),
    "decide_extension": lambda _, given: (Decision(granted=given.yes, reason=given.text, day=given.day),),
    "correct": lambda around, given: (
        Correction(
            reason=given.text,
            description=around.issue.description if given.other == "unchanged" else f"没有活动室：{given.text}",
        ),
    ),
    "issue_card": lambda _, given: (_reprimand(given),),
    "receive_card": lambda _, given: (given.card,),
    "decide_card": lambda _, given: (CardDecision(card=given.card, met=given.yes, reason=given.text),),
}  # fmt: skip
