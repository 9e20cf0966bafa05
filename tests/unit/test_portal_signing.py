"""Tokens as the portal signs them, verified by the same code that every service uses."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from runtime.access.principal import Principal
from runtime.access.tokens import PASSWORD_PURPOSE, TokenVerifier
from runtime.clock import FixedClock
from runtime.errors import Rejected
from services.portal.signing import Signer, issued_at, new_key_pem

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
LIFE = timedelta(seconds=900)


def signer_of(pem: str) -> Signer:
    return Signer(pem, "dudao-portal", LIFE, FixedClock(NOW))


def verifier_of(signer: Signer) -> TokenVerifier:
    async def fetch() -> dict[str, object]:
        return signer.jwks()

    return TokenVerifier(fetch, "dudao-portal", clock=FixedClock(NOW))


async def test_a_token_is_verified_with_the_published_key() -> None:
    signer = signer_of(new_key_pem())
    assert await verifier_of(signer).verify(signer.sign("P-1").text) == Principal.of("P-1")


async def test_a_token_says_who_and_nothing_else() -> None:
    token = signer_of(new_key_pem()).sign("P-1")
    claims = jwt.decode(token.text, options={"verify_signature": False})
    jti = claims.pop("jti")
    seconds = int(NOW.timestamp())
    assert claims == {"iss": "dudao-portal", "aud": "dudao", "sub": "P-1", "iat": seconds, "exp": seconds + 900}
    assert len(jti) == 36
    assert token.life == LIFE


async def test_a_token_for_the_password_only_is_refused_elsewhere() -> None:
    signer = signer_of(new_key_pem())
    token = signer.sign("P-1", purpose=PASSWORD_PURPOSE).text
    with pytest.raises(Rejected, match="password-change-required"):
        await verifier_of(signer).verify(token)
    assert await verifier_of(signer).verify(token, PASSWORD_PURPOSE) == Principal.of("P-1")


async def test_a_token_may_be_dated_into_the_next_second() -> None:
    signer = signer_of(new_key_pem())
    token = signer.sign("P-1", not_before=int(NOW.timestamp()) + 1).text
    assert issued_at(token) == int(NOW.timestamp()) + 1
    assert await verifier_of(signer).verify(token) == Principal.of("P-1")
    assert issued_at(signer.sign("P-1", not_before=7).text) == int(NOW.timestamp())


async def test_keys_are_changed_without_signing_anybody_out() -> None:
    old, new = new_key_pem(), new_key_pem()
    token = signer_of(old).sign("P-1").text
    both = signer_of(new + old)
    assert await verifier_of(both).verify(token) == Principal.of("P-1")
    assert await verifier_of(both).verify(both.sign("P-2").text) == Principal.of("P-2")
    with pytest.raises(Rejected, match="token-invalid"):
        await verifier_of(signer_of(new)).verify(token)


def test_what_is_published_holds_no_private_part() -> None:
    (row,) = signer_of(new_key_pem()).jwks()["keys"]
    assert set(row) == {"kty", "crv", "x", "kid", "use", "alg"}


def test_the_key_id_is_the_thumbprint_of_rfc_8037() -> None:
    # RFC 8037, appendix A.3.
    x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    raw = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
    key = jwt.PyJWK({"kty": "OKP", "crv": "Ed25519", "x": x, "d": raw}).key
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    (row,) = signer_of(pem).jwks()["keys"]
    assert (row["x"], row["kid"]) == (x, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")


def test_derived_keys_differ_by_purpose_and_by_key() -> None:
    pem = new_key_pem()
    signer = signer_of(pem)
    made = {signer.derived_key("a"), signer.derived_key("b"), signer_of(new_key_pem()).derived_key("a")}
    assert len(made) == 3
    assert signer.derived_key("a") == signer_of(pem).derived_key("a")


def test_anything_but_an_ed25519_key_is_refused() -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for text in ("", "not a key", pem, new_key_pem() + pem):
        with pytest.raises(ValueError, match="Ed25519"):
            signer_of(text)
