"""What a consumer counts, for Prometheus: one set of series per (consumer, ledger)."""

from typing import Final

from prometheus_client import Counter, Gauge

from runtime.clock import Clock, to_micros
from runtime.consumer.ports import Position

_LABELS: Final = ("consumer", "ledger")

_APPLIED: Final = Counter("dudao_consumer_applied_total", "Entries applied", _LABELS)
_DUPLICATES: Final = Counter("dudao_consumer_duplicates_total", "Records that had been applied already", _LABELS)
_GAPS: Final = Counter("dudao_consumer_gaps_total", "Gaps found in what Kafka brought", _LABELS)
_FETCHED: Final = Counter("dudao_consumer_fetched_total", "Entries fetched from the owner over HTTP", _LABELS)
_SET_ASIDE: Final = Counter("dudao_consumer_set_aside_total", "Forged or undecodable records", _LABELS)
_BURIED: Final = Counter("dudao_consumer_buried_total", "Poison events", _LABELS)
_LAG: Final = Gauge("dudao_consumer_lag_entries", "Entries between the watermarks and the owner's heads", _LABELS)
_LAG_SECONDS: Final = Gauge(
    "dudao_consumer_lag_seconds", "Seconds since it was last level with the owner, or since its start", _LABELS
)
_HEAD: Final = Gauge("dudao_consumer_head_entries", "Entries in the owner's ledger when last asked", _LABELS)
_POSITION: Final = Gauge("dudao_consumer_position_entries", "Entries up to the watermarks", _LABELS)
_PARKED: Final = Gauge("dudao_consumer_parked", "Events parked behind an open dead row", _LABELS)
_DEAD: Final = Gauge("dudao_consumer_dead", "Aggregates with an open dead row", _LABELS)
_ALARMS: Final = Gauge("dudao_consumer_alarms", "Streams stopped: the owner's ledger is another", _LABELS)
_CONFIRMED: Final = Gauge("dudao_consumer_confirmed_seconds", "When last level with the owner, since 1970", _LABELS)


class Meters:
    """The counters of one consumer of one ledger."""

    def __init__(self, consumer: str, ledger: str, clock: Clock) -> None:
        labels = (consumer, ledger)
        self._clock = clock
        self._level_at = to_micros(clock.now())
        _LAG_SECONDS.labels(*labels).set_function(self._seconds)
        self._head = _HEAD.labels(*labels)
        self._position = _POSITION.labels(*labels)
        self._parked = _PARKED.labels(*labels)
        self._applied = _APPLIED.labels(*labels)
        self._duplicates = _DUPLICATES.labels(*labels)
        self._gaps = _GAPS.labels(*labels)
        self._fetched = _FETCHED.labels(*labels)
        self._set_aside = _SET_ASIDE.labels(*labels)
        self._buried = _BURIED.labels(*labels)
        self._lag = _LAG.labels(*labels)
        self._dead = _DEAD.labels(*labels)
        self._alarms = _ALARMS.labels(*labels)
        self._confirmed = _CONFIRMED.labels(*labels)

    def applied(self, entries: int) -> None:
        """Entries took effect."""
        self._applied.inc(entries)

    def duplicates(self, records: int) -> None:
        """Records were skipped."""
        self._duplicates.inc(records)

    def gap(self) -> None:
        """Kafka lacked something."""
        self._gaps.inc()

    def fetched(self, entries: int) -> None:
        """The owner gave entries."""
        self._fetched.inc(entries)

    def set_aside(self, records: int) -> None:
        """Records were false."""
        self._set_aside.inc(records)

    def buried(self, position: Position) -> None:
        """An event was poison."""
        self._buried.inc()
        self.position(position)

    def position(self, position: Position) -> None:
        """What stands still."""
        self._dead.set(len(position.parked))
        self._parked.set(position.waiting)
        self._alarms.set(len(position.stopped))

    def lag(self, entries: int) -> None:
        """How far the owner is ahead."""
        self._lag.set(entries)

    def heads(self, owners: int, own: int) -> None:
        """How many entries the owner has, and how many were passed here."""
        self._head.set(owners)
        self._position.set(own)

    def _seconds(self) -> float:
        return max(0, to_micros(self._clock.now()) - self._level_at) / 1_000_000

    def confirmed(self, at: int) -> None:
        """Level with the owner at this instant, µs since 1970."""
        self._level_at = at
        self._confirmed.set(at / 1_000_000)
