"""An entry survives the wire, and nothing else passes for one."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.clock import from_micros, to_text
from runtime.ledger.model import Entry
from runtime.ledger.wire import from_kafka, page_of, to_kafka, to_page

_texts = st.text(st.characters(codec="utf-8"))
_numbers = st.integers(0, 2**62)
# Within the years that a date can tell.
_instants = st.integers(0, 250_000_000_000_000_000)
ENTRIES = st.builds(
    Entry,
    ledger=_texts,
    stream=_numbers,
    seq=_numbers,
    id=_texts,
    type=_texts,
    subject=_texts,
    key=_texts,
    version=_numbers,
    registry=_numbers,
    at=_instants,
    sealed_at=_numbers,
    data=st.binary(),
    hash=st.binary(),
    traceparent=st.none() | _texts,
)
ONE = Entry(
    "lists", 17, 5, "r/0/0", "inspection.issue.drafted.v1", "issue/I-1", "S001", 2, 9,
    1_700_000_000_123_456, 1_700_000_000_200_000, "{问题}".encode(), b"\x01\xff", "00-aa-bb-01",
)  # fmt: skip


@given(ENTRIES)
def test_an_entry_survives_kafka(entry: Entry) -> None:
    assert from_kafka(*to_kafka(entry, "/dudao/inspection")) == entry


@given(ENTRIES)
def test_an_entry_survives_http(entry: Entry) -> None:
    assert page_of(to_page([entry])) == [entry]


def one_with(**fields: Any) -> bytes:
    """A page of `ONE`, with these fields instead or besides."""
    (plain,) = json.loads(to_page([ONE]))["entries"]
    return json.dumps({"entries": [{**plain, **fields}]}).encode()


def test_the_record_is_a_cloud_event() -> None:
    key, value, headers = to_kafka(ONE, "/dudao/inspection")

    assert (key, value) == (b"S001", "{问题}".encode())
    assert dict(headers) == {
        "content-type": b"application/json",
        "ce_specversion": b"1.0",
        "ce_id": b"r/0/0",
        "ce_source": b"/dudao/inspection",
        "ce_type": b"inspection.issue.drafted.v1",
        "ce_subject": b"issue/I-1",
        "ce_time": b"2023-11-14T22:13:20.123456Z",
        "ce_ledger": b"lists",
        "ce_stream": b"17",
        "ce_seq": b"5",
        "ce_hash": b"01ff",
        "ce_version": b"2",
        "ce_registry": b"9",
        "ce_sealed": b"1700000000200000",
        "ce_at": b"1700000000123456",
        "ce_traceparent": b"00-aa-bb-01",
    }


def test_unknown_headers_and_fields_are_ignored() -> None:
    key, value, headers = to_kafka(ONE, "/dudao/inspection")

    assert from_kafka(key, value, [*headers, ("ce_new", b"\xff")]) == ONE
    assert page_of(one_with(new=1)) == [ONE]


@pytest.mark.parametrize("missing", ["ce_id", "ce_seq", "ce_hash", "ce_at", "ce_ledger"])
def test_a_record_without_a_header_is_refused(missing: str) -> None:
    key, value, headers = to_kafka(ONE, "/dudao/inspection")

    with pytest.raises(ValueError, match=missing):
        from_kafka(key, value, [header for header in headers if header[0] != missing])


@pytest.mark.parametrize(
    ("name", "value"),
    [("ce_seq", b"five"), ("ce_hash", b"zz"), ("ce_type", b"\xff\xfe"), ("ce_seq", None), ("ce_id", "text")],
)
def test_a_record_with_a_wrong_header_is_refused(name: str, value: Any) -> None:
    key, data, headers = to_kafka(ONE, "/dudao/inspection")

    with pytest.raises(ValueError):  # noqa: PT011 -- UnicodeDecodeError is one too
        from_kafka(key, data, [*headers, (name, value)])


@pytest.mark.parametrize(("key", "value"), [(None, b"x"), (b"x", None), (b"\xff", b"x")])
def test_a_record_without_a_proper_key_or_value_is_refused(key: bytes | None, value: bytes | None) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- UnicodeDecodeError is one too
        from_kafka(key, value, to_kafka(ONE, "/dudao/inspection")[2])


@pytest.mark.parametrize(
    ("name", "value"),
    [("seq", "5"), ("seq", True), ("seq", 5.0), ("id", 1), ("data", "*"), ("hash", "zz"), ("traceparent", 1)],
)
def test_json_with_a_wrong_field_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- binascii.Error is one too
        page_of(one_with(**{name: value}))


def test_json_with_a_missing_field_is_refused() -> None:
    (plain,) = json.loads(to_page([ONE]))["entries"]
    del plain["key"]

    with pytest.raises(ValueError, match="key"):
        page_of(json.dumps({"entries": [plain]}).encode())


@given(ENTRIES)
def test_the_time_of_the_event_is_the_instant_of_the_command(entry: Entry) -> None:
    _, _, headers = to_kafka(entry, "/dudao/inspection")

    assert dict(headers)["ce_time"].decode() == to_text(from_micros(entry.at))
