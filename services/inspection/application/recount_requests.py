"""The reaction to a published calendar, for requests 诉求: provisional days to reply are counted anew, as events."""

from dataclasses import dataclass
from typing import Final, Protocol

from contracts import roles
from runtime.clock import Clock
from runtime.commands import Call, Commands, Outcome
from runtime.errors import Rejected
from services.inspection.application.act import Act
from services.inspection.application.changes import of_school
from services.inspection.application.ports import Loaded, Registry
from services.inspection.application.recount import AT_ONCE, PRINCIPAL
from services.inspection.domain.actor import Actor
from services.inspection.domain.liaison import Request, recount
from services.inspection.domain.moment import Moment

COMMAND: Final = "RecountReplyBy"


class ProvisionalRequests(Protocol):
    """Requests whose day to reply is not firm."""

    async def provisional(self, after: str | None, limit: int) -> list[Loaded[Request]]:
        """Those that the bureau has not replied to, by id, beyond `after`."""
        ...


@dataclass(frozen=True, slots=True)
class RecountingRequests:
    """Counts anew what can be; a second process doing the same has no second effect."""

    registry: Registry
    requests: ProvisionalRequests
    commands: Commands
    clock: Clock

    async def run(self) -> int:
        """All of them; gives how many requests were changed. Raises `Retryable`."""
        changed, after = 0, None
        while page := await self.requests.provisional(after, AT_ONCE):
            for loaded in page:
                changed += await self._recount(loaded)
            after = page[-1].value.id
        return changed

    async def _recount(self, loaded: Loaded[Request]) -> bool:
        call = Call(PRINCIPAL, f"recount/{loaded.value.id}/{loaded.version}", body_hash="", command=COMMAND)
        site = await self.registry.site(loaded.value.school)
        moment = Moment(self.clock.now(), await self.registry.calendars()).of_division(site.division.id)
        act = Act(call, moment)
        actor = Actor(person=PRINCIPAL, role=roles.ADMINISTRATOR, organisation=site.place.city)
        step = recount(loaded.value, actor, moment)
        if step is None:
            return False

        async def handler() -> Outcome:
            verbs = ((f"inspection.request.{step.verb}.v1", None),)
            cause = act.cause(actor, step.note)
            return act.changed(of_school("request", step.request, loaded.version, verbs, cause))

        try:
            await self.commands.run(call, handler)
        except Rejected:
            # Somebody changed the request meanwhile: the next run takes it as it is then.
            return False
        return True
