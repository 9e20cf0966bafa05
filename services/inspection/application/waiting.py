"""For whom an issue waits, and until which day: what "mine to do now" is found by.

Kept beside the state and so without today's structure: the office above a school, its branch and the city stand for
whatever they are when somebody asks. It leads to everything that waits for a person and to some more; what is theirs is
decided by `next_acts` when it is read.
"""

from collections.abc import Iterator
from typing import Any, Final, Literal

from contracts import roles
from services.inspection.application.next_acts import Next, Spot, next_acts
from services.inspection.domain.issue import Issue

Kind = Literal["school", "office", "bureau", "team", "named"]
NEVER: Final = "9999-12-31"
"""The day of what waits without a deadline: after everything that has one."""
_BRANCH: Final = "@branch"
_COUNTY: Final = "@county"
_CITY: Final = "@city"


def waits_of(issue: Issue) -> dict[str, Any]:
    """`waits`: the soonest day for each kind of body that must act; `who`: the persons and bodies named, if any."""
    days: dict[str, str] = {}
    named: set[str] = set()
    for act in _acts(issue):
        kind = _kind(act)
        day = act.due.day if act.due else NEVER
        days[kind] = min(day, days.get(kind, day))
        if kind == "named":
            named.add(act.person or act.organisation or "")
    found: dict[str, Any] = {"waits": days} if days else {}
    return {**found, "who": sorted(named)} if named else found


def _acts(issue: Issue) -> Iterator[Next]:
    """As each body that may turn out to be the city would have it."""
    bodies = {issue.issuer, issue.helper, *(asked.body for asked in issue.helps)} - {None}
    for city in (_CITY, *sorted(body for body in bodies if body is not None)):
        yield from next_acts(issue, Spot(branch=_BRANCH, county=_COUNTY, city=city))


def _kind(act: Next) -> Kind:
    if act.person is not None:
        return "named"
    if act.organisation == _BRANCH:
        return "school"
    if act.organisation == _COUNTY:
        return "office"
    if act.role == roles.BUREAU_OFFICER:
        return "bureau"
    return "team" if act.role == roles.TEAM_LEADER else "named"
