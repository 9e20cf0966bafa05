"""A lead who left, or came back: until the plan names a new one, whoever acts for the school or the body must do so."""

from dataclasses import replace

from services.inspection.domain.actor import Actor
from services.inspection.domain.issue import ENDED, Issue, Step, step

_LEFT = "牵头责任人已离任，须确定新的牵头责任人 / the lead has left: a new one is to be named"
_BACK = "牵头责任人已回任 / the lead is back"


def lead_gone(issue: Issue, actor: Actor, *, there: bool) -> Step | None:
    """The step that says so, none where it was said, nobody leads, or the issue has ended."""
    if issue.lead is None or issue.state in ENDED or issue.wants_lead == (not there):
        return None
    if there:
        return step(replace(issue, lead_left=None), "issue.lead_back", actor, _BACK)
    return step(replace(issue, lead_left=issue.lead.id), "issue.lead_left", actor, _LEFT)
