"""Alerts as they are answered: the contract's shape with the version."""

from dataclasses import asdict

from msgspec import Struct

from contracts.alerts import Alert as WireAlert
from services.notification.application.ports import Counts, LoadedAlert


class AlertView(WireAlert, frozen=True, kw_only=True):
    """An alert and the version of its state."""

    version: int


class CountsView(Struct, frozen=True, kw_only=True):
    """How many alerts of the whole inbox wait for an eye or a confirmation."""

    unread: int
    to_acknowledge: int


class InboxView(Struct, frozen=True, kw_only=True):
    """A page of a person's own alerts, newest first."""

    items: list[AlertView]
    next: str | None
    counts: CountsView


class AlertsView(Struct, frozen=True, kw_only=True):
    """A page of alerts within an officer's sight, newest first."""

    items: list[AlertView]
    next: str | None


def view(loaded: LoadedAlert) -> AlertView:
    """The alert as it is answered."""
    return AlertView(**asdict(loaded.alert), version=loaded.version)


def counts_view(counts: Counts) -> CountsView:
    """The counts as they are answered."""
    return CountsView(unread=counts.unread, to_acknowledge=counts.to_acknowledge)
