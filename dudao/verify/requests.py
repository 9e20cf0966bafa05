"""Every acknowledged submission stands exactly once in its service's commits, with the answer that was given."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from typing import Final

from dudao.client.record import Acknowledged
from dudao.verify.findings import Findings
from runtime.mongo import Database

_AT_ONCE: Final = 1000


async def check_requests(
    databases: Mapping[str, Database],
    said: Iterable[Acknowledged],
    findings: Findings,
    known: Set[str] = frozenset(),
) -> None:
    """`databases` by service; what other services were asked for keeps no ledger and is passed over.

    `known` are the ids of requests that a person has found lost with an older copy of the ledger.
    """
    by_service: dict[str, list[Acknowledged]] = defaultdict(list)
    for one in said:
        if one.request in known:
            findings.count("requests known to be lost")
        else:
            by_service[one.service].append(one)
    for service, db in databases.items():
        rows = by_service[service]
        for start in range(0, len(rows), _AT_ONCE):
            await _check(db, rows[start : start + _AT_ONCE], findings)


async def _check(db: Database, rows: list[Acknowledged], findings: Findings) -> None:
    answers = {
        commit["_id"].rsplit("/", 1)[0]: hashlib.sha256(bytes(commit["answer"]["body"])).hexdigest()
        async for commit in db["commits"].find({"_id": {"$in": [f"{row.request}/0" for row in rows]}}, {"answer": 1})
    }
    for row in rows:
        findings.count("requests")
        answer = answers.get(row.request)
        if answer is None:
            findings.add("request-lost", f"{row.method} {row.path}", row.request)
        elif answer != row.answer:
            findings.add("request-lost", f"{row.method} {row.path}", "another answer is kept")
