"""督导组意见: what the visiting team thinks of the rectification; it goes along with the check."""

from dataclasses import replace
from typing import Final

from services.inspection.domain.authority import Authority
from services.inspection.domain.issue import Issue, Opinion, State, Step, expect, step
from services.inspection.domain.moment import Moment
from services.inspection.domain.rules_input import TooManyOpinions
from services.inspection.domain.wording import required

_TEAM: Final = ("该次督导的督导组成员或组长", "a member or the leader of the team that visited")
_FROM_PLAN_TO_CHECK: Final[tuple[State, ...]] = ("planned", "rectifying", "returned", "reported", "checked")
_MOST: Final = 50


def give_opinion(issue: Issue, authority: Authority, moment: Moment, text: str) -> Step:
    """填写意见, from the plan to the last check."""
    expect(issue, authority, "give_opinion", *_FROM_PLAN_TO_CHECK)
    team = issue.team
    actor = authority.above("give_opinion", _TEAM, authority.team_leader(team), authority.team_member(team))
    if len(issue.opinions) >= _MOST:
        raise TooManyOpinions(limit=_MOST)
    given = Opinion(at=moment.text, by=actor, text=required(text, moment.terms.note_length, "督导组意见", "opinion"))
    return step(replace(issue, opinions=(*issue.opinions, given)), "issue.opinion_given", actor, given.text)


def opinion_since(issue: Issue, since: str) -> str | None:
    """The team's newest opinion given at or after an instant."""
    return next((given.text for given in reversed(issue.opinions) if given.at >= since), None)
