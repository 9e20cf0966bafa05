"""`dudao import` and `dudao calendar`: files into the running system, by its administrator."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from dudao.city import CityFileError, read_calendar
from dudao.client.api import Act, Api, Upload
from dudao.client.record import Record
from dudao.client.sign_in import Account, SignIns
from dudao.folder import Addresses, Folder

_PATIENCE = 30.0
TABLES: Final = ("divisions", "branches", "schools", "people", "grants", "venues", "holidays")
CarryOut = Callable[[Api, str], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Target:
    """The system of a data folder, and the administrator who imports."""

    data: Path
    username: str
    password: str

    def __repr__(self) -> str:
        """Without the password."""
        return f"Target({self.data}, {self.username!r})"


def read_tables(source: Path) -> tuple[Upload, ...]:
    """A workbook, a CSV file, or the CSV files of a folder that are called after what they hold; `CityFileError`."""
    paths = [source] if source.is_file() else [path for name in TABLES if (path := source / f"{name}.csv").is_file()]
    if not paths:
        raise CityFileError(f"{source}：没有可导入的表格 / no table to import: a file, or {', '.join(TABLES)} as CSV")
    try:
        return tuple(Upload({}, path.name, path.read_bytes(), "application/octet-stream") for path in paths)
    except OSError as error:
        raise CityFileError(f"{source}：无法读取 / cannot be read: {error.strerror}") from error


def import_tables(source: Path, target: Target) -> dict[str, int]:
    """Rows changed by kind; all or nothing. Raises `CityFileError`, `RefusedError`, `UnreachableError`.

    First looked at by the running system; whatever is wrong is told with the cells.
    """
    files = read_tables(source)

    async def carry_out(api: Api, person: str) -> dict[str, Any]:
        seen = await api.stage(person, "/v1/registry/tables", files)
        if not seen["ready"]:
            raise CityFileError(wrong_cells(seen))
        act = Act(person, f"/v1/registry/tables/{seen['id']}/activate", None, f"import-{secrets.token_hex(8)}")
        return (await api.act(act, kept=lambda body: any(body["changed"].values()))).body

    changed: dict[str, int] = _by(target, carry_out)["changed"]
    return changed


def wrong_cells(seen: dict[str, Any]) -> str:
    """The errors of a preview, one a line, and how many more there are."""
    lines = [f"{error['cell'] or '—'}  {error['zh']} / {error['en']}" for error in seen["errors"]]
    more = seen["error_count"] - len(lines)
    return "\n".join([*lines, *([f"… +{more}"] if more else [])])


def publish_calendar(file: Path, target: Target, reason: str | None) -> int:
    """The version of the year's calendar afterwards; a file as under `data/calendars`. Raises as `import_tables`."""
    calendar = read_calendar(file)
    body = {name: getattr(calendar, name) for name in ("year", "days_off", "days_worked", "source")}

    async def carry_out(api: Api, person: str) -> dict[str, Any]:
        known = await api.list(person, "inspection", "/v1/calendars")
        before = next((int(one["version"]) for one in known if one["year"] == calendar.year), 0)
        told = body | ({"reason": reason} if reason else {})
        act = Act(person, "/v1/calendars", told, f"calendar-{secrets.token_hex(8)}")
        return (await api.act(act, kept=lambda answer: int(answer["version"]) > before)).body

    return int(_by(target, carry_out)["version"])


def _by(target: Target, carry_out: CarryOut) -> dict[str, Any]:
    folder = Folder(target.data)
    addresses = folder.addresses
    if addresses is None:
        raise CityFileError(f"{target.data} 没有运行过系统 / no system ever ran there")
    return asyncio.run(_signed_in(folder, addresses, target, carry_out))


async def _signed_in(folder: Folder, addresses: Addresses, target: Target, carry_out: CarryOut) -> dict[str, Any]:
    account = Account(target.username, target.password)
    accounts = {target.username: account}
    urls = addresses.processes
    with Record(folder.path) as record:
        async with httpx.AsyncClient(timeout=_PATIENCE, trust_env=False) as door:
            api = Api(urls, SignIns(urls["portal"], accounts, door, time.monotonic), record)
            try:
                # Commands are recorded under the person, who is known only once signed in.
                person = str((await api.get(target.username, "inspection", "/v1/me"))["person"])
                accounts[person] = account
                return await carry_out(api, person)
            finally:
                await api.close()
