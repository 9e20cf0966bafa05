"""What the relay shows to Prometheus."""

from typing import Final

from prometheus_client import Counter, Gauge

SEALED: Final = Counter("dudao_ledger_sealed", "Entries sealed into the ledger", ["ledger"])
SEAL_DOCUMENTS: Final = Counter("dudao_ledger_seals", "Seal documents written", ["ledger"])
ENTRIES: Final = Gauge("dudao_ledger_entries", "Entries in the ledger, as the relay that leads knows it", ["ledger"])
SEALED_THROUGH: Final = Gauge(
    "dudao_ledger_sealed_through_seconds", "Instant up to which nothing more will be sealed, since 1970"
)
PUBLISHED: Final = Counter("dudao_ledger_published", "Entries acknowledged by the broker", ["ledger"])
UNPUBLISHED: Final = Gauge("dudao_ledger_unpublished", "Entries sealed but not yet acknowledged by the broker")
EPOCH: Final = Gauge("dudao_relay_epoch", "Epoch of the relay's lease; 0 while another process holds it")
FAILURES: Final = Counter("dudao_relay_failures", "Times the relay or its publisher had to start over", ["part"])
