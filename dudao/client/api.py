"""The services as people reach them: public HTTP APIs, each call with the caller's own token."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx
import msgspec

from dudao.client.record import Call, Record
from dudao.client.sign_in import SignIns

_PATIENCE: Final = httpx.Timeout(30.0)
_TRIES: Final = 8
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 3.0
_AGAIN: Final = frozenset({httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.TOO_MANY_REQUESTS})


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks which service for what."""

    person: str
    service: str
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class Act:
    """One command as JSON; `version` is that of the entry it changes, as last seen."""

    person: str
    path: str
    body: Any
    key: str
    version: int | None = None
    method: str = "POST"
    service: str = "inspection"


class RefusedError(Exception):
    """A service said no, in the words of its RFC 9457 problem."""

    def __init__(self, request: Request, status: int, code: str, detail: str) -> None:
        super().__init__(f"{request.person} {request.method} {request.path}: {status} {code} {detail}")
        self.status = status
        self.code = code


class UnreachableError(Exception):
    """A service did not answer, or only that it cannot now, for as long as was waited."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An entry as answered, with the version that the next command on it must name."""

    body: dict[str, Any]
    version: int

    def __getitem__(self, name: str) -> Any:
        return self.body[name]


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a multipart command beside its fields."""

    fields: Mapping[str, str]
    name: str
    data: bytes
    media_type: str


class Api:
    """Calls with bounded concurrency. A call without an answer is made again under its key, so that it counts once."""

    def __init__(
        self,
        addresses: Mapping[str, str],
        sign_ins: SignIns,
        record: Record,
        *,
        concurrency: int = 32,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
        self._http = httpx.AsyncClient(timeout=_PATIENCE, limits=limits, trust_env=False, transport=transport)
        self._addresses = addresses
        self._sign_ins = sign_ins
        self._record = record
        self._places = asyncio.Semaphore(concurrency)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def get(self, person: str, service: str, path: str, **query: str | int) -> dict[str, Any]:
        """One document; raises `RefusedError` or `UnreachableError`."""
        response = await self._call(Request(person, service, "GET", path), {"params": query})
        body: dict[str, Any] = response.json()
        return body

    async def list(self, person: str, service: str, path: str, **query: str | int) -> list[dict[str, Any]]:
        """Every row of a paged list; raises `RefusedError` or `UnreachableError`."""
        rows: list[dict[str, Any]] = []
        page: dict[str, Any] = {"next": ""}
        while page["next"] is not None:
            cursor = {"cursor": page["next"]} if page["next"] else {}
            page = await self.get(person, service, path, limit=200, **cursor, **query)
            rows.extend(page["items"])
        return rows

    async def act(self, act: Act, *, kept: Callable[[dict[str, Any]], bool] = lambda _: True) -> Answered:
        """One command; raises `RefusedError` or `UnreachableError`.

        `kept` tells from the answer whether the ledger has a commit of it: what changed nothing has none.
        """
        headers = {"Idempotency-Key": act.key, "Content-Type": "application/json", **_if_match(act.version)}
        content = {"headers": headers, "content": msgspec.json.encode(act.body)}
        return await self._command(Call(act.person, act.key, act.service, act.method, act.path), content, kept)

    async def stage(self, person: str, path: str, files: Sequence[Upload]) -> dict[str, Any]:
        """Files to inspection that change nothing yet; raises `RefusedError` or `UnreachableError`."""
        content = {"files": [("file", (file.name, file.data, file.media_type)) for file in files]}
        response = await self._call(Request(person, "inspection", "POST", path), content)
        body: dict[str, Any] = response.json()
        return body

    async def upload(self, person: str, path: str, file: Upload, *, key: str) -> Answered:
        """One multipart command to inspection; raises `RefusedError` or `UnreachableError`."""
        content = {
            "headers": {"Idempotency-Key": key},
            "data": dict(file.fields),
            "files": {"file": (file.name, file.data, file.media_type)},
        }
        return await self._command(Call(person, key, "inspection", "POST", path), content)

    async def _command(
        self, call: Call, content: Mapping[str, Any], kept: Callable[[dict[str, Any]], bool] = lambda _: True
    ) -> Answered:
        response = await self._call(Request(call.principal, call.service, call.method, call.path), content)
        if not kept(response.json()):
            return Answered(response.json(), 0)
        said = self._record.note(call, response.status_code, response.content)
        return Answered(response.json(), said.version or 0)

    async def _call(self, request: Request, content: Mapping[str, Any]) -> httpx.Response:
        """Retries what may succeed later; the key makes that safe for commands, too."""
        pause, reason = _FIRST_PAUSE, ""
        for _ in range(_TRIES):
            response = await self._once(request, content)
            if isinstance(response, httpx.Response) and response.status_code not in _AGAIN:
                if response.is_success:
                    return response
                raise refused(request, response)
            reason = response.text[:200] if isinstance(response, httpx.Response) else repr(response)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        raise UnreachableError(f"{request.service} {request.method} {request.path}: {reason}")

    async def _once(self, request: Request, content: Mapping[str, Any]) -> httpx.Response | httpx.TransportError:
        try:
            token = await self._sign_ins.token(request.person)
            headers = {"Authorization": f"Bearer {token}", **content.get("headers", {})}
            url = f"{self._addresses[request.service]}{request.path}"
            async with self._places:
                return await self._http.request(request.method, url, **{**content, "headers": headers})
        except httpx.TransportError as error:
            return error


def refused(request: Request, response: httpx.Response) -> RefusedError:
    """The refusal that an answer tells of, whether or not it is a problem document."""
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    code = str(problem.get("type", "")).rsplit("/", 1)[-1]
    detail = str(problem.get("zh") or problem.get("detail") or response.text[:300])
    return RefusedError(request, response.status_code, code, detail)


def _if_match(version: int | None) -> dict[str, str]:
    return {} if version is None else {"If-Match": f'"{version}"'}
