"""任务交办: a task from above, given to a school. The school's part of it lives like an issue from 交办 on."""

from dataclasses import dataclass
from typing import Final

from services.inspection.domain import actor as roles
from services.inspection.domain.authority import Authority
from services.inspection.domain.issue import Area, Assignment, Clock, Issue, Mode, Step, step
from services.inspection.domain.issue_deadlines import set_day
from services.inspection.domain.moment import Moment
from services.inspection.domain.wording import required

TITLE_LENGTH: Final = 120
_WHO: Final = (
    "市教育局机关党委、组织部，或本县区教育局",
    "the bureau, the organisation department, or the school's own county",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One school's part: `number` is new; `deadline` is the last day, for 长期坚持 the first check date."""

    id: str
    number: str
    assignment: Assignment
    description: str
    area: Area
    mode: Mode
    deadline: str


def hand_down(part: Part, authority: Authority, moment: Moment) -> Step:
    """交办任务: a new entry, assigned at once. The body that gives it is its issuing body."""
    city = authority.place.city
    department = authority.holding(roles.ORGANISATION_DEPARTMENT, city)
    actor = authority.above("hand_down", _WHO, authority.bureau_officer(), department, authority.county_officer())
    required(part.assignment.title, TITLE_LENGTH, "任务名称", "title")
    due = set_day(part.deadline, moment)
    standing = part.mode == "standing"
    entry = Issue(
        id=part.id, number=part.number, school=authority.place.school, state="assigned", source="superior",
        area=part.area, item=None, checklist=None, visit=None, round=None, team=None,
        description=required(part.description, moment.terms.description_length, "任务内容", "description"),
        evidence=(), severity=None, mode=part.mode, issuer=actor.organisation,
        drafted_by=actor, drafted_at=moment.text, submitted_at=moment.text,
        assigned_by=actor, assigned_at=moment.text,
        deadline=None if standing else due, next_check=due if standing else None,
        acknowledge_by=moment.due(moment.terms.acknowledge_days, "acknowledge"),
        acknowledged_by=None, acknowledged_at=None, plan_by=None, planned_by=None, planned_at=None,
        tasks=(), responsibilities=(), reports=(), checks=(), stages_passed=0, closings=(), withdrawn_reason=None,
        clock=Clock(owner="school", since=moment.text, due=due, reason="assigned"),
        assignment=part.assignment,
    )  # fmt: skip
    return step(entry, "issue.assigned", actor)
