"""Logs: JSON lines in which no secret survives; trace contexts as W3C writes them."""

import json
import logging

import pytest

from runtime.telemetry import JsonLines, current_trace, new_trace, parse_traceparent, without_secrets

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"
TOKEN = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJQLTEifQ.c2lnbmF0dXJl"


def line_of(message: str, *args: object, error: BaseException | None = None) -> dict[str, object]:
    info = None if error is None else (type(error), error, error.__traceback__)
    record = logging.LogRecord("dudao.test", logging.ERROR, __file__, 1, message, args, info)
    line = JsonLines("portal").format(record)
    assert "\n" not in line
    decoded: dict[str, object] = json.loads(line)
    return decoded


@pytest.mark.parametrize("version", ["00", "01"])
def test_a_traceparent_is_read_and_its_child_stays_in_the_trace(version: str) -> None:
    trace = parse_traceparent(f"{version}-{TRACE}-{SPAN}-01")
    assert trace is not None
    child = trace.child()
    assert (child.trace_id, child.flags) == (TRACE, "01")
    assert child.span_id != SPAN
    assert parse_traceparent(str(child)) == child


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE[:-1]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01\n",
        f" 00-{TRACE}-{SPAN}-01",
    ],
)
def test_a_malformed_traceparent_is_none(text: str | None) -> None:
    assert parse_traceparent(text) is None


def test_a_later_version_may_say_more() -> None:
    assert parse_traceparent(f"01-{TRACE}-{SPAN}-01-more") is not None


def test_new_traces_differ_and_are_well_formed() -> None:
    traces = {str(new_trace()) for _ in range(100)}
    assert len(traces) == 100
    assert all(parse_traceparent(text) for text in traces)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"Authorization: Bearer {TOKEN}", TOKEN),
        (f"token={TOKEN}", "eyJ"),
        ("Authorization: Basic cDpwYXNz", "cDpwYXNz"),
        ("mongodb://dudao:s3cr3t@db:27017/?x", "s3cr3t"),
        ("mongodb://dudao:s3cr3t@db:27017/?x", ":s3cr3t@"),
        ('{"password": "a b\tc", "x": 1}', "a b"),
        ("password=hunter2&next=1", "hunter2"),
        ("{'new_password': 'hunter2'}", "hunter2"),
        ("DUDAO_SERVICE_SECRET=hunter2", "hunter2"),
        ('{"one_time_password":"w6ym-h6vt-zcmk-yxng"}', "w6ym"),
        ("-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n-----END PRIVATE KEY-----", "MC4CAQAw"),
        ("-----BEGIN PRIVATE KEY-----\nMC4CAQAw cut off", "MC4CAQAw"),
        ("hash $argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA", "c2FsdA"),
    ],
)
def test_secrets_are_blotted_out(text: str, secret: str) -> None:
    assert secret not in without_secrets(text)


def test_what_is_no_secret_stays() -> None:
    text = "issue I-17 of S001 was closed by P-3 (password rules: ≥ 10) at http://127.0.0.1:8000/v1"
    assert without_secrets(text) == text


def test_a_line_says_when_who_and_what_and_stays_one_line() -> None:
    trace = new_trace()
    token = current_trace.set(trace)
    try:
        line = line_of("two\nlines for %s", "书记")
    finally:
        current_trace.reset(token)
    assert line["message"] == "two\nlines for 书记"
    assert (line["level"], line["service"], line["logger"]) == ("error", "portal", "dudao.test")
    assert line["trace"] == trace.trace_id
    assert str(line["time"]).endswith("Z")


def test_an_error_is_told_with_its_stack_and_without_secrets() -> None:
    def fail() -> None:
        raise ValueError(f"password={TOKEN}")

    with pytest.raises(ValueError, match="password") as failure:
        fail()
    line = line_of("failed", error=failure.value)
    told = line["error"]
    assert isinstance(told, dict)
    assert told["kind"] == "ValueError"
    assert "test_http_telemetry" in told["stack"]
    assert TOKEN not in json.dumps(line)
    assert TOKEN[:10] not in json.dumps(line)


def test_an_endless_message_is_cut() -> None:
    assert len(str(line_of("x" * 1_000_000)["message"])) < 20_000
