"""A service's own token: bought from the portal with its secret, kept until shortly before it expires."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from datetime import datetime, timedelta
from typing import Final

import httpx

from runtime.clock import Clock, SystemClock
from runtime.errors import Retryable

_MARGIN: Final = timedelta(seconds=60)


class ServiceTokens(httpx.Auth):
    """Signs httpx calls in as this service: `httpx.AsyncClient(auth=tokens)`, or `await tokens.token()`.

    Raises `Retryable` when the portal cannot be reached or refuses the secret. A call answered 401 is tried once more
    with a new token, since the portal may have changed its keys.
    """

    def __init__(
        self,
        portal_url: str,
        name: str,
        secret: str,
        *,
        client: httpx.AsyncClient | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._url = portal_url.rstrip("/") + "/v1/service-tokens"
        self._name = name
        self._secret = secret
        self._client = client or httpx.AsyncClient(timeout=httpx.Timeout(5.0), trust_env=False)
        self._clock = clock or SystemClock()
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._renew_at: datetime | None = None

    async def token(self) -> str:
        """A token good for at least another minute (or half its life, where that is shorter)."""
        async with self._lock:
            if self._token is None or self._renew_at is None or self._clock.now() >= self._renew_at:
                self._token, life = await self._buy()
                self._renew_at = self._clock.now() + max(life - _MARGIN, life / 2)
            return self._token

    def forget(self, token: str) -> None:
        """Do not use this token again."""
        if self._token == token:
            self._token = None

    async def aclose(self) -> None:
        """Close the connections to the portal."""
        await self._client.aclose()

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """httpx's own protocol: sign the request in, once more after a 401."""
        token = await self.token()
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == httpx.codes.UNAUTHORIZED:
            self.forget(token)
            request.headers["Authorization"] = f"Bearer {await self.token()}"
            yield request

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Not for synchronous clients."""
        raise RuntimeError(f"service tokens need an AsyncClient: {request.method}")

    async def _buy(self) -> tuple[str, timedelta]:
        try:
            answer = await self._client.post(self._url, json={"service": self._name, "secret": self._secret})
            answer.raise_for_status()
            body = answer.json()
            return str(body["access_token"]), timedelta(seconds=int(body["expires_in"]))
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            # Without the cause: its text could quote the request, and with it the secret.
            raise Retryable(f"the portal gives {self._name} no token") from None
