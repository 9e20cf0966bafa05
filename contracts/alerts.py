"""Events of the alerts ledger, owned by notification."""

from typing import Literal

from msgspec import Struct

from contracts.cause import Cause


class Alert(Struct, frozen=True, kw_only=True):
    """One alert to one person. `id` is derived from (event, rule, person): the same facts give the same alert.

    `registry` is the number that its event was sealed with: by that structure recipients were found, and it counts.
    """

    id: str
    rule: str
    person: str
    school: str
    event: str
    subject: str
    title: str
    text: str
    must_acknowledge: bool
    raised_at: str
    read_at: str | None
    acknowledged_at: str | None
    source: str | None
    registry: int | None = None


class AlertEvent(Struct, frozen=True, kw_only=True):
    """Data of every `notification.alert.*` event."""

    entry: Alert
    cause: Cause


ALERT_EVENTS = (
    "notification.alert.raised.v1",
    "notification.alert.read.v1",
    "notification.alert.acknowledged.v1",
)

Rule = Literal[
    "assigned", "returned", "reopened", "withdrawn", "submitted", "reported", "checked", "to_sign", "closed",
    "objected", "objection_decided", "help_asked", "help_decided", "extension_asked", "extension_decided", "urged",
    "card_issued", "card_decided", "recounted", "lead_left",
]  # fmt: skip
