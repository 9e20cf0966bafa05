"""The one source of time. Everything else takes an instant or a `Clock` as an argument."""

from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Clock(Protocol):
    """Tells the instant, aware and in UTC."""

    def now(self) -> datetime:
        """Now, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Now, aware, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, instant: datetime) -> None:
        self._instant = instant.astimezone(UTC)

    def now(self) -> datetime:
        """The instant it was set to."""
        return self._instant

    def advance(self, by: timedelta) -> None:
        """Move it on."""
        self._instant += by


def to_micros(instant: datetime) -> int:
    """Microseconds since 1970-01-01T00:00:00Z; exact, since a BSON date keeps milliseconds only."""
    return (instant - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The instant of so many microseconds since 1970-01-01T00:00:00Z."""
    return _EPOCH + timedelta(microseconds=micros)


def to_text(instant: datetime) -> str:
    """RFC 3339 in UTC with six decimals and `Z`: sorts as text like the instant itself."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_text(text: str) -> datetime:
    """The instant of an RFC 3339 text; raises `ValueError` on anything else or without an offset."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"no UTC offset in {text!r}")
    return instant.astimezone(UTC)


def shanghai_day(instant: datetime) -> date:
    """The calendar day of an instant in China."""
    return instant.astimezone(SHANGHAI).date()
