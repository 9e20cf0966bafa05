"""A portal on a real MongoDB, with a clock that stands still and an inspection service that knows two people."""

import hashlib
import json
from dataclasses import dataclass, field

import httpx
import jwt
from pydantic import SecretStr

from runtime.clock import FixedClock, SystemClock
from runtime.ids import new_id
from services.portal.adapters.inspection_grants import InspectionGrants
from services.portal.bootstrap import Portal, make_app
from services.portal.settings import PortalSettings
from services.portal.signing import issued_at, new_key_pem

ADMIN, CLERK = "P-0001", "P-0002"
GOOD = "correct horse battery"
BETTER = "staple the correct horse"
SERVICE_SECRET = "z" * 43


def settings_of(mongod_url: str, prefix: str, **more: object) -> PortalSettings:
    """Settings with cheap hashes."""
    digest = hashlib.sha256(SERVICE_SECRET.encode()).hexdigest()
    values: dict[str, object] = {
        "mongo_url": SecretStr(mongod_url),
        "database_prefix": prefix,
        "signing_key": SecretStr(new_key_pem()),
        "service_secrets": SecretStr(json.dumps({"reporting": digest})),
        "argon2_memory_kib": 8_192,
        "argon2_rounds": 1,
    }
    return PortalSettings(**(values | more))  # type: ignore[arg-type]


@dataclass
class Inspection:
    """Answers `GET /v1/me` from a table of roles by person; the portal's signature is not looked at here."""

    roles: dict[str, str] = field(default_factory=lambda: {ADMIN: "administrator", CLERK: "cadre"})
    down: bool = False

    def handle(self, request: httpx.Request) -> httpx.Response:
        """The answer."""
        if self.down:
            raise httpx.ConnectError("refused", request=request)
        token = request.headers["authorization"].removeprefix("Bearer ")
        person = subject_of(token)
        if person not in self.roles:
            return httpx.Response(403)
        grants = [{"id": "G-1", "role": self.roles[person], "organisation": "230800"}]
        return httpx.Response(200, json={"person": person, "grants": grants})


def subject_of(token: str) -> str:
    """The `sub` of a token, unverified."""
    assert issued_at(token) > 0
    return str(jwt.decode(token, options={"verify_signature": False})["sub"])


class World:
    """The portal's API as a client sees it, and the parts behind it."""

    def __init__(self, settings: PortalSettings) -> None:
        self.clock = FixedClock(SystemClock().now())
        self.inspection = Inspection()
        self.portal = Portal(settings, self.clock)
        grants = InspectionGrants(
            "http://inspection", httpx.AsyncClient(transport=httpx.MockTransport(self.inspection.handle))
        )
        self.app = make_app(self.portal, grants)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://portal")

    async def sign_in(self, username: str, password: str) -> httpx.Response:
        """`POST /v1/sign-in`."""
        return await self.http.post("/v1/sign-in", json={"username": username, "password": password})

    async def token(self, username: str, password: str) -> str:
        """A token, which must be given."""
        answer = await self.sign_in(username, password)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    async def command(
        self, path: str, token: str, body: dict[str, str] | None = None, key: str | None = None
    ) -> httpx.Response:
        """A command with the token and a key of its own, unless one is given."""
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key or new_id()}
        return await self.http.post(path, json=body, headers=headers)

    async def change(self, token: str, current: str, new: str, key: str | None = None) -> httpx.Response:
        """`POST /v1/password`."""
        return await self.command("/v1/password", token, {"current": current, "new": new}, key)

    async def person(self, username: str, person: str, password: str = GOOD) -> str:
        """An account with this password, made and changed as it is done; gives a token."""
        made = await self.portal.administration.init(username, person, reset=False)
        changed = await self.change(await self.token(username, made.password), made.password, password)
        assert changed.status_code == 200, changed.text
        return str(changed.json()["access_token"])

    async def audit(self) -> list[tuple[str, str, str]]:
        """(by, what, user name), oldest first."""
        rows = self.portal.mongo.database(self.portal.settings.database_name("portal"))["audit"].find().sort("_id", 1)
        return [(row["by"], row["what"], row["username"]) for row in await rows.to_list(None)]

    async def everything_stored(self) -> str:
        """All documents of the portal's database as text."""
        db = self.portal.mongo.database(self.portal.settings.database_name("portal"))
        rows = [row for name in await db.list_collection_names() for row in await db[name].find().to_list(None)]
        return repr(rows)
