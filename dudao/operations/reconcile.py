"""`dudao reconcile`: after a ledger's owner was restored from an older copy, its consumers start over."""

import asyncio
import getpass
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from dudao.client.record import read_record
from dudao.folder import Folder, Lock, write_private
from dudao.operations.divergence import Divergence, Seen, diverged
from dudao.operations.servers import deployed_database, operators_folder, require_stopped, require_system
from dudao.service_commands import run_command, run_service
from dudao.stack import Stack, running
from dudao.verify import heads, reconciled
from dudao.verify.command import Wanted, run_verify
from dudao.verify.run import Result
from runtime.clock import SHANGHAI, SystemClock, to_text
from runtime.settings import CommonSettings

_FOLDER: Final = "reconciled"
_WAIT: Final = 60.0


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person decides: `agree` is shown what was found and where it is kept, and says whether to go on."""

    reason: str
    agree: Callable[[Divergence, Path], bool]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found, whether consumers were `rebuilt`, and how many discarded events come again.

    `verified` is the verification afterwards, of a system that could be started for it.
    """

    found: Divergence
    rebuilt: bool = False
    verified: Result | None = None
    again: int = 0


def reconcile(path: Path, choice: Choice, say: Callable[[str], None]) -> Outcome:
    """Show what was lost, keep it as evidence, rebuild, verify. Without agreement only the evidence is left behind.

    The system must not be running. Raises `NotRunningError`, `FolderBusyError`, `DamagedLedgerError`, `StackError`.
    """
    folder = Folder(path)
    require_system(folder)
    with Lock(folder), running(folder, say) as stack:
        say("比对账本与各服务 / comparing the ledgers with their consumers")
        found = asyncio.run(diverged(stack.addresses.mongo, CommonSettings().database_prefix, _seen(folder)))
        if not found.affected:
            return Outcome(found)
        evidence = _kept(folder, found)
        if not choice.agree(found, evidence):
            return Outcome(found)
        # First the record: cut short after it, the command is given again, and finds what is still to be rebuilt.
        _record(folder, found, evidence, choice.reason)
        again = sum(_rebuilt(stack, consumer, say) for consumer in found.affected)
        stack.start_services()
        verified = run_verify(Wanted(folder.path, _WAIT), say)
        return Outcome(found, rebuilt=True, verified=verified, again=again)


def reconcile_deployed(path: Path, choice: Choice, say: Callable[[str], None]) -> Outcome:
    """The same for the servers that the settings name; `path` is the operator's folder.

    The services must be stopped; started again, they read their ledgers from the beginning, and then there is something
    to verify. Raises `NotAnOperatorsFolderError`, `FolderBusyError`, `DamagedLedgerError`, `StillRunningError`,
    `StackError`.
    """
    folder, url, prefix = operators_folder(path), deployed_database(), CommonSettings().database_prefix
    with Lock(folder):
        require_stopped(url, prefix)
        say("比对账本与各服务 / comparing the ledgers with their consumers")
        found = asyncio.run(diverged(url, prefix, _seen(folder)))
        if not found.affected:
            return Outcome(found)
        evidence = _kept(folder, found)
        if not choice.agree(found, evidence):
            return Outcome(found)
        _record(folder, found, evidence, choice.reason)
        again = 0
        for consumer in found.affected:
            say(f"{consumer} 从头开始 / starts over")
            again += int(run_service(consumer, "rebuild"))
        return Outcome(found, rebuilt=True, again=again)


def _seen(folder: Folder) -> Seen:
    return Seen(read_record(folder.path), heads.read(folder.path / heads.FILE))


def _kept(folder: Folder, found: Divergence) -> Path:
    """The evidence, for its owner's eyes only: one JSON value a line."""
    place = folder.path / _FOLDER
    place.mkdir(exist_ok=True, mode=0o700)
    stamp = SystemClock().now().astimezone(SHANGHAI).strftime("%Y%m%d-%H%M%S-%f")
    file = place / f"{stamp}.jsonl"
    write_private(file, b"".join(msgspec.json.encode(line) + b"\n" for line in found.lines))
    return file


def _record(folder: Folder, found: Divergence, evidence: Path, reason: str) -> None:
    one = reconciled.Reconciliation(
        at=to_text(SystemClock().now()),
        by=getpass.getuser(),
        reason=reason,
        evidence=f"{_FOLDER}/{evidence.name}",
        sha256=hashlib.sha256(evidence.read_bytes()).hexdigest(),
        consumers=found.affected,
        events=sorted(found.events),
        requests=sorted(found.requests),
        heads=sorted(found.heads),
    )
    reconciled.append(folder.path / reconciled.FILE, reconciled.signed(one, heads.private_key(folder.heads_key)))


def _rebuilt(stack: Stack, consumer: str, say: Callable[[str], None]) -> int:
    say(f"{consumer} 从头开始 / starts over")
    return int(run_command(stack, consumer, "rebuild"))
