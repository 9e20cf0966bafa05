"""The issuer's public keys: fetched once, refreshed now and then and when a token names an unknown one."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from runtime.clock import Clock
from runtime.errors import Retryable

_log: Final = logging.getLogger(__name__)
Fetch = Callable[[], Awaitable[Mapping[str, Any]]]

MAX_AGE: Final = timedelta(minutes=5)
MIN_INTERVAL: Final = timedelta(seconds=10)
RETRY_INTERVAL: Final = timedelta(seconds=1)
_MAX_KEYS: Final = 16


def fetch_over_http(portal_url: str, client: httpx.AsyncClient | None = None) -> Fetch:
    """Fetches the portal's JWKS; raises `Retryable` when that fails."""
    http = client or httpx.AsyncClient(timeout=httpx.Timeout(3.0), trust_env=False)
    url = portal_url.rstrip("/") + "/.well-known/jwks.json"

    async def fetch() -> Mapping[str, Any]:
        try:
            response = await http.get(url)
            response.raise_for_status()
            document = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Retryable("the portal's keys cannot be had") from error
        if not isinstance(document, dict):
            raise Retryable("the portal's keys are not a JWKS")
        return document

    return fetch


def parse_jwks(document: Mapping[str, Any]) -> dict[str, Ed25519PublicKey]:
    """Ed25519 keys for signing by `kid`; whatever else the document holds is left out."""
    keys: dict[str, Ed25519PublicKey] = {}
    listed = document.get("keys")
    for row in listed[:_MAX_KEYS] if isinstance(listed, list) else ():
        try:
            if row["kty"] == "OKP" and row["crv"] == "Ed25519" and row.get("use", "sig") == "sig":
                key = jwt.PyJWK(row, algorithm="EdDSA").key
                if isinstance(key, Ed25519PublicKey):
                    keys[str(row["kid"])] = key
        except (KeyError, TypeError, jwt.PyJWTError):
            _log.warning("a key of the portal's JWKS was left out: it cannot be read")
    return keys


class KeySet:
    """Keys by `kid`. An unknown one costs at most one fetch in `MIN_INTERVAL`, however many tokens name it."""

    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._tried: datetime | None = None
        self._fetched: datetime | None = None
        self._lock = asyncio.Lock()

    @property
    def generation(self) -> datetime | None:
        """Changes with every successful fetch: what was verified before may be verified again."""
        return self._fetched

    async def get(self, kid: str) -> Ed25519PublicKey | None:
        """The key, or none where the issuer has no such key; raises `Retryable` while no key is known at all."""
        if self._due(kid):
            async with self._lock:
                if self._due(kid):
                    await self._refresh()
        if not self._keys:
            raise Retryable("the portal's keys are not known yet")
        return self._keys.get(kid)

    async def refreshed(self) -> None:
        """Fetch when the keys are old, so that a withdrawn one stops counting."""
        if self._due(None):
            async with self._lock:
                if self._due(None):
                    await self._refresh()

    def _due(self, kid: str | None) -> bool:
        now = self._clock.now()
        if self._tried is not None and now - self._tried < (MIN_INTERVAL if self._keys else RETRY_INTERVAL):
            return False
        unknown = kid is not None and kid not in self._keys
        return unknown or self._fetched is None or now - self._fetched >= MAX_AGE

    async def _refresh(self) -> None:
        self._tried = self._clock.now()
        try:
            keys = parse_jwks(await self._fetch())
        except Retryable:
            # Old keys go on serving: a portal that is down for a while must not sign everybody out.
            _log.warning("the portal's keys could not be refreshed")
            return
        if keys:
            self._keys, self._fetched = keys, self._clock.now()
