"""What surrounds every request: trace, bounds on headers, metrics, and the last resort on an error."""

import logging
from collections.abc import Iterable
from time import perf_counter
from typing import Any, Final

from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.http.docs import PATH as DOCS
from runtime.http.problems import problem, standard_problem
from runtime.telemetry import Trace, current_trace, new_trace, parse_traceparent

_log: Final = logging.getLogger(__name__)
MAX_HEADER_BYTES: Final = 32_768
_MAX_DIGITS: Final = 15
_ONCE: Final = frozenset({b"idempotency-key", b"if-match"})
_SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_STRICT_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
_DOCS_POLICY: Final = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_REQUESTS: Final = Counter("dudao_http_requests_total", "Requests answered", ("operation", "status"))
_SECONDS: Final = Histogram("dudao_http_request_seconds", "Time to the first byte of the answer", ("operation",))


def _repeated(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """A header that must stand once and stands twice: which of the two would count is nobody's guess to make."""
    names = [name for name, _ in headers if name in _ONCE]
    return next((name.decode() for name in names if names.count(name) > 1), None)


class Envelope:
    """ASGI middleware, outermost; `max_body` bytes of a request's body unless its operation says otherwise."""

    def __init__(self, app: ASGIApp, max_body: int) -> None:
        self._app = app
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; whatever goes wrong inside is logged and answered with a bare 500."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace = (parse_traceparent(Headers(scope=scope).get("traceparent")) or new_trace()).child()
        token = current_trace.set(trace)
        exchange = _Exchange(scope, receive, send, trace, self._max_body)
        try:
            await exchange.run(self._app)
        finally:
            current_trace.reset(token)


class _Exchange:
    def __init__(self, scope: Scope, receive: Receive, send: Send, trace: Trace, max_body: int) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._trace = trace
        self._begun = perf_counter()
        self._started = False
        self._max_body = max_body
        self._received = 0

    async def run(self, app: ASGIApp) -> None:
        if sum(len(name) + len(value) for name, value in self._scope["headers"]) > MAX_HEADER_BYTES:
            await self._answer(431)
            return
        twice = _repeated(self._scope["headers"])
        if twice is not None:
            await self._refuse_twice(twice)
            return
        try:
            await app(self._scope, self.receive, self.send)
        except Exception:
            _log.exception("%s %s failed", self._scope["method"], self._operation())
            if self._started:
                # The answer has begun: breaking it off is the only honest sign left.
                raise
            await self._answer(500)

    async def receive(self) -> Message:
        # The operation is known by now, and with it the bound that counts. A body announced too large is not read.
        bound: int = self._extra().get("x-max-body", self._max_body)
        announced = Headers(scope=self._scope).get("content-length", "")
        if announced.isascii() and announced.isdigit() and (len(announced) > _MAX_DIGITS or int(announced) > bound):
            raise HTTPException(413)
        message = await self._receive()
        self._received += len(message.get("body", b""))
        if self._received > bound:
            raise HTTPException(413)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._dress(MutableHeaders(raw=message.setdefault("headers", [])), message["status"])
        await self._send(message)

    async def _refuse_twice(self, name: str) -> None:
        zh, en = f"请求头 {name} 只能出现一次", f"the header {name} may stand once only"
        await self._respond(problem(400, f"{name}-invalid", zh, en, instance=self._scope["path"]))

    async def _answer(self, status: int) -> None:
        await self._respond(standard_problem(status, self._scope["path"]))

    async def _respond(self, response: Response) -> None:
        self._dress(response.headers, response.status_code)
        await response(self._scope, self._receive, self._send)

    def _dress(self, headers: MutableHeaders, status: int) -> None:
        self._started = True
        path: str = self._scope["path"]
        is_docs = path == DOCS or path.startswith(f"{DOCS}/")
        for name, value in _SAFE.items():
            headers.setdefault(name, value)
        headers.setdefault("Content-Security-Policy", _DOCS_POLICY if is_docs else _STRICT_POLICY)
        if not is_docs:
            headers.setdefault("Cache-Control", "no-store")
        headers["traceparent"] = str(self._trace)
        operation = self._operation()
        _REQUESTS.labels(operation, str(status)).inc()
        _SECONDS.labels(operation).observe(perf_counter() - self._begun)

    def _extra(self) -> dict[str, Any]:
        return getattr(self._scope.get("route"), "openapi_extra", None) or {}

    def _operation(self) -> str:
        # Never the path as sent: it may hold ids, and its values have no bound.
        return getattr(self._scope.get("route"), "operation_id", None) or "other"
