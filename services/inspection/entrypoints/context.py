"""What every command of this service's HTTP side needs, gathered once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Request
from starlette.responses import Response

from contracts.ledgers import REGISTRY
from runtime.clock import Clock
from runtime.commands import Call, Commands, Outcome
from runtime.http.gate import Caller
from runtime.http.headers import BodyHash, IdempotencyKey, IfMatch, OptionalIfMatch, TraceParent, json_response, respond
from services.inspection.application.act import Act
from services.inspection.application.guard import guarded, rejected
from services.inspection.application.lighting import Lighting
from services.inspection.application.ports import Ports
from services.inspection.application.reading import Reading
from services.inspection.application.searching import Search
from services.inspection.application.todo import Waiting
from services.inspection.domain.moment import Moment
from services.inspection.domain.rules import Broken

Handler = Callable[[Ports, Act], Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Service:
    """The parts that the routes use; made by the composition root."""

    ports: Ports
    reading: Reading
    search: Search
    waiting: Waiting
    commands: Commands
    clock: Clock

    async def now(self) -> Moment:
        """This instant, with the calendars and terms in force."""
        registry = self.ports.registry
        return Moment(self.clock.now(), await registry.calendars(), await registry.terms())

    @property
    def lighting(self) -> Lighting:
        """Lights and explanations as of now."""
        return Lighting(self.ports.registry, self.clock)


async def service_of(request: Request) -> Service:
    """This application's parts."""
    found: Service = request.app.state.service
    return found


Parts = Annotated[Service, Depends(service_of)]


@dataclass(frozen=True, slots=True)
class Command:
    """One command on its way in: who sends it, under which key, having seen what."""

    service: Service
    principal: str
    key: str
    body_hash: str
    traceparent: str
    if_match: int | None

    async def named(self, name: str, handler: Handler) -> Response:
        """Carry it out under this name, and answer."""
        call = Call(self.principal, self.key, self.body_hash, name, self.if_match, self.traceparent)
        ports = self.service.ports
        changed: set[str] = set()

        async def attempt() -> Outcome:
            act = Act(call, await self.service.now())
            outcome = await handler(ports, act)
            changed.update(change.ledger for change in outcome.changes)
            return outcome

        answer = await self.service.commands.run(call, guarded(attempt))
        if REGISTRY.name in changed:
            ports.registry.forget()
        return respond(answer)


@dataclass(frozen=True, slots=True)
class Check:
    """A question put like a command, that changes nothing: what would come of it."""

    service: Service
    principal: str

    async def told(self, question: Callable[[Ports, Act], Awaitable[object]]) -> Response:
        """The answer; a broken rule refuses it as it would the command."""
        act = Act(Call(self.principal, "", "", "Check"), await self.service.now())
        try:
            return json_response(await question(self.service.ports, act))
        except Broken as rule:
            raise rejected(rule) from rule


async def check(service: Parts, caller: Caller) -> Check:
    """Needs no key: nothing is changed."""
    return Check(service, caller.subject)


async def new_command(
    service: Parts, caller: Caller, key: IdempotencyKey, body: BodyHash, trace: TraceParent
) -> Command:
    """A command that makes something, or asks for no version."""
    return Command(service, caller.subject, key, body, trace, None)


async def versioned_command(
    service: Parts, caller: Caller, key: IdempotencyKey, body: BodyHash, trace: TraceParent, seen: IfMatch
) -> Command:
    """A command on an entry: the caller must say which version they saw."""
    return Command(service, caller.subject, key, body, trace, seen)


async def additive_command(
    service: Parts, caller: Caller, key: IdempotencyKey, body: BodyHash, trace: TraceParent, seen: OptionalIfMatch
) -> Command:
    """A command that adds to an entry without overwriting: the version seen may be told."""
    return Command(service, caller.subject, key, body, trace, seen)


Checked = Annotated[Check, Depends(check)]
New = Annotated[Command, Depends(new_command)]
Versioned = Annotated[Command, Depends(versioned_command)]
Additive = Annotated[Command, Depends(additive_command)]


def with_version(value: object, version: int) -> dict[str, Any]:
    """An entry as it is answered: its state and its version."""
    state: dict[str, Any] = msgspec.to_builtins(value)
    return {**state, "version": version}
