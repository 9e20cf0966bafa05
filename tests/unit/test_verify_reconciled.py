"""Known losses count as far as they were signed, and excuse exactly what they name."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from contracts.ledgers import LISTS
from dudao.verify import heads, reconciled
from dudao.verify.findings import Findings
from dudao.verify.log import Log

KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes_raw().hex()
LOG = Log(LISTS, "L1", heads={0: (0, b"")})
TOLD = heads.Heads(ledger="lists", ledger_id="L1", sealed_through=5, streams={"0": (3, "aa"), "1": (2, "bb")})


def signed(**changes: object) -> reconciled.SignedReconciliation:
    one = reconciled.Reconciliation(
        at="2026-11-24T00:00:00Z", by="root", reason="旧备份", evidence="e", sha256="00", consumers=["reporting"],
        events=["r/0/0"], requests=["r"], heads=[("lists", "L1", 0, 3, "aa")],
    )  # fmt: skip
    return reconciled.signed(replace(one, **changes), KEY)


def test_what_was_signed_is_known() -> None:
    findings = Findings()
    known = reconciled.known_losses([signed(), signed(events=["s/0/0"], requests=[], heads=[])], PUBLIC, findings)
    assert known.events == {"r/0/0", "s/0/0"}
    assert known.requests == {"r"}
    assert known.heads == {("lists", "L1", 0, 3, "aa")}
    assert (findings.counts, findings.checked["reconciliations"]) == ({}, 2)


def test_what_was_altered_or_signed_by_another_excuses_nothing() -> None:
    other = Ed25519PrivateKey.generate()
    wider = replace(signed().reconciliation, requests=["r", "s"])
    for forged in (
        replace(signed(), reconciliation=wider),
        reconciled.signed(wider, other),
        replace(reconciled.signed(wider, other), key=PUBLIC),
    ):
        findings = Findings()
        assert reconciled.known_losses([forged], PUBLIC, findings) == reconciled.Known()
        assert findings.counts == {"reconciliation-forged": 1}


def test_without_a_key_of_ones_own_nothing_is_known() -> None:
    findings = Findings()
    assert reconciled.known_losses([signed()], None, findings) == reconciled.Known()
    assert findings.counts == {"reconciliation-forged": 1}


def test_a_head_known_to_be_gone_is_no_finding_and_another_of_the_same_line_is() -> None:
    line = heads.sign(TOLD, KEY)
    both, one, none = Findings(), Findings(), Findings()
    heads.check_signed_heads({"lists": LOG}, [line], both)
    heads.check_signed_heads({"lists": LOG}, [line], one, {("lists", "L1", 0, 3, "aa")})
    heads.check_signed_heads({"lists": LOG}, [line], none, {*heads.places_of(TOLD)})
    assert (both.counts["ledger-truncated"], one.counts["ledger-truncated"], dict(none.counts)) == (2, 1, {})
    elsewhere = Findings()
    heads.check_signed_heads({"lists": LOG}, [line], elsewhere, {("lists", "L1", 0, 3, "cc")})
    assert elsewhere.counts["ledger-truncated"] == 2


def test_heads_of_a_ledger_that_was_replaced_are_found_unless_all_are_known() -> None:
    line = heads.sign(replace(TOLD, ledger_id="L0"), KEY)
    found, known = Findings(), Findings()
    heads.check_signed_heads({"lists": LOG}, [line], found)
    heads.check_signed_heads({"lists": LOG}, [line], known, {*heads.places_of(line.heads)})
    assert (dict(found.counts), dict(known.counts)) == ({"ledger-replaced": 1}, {})


def test_a_file_of_them_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / reconciled.FILE
    assert reconciled.read(file) == []
    for one in (signed(), signed(reason="again")):
        reconciled.append(file, one)
    assert reconciled.read(file) == [signed(), signed(reason="again")]
