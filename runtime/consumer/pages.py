"""Reads ahead: the next page is on its way while this one is applied."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from runtime.consumer.ports import Owner
from runtime.ledger.model import Entry
from runtime.ledger.read import MAX_LIMIT


@dataclass(frozen=True, slots=True)
class Missing:
    """What is wanted of a stream: everything above `after` up to and including `upto`."""

    stream: int
    after: int
    upto: int


async def pages(owner: Owner, wanted: Sequence[Missing]) -> AsyncGenerator[tuple[int, list[Entry]], None]:
    """(stream, entries) page by page, streams one after the other, each as far as the owner has it.

    Close it (`contextlib.aclosing`) when leaving early. Raises what the owner raises.
    """
    queue = list(reversed(wanted))
    ahead = _ask(owner, queue[-1]) if queue else None
    try:
        while ahead is not None:
            page = await ahead
            missing = queue.pop()
            if page and page[-1].seq < missing.upto:
                queue.append(Missing(missing.stream, page[-1].seq, missing.upto))
            ahead = _ask(owner, queue[-1]) if queue else None
            if page:
                yield missing.stream, page
    finally:
        if ahead is not None:
            # Let it end: cancelling a request under way spoils httpx's pool. Nobody wants its answer or error.
            await asyncio.gather(ahead, return_exceptions=True)


def _ask(owner: Owner, missing: Missing) -> "asyncio.Task[list[Entry]]":
    limit = min(MAX_LIMIT, missing.upto - missing.after)
    return asyncio.create_task(owner.entries(missing.stream, missing.after, limit))
