"""Whom inspection knows the bearer of a token to be: the portal keeps no grants of its own."""

from typing import Final

import httpx

from runtime.access.principal import Grant
from runtime.errors import Retryable

_NOBODY: Final = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND})


class InspectionGrants:
    """Asks `GET /v1/me` with the caller's own token; nothing is kept, so that a revocation counts at once."""

    def __init__(self, inspection_url: str, client: httpx.AsyncClient | None = None) -> None:
        self._url = inspection_url.rstrip("/") + "/v1/me"
        self._client = client or httpx.AsyncClient(timeout=httpx.Timeout(5.0), trust_env=False)

    async def of_token(self, token: str) -> list[Grant]:
        """The bearer's grants, none for somebody unknown there; raises `Retryable` when inspection cannot be asked."""
        try:
            answer = await self._client.get(self._url, headers={"Authorization": f"Bearer {token}"})
            if answer.status_code in _NOBODY:
                return []
            answer.raise_for_status()
            return [Grant(str(row["role"]), str(row["organisation"])) for row in answer.json()["grants"]]
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            # Without the cause: it may quote the request's headers, and with them the token.
            raise Retryable("inspection cannot be asked for grants") from None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
