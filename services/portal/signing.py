"""Signs tokens and publishes the keys: Ed25519 (RFC 8037), key ids by thumbprint (RFC 7638)."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from runtime import canonical
from runtime.access.tokens import AUDIENCE, audience_of
from runtime.clock import Clock
from runtime.ids import new_id

_PEM: Final = re.compile(r"-----BEGIN PRIVATE KEY-----.+?-----END PRIVATE KEY-----", re.DOTALL)


def new_key_pem() -> str:
    """A new private key, PEM (PKCS #8)."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Token:
    """A signed token and how long it counts."""

    text: str
    life: timedelta


class Signer:
    """Signs with the first key of the PEM text and publishes all of them; raises `ValueError` when there is none.

    To change keys, put the new one first and leave the old one behind it for as long as its last token lives.
    """

    def __init__(self, pem: str, issuer: str, life: timedelta, clock: Clock) -> None:
        keys = [load_pem_private_key(block.encode(), password=None) for block in _PEM.findall(pem)]
        pairs = [(key, _public(key)) for key in keys if isinstance(key, Ed25519PrivateKey)]
        if not pairs or len(pairs) != len(keys):
            raise ValueError("签名密钥应为 Ed25519 PEM / the signing key must be Ed25519, in PEM")
        self._key, self._public = pairs[0]
        self._published = [public for _, public in pairs]
        self._issuer = issuer
        self._life = life
        self._clock = clock

    def jwks(self) -> dict[str, Any]:
        """The public keys (RFC 7517)."""
        return {"keys": self._published}

    def sign(self, subject: str, *, purpose: str | None = None, not_before: int = 0) -> Token:
        """A token that says who, and nothing else; with a purpose it is good for that only.

        `not_before` (whole seconds since 1970): it is dated no earlier than this.
        """
        issued = max(int(self._clock.now().timestamp()), not_before)
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE if purpose is None else audience_of(AUDIENCE, purpose),
            "sub": subject,
            "iat": issued,
            "exp": issued + int(self._life.total_seconds()),
            "jti": new_id(),
        }
        headers = {"kid": self._public["kid"]}
        return Token(jwt.encode(claims, self._key, algorithm="EdDSA", headers=headers), self._life)

    def derived_key(self, purpose: str) -> bytes:
        """A secret of its own for one purpose, from the signing key: 32 bytes."""
        raw = self._key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        return hmac.digest(raw, b"dudao\0" + purpose.encode(), hashlib.sha256)


def issued_at(token: str) -> int:
    """When a token that was verified already was made, whole seconds since 1970."""
    claims = jwt.decode(token, options={"verify_signature": False})
    return int(claims["iat"])


def _public(key: Any) -> dict[str, str]:
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    row = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(raw)}
    kid = _base64url(hashlib.sha256(canonical.encode(row)).digest())
    return row | {"kid": kid, "use": "sig", "alg": "EdDSA"}
