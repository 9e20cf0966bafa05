"""What deploy/gateway says of each path, and a small stand-in for nginx that goes by it."""

import json
import re
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, cast

import crossplane
import httpx

from dudao.embedded.ports import LOOPBACK, free_port

TEMPLATE: Final = Path(__file__).resolve().parents[1] / "deploy" / "gateway" / "nginx.conf.template"
Block = dict[str, Any]
Location = tuple[str, str, str | None]
_PASSED_ON: Final = ("authorization", "content-type", "idempotency-key", "if-match")


def parsed(text: str, folder: Path) -> Block:
    """The configuration by nginx's own grammar."""
    file = folder / "nginx.conf"
    file.write_text(text.replace("${NGINX_LOCAL_RESOLVERS}", "127.0.0.1"))
    found: Block = crossplane.parse(str(file), single=True, strict=True)
    return found


def walk(blocks: list[Block]) -> Iterator[Block]:
    """Every directive, with those inside of others."""
    for block in blocks:
        yield block
        yield from walk(block.get("block", []))


def locations_of(configuration: Block) -> list[Location]:
    """(kind, pattern, the service asked); kind as nginx writes it, "" for a prefix."""
    found = []
    for block in walk(configuration["config"][0]["parsed"]):
        if block["directive"] == "location":
            *kind, pattern = block["args"]
            asked = [inner["args"][0] for inner in block["block"] if inner["directive"] == "proxy_pass"]
            target = re.match(r"\$([a-z]+)", asked[0]) if asked else None
            found.append((kind[0] if kind else "", pattern, target.group(1) if target else None))
    return found


def service_for(path: str, locations: list[Location]) -> str | None:
    """As nginx chooses: the exact one, else the first expression that matches, else the longest prefix."""
    for kind, pattern, service in locations:
        if kind == "=" and pattern == path:
            return service
    for kind, pattern, service in locations:
        if kind == "~" and re.search(pattern, path):
            return service
    prefixes = [
        (len(pattern), service) for kind, pattern, service in locations if not kind and path.startswith(pattern)
    ]
    return max(prefixes)[1]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    addresses: Mapping[str, str]
    locations: list[Location]
    http: httpx.Client


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def log_message(self, format: str, *args: object) -> None:
        del format, args

    def _pass_on(self) -> None:
        server = cast("_Server", self.server)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        service = service_for(self.path.partition("?")[0], server.locations)
        if service is None:
            self._refuse(404, "not-found", "没有这个地址")
            return
        headers = {name: self.headers[name] for name in _PASSED_ON if name in self.headers}
        url = server.addresses[service] + self.path
        try:
            answer = server.http.request(self.command, url, content=body, headers=headers)
        except httpx.TransportError:
            self._refuse(503, "unavailable", "服务暂不可用，请稍后再试")
            return
        self._answer(answer.status_code, answer.content)

    def _refuse(self, status: int, code: str, zh: str) -> None:
        self._answer(status, json.dumps({"type": f"/problems/{code}", "zh": zh}).encode())

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def gateway(addresses: Mapping[str, str]) -> Iterator[str]:
    """The one origin of these services, by the deployment's own routes; yields its URL."""
    with tempfile.TemporaryDirectory() as folder, httpx.Client(timeout=60, trust_env=False) as http:
        server = _Server((LOOPBACK, free_port()), _Handler)
        server.addresses, server.http = addresses, http
        server.locations = locations_of(parsed(TEMPLATE.read_text(encoding="utf-8"), Path(folder)))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        thread.start()
        try:
            yield f"http://{LOOPBACK}:{server.server_address[1]}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
