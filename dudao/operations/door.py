"""An operator's calls to the services' APIs: of a data folder's running system, or of one that answers under a URL."""

import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from dudao.client.api import Request, UnreachableError, refused
from dudao.client.sign_in import Account, SignInError, SignIns
from dudao.folder import Folder

_PATIENCE: Final = 30.0
_SERVICES: Final = ("portal", "inspection", "notification", "reporting")


@dataclass(frozen=True, slots=True)
class At:
    """Which system, and who one is there: `url` is the gateway's, else the system of the folder `data` is meant."""

    data: Path
    url: str | None
    account: Account

    def addresses(self) -> Mapping[str, str]:
        """Base URL by service; raises `SignInError` where no system ever ran."""
        if self.url is not None:
            return dict.fromkeys(_SERVICES, self.url.rstrip("/"))
        known = Folder(self.data).addresses if self.data.is_dir() else None
        if known is None:
            raise SignInError(f"{self.data} 没有运行过系统 / no system ever ran there")
        return known.processes


class Door:
    """Calls with one person's token. Nothing is noted as acknowledged: these commands are in no ledger."""

    def __init__(self, at: At, http: httpx.AsyncClient) -> None:
        self._addresses = at.addresses()
        self._name = at.account.username
        self._http = http
        self._sign_ins = SignIns(self._addresses["portal"], {self._name: at.account}, http, time.monotonic)

    async def get(self, service: str, path: str, **query: str | int) -> dict[str, Any]:
        """One document; raises `RefusedError`, `UnreachableError`, `SignInError`."""
        return await self._call(Request(self._name, service, "GET", path), params=query)

    async def post(self, service: str, path: str, body: Any) -> dict[str, Any]:
        """One command; raises as `get`."""
        key = {"Idempotency-Key": secrets.token_hex(16)}
        return await self._call(Request(self._name, service, "POST", path), json=body, headers=key)

    async def _call(self, request: Request, **content: Any) -> dict[str, Any]:
        try:
            token = await self._sign_ins.token(self._name)
            headers = {"Authorization": f"Bearer {token}", **content.pop("headers", {})}
            url = f"{self._addresses[request.service]}{request.path}"
            response = await self._http.request(request.method, url, headers=headers, **content)
        except httpx.TransportError as error:
            raise UnreachableError(f"{request.service} {request.path}: {error!r}") from error
        if response.is_error:
            raise refused(request, response)
        found: dict[str, Any] = response.json()
        return found


@asynccontextmanager
async def opened(at: At) -> AsyncIterator[Door]:
    """A door that is closed again."""
    async with httpx.AsyncClient(timeout=_PATIENCE, trust_env=False) as http:
        yield Door(at, http)
