"""One sealed entry, for tests of what is said about entries."""

from typing import Any

from runtime.ledger.chain import link
from runtime.ledger.model import Entry


def entry(previous: bytes) -> Entry:
    """The entry after `previous` in stream 9 of the lists; every field differs from every other."""
    fields: dict[str, Any] = {
        "stream": 9,
        "seq": 7,
        "id": "7a98945f1828144baac4c3c2d72a0856/0/0",
        "type": "inspection.issue.assigned.v1",
        "subject": "issue/2ddcf95a0ef99780249b573a124d0296",
        "key": "S001",
        "version": 3,
        "registry": 1839,
        "at": 1_795_494_269_371_033,
        "sealed_at": 1_795_494_269_437_271,
        "data": '{"cause":{},"entry":{"state":"assigned","description":"三会一课"},"focus":null}'.encode(),
    }
    return Entry(ledger="lists", hash=link(previous, **fields), traceparent="00-ab-cd-01", **fields)
