"""The alert: raised once, read and acknowledged by the one person it is for."""

from dataclasses import dataclass, replace


class NothingToAcknowledgeError(Exception):
    """Rule: only an alert that asks for an acknowledgement can be acknowledged."""

    code = "acknowledgement-not-asked"
    zh = "该提醒无需签收确认"
    en = "this alert does not ask for an acknowledgement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert to one person; instants are RFC 3339 in UTC with microseconds, `registry` as of which it was raised."""

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
    read_at: str | None = None
    acknowledged_at: str | None = None
    source: str | None = None
    registry: int | None = None

    def read(self, at: str) -> "AlertRead | None":
        """The person has seen it; None if that is known already."""
        if self.read_at is not None:
            return None
        return AlertRead(replace(self, read_at=at))

    def acknowledge(self, at: str) -> "AlertAcknowledged | None":
        """They confirm it, so have seen it; None if confirmed already. Raises `NothingToAcknowledgeError`."""
        if not self.must_acknowledge:
            raise NothingToAcknowledgeError
        if self.acknowledged_at is not None:
            return None
        return AlertAcknowledged(replace(self, read_at=self.read_at or at, acknowledged_at=at))


@dataclass(frozen=True, slots=True)
class AlertRaised:
    """An alert came into being; `alert` is its state after that."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class AlertRead:
    """The person saw it; `alert` is its state after that."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class AlertAcknowledged:
    """The person confirmed it; `alert` is its state after that."""

    alert: Alert


AlertEvent = AlertRaised | AlertRead | AlertAcknowledged
