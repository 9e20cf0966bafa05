"""Evidence: the bytes are those whose hash stands in the ledger."""

import hashlib

import msgspec

from dudao.verify.findings import Findings
from dudao.verify.log import Log
from dudao.verify.states import last_events
from runtime.mongo import Database, FileBucket


async def check_evidence(db: Database, log: Log, findings: Findings) -> None:
    """Every piece of evidence in the lists ledger, read back from the file store."""
    bucket = FileBucket(db)
    for aggregate, event in last_events(log).items():
        if not aggregate.startswith("evidence/"):
            continue
        entry = msgspec.json.decode(event.data)["entry"]
        data = await bucket.get(entry["id"])
        findings.count("evidence")
        if data is None or hashlib.sha256(data).hexdigest() != entry["sha256"]:
            findings.add("evidence-wrong", aggregate, "missing" if data is None else "other bytes")
