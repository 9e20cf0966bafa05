"""`dudao heads`: the ends of every chain, signed, to be kept elsewhere; and such a file held against the ledgers."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from dudao.folder import Folder
from dudao.operations.servers import database_of, operators_folder
from dudao.verify import heads, reconciled
from dudao.verify.findings import Findings
from dudao.verify.heads import SignedHead
from dudao.verify.log import Log, read_log
from dudao.verify.run import LEDGERS
from runtime.mongo import Mongo
from runtime.settings import CommonSettings


class UnsoundLedgerError(Exception):
    """A ledger does not agree with itself: its heads are not worth a signature."""

    def __init__(self, findings: Findings) -> None:
        shown = "\n".join(f"{one.zh} / {one.en} ({one.code}): {one.where} {one.detail}" for one in findings.shown)
        super().__init__(f"账本有损坏，不予签名 / the ledger is damaged, nothing was signed\n{shown}")


class NoHeadsError(Exception):
    """The file holds no signed heads."""


@dataclass(frozen=True, slots=True)
class Ledgers:
    """Whose: of the system in the folder `data`, or of the one that the settings name, `data` being its operator's."""

    data: Path
    deployed: bool = False

    @property
    def folder(self) -> Folder:
        """Where the key lies; raises `NotAnOperatorsFolderError`."""
        return operators_folder(self.data) if self.deployed else Folder(self.data)


def signed_heads(of: Ledgers, say: Callable[[str], None]) -> list[SignedHead]:
    """The heads of every ledger as they are now.

    Raises `UnsoundLedgerError`, `NotRunningError`, `NotAnOperatorsFolderError`, `EmbeddedError`, `Retryable`.
    """
    folder = of.folder
    findings, logs = _recomputed(folder, of, say)
    if set(findings.counts) - {"event-unreadable"}:
        raise UnsoundLedgerError(findings)
    key = heads.private_key(folder.heads_key)
    return [heads.sign(heads.heads_of(log), key) for log in logs.values()]


def checked_heads(of: Ledgers, file: Path, key: str | None, say: Callable[[str], None]) -> Findings:
    """Whether every head of a file lies on its chain; `key` (hexadecimal) is whose signatures count, else our own.

    Raises `NoHeadsError`, and as `signed_heads`.
    """
    folder = of.folder
    try:
        told = heads.read(file)
    except msgspec.DecodeError as error:
        raise NoHeadsError(f"{file}：无法读取 / cannot be read: {error}") from error
    if not told:
        raise NoHeadsError(f"{file}：没有签名的链头 / holds no signed heads")
    findings, logs = _recomputed(folder, of, say)
    own = heads.public_key(folder.heads_key)
    genuine = [one for one in told if one.genuine({key or own})]
    for one in told:
        if one not in genuine:
            findings.count("signed heads")
            findings.add("ledger-rewritten", f"{one.heads.ledger} {one.heads.sealed_through}", "signature")
    known = reconciled.known_losses(reconciled.read(folder.path / reconciled.FILE), own, findings)
    heads.check_signed_heads(logs, genuine, findings, known.heads)
    return findings


def _recomputed(folder: Folder, of: Ledgers, say: Callable[[str], None]) -> tuple[Findings, Mapping[str, Log]]:
    with database_of(folder, deployed=of.deployed) as url:
        say("重算账本 / recomputing the ledgers")
        return asyncio.run(_logs(url))


async def _logs(url: str) -> tuple[Findings, Mapping[str, Log]]:
    mongo, findings, prefix = Mongo(url), Findings(), CommonSettings().database_prefix
    try:
        logs = {one.name: await read_log(mongo.database(f"{prefix}_{one.owner}"), one, findings) for one in LEDGERS}
    finally:
        await mongo.close()
    return findings, logs
