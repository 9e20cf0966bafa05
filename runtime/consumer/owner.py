"""The owner's own copy of a ledger, over HTTP."""

from collections.abc import Mapping
from typing import Final

import httpx
from msgspec import MsgspecError

from runtime.canonical import decode
from runtime.errors import Retryable
from runtime.ledger.model import Entry, Ledger
from runtime.ledger.read import Heads
from runtime.ledger.wire import heads_from_json, page_of

_TIMEOUT: Final = httpx.Timeout(10.0, connect=3.0)


def owner_client(url: str, auth: httpx.Auth | None) -> httpx.AsyncClient:
    """A client for one owner, signed in as this service; close it in the end."""
    return httpx.AsyncClient(base_url=url, auth=auth, timeout=_TIMEOUT, trust_env=False, follow_redirects=False)


class HttpOwner:
    """Asks `GET /ledger/{ledger}/…` of the owning service; whatever goes wrong there is `Retryable`."""

    def __init__(self, client: httpx.AsyncClient, ledger: Ledger) -> None:
        self._client = client
        self._path = f"/ledger/{ledger.name}"

    async def heads(self) -> Heads:
        """Last seq and hash of every stream, in one snapshot."""
        body = await self._get("/heads", {})
        try:
            return heads_from_json(decode(body))
        except (ValueError, MsgspecError) as error:
            raise Retryable(f"{self._path}/heads: {error!r}") from error

    async def entries(self, stream: int, after: int, limit: int) -> list[Entry]:
        """At most `limit` entries above `after`, in order."""
        body = await self._get(f"/{stream}", {"after": after, "limit": limit})
        try:
            return page_of(body)
        except ValueError as error:
            raise Retryable(f"{self._path}/{stream}: {error}") from error

    async def _get(self, path: str, query: Mapping[str, int]) -> bytes:
        try:
            answer = await self._client.get(self._path + path, params=dict(query))
            answer.raise_for_status()
        except httpx.HTTPStatusError as error:
            raise Retryable(f"{self._path}{path}: {error.response.status_code} from the owner") from error
        except httpx.HTTPError as error:
            raise Retryable(f"{self._path}{path}: {error!r}") from error
        return answer.content
