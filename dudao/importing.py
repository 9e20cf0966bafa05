"""`dudao import` and `dudao calendar`: files into the running system, by its administrator."""

import asyncio
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from dudao.city import CityFileError, read_calendar, read_calendars, read_city, read_staff
from dudao.client.api import Act, Api
from dudao.client.record import Record
from dudao.client.sign_in import Account, SignIns
from dudao.folder import Addresses, Folder

_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Target:
    """The system of a data folder, and the administrator who imports."""

    data: Path
    username: str
    password: str

    def __repr__(self) -> str:
        """Without the password."""
        return f"Target({self.data}, {self.username!r})"


def read_import(folder: Path) -> dict[str, Any]:
    """The body of an import: structure, people and grants of the folder, and the published calendars."""
    if not folder.is_dir():
        raise CityFileError(f"{folder}：没有这个目录 / no such folder")
    city = read_city(folder)
    people, grants = read_staff(folder)
    return {
        "divisions": city.divisions,
        "schools": city.schools,
        "branches": city.branches,
        "people": people,
        "grants": grants,
        "calendars": read_calendars(),
    }


def import_folder(source: Path, target: Target) -> dict[str, int]:
    """Rows changed by kind; all or nothing. Raises `CityFileError`, `RefusedError`, `UnreachableError`."""
    answer = _command("/v1/registry/imports", read_import(source), target)
    changed: dict[str, int] = answer["changed"]
    return changed


def publish_calendar(file: Path, target: Target, reason: str | None) -> int:
    """The version of the year's calendar afterwards; a file as under `data/calendars`. Raises as `import_folder`."""
    calendar = read_calendar(file)
    body = {name: getattr(calendar, name) for name in ("year", "days_off", "days_worked", "source")}
    answer = _command("/v1/calendars", body | ({"reason": reason} if reason else {}), target)
    return int(answer["version"])


def _command(path: str, body: dict[str, Any], target: Target) -> dict[str, Any]:
    folder = Folder(target.data)
    addresses = folder.addresses
    if addresses is None:
        raise CityFileError(f"{target.data} 没有运行过系统 / no system ever ran there")
    return asyncio.run(_send(path, body, folder, addresses, target))


async def _send(
    path: str, body: dict[str, Any], folder: Folder, addresses: Addresses, target: Target
) -> dict[str, Any]:
    account = Account(target.username, target.password)
    accounts = {target.username: account}
    urls = addresses.processes
    with Record(folder.path) as record:
        async with httpx.AsyncClient(timeout=_PATIENCE, trust_env=False) as door:
            api = Api(urls, SignIns(urls["portal"], accounts, door, time.monotonic), record)
            try:
                return await _act(api, accounts, target.username, path, body)
            finally:
                await api.close()


async def _act(
    api: Api, accounts: dict[str, Account], username: str, path: str, body: dict[str, Any]
) -> dict[str, Any]:
    # Commands are recorded under the person, who is known only once signed in.
    person = str((await api.get(username, "inspection", "/v1/me"))["person"])
    accounts[person] = accounts[username]
    return (await api.act(Act(person, path, body, f"import-{secrets.token_hex(8)}"))).body
