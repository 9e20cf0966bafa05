"""Events of the lists ledger about contact points 联系点: what linked leaders log, and what is asked for there 诉求."""

from typing import Literal

from msgspec import Struct

from contracts.cause import Actor, Cause
from contracts.lists import Clock, Deadline, Recount

LiaisonKind = Literal["stationed", "discussion", "visit"]
RequestState = Literal["asked", "accepted", "replied", "rated"]
Rating = Literal["satisfied", "fair", "unsatisfied"]


class Liaison(Struct, frozen=True, kw_only=True):
    """联系点记录: a leader was at a school of the linked branch on a `day`: 蹲点坐班, 座谈交流 or 走访慰问."""

    id: str
    school: str
    branch: str
    kind: LiaisonKind
    day: str
    text: str
    by: Actor
    at: str
    evidence: tuple[str, ...] = ()


class Request(Struct, frozen=True, kw_only=True):
    """诉求 brought back by a linked leader: the bureau's to answer by `reply_by`, by its `office`; the school rates."""

    id: str
    number: str
    school: str
    branch: str
    liaison: str
    state: RequestState
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


class LiaisonEvent(Struct, frozen=True, kw_only=True):
    """Data of every `inspection.liaison.*` event."""

    entry: Liaison
    cause: Cause


class RequestEvent(Struct, frozen=True, kw_only=True):
    """Data of every `inspection.request.*` event."""

    entry: Request
    cause: Cause


LIAISON_EVENTS = ("inspection.liaison.logged.v1",)
REQUEST_EVENTS = (
    "inspection.request.asked.v1",
    "inspection.request.accepted.v1",
    "inspection.request.replied.v1",
    "inspection.request.rated.v1",
    "inspection.request.recounted.v1",
)
