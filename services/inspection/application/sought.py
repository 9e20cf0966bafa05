"""What an entry is searched by: derived from its state whenever that is written, kept beside it."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from services.inspection.application.looks import kept_under
from services.inspection.application.waiting import waits_of
from services.inspection.application.words import grams
from services.inspection.domain.issue import Issue
from services.inspection.domain.issue_lights import LIT

State = Mapping[str, Any]
RULE: Final = 2
"""By which rule the fields were derived: one more whenever they, or the folding of texts, change."""


def _evidence(state: State) -> dict[str, Any]:
    found: dict[str, Any] = {}
    look = (state["picture"] or {}).get("look")
    if look is not None:
        found["bands"] = kept_under(look)
    if state["form"] is not None:
        kind, _, id = state["form"]["subject"].partition("/")
        found[kind] = id
    return found


def _issue(state: State) -> dict[str, Any]:
    """By its text, with the day to have the newest first; while it has a light, by the day that the light goes by.

    Drafts are few, and found by their visit or author.
    """
    found: dict[str, Any] = {}
    if state["submitted_at"] is not None:
        found["grams"] = grams(state["description"])
        found["day"] = date.fromisoformat(state["drafted_at"][:10]).toordinal()
    if state["state"] in LIT:
        found["due"] = state["next_check" if state["mode"] == "standing" else "deadline"]["day"]
    return found


def sought_by(kind: str, value: object, state: State) -> dict[str, Any]:
    """The fields to search an aggregate of this kind by, itself and as it is written; empty where it needs none."""
    if kind == "evidence":
        return {"rule": RULE} | _evidence(state)
    if kind == "request":
        # What is to be answered has a light, and is found by its day.
        return {"due": state["reply_by"]["day"]} if state["clock"]["owner"] == "body" else {}
    if kind == "material":
        return {"due": state["due"]["day"]} if state["clock"]["owner"] == "school" else {}
    return {"rule": RULE} | _issue(state) | waits_of(value) if isinstance(value, Issue) else {}
