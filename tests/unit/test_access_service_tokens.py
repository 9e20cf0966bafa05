"""A service's own token: bought once, renewed in time, never told."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from runtime.access.service_tokens import ServiceTokens
from runtime.clock import FixedClock
from runtime.errors import Retryable

SECRET = "the-secret-of-reporting"


class Portal:
    """Stands in for the portal's `/v1/service-tokens`."""

    def __init__(self) -> None:
        self.sold = 0
        self.status = 200

    def handle(self, request: httpx.Request) -> httpx.Response:
        assert json.loads(request.content) == {"service": "reporting", "secret": SECRET}
        self.sold += 1
        return httpx.Response(self.status, json={"access_token": f"token-{self.sold}", "expires_in": 900})


@pytest.fixture
def portal() -> Portal:
    return Portal()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 9, 1, tzinfo=UTC))


@pytest.fixture
async def tokens(portal: Portal, clock: FixedClock) -> AsyncIterator[ServiceTokens]:
    client = httpx.AsyncClient(transport=httpx.MockTransport(portal.handle))
    made = ServiceTokens("http://portal", "reporting", SECRET, client=client, clock=clock)
    yield made
    await made.aclose()


async def test_many_callers_at_once_buy_one_token(tokens: ServiceTokens, portal: Portal) -> None:
    assert set(await asyncio.gather(*(tokens.token() for _ in range(20)))) == {"token-1"}
    assert portal.sold == 1


async def test_a_token_is_renewed_a_minute_before_it_expires(tokens: ServiceTokens, clock: FixedClock) -> None:
    assert await tokens.token() == "token-1"
    clock.advance(timedelta(seconds=839))
    assert await tokens.token() == "token-1"
    clock.advance(timedelta(seconds=1))
    assert await tokens.token() == "token-2"


@pytest.mark.parametrize("status", [401, 500])
async def test_a_portal_that_gives_no_token_means_try_again_and_the_secret_is_not_told(
    tokens: ServiceTokens, portal: Portal, status: int
) -> None:
    portal.status = status
    with pytest.raises(Retryable) as failure:
        await tokens.token()
    assert SECRET not in f"{failure.value!r} {failure.value.__cause__!r}"


async def test_calls_are_signed_in_and_a_refused_token_is_replaced_once(tokens: ServiceTokens) -> None:
    seen: list[str] = []

    def owner(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(401 if len(seen) == 1 else 200)

    async with httpx.AsyncClient(transport=httpx.MockTransport(owner), auth=tokens) as client:
        assert (await client.get("http://inspection/ledger/lists/heads")).status_code == 200
    assert seen == ["Bearer token-1", "Bearer token-2"]


async def test_a_token_refused_twice_is_the_callers_problem(tokens: ServiceTokens, portal: Portal) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(401)), auth=tokens) as client:
        assert (await client.get("http://inspection/")).status_code == 401
    assert portal.sold == 2
