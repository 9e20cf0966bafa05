"""The reaction to a published calendar: provisional dates of open issues are counted anew, each as an event."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from contracts import roles
from runtime.clock import Clock, from_micros, to_text
from runtime.commands import Call, Commands, Outcome
from runtime.errors import Rejected
from services.inspection.application.act import Act
from services.inspection.application.changes import of_school
from services.inspection.application.ports import Loaded, Registry
from services.inspection.domain.actor import Actor
from services.inspection.domain.issue import Issue
from services.inspection.domain.issue_recalendar import Knowledge, recount
from services.inspection.domain.moment import Moment
from services.inspection.domain.registry import Calendar
from services.inspection.domain.workdays import Calendars

PRINCIPAL: Final = "system:calendar"
AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Landing:
    """A calendar came, or came anew: when (microseconds since 1970), and what it says."""

    at: int
    calendar: Calendar


class Past(Protocol):
    """What the ledger remembers of calendars and recounts."""

    async def landings(self) -> Sequence[Landing]:
        """Every calendar that was published, earliest first."""
        ...

    async def last_recount(self, issue: str) -> str:
        """When that issue was last recounted, RFC 3339; empty for never."""
        ...


class Provisional(Protocol):
    """Issues whose dates are not firm."""

    async def provisional(self, after: str | None, limit: int) -> list[Loaded[Issue]]:
        """Open issues with a provisional date, by id, beyond `after`."""
        ...


def knowledge_of(landings: Sequence[Landing], division: str, today: Calendars) -> Knowledge:
    """What was known when, as it counts in a division by its holidays of today."""
    known: dict[int, Calendar] = {}
    found: list[tuple[str, Calendars]] = []
    for landing in landings:
        known[landing.calendar.year] = landing.calendar
        years = Calendars.of((c.year, c.days_off, c.days_worked) for c in known.values())
        with_holidays = Calendars(years.known, years.days_off, years.days_worked, today.holidays)
        found.append((to_text(from_micros(landing.at)), with_holidays.of_division(division)))
    return Knowledge(found)


@dataclass(frozen=True, slots=True)
class Recounting:
    """Counts anew what can be; a second process doing the same has no second effect."""

    registry: Registry
    issues: Provisional
    past: Past
    commands: Commands
    clock: Clock

    async def run(self) -> int:
        """All of them; gives how many issues were changed. Raises `Retryable`."""
        landings = await self.past.landings()
        changed, after = 0, None
        while page := await self.issues.provisional(after, AT_ONCE):
            for loaded in page:
                changed += await self._recount(loaded, landings)
            after = page[-1].value.id
        return changed

    async def _recount(self, loaded: Loaded[Issue], landings: Sequence[Landing]) -> bool:
        # One key for one version: whoever comes second finds the first one's commit, or the issue changed since.
        key = f"recount/{loaded.value.id}/{loaded.version}"
        call = Call(PRINCIPAL, key, body_hash="", command="RecountDeadlines")
        site = await self.registry.site(loaded.value.school)
        division = site.division.id
        today = await self.registry.calendars()
        moment = Moment(self.clock.now(), today).of_division(division)
        act = Act(call, moment)
        actor = Actor(person=PRINCIPAL, role=roles.ADMINISTRATOR, organisation=site.place.city)
        counted_at = await self.past.last_recount(loaded.value.id)
        step = recount(loaded.value, actor, moment, knowledge_of(landings, division, today), counted_at)
        if step is None:
            return False

        async def handler() -> Outcome:
            change = of_school("issue", step.issue, loaded.version, step.events, act.cause(actor, step.note))
            return act.changed(change)

        try:
            await self.commands.run(call, handler)
        except Rejected:
            # Somebody changed the issue meanwhile: the next run takes it as it is then.
            return False
        return True
