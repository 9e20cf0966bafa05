"""Tokens: only the portal's own, unexpired ones for us count, and a flood of others costs nothing."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from runtime.access.keys import MAX_AGE, MIN_INTERVAL, RETRY_INTERVAL, fetch_over_http, parse_jwks
from runtime.access.principal import Principal
from runtime.access.tokens import TokenVerifier
from runtime.clock import FixedClock
from runtime.errors import Rejected, Retryable

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
ISSUER = "dudao-portal"


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Portal:
    """Stands in for the portal: signs with one key after another and counts how often its keys are asked for."""

    def __init__(self) -> None:
        self.keys = {"k1": Ed25519PrivateKey.generate()}
        self.fetches = 0
        self.down = False

    def public(self, kid: str) -> bytes:
        return self.keys[kid].public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    async def jwks(self) -> dict[str, Any]:
        self.fetches += 1
        if self.down:
            raise Retryable("down")
        rows = [{"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": base64url(self.public(kid))} for kid in self.keys]
        return {"keys": rows}

    def token(
        self,
        kid: str = "k1",
        key: Ed25519PrivateKey | None = None,
        headers: dict[str, object] | None = None,
        **claims: object,
    ) -> str:
        seconds = int(NOW.timestamp())
        body: dict[str, object] = {
            "iss": ISSUER,
            "aud": "dudao",
            "sub": "P-1",
            "iat": seconds,
            "exp": seconds + 900,
            "jti": "j",
        } | claims
        payload = json.dumps({name: value for name, value in body.items() if value is not None}).encode()
        return jwt.PyJWS().encode(
            payload, key or self.keys[kid], algorithm="EdDSA", headers={"kid": kid, **(headers or {})}
        )


@pytest.fixture
def portal() -> Portal:
    return Portal()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def verifier(portal: Portal, clock: FixedClock) -> TokenVerifier:
    return TokenVerifier(portal.jwks, ISSUER, clock=clock)


async def refusal(verifier: TokenVerifier, token: str, purpose: str | None = None) -> tuple[int, str]:
    with pytest.raises(Rejected) as refused:
        await verifier.verify(token, purpose)
    return refused.value.status, refused.value.code


def forged(header: dict[str, object], claims: dict[str, object], signature: bytes = b"") -> str:
    parts = (base64url(json.dumps(part).encode()) for part in (header, claims))
    return ".".join((*parts, base64url(signature)))


async def test_the_portals_token_says_who_it_is(verifier: TokenVerifier, portal: Portal) -> None:
    assert await verifier.verify(portal.token()) == Principal("P-1", "person")
    assert await verifier.verify(portal.token(sub="service:reporting")) == Principal("service:reporting", "service")


async def test_alg_none_is_refused(verifier: TokenVerifier, portal: Portal) -> None:
    claims = jwt.decode(portal.token(), options={"verify_signature": False})
    for alg in ("none", "None", "NONE", ""):
        assert await refusal(verifier, forged({"alg": alg, "kid": "k1"}, claims)) == (401, "token-invalid")


async def test_hs256_with_the_public_key_as_its_secret_is_refused(verifier: TokenVerifier, portal: Portal) -> None:
    claims = jwt.decode(portal.token(), options={"verify_signature": False})
    public = portal.keys["k1"].public_key()
    for secret in (public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), portal.public("k1")):
        signing = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
        unsigned = forged({"alg": "HS256", "kid": "k1"}, claims).rpartition(".")[0]
        token = f"{unsigned}.{base64url(signing.sign(unsigned.encode(), secret))}"
        assert await refusal(verifier, token) == (401, "token-invalid")


async def test_a_key_of_another_kind_under_our_kid_is_refused(verifier: TokenVerifier, portal: Portal) -> None:
    claims = jwt.decode(portal.token(), options={"verify_signature": False})
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    token = jwt.encode(claims, key, algorithm="RS256", headers={"kid": "k1"})
    assert await refusal(verifier, token) == (401, "token-invalid")


async def test_another_portals_key_under_our_kid_is_refused(verifier: TokenVerifier, portal: Portal) -> None:
    assert await refusal(verifier, portal.token(key=Ed25519PrivateKey.generate())) == (401, "token-invalid")


async def test_a_changed_claim_breaks_the_signature(verifier: TokenVerifier, portal: Portal) -> None:
    header, _, signature = portal.token().split(".")
    claims = jwt.decode(portal.token(), options={"verify_signature": False}) | {"sub": "P-2"}
    token = f"{header}.{base64url(json.dumps(claims).encode())}.{signature}"
    assert await refusal(verifier, token) == (401, "token-invalid")


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "another-portal"},
        {"iss": None},
        {"iss": [ISSUER]},
        {"aud": "another"},
        {"aud": None},
        {"aud": ["dudao", "another"]},
        {"aud": ["dudao"]},
        {"aud": "dudao/other"},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 201},
        {"exp": None},
        {"iat": None},
        {"jti": None},
        {"exp": 10**30},
        {"iat": int(NOW.timestamp()) + 60},
        {"nbf": int(NOW.timestamp()) + 60},
    ],
)
async def test_a_token_that_is_not_for_us_or_not_yet_is_refused(
    verifier: TokenVerifier, portal: Portal, claims: dict[str, Any]
) -> None:
    assert await refusal(verifier, portal.token(**claims)) == (401, "token-invalid")


async def test_a_time_that_is_no_whole_number_is_refused(verifier: TokenVerifier, portal: Portal) -> None:
    for exp in ("9999999999", 9999999999.5, True):
        unsigned = forged(
            {"alg": "EdDSA", "kid": "k1"},
            {"iss": ISSUER, "aud": "dudao", "sub": "P-1", "iat": 1, "exp": exp, "jti": "j"},
        ).rpartition(".")[0]
        token = f"{unsigned}.{base64url(portal.keys['k1'].sign(unsigned.encode()))}"
        assert await refusal(verifier, token) == (401, "token-invalid")


async def test_a_token_expires_although_it_was_verified_before(
    verifier: TokenVerifier, portal: Portal, clock: FixedClock
) -> None:
    token = portal.token()
    await verifier.verify(token)
    clock.advance(timedelta(seconds=904))
    await verifier.verify(token)
    clock.advance(timedelta(seconds=1))
    assert await refusal(verifier, token) == (401, "token-expired")


@pytest.mark.parametrize("token", ["", "x", "a.b", "a.b.c", "....", "a.b.c.d", "ü.ü.ü", "x" * 100_000])
async def test_what_is_no_token_is_refused_without_asking_for_keys_twice(
    verifier: TokenVerifier, portal: Portal, token: str
) -> None:
    assert await refusal(verifier, token) == (401, "token-invalid")
    assert portal.fetches <= 1


async def test_an_oversized_token_is_refused_although_it_is_signed(verifier: TokenVerifier, portal: Portal) -> None:
    assert await refusal(verifier, portal.token(padding="x" * 4000)) == (401, "token-invalid")


@pytest.mark.parametrize("kid", ["k2", "", "x" * 65])
async def test_an_unknown_kid_is_refused(verifier: TokenVerifier, portal: Portal, kid: str) -> None:
    token = portal.token(headers={"kid": kid})
    assert await refusal(verifier, token) == (401, "token-invalid")


async def test_a_flood_of_unknown_kids_asks_for_the_keys_once_an_interval(
    verifier: TokenVerifier, portal: Portal, clock: FixedClock
) -> None:
    await verifier.verify(portal.token())
    clock.advance(MIN_INTERVAL)
    for number in range(500):
        await refusal(verifier, portal.token(headers={"kid": f"made-up-{number}"}))
    assert portal.fetches == 2
    assert await verifier.verify(portal.token()) == Principal.of("P-1")


async def test_a_new_key_is_fetched_when_a_token_names_it(
    verifier: TokenVerifier, portal: Portal, clock: FixedClock
) -> None:
    await verifier.verify(portal.token())
    portal.keys["k2"] = Ed25519PrivateKey.generate()
    clock.advance(MIN_INTERVAL)
    assert await verifier.verify(portal.token("k2")) == Principal.of("P-1")


async def test_a_withdrawn_key_stops_counting_even_for_a_token_seen_before(
    verifier: TokenVerifier, portal: Portal, clock: FixedClock
) -> None:
    old = portal.token(exp=int(NOW.timestamp()) + 10_000)
    await verifier.verify(old)
    portal.keys = {"k2": Ed25519PrivateKey.generate()}
    clock.advance(MAX_AGE)
    assert await refusal(verifier, old) == (401, "token-invalid")


async def test_a_portal_that_is_down_signs_nobody_out(
    verifier: TokenVerifier, portal: Portal, clock: FixedClock
) -> None:
    token = portal.token()
    await verifier.verify(token)
    portal.down = True
    clock.advance(MAX_AGE)
    assert await verifier.verify(token) == Principal.of("P-1")


async def test_without_any_key_the_answer_is_try_again_and_then_recovers(
    verifier: TokenVerifier, portal: Portal, clock: FixedClock
) -> None:
    portal.down = True
    with pytest.raises(Retryable):
        await verifier.verify(portal.token())
    portal.down = False
    clock.advance(RETRY_INTERVAL)
    assert await verifier.verify(portal.token()) == Principal.of("P-1")


async def test_a_token_for_one_purpose_is_good_for_nothing_else(verifier: TokenVerifier, portal: Portal) -> None:
    token = portal.token(aud="dudao/password")
    assert await refusal(verifier, token) == (403, "password-change-required")
    assert await refusal(verifier, token, "other") == (403, "password-change-required")
    assert await verifier.verify(token, "password") == Principal.of("P-1")
    assert await verifier.verify(portal.token(), "password") == Principal.of("P-1")


async def test_keys_of_other_kinds_in_the_jwks_are_left_out(portal: Portal) -> None:
    good = (await portal.jwks())["keys"][0]
    for bad in (
        {"kty": "oct", "kid": "s", "k": "c2VjcmV0"},
        {"kty": "OKP", "crv": "Ed448", "kid": "e", "x": "AA"},
        {"kty": "OKP", "crv": "Ed25519", "kid": "short", "x": "AA"},
        good | {"use": "enc", "kid": "enc"},
        {},
        "text",
    ):
        assert set(parse_jwks({"keys": [bad, good]})) == {"k1"}
    assert parse_jwks({"keys": "none"}) == {}


async def test_keys_are_fetched_over_http_and_a_bad_answer_means_try_again() -> None:
    answers = iter([httpx.Response(200, json={"keys": []}), httpx.Response(500), httpx.Response(200, text="<html>")])

    def handle(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/.well-known/jwks.json"
        return next(answers)

    async with httpx.AsyncClient(transport=httpx.MockTransport(handle)) as client:
        fetch = fetch_over_http("http://portal/", client)
        assert await fetch() == {"keys": []}
        for _ in range(2):
            with pytest.raises(Retryable):
                await fetch()
