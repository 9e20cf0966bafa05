"""Events of the lists ledger: visits, issues with their tasks and responsibilities, evidence.

Every event's data is `{"entry": <full state after the change>, "cause": …, "focus": …}`. Instants are RFC 3339 in UTC
with microseconds and `Z`; days are `YYYY-MM-DD` in Asia/Shanghai; percentages are integers 0…100. A task's or a
responsibility's event carries the whole issue, `focus` is the id of the task or responsibility that changed.
"""

from typing import Final, Literal

from msgspec import Struct

from contracts.cause import Actor, Cause

Source = Literal["supervision", "inspection_tour", "survey", "liaison", "self", "superior"]
Severity = Literal["minor", "major", "critical"]
Mode = Literal["immediate", "deadline", "standing"]
IssueState = Literal[
    "drafted", "submitted", "assigned", "acknowledged", "planned", "rectifying", "reported", "checked", "closed",
    "returned", "withdrawn", "objected", "help_asked", "merged",
]  # fmt: skip
VisitState = Literal["planned", "in_progress", "submitted", "cancelled"]
Area = Literal[
    "主体责任", "组织设置", "“六有”阵地", "基本制度", "党建载体", "党建与教学融合", "问题整改", "其他",
]  # fmt: skip

_TOUR: Final = b'inspection_tour"'


def tells_of_a_tour(data: bytes) -> bool:
    """Whether an event's bytes, even such as cannot be read, tell of an entry of source `inspection_tour`."""
    return _TOUR in data


class Basis(Struct, frozen=True, kw_only=True):
    """Why a deadline falls on its day: which rule, counted from which day, under which version of the terms.

    `working_days` none: a person set the day. `stopped_days` are the working days that it moved by stopped clocks.
    """

    rule: str
    day_zero: str
    working_days: int | None = None
    terms: str | None = None
    stopped_days: int = 0


class Deadline(Struct, frozen=True, kw_only=True):
    """Last day to act (end of that day, Asia/Shanghai); provisional (暂定) where a year's calendar is unpublished."""

    day: str
    provisional: bool = False
    basis: Basis | None = None


class Task(Struct, frozen=True, kw_only=True):
    """One row of the task list 任务清单."""

    id: str
    measure: str
    target: str
    deadline: Deadline
    percent: int
    note: str | None
    evidence: tuple[str, ...]
    done_at: str | None


class Responsibility(Struct, frozen=True, kw_only=True):
    """One row of the responsibility list 责任清单; a superseded one is kept."""

    id: str
    person: str
    part: Literal["lead", "other"]
    since: str
    sign_by: Deadline
    signed_at: str | None
    superseded_at: str | None
    superseded_reason: str | None


class Report(Struct, frozen=True, kw_only=True):
    """One application to close 申请销号; `deadline` is the one in force, `on_time` whether it came by then."""

    at: str
    by: Actor
    note: str
    deadline: Deadline
    on_time: bool


class Check(Struct, frozen=True, kw_only=True):
    """One check 初核/复核 of a report; `body` is the organisation that checked."""

    at: str
    by: Actor
    step: Literal["first", "final"]
    passed: bool
    method: Literal["on_site", "evidence"]
    reason: str | None
    opinion: str | None
    deadline: Deadline | None


class Clock(Struct, frozen=True, kw_only=True):
    """Whose time runs now, since when and until when; `owner` none when nobody's does.

    `body` is a higher body: the one that is asked for help, or that leads since it accepted (`Issue.helper`).
    """

    owner: Literal["none", "issuer", "school", "checker", "body"]
    since: str
    due: Deadline | None
    reason: str


class Closing(Struct, frozen=True, kw_only=True):
    """How it ended; `worked_days` are working days from 交办 to the accepted report without stopped clocks.

    A false closure is reopened and stays visible, with when, by whom and why.
    """

    at: str
    kind: Literal["closed", "stage_completed"]
    by: Actor
    on_time: bool
    worked_days: int
    false_closure: bool = False
    reopened_at: str | None = None
    reopened_by: Actor | None = None
    reopened_reason: str | None = None


class Provenance(Struct, frozen=True, kw_only=True):
    """The row of a table that an issue was imported from: the file's SHA-256, the sheet, the row, the row's SHA-256."""

    file: str
    sheet: str
    row: int
    digest: str


class Assignment(Struct, frozen=True, kw_only=True):
    """任务交办 that an entry is a school's part of; in one act it was given to so many `schools`."""

    id: str
    number: str
    title: str
    schools: int


class Stop(Struct, frozen=True, kw_only=True):
    """Time in which the school's clock stood still: `until` none while it does, `days` the working days it took."""

    since: str
    until: str | None
    reason: Literal["objected", "help_asked"]
    days: int | None


class Objection(Struct, frozen=True, kw_only=True):
    """异议 of the school against an issue, and how the issuing body or one above decided; `state` is the one before."""

    at: str
    by: Actor
    reason: str
    state: Literal["assigned", "acknowledged"]
    decide_by: Deadline
    upheld: bool | None = None
    decided_at: str | None = None
    decided_by: Actor | None = None
    decided_reason: str | None = None


class Help(Struct, frozen=True, kw_only=True):
    """提请上级协调: `body` is asked (the county, the bureau once passed up); accepted, it leads until `deadline`."""

    at: str
    by: Actor
    reason: str
    state: Literal["acknowledged", "planned", "rectifying"]
    body: str
    decide_by: Deadline
    passed_up_at: str | None = None
    passed_up_by: Actor | None = None
    passed_up_reason: str | None = None
    outcome: Literal["accepted", "refused"] | None = None
    decided_at: str | None = None
    decided_by: Actor | None = None
    decided_reason: str | None = None
    deadline: Deadline | None = None


class Extension(Struct, frozen=True, kw_only=True):
    """延期: until which `day` it is asked; `deadline` was in force then, `granted` is the new one.

    One that nobody decided before the report, or before a higher body took the issue over, has lapsed.
    """

    at: str
    by: Actor
    reason: str
    day: str
    deadline: Deadline
    outcome: Literal["granted", "refused", "lapsed"] | None = None
    decided_at: str | None = None
    decided_by: Actor | None = None
    decided_reason: str | None = None
    granted: Deadline | None = None


class Card(Struct, frozen=True, kw_only=True):
    """黄牌 or 红牌: a numbered 督办单 with a deadline and the school's receipt.

    `proposes` is what repeated red cards propose: 约谈 a talk, 通报 a public notice. `outcome`: whether it was met.
    """

    number: str
    colour: Literal["yellow", "red"]
    at: str
    by: Actor
    reason: str
    deadline: Deadline
    proposes: Literal["talk", "notice"] | None = None
    received_at: str | None = None
    received_by: Actor | None = None
    outcome: Literal["met", "unmet"] | None = None
    decided_at: str | None = None
    decided_by: Actor | None = None
    decided_reason: str | None = None


class Urging(Struct, frozen=True, kw_only=True):
    """催办: one click of an officer."""

    at: str
    by: Actor
    note: str | None


class Opinion(Struct, frozen=True, kw_only=True):
    """What the visiting team thinks of the rectification."""

    at: str
    by: Actor
    text: str


class Revision(Struct, frozen=True, kw_only=True):
    """The finding as it read before it was amended (before 交办) or corrected (after it, by the issuing body)."""

    at: str
    by: Actor
    kind: Literal["amended", "corrected"]
    reason: str | None
    description: str
    area: Area
    evidence: tuple[str, ...]
    severity: Severity | None
    mode: Mode | None


class Recount(Struct, frozen=True, kw_only=True):
    """期限重算 of the date in force, once the calendar that it was counted without was published."""

    at: str
    before: Deadline
    after: Deadline


class Issue(Struct, frozen=True, kw_only=True):
    """One row of the issue list 问题清单 with everything that hangs on it: one aggregate, one version.

    `recurs_of` is the closed issue that came back 反弹, `merged_into` the one that this is a double of, `helper` the
    higher body that leads since it accepted to help, `planners` everybody who approved a plan, in force or earlier.
    With an `assignment` it is no issue, but a school's part of a task from above.
    """

    id: str
    number: str | None
    school: str
    state: IssueState
    source: Source
    area: Area
    item: str | None
    checklist: str | None
    visit: str | None
    round: str | None
    team: str | None
    description: str
    evidence: tuple[str, ...]
    severity: Severity | None
    mode: Mode | None
    issuer: str | None
    drafted_by: Actor
    drafted_at: str
    submitted_at: str | None
    assigned_by: Actor | None
    assigned_at: str | None
    deadline: Deadline | None
    acknowledge_by: Deadline | None
    acknowledged_by: Actor | None
    acknowledged_at: str | None
    plan_by: Deadline | None
    planned_by: Actor | None
    planned_at: str | None
    tasks: tuple[Task, ...]
    responsibilities: tuple[Responsibility, ...]
    reports: tuple[Report, ...]
    checks: tuple[Check, ...]
    next_check: Deadline | None
    stages_passed: int
    closings: tuple[Closing, ...]
    withdrawn_reason: str | None
    clock: Clock
    provenance: Provenance | None = None
    recurs_of: str | None = None
    merged_into: str | None = None
    helper: str | None = None
    stops: tuple[Stop, ...] = ()
    objections: tuple[Objection, ...] = ()
    helps: tuple[Help, ...] = ()
    extensions: tuple[Extension, ...] = ()
    cards: tuple[Card, ...] = ()
    urgings: tuple[Urging, ...] = ()
    opinions: tuple[Opinion, ...] = ()
    revisions: tuple[Revision, ...] = ()
    assignment: Assignment | None = None
    planners: tuple[str, ...] = ()
    recounts: tuple[Recount, ...] = ()
    lead_left: str | None = None


class Sent(Struct, frozen=True, kw_only=True):
    """The client's own id and time of what was saved while offline; the server's time stands beside it."""

    id: str
    at: str


class Answer(Struct, frozen=True, kw_only=True):
    """An answer to one checklist item: exactly one of `value`, not applicable 不适用, shared 共用 with a school.

    `version` counts the answers given to this item in this visit.
    """

    item: str
    value: bool | int | str | None
    not_applicable: bool = False
    shared_with: str | None = None
    note: str | None = None
    evidence: tuple[str, ...] = ()
    by: str
    at: str
    version: int = 1
    sent: Sent | None = None


class Correction(Struct, frozen=True, kw_only=True):
    """Answers corrected after submission: the old ones, the old score, who corrected them and why."""

    at: str
    by: Actor
    reason: str
    answers: tuple[Answer, ...]
    score: int | None
    items: tuple[str, ...]


class Feedback(Struct, frozen=True, kw_only=True):
    """现场反馈: who at the school countersigned, remarked on or refused the findings."""

    person: str
    outcome: Literal["countersigned", "remarked", "refused"]
    remark: str | None
    at: str


class Highlight(Struct, frozen=True, kw_only=True):
    """A good practice 亮点 recorded during a visit, with its material."""

    id: str
    text: str
    by: str
    at: str
    sent: Sent | None = None
    evidence: tuple[str, ...] = ()


class SchoolFacts(Struct, frozen=True, kw_only=True):
    """The school as it stood when the visit was submitted: what the answers are to be read against."""

    school: str
    division: str
    level: Literal["high", "vocational", "junior", "primary"]
    locality: str
    organised: Literal["own", "joint", "affiliated"]
    branch: str
    party_members: int
    teachers: int
    principal_pilot: bool


class Visit(Struct, frozen=True, kw_only=True):
    """One visit of a team to a school; `score` is points over applicable weights × 100 in hundredths (0…10000).

    Outside rounds `round` is `<year>-0`: 回头看 `follows` past issues, 抽查 came out of a `draw`, 专项 has a `topic`.
    `corrections` are those after submission, oldest first.
    """

    id: str
    school: str
    round: str
    team: str
    kind: Literal["regular", "follow_up", "spot_check", "special"]
    checklist: str
    day: str
    state: VisitState
    answers: tuple[Answer, ...]
    highlights: tuple[Highlight, ...]
    facts: SchoolFacts | None
    feedback: Feedback | None
    score: int | None
    issues: tuple[str, ...]
    submitted_by: Actor | None
    submitted_at: str | None
    topic: str | None = None
    follows: tuple[str, ...] = ()
    draw: str | None = None
    sent: Sent | None = None
    corrections: tuple[Correction, ...] = ()


class Picture(Struct, frozen=True, kw_only=True):
    """What is shown of a picture and what its camera wrote: pixels; degrees in millionths, south and west negative.

    `taken_at` is the camera's own clock, without a zone; `look` the 64-bit difference hash in hexadecimal, none where
    the picture is too flat to tell anything.
    """

    width: int
    height: int
    look: str | None
    taken_at: str | None
    latitude: int | None
    longitude: int | None


class Form(Struct, frozen=True, kw_only=True):
    """The form that a signed and sealed scan belongs to: `subject` is `visit/<id>` or `issue/<id>`."""

    subject: str
    kind: Literal["feedback", "plan", "responsibility", "report", "card"]


class Evidence(Struct, frozen=True, kw_only=True):
    """One file: its bytes live in the file store under its id, this entry proves what they were.

    Of a picture only a copy made anew is ever shown, `shown_sha256`; the file as it came is kept.
    """

    id: str
    school: str
    sha256: str
    size: int
    media_type: str
    name: str
    by: str
    at: str
    picture: Picture | None = None
    shown_sha256: str | None = None
    form: Form | None = None


class IssueEvent(Struct, frozen=True, kw_only=True):
    """Data of every `inspection.issue.*`, `inspection.task.*` and `inspection.responsibility.*` event."""

    entry: Issue
    cause: Cause
    focus: str | None = None


class VisitEvent(Struct, frozen=True, kw_only=True):
    """Data of every `inspection.visit.*` event."""

    entry: Visit
    cause: Cause


class EvidenceEvent(Struct, frozen=True, kw_only=True):
    """Data of every `inspection.evidence.*` event."""

    entry: Evidence
    cause: Cause


ISSUE_EVENTS = (
    "inspection.issue.drafted.v1",
    "inspection.issue.amended.v1",
    "inspection.issue.submitted.v1",
    "inspection.issue.assigned.v1",
    "inspection.issue.acknowledged.v1",
    "inspection.issue.planned.v1",
    "inspection.issue.replanned.v1",
    "inspection.responsibility.signed.v1",
    "inspection.task.progressed.v1",
    "inspection.issue.reported.v1",
    "inspection.issue.checked.v1",
    "inspection.issue.closed.v1",
    "inspection.issue.stage_passed.v1",
    "inspection.issue.returned.v1",
    "inspection.issue.withdrawn.v1",
    "inspection.issue.reopened.v1",
    "inspection.issue.recounted.v1",
    "inspection.issue.lead_left.v1",
    "inspection.issue.lead_back.v1",
    "inspection.issue.objected.v1",
    "inspection.issue.objection_decided.v1",
    "inspection.issue.help_asked.v1",
    "inspection.issue.help_passed_up.v1",
    "inspection.issue.help_decided.v1",
    "inspection.issue.extension_asked.v1",
    "inspection.issue.extension_decided.v1",
    "inspection.issue.merged.v1",
    "inspection.issue.corrected.v1",
    "inspection.issue.opinion_given.v1",
    "inspection.issue.urged.v1",
    "inspection.issue.card_issued.v1",
    "inspection.issue.card_received.v1",
    "inspection.issue.card_decided.v1",
)
VISIT_EVENTS = (
    "inspection.visit.planned.v1",
    "inspection.visit.answered.v1",
    "inspection.visit.submitted.v1",
    "inspection.visit.cancelled.v1",
    "inspection.visit.rescheduled.v1",
    "inspection.visit.handed_over.v1",
    "inspection.visit.corrected.v1",
)
EVIDENCE_EVENTS = ("inspection.evidence.added.v1",)
