"""Which body acts: the one that issued, the one that leads. By today's structure, so that a re-organised school is
nobody's orphan.
"""

from typing import Final, Literal

from services.inspection.domain import actor as roles
from services.inspection.domain.actor import Actor
from services.inspection.domain.authority import Authority
from services.inspection.domain.issue import Issue
from services.inspection.domain.rules_persons import NoLongerHere

BODY: Final = ("牵头单位（上级）人员", "an officer of the body that leads")
ISSUING: Final = ("交办单位人员", "the issuing body")


def county_now(authority: Authority) -> Actor | None:
    """Officer of the body that acts as the county today: for city-direct schools 市直 the bureau's."""
    return authority.bureau_officer() if authority.place.city_direct else authority.county_officer()


def issuing(issue: Issue, authority: Authority) -> Actor | None:
    """Officer of the issuing body; a county's issue goes with its school to the next county."""
    if issue.issuer == authority.place.city:
        return authority.bureau_officer()
    return county_now(authority)


def checks_assignment(issue: Issue, authority: Authority) -> Actor | None:
    """Officer of the body that gave the task; of the department's, and of what the bureau did itself, the bureau's."""
    return authority.bureau_officer() if issue.helper == authority.place.city else issuing(issue, authority)


def leading(issue: Issue, authority: Authority) -> Actor | None:
    """Officer of the higher body that leads since it accepted to help; nobody while the school does."""
    return authority.holding(roles.BUREAU_OFFICER, issue.helper) or authority.holding(
        roles.COUNTY_OFFICER, issue.helper
    )


def answering(issue: Issue, authority: Authority, command: str, who: tuple[str, str], *own: Actor | None) -> Actor:
    """Who acts for whoever answers for the rectification: of the school's `own` (`who`), or of the body that leads."""
    if issue.helper is None:
        return authority.within(command, who, *own)
    return authority.within(command, BODY, leading(issue, authority))


def side(issue: Issue) -> Literal["school", "body"]:
    """Whose clock runs while there is rectification to be done."""
    return "school" if issue.helper is None else "body"


def responsible(issue: Issue, authority: Authority) -> Actor:
    """Somebody who is responsible, in that capacity: for the body that leads, where they are of it.

    Raises `NoLongerHere` for whoever has left school and body.
    """
    of = leading(issue, authority)
    if of is None and not authority.belongs:
        raise NoLongerHere
    return Actor(
        person=authority.person,
        role=roles.RESPONSIBLE,
        organisation=issue.school if of is None else of.organisation,
    )
