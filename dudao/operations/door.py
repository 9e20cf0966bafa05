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
from dudao.client.sign_in import Account, SignInError, SignIns, said_by
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
        """Base URL by service; raises `SignInError` where no system ever ran, `UnreachableError` for no web address."""
        if self.url is not None:
            require_web_address(self.url)
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
            raise unanswered(self._addresses[request.service], error) from error
        if not response.is_success:
            raise refused(request, response)
        return _document(url, response)


def require_web_address(url: str) -> None:
    """Raises `UnreachableError` for what nobody can be asked at."""
    try:
        known = httpx.URL(url)
    except httpx.InvalidURL:
        known = httpx.URL()
    if known.scheme not in ("http", "https") or not known.host:
        raise UnreachableError(f"{url} 不是网址，应如 https://dudao.example / is no address like https://dudao.example")


def unanswered(url: str, error: httpx.TransportError) -> UnreachableError:
    """Nobody answered there."""
    return UnreachableError(f"{url} 没有应答 / does not answer: {str(error) or type(error).__name__}")


def _document(url: str, response: httpx.Response) -> dict[str, Any]:
    found = said_by(response)
    if not found:
        raise UnreachableError(f"{url} 所答不是督导系统的 / what answers there is no Dudao")
    return found


@asynccontextmanager
async def opened(at: At) -> AsyncIterator[Door]:
    """A door that is closed again."""
    async with httpx.AsyncClient(timeout=_PATIENCE, trust_env=False) as http:
        yield Door(at, http)
