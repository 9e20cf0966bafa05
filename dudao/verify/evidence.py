"""Evidence: the bytes are those whose hash stands in the ledger."""

import hashlib

import msgspec

from dudao.verify.findings import Findings
from dudao.verify.log import Log
from dudao.verify.states import last_events
from runtime.errors import BrokenFileError
from runtime.files import Bucket, whole


async def check_evidence(bucket: Bucket, log: Log, findings: Findings) -> None:
    """Every piece of evidence in the lists ledger, as it came and as it is shown, read back from the file store."""
    for aggregate, event in last_events(log).items():
        if not aggregate.startswith("evidence/"):
            continue
        entry = msgspec.json.decode(event.data)["entry"]
        findings.count("evidence")
        files = [(entry["id"], entry["sha256"])]
        if entry.get("shown_sha256"):
            files.append((f"{entry['id']}.whole", entry["shown_sha256"]))
        for file, sha256 in files:
            problem = await _problem(bucket, file, sha256)
            if problem:
                findings.add("evidence-wrong", aggregate, problem)


async def _problem(bucket: Bucket, file: str, sha256: str) -> str | None:
    try:
        data = await whole(bucket, file)
    except BrokenFileError:
        return "not whole"
    if data is None:
        return "missing"
    return None if hashlib.sha256(data).hexdigest() == sha256 else "other bytes"
