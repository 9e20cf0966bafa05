"""An entry on the wire: CloudEvents 1.0 in Kafka's binary mode, and JSON over HTTP."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from runtime.clock import from_micros, to_text
from runtime.ledger.model import Entry

Headers = list[tuple[str, bytes]]

_NUMBERS = ("stream", "seq", "version", "registry", "at", "sealed_at")
_TEXTS = ("ledger", "id", "type", "subject", "key")


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


def to_json(entry: Entry) -> dict[str, Any]:
    """The entry as plain values for HTTP: `data` in base64, `hash` in hexadecimal digits."""
    plain: dict[str, Any] = {name: getattr(entry, name) for name in (*_TEXTS, *_NUMBERS)}
    plain["data"] = b64encode(entry.data).decode()
    plain["hash"] = entry.hash.hex()
    plain["traceparent"] = entry.traceparent
    return plain


def from_json(plain: Mapping[str, Any]) -> Entry:
    """The entry that `to_json` told of; raises `ValueError` on anything else. Unknown fields are ignored."""
    try:
        fields: dict[str, Any] = {name: _typed(plain[name], str) for name in _TEXTS}
        fields |= {name: _typed(plain[name], int) for name in _NUMBERS}
        fields["data"] = b64decode(_typed(plain["data"], str), validate=True)
        fields["hash"] = bytes.fromhex(_typed(plain["hash"], str))
        trace = plain.get("traceparent")
        fields["traceparent"] = None if trace is None else _typed(trace, str)
    except (KeyError, TypeError) as error:
        raise ValueError(f"not an entry: {error!r}") from error
    return Entry(**fields)


def _typed(value: object, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{value!r} is not of type {kind.__name__}")
    return value
