"""The reaction to staff moves: an open issue whose lead has left says so, and so asks for a new one."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Protocol

from contracts import roles
from runtime.clock import Clock
from runtime.commands import Call, Commands, Outcome
from runtime.errors import Rejected
from services.inspection.application.act import Act
from services.inspection.application.answering import who_answers
from services.inspection.application.changes import of_school
from services.inspection.application.ports import Loaded, Registry
from services.inspection.domain.actor import Actor
from services.inspection.domain.issue import Issue
from services.inspection.domain.issue_leaving import lead_gone
from services.inspection.domain.moment import Moment

PRINCIPAL: Final = "system:staff"


@dataclass(frozen=True, slots=True)
class News:
    """What the registry told up to its number `seq`: of these persons, and of the structure around these schools."""

    seq: int
    persons: frozenset[str]
    schools: frozenset[str]


class StaffNews(Protocol):
    """The sealed registry from where this reaction has come to."""

    async def next(self) -> News | None:
        """What comes next, a page at most; none where nothing does."""
        ...

    async def reached(self, seq: int) -> None:
        """Everything up to this number was reacted to."""
        ...


class Led(Protocol):
    """Open issues by their lead."""

    async def led(self, persons: Collection[str], schools: Collection[str]) -> list[Loaded[Issue]]:
        """Open issues with a lead in force among these persons, or at these schools."""
        ...


@dataclass(frozen=True, slots=True)
class Leaving:
    """Reacts to each change of staff or structure once; a second process doing the same has no second effect."""

    registry: Registry
    news: StaffNews
    issues: Led
    commands: Commands
    clock: Clock

    async def run(self) -> int:
        """All there is; gives how many issues were changed. Raises `Retryable`."""
        changed = 0
        while news := await self.news.next():
            self.registry.forget()
            told = [await self._told(row) for row in await self.issues.led(news.persons, news.schools)]
            changed += sum(told_now is True for told_now in told)
            if None in told:
                # Somebody changed an issue meanwhile: the next run takes it as it is then.
                return changed
            await self.news.reached(news.seq)
        return changed

    async def _told(self, loaded: Loaded[Issue]) -> bool | None:
        """Whether the issue was changed; none where somebody else came first."""
        issue = loaded.value
        call = Call(PRINCIPAL, f"lead/{issue.id}/{loaded.version}", body_hash="", command="NoticeLead")
        act = Act(call, Moment(self.clock.now(), await self.registry.calendars()))
        site = await self.registry.site(issue.school)
        answers = await who_answers(self.registry, issue, act.moment.day)
        actor = Actor(person=PRINCIPAL, role=roles.ADMINISTRATOR, organisation=site.place.city)
        step = lead_gone(issue, actor, there=answers is not None and answers.why == "lead")
        if step is None:
            return False

        async def handler() -> Outcome:
            return act.changed(of_school("issue", step.issue, loaded.version, step.events, act.cause(actor, step.note)))

        try:
            await self.commands.run(call, handler)
        except Rejected:
            return None
        return True
