"""Reconciliations: what was lost with an older copy of a ledger, looked at by a person, and signed."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from dudao.verify.findings import Findings

FILE: Final = "reconciliations.jsonl"
_ENCODER: Final = msgspec.json.Encoder(order="sorted")

# Ledger, its id, stream, seq, hash in hexadecimal.
Place = tuple[str, str, int, int, str]


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """Who looked at what was lost, when and why; `evidence` names the file that holds it, with its SHA-256.

    `events` are those whose alerts remain though no ledger holds them; `requests` were acknowledged and are gone;
    `heads` were signed and do not lie on the chain any more.
    """

    at: str
    by: str
    reason: str
    evidence: str
    sha256: str
    consumers: list[str]
    events: list[str]
    requests: list[str]
    heads: list[Place]


class SignedReconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """The same with the Ed25519 signature (hexadecimal) of the system's heads key over its canonical JSON."""

    reconciliation: Reconciliation
    key: str
    signature: str

    def genuine(self, key: str) -> bool:
        """Whether this key (hexadecimal) made the signature."""
        try:
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
            public.verify(bytes.fromhex(self.signature), _ENCODER.encode(self.reconciliation))
        except (InvalidSignature, ValueError):
            return False
        return self.key == key


def signed(reconciliation: Reconciliation, key: Ed25519PrivateKey) -> SignedReconciliation:
    """Sign it."""
    return SignedReconciliation(
        reconciliation=reconciliation,
        key=key.public_key().public_bytes_raw().hex(),
        signature=key.sign(_ENCODER.encode(reconciliation)).hex(),
    )


def append(path: Path, one: SignedReconciliation) -> None:
    """Add it to a file of them."""
    with path.open("ab") as file:
        file.write(msgspec.json.encode(one) + b"\n")


def read(path: Path) -> list[SignedReconciliation]:
    """Every one of a file, none where there is no file; raises `msgspec.DecodeError`."""
    if not path.exists():
        return []
    lines = path.read_bytes().splitlines()
    return [msgspec.json.decode(line, type=SignedReconciliation) for line in lines if line.strip()]


@dataclass(frozen=True, slots=True)
class Known:
    """Losses that a person has looked at: counted, and no findings any more."""

    events: frozenset[str] = frozenset()
    requests: frozenset[str] = frozenset()
    heads: frozenset[Place] = frozenset()


def known_losses(found: Iterable[SignedReconciliation], key: str | None, findings: Findings) -> Known:
    """What the reconciliations signed by this key (hexadecimal) say; one by another is a finding."""
    events: set[str] = set()
    requests: set[str] = set()
    heads: set[Place] = set()
    for one in found:
        if key is None or not one.genuine(key):
            findings.add("reconciliation-forged", one.reconciliation.at)
            continue
        findings.count("reconciliations")
        events.update(one.reconciliation.events)
        requests.update(one.reconciliation.requests)
        heads.update(one.reconciliation.heads)
    return Known(frozenset(events), frozenset(requests), frozenset(heads))
