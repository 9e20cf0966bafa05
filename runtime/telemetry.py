"""Logs as JSON lines without secrets, and trace contexts (W3C Trace Context, version 00)."""

import json
import logging
import re
import secrets
import sys
import traceback
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from runtime.clock import from_micros, to_text

_TRACEPARENT: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)
_SECRETS: Final = (
    (re.compile(r"eyJ[\w-]+\.[\w-]*\.[\w-]*"), "[token]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s\"',;]+"), r"\1 [secret]"),
    (re.compile(r"(://[^/\s:@]*:)[^/\s@]+@"), r"\1[secret]@"),
    (
        re.compile(
            r"(?i)([\"']?\b\w*(?:password|secret|passwd|api_?key|access_token|refresh_token)\b[\"']?\s*[=:]\s*)"
            r"(\"[^\"]*\"|'[^']*'|[^\s,;&}\"']+)"
        ),
        r"\1[secret]",
    ),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), "[key]"),
    (re.compile(r"\$argon2\w+\$\S+"), "[hash]"),
)
_MAX_TEXT: Final = 16_384


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace and the span that is ours in it, lower-case hexadecimal."""

    trace_id: str
    span_id: str
    flags: str = "01"

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"

    def child(self) -> "Trace":
        """A new span in the same trace."""
        return Trace(self.trace_id, secrets.token_hex(8), self.flags)


def new_trace() -> Trace:
    """A trace that begins here."""
    return Trace(secrets.token_hex(16), secrets.token_hex(8))


def parse_traceparent(text: str | None) -> Trace | None:
    """The trace in a `traceparent`; none when it is missing or malformed (then a new trace begins)."""
    found = _TRACEPARENT.fullmatch(text) if text else None
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    malformed = version == "ff" or (version == "00" and more is not None) or not int(trace_id, 16)
    return None if malformed or not int(span_id, 16) else Trace(trace_id, span_id, flags)


current_trace: ContextVar[Trace | None] = ContextVar("current_trace", default=None)


def without_secrets(text: str) -> str:
    """The text with tokens, passwords, keys and the user part of URLs blotted out, and of bounded length."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + "…"


class JsonLines(logging.Formatter):
    """One JSON object a record: time, level, service, logger, message, trace, and an error's kind, text and stack."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, object] = {
            "time": to_text(from_micros(int(record.created * 1_000_000))),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        trace = current_trace.get()
        if trace is not None:
            line["trace"] = trace.trace_id
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = describe(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def describe(error: BaseException) -> dict[str, object]:
    """An error for a log: kind, text and stack, without secrets; values of variables are never in it."""
    stack = "".join(traceback.format_exception(error, chain=True))
    return {"kind": type(error).__name__, "text": without_secrets(str(error)), "stack": without_secrets(stack)}


def set_up_logging(service: str, level: str = "INFO") -> None:
    """Send every logger to standard error as JSON lines; chatty libraries from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("httpx", "httpcore", "aiokafka", "pymongo", "motor", "asyncio", "faststream", "python_multipart"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
