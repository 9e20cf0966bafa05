"""Why an entry changed: carried in every event beside the entry's full state."""

from msgspec import Struct


class Actor(Struct, frozen=True, kw_only=True):
    """Who acted, and in which capacity. Never a phone number or an address.

    `acting_for` is the secretary who was away 外出 while this deputy acted.
    """

    person: str
    role: str
    organisation: str
    acting_for: str | None = None


class Cause(Struct, frozen=True, kw_only=True):
    """The command behind a change; `at` is RFC 3339 in UTC with microseconds, `note` the reason a person gave."""

    command: str
    request: str
    actor: Actor
    at: str
    note: str | None = None
