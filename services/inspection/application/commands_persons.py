"""What people send about absences and commitments: every field bounded, nothing unknown accepted."""

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
