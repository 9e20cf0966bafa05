"""Who calls, and what they were granted."""

from dataclasses import dataclass
from typing import Final, Literal

SERVICE_PREFIX: Final = "service:"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: a person by id, or a service as `service:<name>`."""

    subject: str
    kind: Literal["person", "service"]

    @classmethod
    def of(cls, subject: str) -> "Principal":
        """The principal a token's `sub` names."""
        return cls(subject, "service" if subject.startswith(SERVICE_PREFIX) else "person")


@dataclass(frozen=True, slots=True)
class Grant:
    """A role at an organisation, both by their ids."""

    role: str
    organisation: str
