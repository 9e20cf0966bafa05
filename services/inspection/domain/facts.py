"""The school as it stood when the visit was submitted."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class SchoolFacts:
    """What the answers of a visit are to be read against."""

    school: str
    division: str
    level: Literal["high", "vocational", "junior", "primary"]
    locality: str
    organised: Literal["own", "joint", "affiliated"]
    branch: str
    party_members: int
    teachers: int
    principal_pilot: bool
