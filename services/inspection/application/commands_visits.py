"""Commands of visits that several people send, on site and offline."""

from typing import Annotated

from pydantic import Field

from services.inspection.application.commands import AnswerItems, Command, GivenAnswer, SentBy, Text


class SavedAnswer(GivenAnswer):
    """An answer, the version of this item's answer that was seen (0: none yet), and when it was saved offline."""

    seen: Annotated[int, Field(ge=0, le=100_000)] | None = None
    sent: SentBy | None = None


class SaveItems(AnswerItems):
    """Answers to some of the items; others stay as they are."""

    answers: Annotated[tuple[SavedAnswer, ...], Field(min_length=1, max_length=200)]


class CorrectVisit(Command):
    """Answers corrected after submission, with the reason; the old ones are kept."""

    answers: Annotated[tuple[GivenAnswer, ...], Field(min_length=1, max_length=200)]
    reason: Text
