"""Who may give which role to whom: nobody to themselves, and a role of the city takes two people."""

from collections.abc import Set as AbstractSet
from dataclasses import replace

from services.inspection.domain.actor import GRANTED_AT
from services.inspection.domain.persons import Nomination
from services.inspection.domain.registry import Grant
from services.inspection.domain.rules_registry import (
    DecidesOwnNomination,
    GrantToOneself,
    NominationDecided,
    RoleNeedsNoNomination,
    SecondPersonNeeded,
)

Held = AbstractSet[tuple[str, str, str]]
"""(person, role, organisation) of the city's grants in force."""


def require_givable(grant: Grant, giver: str, held: Held) -> None:
    """Raises unless one person alone may give it: not to themselves; a role of the city only to its first holders.

    What is held already adds nothing.
    """
    if (grant.person, grant.role, grant.organisation) in held:
        return
    if grant.person == giver:
        raise GrantToOneself
    # Somebody has to be the first: an empty system has nobody who could confirm.
    if GRANTED_AT.get(grant.role) == "city" and any(role == grant.role for _, role, _ in held):
        raise SecondPersonNeeded(role=grant.role)


def nominated(nomination: Nomination) -> Nomination:
    """A proposal; raises unless it is for somebody else and for a role of the city."""
    if GRANTED_AT.get(nomination.role) != "city":
        raise RoleNeedsNoNomination(role=nomination.role)
    if nomination.person == nomination.by:
        raise GrantToOneself
    return nomination


def decided(nomination: Nomination, by: str, confirmed: bool) -> Nomination:
    """Confirmed or declined, once, by a third person; who proposed it may take it back."""
    if nomination.state != "proposed":
        raise NominationDecided
    if by == nomination.person or (confirmed and by == nomination.by):
        raise DecidesOwnNomination
    return replace(nomination, state="confirmed" if confirmed else "declined", decided_by=by)
