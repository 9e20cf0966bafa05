"""What people send about an issue beside its straight way: every field bounded, nothing unknown accepted."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.lists import Area, Mode, Severity
from services.inspection.application.commands import Command, Day, Files, Id, Text

Version = Annotated[int, Field(ge=1)]
MOST_AT_ONCE = 100


class ObjectToIssue(Command):
    """异议."""

    reason: Text


class DecideObjection(Command):
    """复核异议: upheld, the issue is withdrawn."""

    upheld: bool
    reason: Text


class AskForHelp(Command):
    """提请上级协调: why the school cannot."""

    reason: Text


class PassHelpUp(Command):
    """转请市教育局."""

    reason: Text


class DecideHelp(Command):
    """受理, with a deadline of the body's own (suggested when none is given), or not."""

    accepted: bool
    reason: Text
    deadline: Day | None = None


class AskForExtension(Command):
    """申请延期 until a day."""

    day: Day
    reason: Text


class DecideExtension(Command):
    """准予, until the day that was asked for or another, or not."""

    granted: bool
    reason: Text
    day: Day | None = None


class MergeIssue(Command):
    """合并: this is a double of another issue of the same school."""

    into: Id


class CorrectIssue(Command):
    """更正 of a mistaken finding after 交办."""

    reason: Text
    description: Text | None = None
    area: Area | None = None
    evidence: Files | None = None


class GiveOpinion(Command):
    """督导组意见."""

    text: Text


class UrgeIssue(Command):
    """催办: one click, and a word if one wants."""

    note: Text | None = None


class IssueCard(Command):
    """黄牌 or 红牌: a 督办单 with a deadline."""

    colour: Literal["yellow", "red"]
    reason: Text
    deadline: Day


class DecideCard(Command):
    """办结督办单."""

    met: bool
    reason: Text


class OneAssigned(Command):
    """One of many that are assigned in one act, at the version that was seen."""

    issue: Id
    version: Version
    severity: Severity
    mode: Mode
    deadline: Day | None = None
    recurs_of: Id | None = None


class OneMerged(Command):
    """One double among them: `into` is assigned in the same act, or was before."""

    issue: Id
    version: Version
    into: Id


class AssignIssues(Command):
    """交办 of many in one act: all of them or none."""

    assigned: Annotated[tuple[OneAssigned, ...], Field(min_length=1, max_length=MOST_AT_ONCE)]
    merged: Annotated[tuple[OneMerged, ...], Field(max_length=MOST_AT_ONCE)] = ()
