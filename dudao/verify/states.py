"""States = fold of events: the last event of every aggregate, against the document that is its state."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from dudao.verify.findings import Findings
from dudao.verify.log import Log, Sealed
from runtime.mongo import Database

COLLECTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "registry": {
        "division": "divisions", "school": "schools", "branch": "branches", "person": "people", "grant": "grants",
        "checklist": "checklists", "team": "teams", "round": "rounds", "calendar": "calendars",
        "venue": "venues", "holiday": "holidays", "absence": "absences", "commitment": "commitments",
        "nomination": "nominations",
        "planning": "planning_terms", "draw": "draws",
        "terms": "terms",
    },
    "lists": {
        "visit": "visits", "issue": "issues", "evidence": "evidence", "liaison": "liaisons", "request": "requests",
        "material": "materials",
    },
    "alerts": {"alert": "alerts"},
}  # fmt: skip
_ENCODER: Final = msgspec.json.Encoder(order="sorted")


def canonical(value: Any) -> bytes:
    """JSON with sorted keys: two values are the same when these bytes are."""
    return _ENCODER.encode(value)


def last_events(log: Log) -> dict[str, Sealed]:
    """The last event of every aggregate, of those that can be read."""
    return {event.aggregate: event for event in log.told()}


async def check_states(db: Database, log: Log, findings: Findings) -> None:
    """Every aggregate's state is its last event's entry, and there is no state without events."""
    last = last_events(log)
    for kind, collection in COLLECTIONS[log.ledger.name].items():
        of_kind = {name.split("/", 1)[1]: event for name, event in last.items() if name.startswith(f"{kind}/")}
        async for document in db[collection].find({}):
            findings.count("states")
            event = of_kind.pop(document["_id"], None)
            if event is None:
                findings.add("state-unknown", f"{kind}/{document['_id']}")
            elif event.version != document["version"]:
                await _other_version(db, event, document, findings)
            elif canonical(msgspec.json.decode(event.data)["entry"]) != canonical(document["entry"]):
                findings.add("state-wrong", event.aggregate, "content")
        for id_ in of_kind:
            findings.add("state-missing", f"{kind}/{id_}")


async def _other_version(db: Database, event: Sealed, document: Mapping[str, Any], findings: Findings) -> None:
    """A newer state whose commits came after this reading of the ledger is no fault."""
    newer = document["version"] > event.version
    if newer and await db["commits"].find_one({"aggregate": event.aggregate, "version": document["version"]}):
        return
    findings.add("state-wrong", event.aggregate, f"version {document['version']}, events say {event.version}")
