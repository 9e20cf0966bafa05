"""What people send about absences and commitments: every field bounded, nothing unknown accepted."""

from typing import Annotated, Literal

from pydantic import Field

from services.inspection.application.commands import Command, Day, Id, Line


class DeclareAbsence(Command):
    """外出: of oneself, or of a secretary of the county or the city (`person`)."""

    person: Id | None = None
    starts: Day
    ends: Day
    reason: Line


class EndAbsence(Command):
    """结束外出: back, or not going after all."""

    note: Line | None = None


class ProposeCommitment(Command):
    """责任书 for a person, or a post claimed 业务示范岗/党员先锋岗."""

    person: Id
    school: Id
    year: Annotated[int, Field(ge=2000, le=2100)]
    kind: Literal["teaching_letter", "integrity_letter", "model_post", "vanguard_post"]
    title: Line


class RetireCommitment(Command):
    """撤下, and why."""

    reason: Line
