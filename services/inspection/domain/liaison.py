"""联系点: a leader linked to a branch goes there, logs it, and brings back what is asked for 诉求.

A request is asked → accepted → replied → rated; the bureau's clock runs from the asking to the reply.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from services.inspection.domain.actor import Actor
from services.inspection.domain.authority import Authority
from services.inspection.domain.issue_asides import Recount
from services.inspection.domain.issue_deadlines import parse_day
from services.inspection.domain.issue_lights import Light, light_by
from services.inspection.domain.issue_rows import Clock
from services.inspection.domain.moment import Moment
from services.inspection.domain.rules_beside import (
    DissatisfactionUnexplained,
    IllegalRequestStep,
    LiaisonInFuture,
    OtherLiaison,
)
from services.inspection.domain.wording import COMMANDS_ZH, REQUEST_STATES_ZH, bounded, required
from services.inspection.domain.workdays import Deadline, add_working_days

Kind = Literal["stationed", "discussion", "visit"]
State = Literal["asked", "accepted", "replied", "rated"]
Rating = Literal["satisfied", "fair", "unsatisfied"]
OFFICE_LENGTH: Final = 60
_LEADER: Final = ("联系该党组织的领导", "the leader linked to the branch")
_BUREAU: Final = ("市教育局机关党委", "a bureau officer")
_SECRETARY: Final = ("书记", "the secretary")


@dataclass(frozen=True, kw_only=True, slots=True)
class Liaison:
    """联系点记录: a leader was at a school of the linked branch on a `day`: 蹲点坐班, 座谈交流 or 走访慰问."""

    id: str
    school: str
    branch: str
    kind: Kind
    day: str
    text: str
    by: Actor
    at: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """诉求: the bureau's to answer by `reply_by`, by the `office` that it names; the school rates the reply."""

    id: str
    number: str
    school: str
    branch: str
    liaison: str
    state: State
    text: str
    asked_by: Actor
    asked_at: str
    reply_by: Deadline
    clock: Clock
    office: str | None = None
    accepted_by: Actor | None = None
    accepted_at: str | None = None
    reply: str | None = None
    replied_by: Actor | None = None
    replied_at: str | None = None
    on_time: bool | None = None
    rating: Rating | None = None
    remark: str | None = None
    rated_by: Actor | None = None
    rated_at: str | None = None
    recounts: tuple[Recount, ...] = ()
    evidence: tuple[str, ...] = ()
    reply_evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestStep:
    """What a command gives: the request after it, its event, in which capacity, and what was said."""

    request: Request
    verb: str
    actor: Actor
    note: str | None = None


def log(
    id: str, kind: Kind, day: str, text: str, authority: Authority, moment: Moment, evidence: tuple[str, ...] = ()
) -> Liaison:
    """记录: by the leader linked to the school's branch, of a day that was."""
    actor = authority.above("log_liaison", _LEADER, authority.liaison_leader())
    if parse_day(day) > moment.day:
        raise LiaisonInFuture
    told = required(text, moment.terms.description_length, "联系记录", "log")
    place = authority.place
    return Liaison(
        id=id,
        school=place.school,
        branch=place.branch,
        kind=kind,
        day=day,
        text=told,
        by=actor,
        at=moment.text,
        evidence=evidence,
    )


def ask(
    id: str, number: str, text: str, liaison: Liaison, authority: Authority, moment: Moment,
    evidence: tuple[str, ...] = (),
) -> RequestStep:  # fmt: skip
    """提出诉求, out of what was logged, by the leader who logged it."""
    actor = authority.above("ask_request", _LEADER, authority.liaison_leader())
    if liaison.by.person != authority.person:
        raise OtherLiaison
    due = moment.due(moment.terms.request_reply_days, "request_reply")
    asked = Request(
        id=id, number=number, school=liaison.school, branch=liaison.branch, liaison=liaison.id, state="asked",
        text=required(text, moment.terms.description_length, "诉求", "request"),
        asked_by=actor, asked_at=moment.text, reply_by=due,
        clock=Clock(owner="body", since=moment.text, due=due, reason="asked"), evidence=evidence,
    )  # fmt: skip
    return RequestStep(asked, "asked", actor)


def accept(request: Request, authority: Authority, moment: Moment, office: str) -> RequestStep:
    """受理: asked → accepted; the bureau names the office that owns it from now on."""
    _expect(request, "accept_request", "asked")
    actor = authority.above("accept_request", _BUREAU, authority.bureau_officer())
    owner = required(office, OFFICE_LENGTH, "承办科室", "office")
    accepted = replace(request, state="accepted", office=owner, accepted_by=actor, accepted_at=moment.text)
    return RequestStep(accepted, "accepted", actor, owner)


def reply(
    request: Request, authority: Authority, moment: Moment, text: str, evidence: tuple[str, ...] = ()
) -> RequestStep:
    """答复: accepted → replied; the bureau's clock stops."""
    _expect(request, "reply_request", "accepted")
    actor = authority.above("reply_request", _BUREAU, authority.bureau_officer())
    replied = replace(
        request,
        state="replied",
        reply=required(text, moment.terms.description_length, "答复", "reply"),
        reply_evidence=evidence,
        replied_by=actor,
        replied_at=moment.text,
        on_time=moment.day.isoformat() <= request.reply_by.day,
        clock=Clock(owner="school", since=moment.text, due=None, reason="replied"),
    )
    return RequestStep(replied, "replied", actor)


def rate(request: Request, authority: Authority, moment: Moment, rating: Rating, remark: str | None) -> RequestStep:
    """评价: replied → rated, by the school; who is not satisfied says why."""
    _expect(request, "rate_request", "replied")
    actor = authority.within("rate_request", _SECRETARY, authority.secretary())
    told = bounded(remark, moment.terms.note_length, "评价意见", "remark")
    if rating == "unsatisfied" and told is None:
        raise DissatisfactionUnexplained
    rated = replace(
        request,
        state="rated",
        rating=rating,
        remark=told,
        rated_by=actor,
        rated_at=moment.text,
        clock=Clock(owner="none", since=moment.text, due=None, reason="rated"),
    )
    return RequestStep(rated, "rated", actor, told)


def recount(request: Request, actor: Actor, moment: Moment) -> RequestStep | None:
    """期限重算: a provisional day to reply, by today's calendars; none where nothing can be said yet.

    The number of working days stays what it was, from the same day on; what was replied stays as it was.
    """
    old, basis = request.reply_by, request.reply_by.basis
    if request.clock.owner != "body" or not old.provisional or basis is None or basis.working_days is None:
        return None
    start = date.fromisoformat(basis.day_zero)
    if not moment.calendars.knows(start, date.fromisoformat(old.day)):
        return None
    new = replace(add_working_days(start, basis.working_days, moment.calendars), basis=basis)
    told = (*request.recounts, Recount(at=moment.text, before=old, after=new))
    again = replace(request, reply_by=new, clock=replace(request.clock, due=new), recounts=told)
    note = f"工作日历公布，答复期限重算为{new.day} / the calendar was published, the day to reply is {new.day}"
    return RequestStep(again, "recounted", actor, note)


def request_light(request: Request, moment: Moment) -> Light | None:
    """绿黄红 of what is to be answered; none once it is."""
    return light_by(request.reply_by.day, moment) if request.clock.owner == "body" else None


def _expect(request: Request, command: str, state: State) -> None:
    if request.state != state:
        told = REQUEST_STATES_ZH[request.state]
        raise IllegalRequestStep(
            state=request.state, state_zh=told, command_zh=COMMANDS_ZH[command], command_en=command
        )
