"""Commands as people send them: every field bounded, nothing unknown accepted."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.lists import Area, Mode, Severity, Source

Id = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9@._-]+$")]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Files = Annotated[tuple[Id, ...], Field(max_length=20)]


class Command(BaseModel):
    """Frozen, and strict about what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DraftIssue(Command):
    """登记: a finding of a visit, or an issue that the school, an officer or a liaison leader lists."""

    school: Id
    visit: Id | None = None
    source: Source
    checklist: Id | None = None
    item: Id | None = None
    area: Area | None = None
    description: Text
    evidence: Files = ()
    severity: Severity | None = None
    mode: Mode | None = None
    recurs_of: Id | None = None


class AmendIssue(Command):
    """Correct a finding before 交办."""

    description: Text | None = None
    evidence: Files | None = None
    severity: Severity | None = None
    mode: Mode | None = None


class SubmitIssue(Command):
    """提交, for what no visit carries."""


class AssignIssue(Command):
    """交办: the deadline is suggested from severity and mode when none is given."""

    severity: Severity
    mode: Mode
    deadline: Day | None = None
    recurs_of: Id | None = None


class AcknowledgeIssue(Command):
    """签收."""


class PlannedTask(Command):
    """One measure with its target and, within the issue's, its own deadline."""

    measure: Text
    target: Text
    deadline: Day | None = None


class PlanIssue(Command):
    """制定整改方案: tasks, one lead, others."""

    tasks: Annotated[tuple[PlannedTask, ...], Field(min_length=1, max_length=50)]
    lead: Id
    others: Annotated[tuple[Id, ...], Field(max_length=20)] = ()


class ReplanIssue(PlanIssue):
    """Change the plan or the lead; the old responsibility is kept as superseded."""

    reason: Text


class SignResponsibility(Command):
    """签字, personally."""


class ProgressTask(Command):
    """推进: per cent done, a note, evidence."""

    percent: Annotated[int, Field(ge=0, le=100)]
    note: Text | None = None
    evidence: Files = ()


class ReportIssue(Command):
    """申请销号."""

    note: Text


class CheckIssue(Command):
    """初核 or 复核: passed, or returned with a reason and a new deadline (standing: the next check day)."""

    passed: bool
    method: Literal["on_site", "evidence"]
    reason: Text | None = None
    opinion: Text | None = None
    deadline: Day | None = None


class WithdrawIssue(Command):
    """撤销."""

    reason: Text


class ReopenIssue(Command):
    """撤销销号: a false closure."""

    reason: Text
    deadline: Day


class GivenAnswer(Command):
    """One answer: exactly one of value, not_applicable 不适用, shared_with 共用."""

    item: Id
    value: bool | int | Text | None = None
    not_applicable: bool = False
    shared_with: Id | None = None
    note: Text | None = None
    evidence: Files = ()


class AnswerItems(Command):
    """Answers to some of the items; others stay as they are."""

    answers: Annotated[tuple[GivenAnswer, ...], Field(min_length=1, max_length=200)]


class SentBy(Command):
    """The client's own id (a UUID) and time of what was saved while offline; the server's time is kept beside it."""

    id: Id
    at: Annotated[str, Field(max_length=40)]


class RecordHighlight(Command):
    """亮点, with its material."""

    text: Text
    evidence: Files = ()
    sent: SentBy | None = None


class GivenFeedback(Command):
    """现场反馈: who at the school countersigned, remarked or refused."""

    person: Id
    outcome: Literal["countersigned", "remarked", "refused"]
    remark: Text | None = None


class SubmitVisit(Command):
    """The leader submits the visit with all its findings."""

    feedback: GivenFeedback
    sent: SentBy | None = None


class CancelVisit(Command):
    """A visit that will not take place."""

    reason: Text


class OpenRound(Command):
    """督导轮次."""

    year: Annotated[int, Field(ge=2000, le=2100)]
    ordinal: Annotated[int, Field(ge=1, le=99)]
    title: Line
    starts: Day
    ends: Day
    checklist: Id


class PlanRound(Command):
    """Teams and visits; the same seed gives the same plan. A reason where schools have had their visits of the term."""

    team_size: Annotated[int, Field(ge=3, le=15)] = 5
    seed: Annotated[int, Field(ge=0, le=2**31)] = 0
    reason: Text | None = None


class RegisterPerson(Command):
    """A person of the registry; never a phone number."""

    id: Id
    name: Line
    post: Line
    school: Id | None = None


class GiveGrant(Command):
    """A role at an organisation."""

    person: Id
    role: Id
    organisation: Id


class RevokeGrant(Command):
    """Counts at once."""

    reason: Text
