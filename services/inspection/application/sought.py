"""What an entry is searched by: derived from its state whenever that is written, kept beside it."""

from collections.abc import Mapping
from typing import Any

from services.inspection.application.looks import kept_under

State = Mapping[str, Any]


def _evidence(state: State) -> dict[str, Any]:
    found: dict[str, Any] = {}
    look = (state["picture"] or {}).get("look")
    if look is not None:
        found["bands"] = kept_under(look)
    if state["form"] is not None:
        kind, _, id = state["form"]["subject"].partition("/")
        found[kind] = id
    return found


def sought_by(kind: str, state: State) -> dict[str, Any]:
    """The fields to search a state of this kind by; empty for what is found by its own fields alone."""
    return _evidence(state) if kind == "evidence" else {}
