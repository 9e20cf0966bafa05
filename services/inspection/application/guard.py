"""Turns the domain's named rules into refusals, once."""

from collections.abc import Awaitable, Callable
from typing import Final

from runtime.commands import Outcome
from runtime.errors import Rejected
from services.inspection.domain.rules import Broken

STATUS: Final = {"forbidden": 403, "state": 409, "input": 422, "changed": 412}


def rejected(rule: Broken) -> Rejected:
    """The refusal that names the broken rule in both languages."""
    return Rejected(rule.code, rule.text_zh, rule.text_en, STATUS[rule.kind], **rule.detail)


def guarded(handler: Callable[[], Awaitable[Outcome]]) -> Callable[[], Awaitable[Outcome]]:
    """The handler, refusing where it broke a rule."""

    async def run() -> Outcome:
        try:
            return await handler()
        except Broken as rule:
            raise rejected(rule) from rule

    return run
