"""What there is to be seen of an issue: every state × command → outcome, a refusal where nothing else is in the way."""

from tests.unit.issue_model_rules import ENDED, EXTENDABLE, FROM, STATES

REFUSED: dict[str, dict[str, set[str] | None]] = {
    "amend": dict.fromkeys(("not-allowed", "own-school", "text-missing", "too-many-revisions")),
    "submit": dict.fromkeys(("not-allowed", "own-school", "feedback-missing")),
    "assign": dict.fromkeys(("not-allowed", "own-school", "deadline-in-past", "bad-recurrence")),
    "merge": dict.fromkeys(("not-allowed", "own-school", "bad-merge")),
    "withdraw": {**dict.fromkeys(("not-allowed", "text-missing")), "own-school": {"submitted"}},
    "acknowledge": dict.fromkeys(("not-allowed",)),
    "object": {
        **dict.fromkeys(("not-allowed", "text-missing", "objected-before")),
        "too-late-to-object": {"acknowledged"}, "help-leads": {"acknowledged"},
    },
    "decide_objection": dict.fromkeys(("not-allowed", "text-missing", "decides-own-assignment")),
    "plan": dict.fromkeys((
        "not-allowed", "responsible-twice", "outsider-responsible", "lead-of-body", "task-missing",
        "task-beyond-issue",
    )),
    "replan": dict.fromkeys((
        "not-allowed", "text-missing", "responsible-twice", "outsider-responsible", "lead-of-body", "task-missing",
        "task-beyond-issue",
    )),
    "sign": dict.fromkeys(("not-responsible", "already-signed", "no-longer-here")),
    "progress": dict.fromkeys(
        ("not-allowed", "sign-before-progress", "unknown-task", "percent-out-of-range", "no-longer-here")
    ),
    "report": dict.fromkeys(
        ("not-allowed", "text-missing", "lead-unsigned", "tasks-unfinished", "task-without-evidence")
    ),
    "check": {
        **dict.fromkeys(("not-allowed", "judges-own-work", "text-missing", "deadline-missing", "deadline-in-past")),
        "deadline-needless": None, "two-officers": {"checked"},
    },
    "reopen": dict.fromkeys(
        ("not-allowed", "text-missing", "deadline-missing", "deadline-in-past", "checked-it-before")
    ),
    "ask_help": dict.fromkeys(("not-allowed", "text-missing", "help-leads")),
    "pass_up": dict.fromkeys(("not-allowed", "text-missing", "nothing-above")),
    "decide_help": dict.fromkeys(("not-allowed", "text-missing", "deadline-in-past", "deadline-needless")),
    "ask_extension": dict.fromkeys(("not-allowed", "text-missing", "asked-before", "too-late-to-extend", "not-later")),
    "decide_extension": dict.fromkeys((
        "not-allowed", "text-missing", "nothing-asked", "decides-own-request", "deadline-needless", "not-later",
        "deadline-in-past",
    )),
    "correct": dict.fromkeys(("not-allowed", "text-missing", "nothing-corrected", "too-many-revisions")),
    "give_opinion": dict.fromkeys(("not-allowed", "own-school", "text-missing")),
    "urge": dict.fromkeys(("not-allowed", "urged-today")),
    "issue_card": {**dict.fromkeys(("not-allowed", "text-missing", "deadline-in-past")), "help-leads": EXTENDABLE},
    "receive_card": dict.fromkeys(("not-allowed", "unknown-card", "card-received")),
    "decide_card": dict.fromkeys(("not-allowed", "text-missing", "unknown-card", "card-decided")),
}  # fmt: skip
"""Command → what alone it is refused by, and in which states; none: wherever it is a step."""


def every_outcome() -> set[tuple[str, str, str]]:
    """State × command → outcome: what there is to be seen."""
    found = {
        (state, command, "issue-ended" if state in ENDED else "illegal-step")
        for state in STATES for command in FROM if state not in FROM[command]
    }  # fmt: skip
    for command, refusals in REFUSED.items():
        found |= {(state, command, "done") for state in FROM[command]}
        found |= {(state, command, code) for code, states in refusals.items() for state in states or FROM[command]}
    return found
