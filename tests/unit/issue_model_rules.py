"""The model's rules: in which states a command is a step at all, who may, and everything else that stands in the way.

All rules that a command breaks are told, in no order: the product may refuse by any of them, and by none other.
"""

from collections.abc import Callable, Iterator

from tests.unit.issue_model import Model
from tests.unit.issue_model_city import Given
from tests.unit.issue_model_people import MAY, SUPERVISING, is_drafter

ENDED = {"closed", "withdrawn", "merged"}
WORKING = {"assigned", "acknowledged", "planned", "rectifying", "returned"}
ASSIGNED = WORKING | {"objected", "help_asked", "reported", "checked"}
PLANNED = {"planned", "rectifying", "returned"}
EXTENDABLE = {"acknowledged"} | PLANNED
STATES = ("drafted", "submitted", *sorted(ASSIGNED), *sorted(ENDED))
REVISIONS = 2
FROM: dict[str, set[str]] = {
    "amend": {"drafted", "submitted"}, "submit": {"drafted"}, "assign": {"submitted"}, "merge": {"submitted"},
    "withdraw": {"drafted", "submitted"} | ASSIGNED, "acknowledge": {"assigned"},
    "object": {"assigned", "acknowledged"}, "decide_objection": {"objected"}, "plan": {"acknowledged"},
    "replan": PLANNED, "sign": PLANNED, "progress": PLANNED, "report": {"rectifying"},
    "check": {"reported", "checked"}, "reopen": {"closed"},
    "ask_help": {"acknowledged", "planned", "rectifying"}, "pass_up": {"help_asked"}, "decide_help": {"help_asked"},
    "ask_extension": EXTENDABLE, "decide_extension": EXTENDABLE, "correct": ASSIGNED,
    "give_opinion": PLANNED | {"reported", "checked"}, "urge": WORKING, "issue_card": WORKING,
    "receive_card": ASSIGNED | {"closed"}, "decide_card": ASSIGNED | {"closed"},
}  # fmt: skip
"""Command → the states that it is a step from."""
REASONED = set(FROM) - {"submit", "assign", "merge", "acknowledge", "plan", "sign", "progress", "check", "urge",
                        "receive_card"}  # fmt: skip
"""What needs a reason, whatever is decided."""
Judged = Callable[[Model, str, str, Given], Iterator[str | None]]


def broken(model: Model, command: str, who: str, today: str, given: Given) -> frozenset[str]:
    """The codes of the rules that this would break; none when it is carried out."""
    if model.state not in FROM[command]:
        return frozenset({"issue-ended" if model.state in ENDED else "illegal-step"})
    found = set(RULES.get(command, _nothing)(model, who, today, given))
    if not MAY[command](model, who, given):
        found.add("not-responsible" if command == "sign" else "not-allowed")
    elif command in SUPERVISING and model.city.belongs(who) and not _own_draft(model, command, who):
        found.add("own-school")
    if command in REASONED and not given.text:
        found.add("text-missing")
    found.discard(None)
    return frozenset(found)  # type: ignore[arg-type]  # no none is left


def _own_draft(model: Model, command: str, who: str) -> bool:
    before = model.state in {"drafted", "submitted"}
    return before and ((command == "withdraw" and is_drafter(model, who)) or
                       (command == "amend" and model.state == "drafted" and model.source == "self"))  # fmt: skip


# What else stands in the way


def _nothing(*_: object) -> Iterator[str | None]:
    return iter(())


def _full(model: Model, *_: object) -> Iterator[str | None]:
    yield "too-many-revisions" if model.revisions >= REVISIONS else None


def _submit(model: Model, who: str, _: str, given: Given) -> Iterator[str | None]:
    if model.source == "supervision":
        yield "own-school" if model.city.belongs(who) and who in model.leaders else None
        yield None if given.feedback else "feedback-missing"


def _past(day: str | None, today: str) -> str | None:
    return "deadline-in-past" if day is not None and day < today else None


def _assign(_: Model, __: str, today: str, given: Given) -> Iterator[str | None]:
    yield _past(given.day, today)
    yield None if given.other in {"none", "closed"} else "bad-recurrence"


def _merge(_: Model, __: str, ___: str, given: Given) -> Iterator[str | None]:
    yield None if given.other == "assigned" else "bad-merge"


def _object(model: Model, _: str, today: str, __: Given) -> Iterator[str | None]:
    yield "help-leads" if model.helper is not None else None
    yield "objected-before" if model.objected else None
    late = model.received is not None and today > model.city.after(model.received, 3)
    yield "too-late-to-object" if late else None


def _decide_objection(model: Model, who: str, *_: object) -> Iterator[str | None]:
    yield "decides-own-assignment" if who == model.assigner else None


def _plan(model: Model, _: str, today: str, given: Given) -> Iterator[str | None]:
    people = (given.lead, *given.others)
    yield "responsible-twice" if len(set(people)) < len(people) else None
    yield "lead-of-body" if model.helper is not None and not model.city.of(model.helper, given.lead) else None
    known = all(model.city.belongs(one) or model.city.of(model.helper, one) for one in people)
    yield None if known else "outsider-responsible"
    yield None if given.tasks == 1 else "task-missing"
    if given.day is not None and not min(today, model.due) <= given.day <= model.due:
        yield "task-beyond-issue"


def _left(model: Model, who: str) -> bool:
    """Is named, and belongs neither to the school nor to the body that leads any more."""
    return who in model.named and not model.city.belongs(who) and not model.city.of(model.helper, who)


def _sign(model: Model, who: str, *_: object) -> Iterator[str | None]:
    yield "no-longer-here" if _left(model, who) else None
    yield "already-signed" if who in model.named and model.named[who].signed else None


def _lead_signed(model: Model) -> bool:
    return model.lead is not None and model.named[model.lead].signed


def _progress(model: Model, who: str, _: str, given: Given) -> Iterator[str | None]:
    own = model.named.get(who)
    yield "no-longer-here" if _left(model, who) else None
    yield None if _lead_signed(model) and (own is None or own.signed) else "sign-before-progress"
    yield None if given.task == "K1" else "unknown-task"
    yield None if 0 <= given.percent <= 100 else "percent-out-of-range"


def _report(model: Model, _: str, __: str, given: Given) -> Iterator[str | None]:
    yield None if _lead_signed(model) else "lead-unsigned"
    yield None if model.done else "tasks-unfinished"
    yield None if model.evidence else "task-without-evidence"
    yield None if given.text else "text-missing"


def _check(model: Model, who: str, today: str, given: Given) -> Iterator[str | None]:
    yield "judges-own-work" if model.city.belongs(who) or who in model.had_a_hand else None
    yield "two-officers" if model.state == "checked" and model.checkers[-1] == who else None
    yield _past(given.day, today)
    goes_on = model.severity == "critical" and model.state == "reported"
    stage = model.mode == "standing" and model.stages == 0 and not goes_on
    if not given.yes:
        yield None if given.text else "text-missing"
        yield "deadline-missing" if given.day is None else None
    elif not stage and given.day is not None:
        yield "deadline-needless"


def _reopen(model: Model, who: str, today: str, given: Given) -> Iterator[str | None]:
    yield "checked-it-before" if who in model.checkers else None
    yield "deadline-missing" if given.day is None else _past(given.day, today)


def _ask_help(model: Model, *_: object) -> Iterator[str | None]:
    yield "help-leads" if model.helper is not None else None


def _pass_up(model: Model, *_: object) -> Iterator[str | None]:
    yield "nothing-above" if model.asked == "city" else None


def _decide_help(_: Model, __: str, today: str, given: Given) -> Iterator[str | None]:
    yield _past(given.day, today)
    yield "deadline-needless" if not given.yes and given.day is not None else None


def _ask_extension(model: Model, _: str, today: str, given: Given) -> Iterator[str | None]:
    assert given.day is not None
    yield "asked-before" if model.extensions else None
    yield "too-late-to-extend" if today >= model.due else None
    yield _past(given.day, today)
    yield "not-later" if given.day <= model.due else None


def _decide_extension(model: Model, who: str, today: str, given: Given) -> Iterator[str | None]:
    if model.extension is None:
        yield "nothing-asked"
        return
    by, asked = model.extension
    yield "decides-own-request" if by == who else None
    if not given.yes:
        yield None if given.day is None else "deadline-needless"
        return
    day = given.day or asked
    yield _past(day, today)
    yield "not-later" if day <= model.due else None


def _correct(model: Model, _: str, __: str, given: Given) -> Iterator[str | None]:
    yield from _full(model)
    yield "nothing-corrected" if given.other == "unchanged" else None


def _urge(model: Model, _: str, today: str, __: Given) -> Iterator[str | None]:
    yield "urged-today" if model.urged_on == today else None


def _issue_card(model: Model, _: str, today: str, given: Given) -> Iterator[str | None]:
    yield "help-leads" if model.helper is not None else None
    yield _past(given.day, today)


def _receive_card(model: Model, _: str, __: str, given: Given) -> Iterator[str | None]:
    card = model.cards.get(given.card)
    yield "unknown-card" if card is None else "card-received" if card[0] else None


def _decide_card(model: Model, _: str, __: str, given: Given) -> Iterator[str | None]:
    card = model.cards.get(given.card)
    yield "unknown-card" if card is None else "card-decided" if card[1] else None


RULES: dict[str, Judged] = {
    "amend": _full, "submit": _submit, "assign": _assign, "merge": _merge, "object": _object,
    "decide_objection": _decide_objection, "plan": _plan, "replan": _plan, "sign": _sign, "progress": _progress,
    "report": _report, "check": _check, "reopen": _reopen, "ask_help": _ask_help, "pass_up": _pass_up,
    "decide_help": _decide_help, "ask_extension": _ask_extension, "decide_extension": _decide_extension,
    "correct": _correct, "urge": _urge, "issue_card": _issue_card, "receive_card": _receive_card,
    "decide_card": _decide_card,
}  # fmt: skip
