"""The four services as they are, over one MongoDB and one clock, with the portal's own tokens."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any, Final

import httpx
from fastapi import FastAPI

from runtime.access.tokens import TokenVerifier
from runtime.clock import FixedClock
from runtime.mongo import Database, Mongo
from services.portal.bootstrap import Portal
from services.portal.signing import Signer, new_key_pem
from tests.inspection_world import JPEG, NOW, World

SERVICES: Final = ("inspection", "notification", "reporting", "portal")
ISSUER: Final = "dudao-portal"
Entry = dict[str, Any]


@dataclass
class City:
    """Everything a test of access needs; `kept` are seeded state documents by collection and name."""

    clock: FixedClock
    mongo: Mongo
    prefix: str
    portal: Portal
    apps: dict[str, FastAPI] = field(default_factory=dict)
    http: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    kept: dict[tuple[str, str], Entry] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    told: frozenset[tuple[str, str]] = frozenset()
    team: str = ""
    other_team: str = ""
    _tokens: dict[str, str] = field(default_factory=dict)
    _copies: list[tuple[str, str, str]] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: count(1))

    def database(self, service: str) -> Database:
        """The service's own database."""
        return self.mongo.database(f"{self.prefix}_{service}")

    @property
    def world(self) -> World:
        """The inspection API as people speak it."""
        return World(self.http["inspection"], self.clock, self.token)

    def token(self, subject: str) -> str:
        """The portal's token of a person, or of `service:<name>`."""
        if subject not in self._tokens:
            self._tokens[subject] = self.portal.signer.sign(subject).text
        return self._tokens[subject]

    def bad_tokens(self, subject: str) -> dict[str, str]:
        """Tokens that say who, and count for nothing: expired, of another issuer, by another key."""
        pem = self.portal.settings.signing_key.get_secret_value()
        life = timedelta(minutes=15)
        earlier = FixedClock(self.clock.now() - timedelta(hours=1))
        return {
            "expired": Signer(pem, ISSUER, life, earlier).sign(subject).text,
            "of another issuer": Signer(pem, "elsewhere", life, self.clock).sign(subject).text,
            "by another key": Signer(new_key_pem(), ISSUER, life, self.clock).sign(subject).text,
        }

    def word(self) -> str:
        """A word that was never used before."""
        return f"w{next(self._numbers)}"

    async def keep(self, collection: str, name: str, id: str) -> None:
        """Remember the state of an entry of inspection as it is now."""
        document = await self.database("inspection")[collection].find_one({"_id": id})
        assert document is not None, (collection, name, id)
        self.kept[collection, name] = document

    async def copy(self, collection: str, name: str, *, id: str | None = None, **changes: Any) -> tuple[Entry, int]:
        """A new entry in the state kept under this name; gone with `forget_copies`, unless it is given an id."""
        return await self._copied("inspection", collection, self.kept[collection, name], id, changes)

    async def copy_alert(self) -> tuple[Entry, int]:
        """A new alert of the secretary, unread."""
        return await self._copied("notification", "alerts", self.kept["alerts", "secretary"], None, {})

    async def _copied(
        self, service: str, collection: str, kept: Mapping[str, Any], id: str | None, changes: Mapping[str, Any]
    ) -> tuple[Entry, int]:
        name = id or f"{collection}-copy-{next(self._numbers)}"
        entry = {**kept["entry"], "id": name, **changes}
        await self.database(service)[collection].insert_one({**kept, "_id": name, "entry": entry})
        if id is None:
            self._copies.append((service, collection, name))
        return entry, int(kept["version"])

    async def dead_event(self, service: str) -> str:
        """The place of a new event that this service cannot apply, and never will."""
        seq = next(self._numbers)
        entry = {
            "ledger": "lists", "stream": 63, "seq": seq, "id": f"r{seq}/0/0", "type": "inspection.issue.submitted.v1",
            "subject": f"issue/poison-{seq}", "key": "S25", "version": 1, "registry": 1, "at": 1, "sealed_at": 1,
            "data": b"\xff", "hash": b"h" * 32, "traceparent": None,
        }  # fmt: skip
        name = f"lists/63/{seq:012d}"
        row = {
            "_id": name, "ledger": "lists", "stream": 63, "aggregate": f"issue/poison-{seq}",
            "state": "dead", "reason": "unreadable", "tries": 3, "behind": 0, "buried_at": 1, "entry": entry,
        }  # fmt: skip
        await self.database(service)["dead"].insert_one(row)
        self._copies.append((service, "dead", name))
        return f"lists/63/{seq}"

    def made(self, answer: httpx.Response) -> None:
        """Issues that an answer says were made go the way of the copies."""
        location = answer.headers.get("location", "")
        if answer.status_code == 201 and location.startswith("/v1/issues/"):
            self._copies.append(("inspection", "issues", location.rsplit("/", 1)[1]))
        if answer.status_code == 201 and location.startswith("/v1/assignments/"):
            self._copies += [("inspection", "issues", part["issue"]) for part in answer.json()["items"]]
        if answer.status_code == 201 and answer.request.url.path == "/v1/material":
            parts = [part["material"] for part in answer.json()["items"] if part["material"]]
            self._copies += [("inspection", "materials", part) for part in parts]
        if answer.status_code == 200 and answer.request.url.path.endswith("/activate"):
            self._copies += [("inspection", "issues", issue) for issue in answer.json().get("issues", ())]

    async def forget_copies(self) -> None:
        """Lists show only what was seeded."""
        while self._copies:
            service, collection, name = self._copies.pop()
            await self.database(service)[collection].delete_one({"_id": name})

    async def ask(
        self, service: str, method: str, path: str, token: str | None, /, *, body: Any = None,
        params: Mapping[str, Any] | None = None, version: int | None = None, school: str | None = None,
        table: Mapping[str, str] | None = None, key: str | None = None,
    ) -> httpx.Response:  # fmt: skip
        """One request with this token (none: without), and whatever headers a command wants."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        if method != "GET":
            headers["Idempotency-Key"] = key or secrets.token_hex(8)
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        given: dict[str, Any] = {"json": body}
        if school is not None:
            given = {"data": {"school": school}, "files": {"file": ("现场.jpg", JPEG, "image/jpeg")}}
        if table is not None:
            given = {"data": dict(table), "files": {"file": ("学校.csv", "编号\r\n".encode(), "text/csv")}}
        return await self.http[service].request(method, path, params=params or {}, headers=headers, **given)

    async def get(self, service: str, person: str, path: str, /, **params: Any) -> httpx.Response:
        """A question of a person."""
        return await self.ask(service, "GET", path, self.token(person), params=params)


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and type of a problem, which the answer must be."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, str(answer.json()["type"])


@asynccontextmanager
async def serving(city: City, apps: Mapping[str, FastAPI]) -> AsyncIterator[None]:
    """The applications, started, each with a client of its own."""
    async with AsyncExitStack() as stack:
        for name, app in apps.items():
            await stack.enter_async_context(app.router.lifespan_context(app))
            transport = httpx.ASGITransport(app)
            city.apps[name] = app
            city.http[name] = await stack.enter_async_context(
                httpx.AsyncClient(transport=transport, base_url=f"http://{name}")
            )
        yield


def verifier(portal: Portal, clock: FixedClock) -> TokenVerifier:
    """As in every service, but the portal's keys are taken from its signer instead of over a socket."""

    async def fetch() -> Mapping[str, Any]:
        return portal.signer.jwks()

    return TokenVerifier(fetch, ISSUER, clock=clock)


CLOCK_START: Final = NOW
