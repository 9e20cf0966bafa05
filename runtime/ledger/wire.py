"""An entry on the wire: CloudEvents 1.0 in Kafka's binary mode, and JSON over HTTP."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from msgspec import MsgspecError, Struct
from msgspec.json import Decoder

from runtime import canonical
from runtime.clock import from_micros, to_text
from runtime.ledger.model import Entry
from runtime.ledger.read import Heads

Headers = list[tuple[str, bytes]]


@lru_cache(maxsize=1024)
def _second(second: int) -> bytes:
    """The text of a whole second up to its decimals: `2026-09-25T01:02:03.`."""
    return to_text(from_micros(second * 1_000_000))[:-7].encode()


def _time(at: int) -> bytes:
    # To the same text as `to_text`, which would cost more than all other headers together.
    second, micros = divmod(at, 1_000_000)
    return _second(second) + b"%06dZ" % micros


@lru_cache(maxsize=1024)
def _few(text: str) -> bytes:
    """Of texts of which there are only a few kinds."""
    return text.encode()


def to_kafka(entry: Entry, source: str) -> tuple[bytes, bytes, Headers]:
    """Key, value and headers of a Kafka record; `source` is `/dudao/<service>`."""
    headers = [
        ("content-type", b"application/json"),
        ("ce_specversion", b"1.0"),
        ("ce_id", entry.id.encode()),
        ("ce_source", _few(source)),
        ("ce_type", _few(entry.type)),
        ("ce_subject", entry.subject.encode()),
        ("ce_time", _time(entry.at)),
        ("ce_ledger", _few(entry.ledger)),
        ("ce_stream", b"%d" % entry.stream),
        ("ce_seq", b"%d" % entry.seq),
        ("ce_hash", entry.hash.hex().encode()),
        ("ce_version", b"%d" % entry.version),
        ("ce_registry", b"%d" % entry.registry),
        ("ce_sealed", b"%d" % entry.sealed_at),
        ("ce_at", b"%d" % entry.at),
    ]
    if entry.traceparent is not None:
        headers.append(("ce_traceparent", entry.traceparent.encode()))
    return entry.key.encode(), entry.data, headers


def from_kafka(key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes]]) -> Entry:
    """The entry of a Kafka record; raises `ValueError` on anything that is not one. Unknown headers are ignored."""
    if key is None or value is None:
        raise ValueError("a record without key or value")
    raw = dict(headers)
    try:
        trace = raw.get("ce_traceparent")
        return Entry(
            ledger=raw["ce_ledger"].decode(),
            stream=int(raw["ce_stream"]),
            seq=int(raw["ce_seq"]),
            id=raw["ce_id"].decode(),
            type=raw["ce_type"].decode(),
            subject=raw["ce_subject"].decode(),
            key=key.decode(),
            version=int(raw["ce_version"]),
            registry=int(raw["ce_registry"]),
            at=int(raw["ce_at"]),
            sealed_at=int(raw["ce_sealed"]),
            data=value,
            hash=bytes.fromhex(raw["ce_hash"].decode()),
            traceparent=None if trace is None else trace.decode(),
        )
    except KeyError as missing:
        raise ValueError(f"a record without the header {missing.args[0]}") from missing
    except (TypeError, AttributeError) as error:
        raise ValueError(f"a record with a header that is not bytes: {error}") from error


class EntryAnswer(Struct, frozen=True):
    """One entry with everything that is hashed: `data` in base64, `hash` in hexadecimal digits, times in µs.

    Fields that are unknown are ignored.
    """

    ledger: str
    stream: int
    seq: int
    id: str
    type: str
    subject: str
    key: str
    version: int
    registry: int
    at: int
    sealed_at: int
    data: bytes
    hash: str
    traceparent: str | None = None


class EntriesAnswer(Struct, frozen=True):
    """Entries without a gap, in order; none at the end of the stream."""

    entries: list[EntryAnswer]


class HeadAnswer(Struct, frozen=True):
    """The end of one stream; `hash` in hexadecimal digits."""

    seq: int
    hash: str


class HeadsAnswer(Struct, frozen=True):
    """The heads of a ledger at one instant; `streams` by number, `sealed_through` in microseconds since 1970."""

    ledger_id: str
    sealed_through: int
    streams: dict[str, HeadAnswer]


_decode_page = Decoder(EntriesAnswer).decode


def heads_to_json(heads: Heads) -> dict[str, Any]:
    """Heads as plain values, in the shape of `HeadsAnswer`."""
    streams = {str(stream): {"seq": seq, "hash": hash_.hex()} for stream, (seq, hash_) in heads.streams.items()}
    return {"ledger_id": heads.ledger_id, "sealed_through": heads.sealed_through, "streams": streams}


def heads_from_json(plain: dict[str, Any]) -> Heads:
    """The heads that `heads_to_json` told of; raises `ValueError` on anything else."""
    try:
        streams = {
            int(stream): (int(head["seq"]), bytes.fromhex(head["hash"])) for stream, head in plain["streams"].items()
        }
        return Heads(str(plain["ledger_id"]), int(plain["sealed_through"]), streams)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not the heads of a ledger: {error!r}") from error


def page_of(body: bytes) -> list[Entry]:
    """The entries that `to_page` told of; raises `ValueError` on anything else."""
    try:
        return [_entry(told) for told in _decode_page(body).entries]
    except MsgspecError as error:
        raise ValueError(f"not entries: {error}") from error


def to_page(entries: Iterable[Entry]) -> bytes:
    """The JSON of `EntriesAnswer`."""
    return canonical.encode(EntriesAnswer([_told(entry) for entry in entries]))


def _told(entry: Entry) -> EntryAnswer:
    return EntryAnswer(
        entry.ledger, entry.stream, entry.seq, entry.id, entry.type, entry.subject, entry.key, entry.version,
        entry.registry, entry.at, entry.sealed_at, entry.data, entry.hash.hex(), entry.traceparent,
    )  # fmt: skip


def _entry(told: EntryAnswer) -> Entry:
    return Entry(
        told.ledger, told.stream, told.seq, told.id, told.type, told.subject, told.key, told.version, told.registry,
        told.at, told.sealed_at, told.data, bytes.fromhex(told.hash), told.traceparent,
    )  # fmt: skip
