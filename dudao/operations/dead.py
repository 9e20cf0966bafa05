"""`dudao dead`: events that a service could not apply."""

import re
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from dudao.operations.door import At, opened

SERVICES: Final = ("notification", "reporting")
_PLACE: Final = re.compile(r"([a-z]{1,20})/(\d{1,4})/(\d{1,12})")
_PAGE: Final = 200


class NoSuchPlaceError(Exception):
    """What was given names no place in a ledger."""


def path_of(service: str, place: str) -> str:
    """The path of `lists/9/7`, with or without zeros in front, at a service; raises `NoSuchPlaceError`."""
    found = _PLACE.fullmatch(place)
    if service not in SERVICES or found is None:
        raise NoSuchPlaceError(
            f"{service} {place}：应为服务名和“账本/链/序号” / one of {', '.join(SERVICES)}, and ledger/stream/number"
        )
    ledger, stream, seq = found.groups()
    return f"/v1/{service}/dead-events/{ledger}/{int(stream)}/{int(seq)}"


async def listed(at: At, services: tuple[str, ...], state: str | None, ledger: str | None) -> list[dict[str, Any]]:
    """Every row, each with its service; raises `RefusedError`, `UnreachableError`, `SignInError`."""
    wanted = {name: value for name, value in (("state", state), ("ledger", ledger)) if value is not None}
    rows: list[dict[str, Any]] = []
    async with opened(at) as door:
        for service in services:
            cursor: dict[str, str] = {}
            while True:
                page = await door.get(service, f"/v1/{service}/dead-events", limit=_PAGE, **wanted, **cursor)
                rows += [{"service": service, **row} for row in page["items"]]
                if page["next"] is None:
                    break
                cursor = {"cursor": page["next"]}
    return rows


async def shown(at: At, service: str, place: str) -> dict[str, Any]:
    """One in full; raises as `listed`, and `NoSuchPlaceError`."""
    path = path_of(service, place)
    async with opened(at) as door:
        return await door.get(service, path)


async def acted(at: At, service: str, place: str, verb: str, reason: str | None) -> dict[str, Any]:
    """Retry or discard it; what that came to. Raises as `shown`."""
    path = path_of(service, place)
    async with opened(at) as door:
        return await door.post(service, f"{path}/{verb}", {} if reason is None else {"reason": reason})


def table_of(rows: list[dict[str, Any]], console: Console) -> None:
    """For people."""
    if not rows:
        console.print("没有 / none")
        return
    # The first column is what `show`, `retry` and `discard` take: to be copied, never to be folded.
    whole = Column("服务 位置 / place", no_wrap=True)
    table = Table(whole, "状态 / state", "事件 / event", "原因 / reason", "其后 / behind")
    for row in rows:
        place = f"{row['service']} {row['ledger']}/{row['stream']}/{row['seq']}"
        why = row["discarded_for"] or row["reason"]
        table.add_row(place, row["state"], f"{row['type']} {row['subject']}", escape(why), str(row["behind"] or ""))
    console.print(table)
