"""Signed heads: what a ledger once was, kept where its database cannot reach, so that no rewriting goes unseen."""

from collections.abc import Iterable, Mapping, Set
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from dudao.verify.findings import Findings
from dudao.verify.log import Log
from dudao.verify.reconciled import Place

FILE: Final = "signed-heads.jsonl"
_ENCODER: Final = msgspec.json.Encoder(order="sorted")


class Heads(msgspec.Struct, frozen=True, kw_only=True):
    """The ends of a ledger's streams: stream → [seq, hash in hexadecimal], as of `sealed_through` (µs since 1970)."""

    ledger: str
    ledger_id: str
    sealed_through: int
    streams: dict[str, tuple[int, str]]


class SignedHead(msgspec.Struct, frozen=True, kw_only=True):
    """Heads with their Ed25519 signature (hexadecimal) over canonical JSON, and the key that made it."""

    heads: Heads
    key: str
    signature: str

    def genuine(self, keys: Iterable[str]) -> bool:
        """Whether one of the trusted keys (hexadecimal) made the signature."""
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.key))
            public.verify(bytes.fromhex(self.signature), _ENCODER.encode(self.heads))
        except (InvalidSignature, ValueError):
            return False
        return self.key in set(keys)


def heads_of(log: Log) -> Heads:
    """The heads as recomputed."""
    streams = {str(stream): (seq, digest.hex()) for stream, (seq, digest) in log.heads.items()}
    return Heads(ledger=log.ledger.name, ledger_id=log.ledger_id, sealed_through=log.sealed_through, streams=streams)


def places_of(heads: Heads) -> list[Place]:
    """The end of every stream, as a place on its chain."""
    return [(heads.ledger, heads.ledger_id, int(stream), seq, end) for stream, (seq, end) in heads.streams.items()]


def private_key(path: Path) -> Ed25519PrivateKey:
    """The key of a PEM file; raises `TypeError` when it is of another kind."""
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path.name} 不是 Ed25519 密钥 / is not an Ed25519 key")
    return key


def public_key(path: Path) -> str:
    """The public part, in hexadecimal, of the private key of a PEM file."""
    return private_key(path).public_key().public_bytes_raw().hex()


def sign(heads: Heads, key: Ed25519PrivateKey) -> SignedHead:
    """Sign heads."""
    return SignedHead(
        heads=heads,
        key=key.public_key().public_bytes_raw().hex(),
        signature=key.sign(_ENCODER.encode(heads)).hex(),
    )


def append(path: Path, signed: Iterable[SignedHead]) -> None:
    """Add lines to a file of signed heads."""
    with path.open("ab") as file:
        file.writelines(msgspec.json.encode(one) + b"\n" for one in signed)


def read(path: Path) -> list[SignedHead]:
    """Every signed head of a file, none where there is no file; raises `msgspec.DecodeError`."""
    if not path.exists():
        return []
    return [msgspec.json.decode(line, type=SignedHead) for line in path.read_bytes().splitlines() if line.strip()]


def check_signed_heads(
    logs: Mapping[str, Log], signed: Iterable[SignedHead], findings: Findings, known: Set[Place] = frozenset()
) -> None:
    """Every head that was signed still lies on its chain; signatures must be by one key throughout.

    `known` are those that a person has found gone with an older copy of the ledger.
    """
    trusted: set[str] = set()
    for one in signed:
        findings.count("signed heads")
        log = logs.get(one.heads.ledger)
        trusted = trusted or {one.key}
        if log is None or not one.genuine(trusted):
            findings.add("ledger-rewritten", f"{one.heads.ledger} {one.heads.sealed_through}", "signature")
        else:
            _check(log, one.heads, findings, known)


def _check(log: Log, heads: Heads, findings: Findings, known: Set[Place]) -> None:
    places = [place for place in places_of(heads) if place not in known]
    if places and heads.ledger_id != log.ledger_id:
        findings.add("ledger-replaced", heads.ledger, heads.ledger_id)
        return
    for _, _, stream, seq, digest in places:
        where = f"{heads.ledger}/{stream}/{seq}"
        last = log.heads.get(stream, (0, b""))[0]
        event = log.at(stream, seq)
        if seq > last:
            findings.add("ledger-truncated", where, f"now it ends at {last}")
        elif seq and (event is None or event.hash.hex() != digest):
            findings.add("ledger-rewritten", where)
