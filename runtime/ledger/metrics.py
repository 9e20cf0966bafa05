"""What the relay shows to Prometheus."""

from typing import Final

from prometheus_client import Counter, Gauge

SEALED: Final = Counter("dudao_ledger_sealed", "Entries sealed into the ledger", ["ledger"])
PUBLISHED: Final = Counter("dudao_ledger_published", "Entries acknowledged by the broker", ["ledger"])
UNPUBLISHED: Final = Gauge("dudao_ledger_unpublished", "Entries sealed but not yet acknowledged by the broker")
EPOCH: Final = Gauge("dudao_relay_epoch", "Epoch of the relay's lease; 0 while another process holds it")
FAILURES: Final = Counter("dudao_relay_failures", "Times the relay or its publisher had to start over", ["part"])
