"""What a restored system is measured by before it takes the place of another: chains, states, evidence, heads."""

from collections.abc import Sequence
from typing import Final

from contracts.ledgers import LISTS
from dudao.client.record import Acknowledged, read_record
from dudao.folder import Folder
from dudao.operations.archive import Archive
from dudao.verify import heads, reconciled
from dudao.verify.evidence import check_evidence
from dudao.verify.findings import Findings
from dudao.verify.log import Log, read_log, unsealed
from dudao.verify.requests import check_requests
from dudao.verify.run import LEDGERS
from dudao.verify.states import check_states
from runtime.files import FileSettings, bucket_of
from runtime.mongo import Database, Mongo

WITH_LEDGER: Final = ("inspection", "notification")
_SHOWN = 10
_AT_ONCE = 1000


class ProofError(Exception):
    """What the backup holds does not agree with itself."""

    def __init__(self, findings: Findings) -> None:
        shown = [f"{one.zh} / {one.en} ({one.code}): {one.where} {one.detail}" for one in findings.shown[:_SHOWN]]
        super().__init__("\n".join(["备份内容自相矛盾，未作任何改动 / not consistent, nothing was changed", *shown]))


async def prove(url: str, archive: Archive, folder: Folder, services: Sequence[str], prefix: str | None = None) -> None:
    """Recompute what these services own, as `dudao verify` does; raises `ProofError`.

    `prefix`: what the databases' names begin with, where it is not the archive's.
    Only for a whole system what was acknowledged and the heads once signed are asked for: an older copy of one service
    does not have them all.
    """
    mongo, findings, logs = Mongo(url), Findings(), dict[str, Log]()
    prefix = prefix or archive.manifest.prefix
    try:
        for ledger in LEDGERS:
            if ledger.owner in services:
                db = mongo.database(f"{prefix}_{ledger.owner}")
                logs[ledger.name] = log = await read_log(db, ledger, findings)
                # A commit that no relay had sealed yet has its state already.
                if not await unsealed(db, ledger):
                    await check_states(db, log, findings)
        _check_heads(archive, logs, findings)
        if LISTS.name in logs:
            db = mongo.database(f"{prefix}_{LISTS.owner}")
            await check_evidence(bucket_of(FileSettings(), db), logs[LISTS.name], findings)
        if len(services) > 1:
            known = reconciled.known_losses(reconciled.read(folder.path / reconciled.FILE), archive.key, findings)
            heads.check_signed_heads(logs, heads.read(folder.path / heads.FILE), findings, known.heads)
            owners = {name: mongo.database(f"{prefix}_{name}") for name in WITH_LEDGER}
            await check_requests(owners, read_record(folder.path), findings, known.requests)
    finally:
        await mongo.close()
    if findings.counts:
        raise ProofError(findings)


def _check_heads(archive: Archive, logs: dict[str, Log], findings: Findings) -> None:
    """The ledgers end where the manifest says that they ended."""
    for told in archive.manifest.heads:
        log = logs.get(told.ledger)
        if log is not None and (log.ledger_id, heads.heads_of(log).streams) != (told.ledger_id, told.streams):
            findings.add("head-wrong", told.ledger, "the manifest says otherwise")


async def present_requests(url: str, prefix: str, said: Sequence[Acknowledged]) -> set[str]:
    """Which of these acknowledged commands stand in the ledgers' commits."""
    mongo = Mongo(url)
    try:
        found: set[str] = set()
        for service in WITH_LEDGER:
            found |= await _present(mongo.database(f"{prefix}_{service}"), [one.request for one in said])
        return found
    finally:
        await mongo.close()


async def _present(db: Database, requests: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(requests), _AT_ONCE):
        wanted = [f"{request}/0" for request in requests[start : start + _AT_ONCE]]
        async for commit in db["commits"].find({"_id": {"$in": wanted}}, {"_id": 1}):
            found.add(str(commit["_id"]).rsplit("/", 1)[0])
    return found
