"""The client: every attempt and every answer is in the journal; what is unknown may be asked again, under its key."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import msgspec

from dudao.client.record import Said
from tests.faults.journal import Command, Fate, Journal, Told, told_by
from tests.faults.system import System, token

_PATIENCE: Final = httpx.Timeout(6.0, connect=3.0)
_PAUSES: Final = (0.1, 0.3, 1.0, 2.0, 3.0, 4.0)
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Sent:
    """What is sent of a command, the same at every attempt."""

    content: bytes = b""
    media_type: str = JSON
    version: int | None = None


@dataclass(slots=True)
class Answer:
    """How a command ended for its caller; `body` only of what was acknowledged."""

    command: Command
    told: Told
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether it was acknowledged."""
        return self.told.fate is Fate.ACKNOWLEDGED


class Caller:
    """Calls the services, each over a link of its own, as everybody of the small city."""

    def __init__(self, system: System, journal: Journal, seed: str, rest: float = 0.0) -> None:
        self.system = system
        self.journal = journal
        self.seed = seed
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=32)
        self._http = httpx.AsyncClient(timeout=_PATIENCE, limits=limits, trust_env=False)
        # What everybody rests before each attempt, in seconds: a load that leaves the machine some air.
        self.rest = rest
        self._tokens: dict[str, str] = {}
        self._keys = 0

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def token(self, person: str) -> str:
        """A person's token, signed by the portal's own key."""
        if person not in self._tokens:
            self._tokens[person] = self.system.signer.sign(person).text
        return self._tokens[person]

    def command(
        self, person: str, path: str, kind: str, *, method: str = "POST", service: str = "inspection"
    ) -> Command:
        """A command under a key of its own."""
        self._keys += 1
        key = f"{self.seed}-{self._keys}-{token()}"
        return Command(person, key, service, method, path, kind)

    async def once(self, command: Command, sent: Sent) -> Answer:
        """One attempt."""
        await asyncio.sleep(self.rest)
        await self.journal.attempt(command)
        told, body = await self._answered(command, sent)
        await self.journal.note(command, told)
        return Answer(command, told, body)

    async def _answered(self, command: Command, sent: Sent) -> tuple[Told, dict[str, Any]]:
        headers = self.headers(command, sent)
        url = f"{self.system.client_url(command.service)}{command.path}"
        try:
            said = await self._http.request(command.method, url, content=sent.content, headers=headers)
        except httpx.TransportError as error:
            return Told(Fate.UNKNOWN, 0, "", Said(), repr(error)), {}
        told = told_by(said.status_code, said.content)
        body = msgspec.json.decode(said.content) if told.fate is Fate.ACKNOWLEDGED and said.content else {}
        return told, body

    def headers(self, command: Command, sent: Sent) -> dict[str, str]:
        """What goes with a command."""
        found = {
            "Authorization": f"Bearer {self.token(command.person)}",
            "Idempotency-Key": command.key,
            "Content-Type": sent.media_type,
        }
        return found if sent.version is None else {**found, "If-Match": f'"{sent.version}"'}

    async def insist(self, command: Command, sent: Sent, dice: random.Random) -> Answer:
        """Again while it is unknown, under its key; now and then it is given up, or sent twice at once."""
        if dice.random() < 0.04:
            return (await asyncio.gather(self.once(command, sent), self.once(command, sent)))[0]
        for pause in _PAUSES:
            answer = await self.once(command, sent)
            if answer.told.fate is not Fate.UNKNOWN or dice.random() < 0.15:
                break
            await asyncio.sleep(pause * dice.uniform(0.5, 1.0))
        if answer.ok and dice.random() < 0.08:
            await self.once(command, sent)
        return answer

    async def get(self, person: str, service: str, path: str, **query: Any) -> dict[str, Any] | None:
        """A document; none when it cannot be had now."""
        headers = {"Authorization": f"Bearer {self.token(person)}"}
        try:
            said = await self._http.get(f"{self.system.client_url(service)}{path}", params=query, headers=headers)
        except httpx.TransportError:
            return None
        if said.status_code != httpx.codes.OK:
            return None
        body: dict[str, Any] = said.json()
        return body


def as_json(body: Any, version: int | None = None) -> Sent:
    """A command's JSON."""
    return Sent(b"" if body is None else msgspec.json.encode(body), JSON, version)


def as_form(key: str, fields: Mapping[str, str], data: bytes) -> Sent:
    """A multipart body that is the same at every attempt."""
    edge = f"edge-{key}"
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    file = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="p.jpg"\r\n'.encode()
    parts.append(file + b"Content-Type: image/jpeg\r\n\r\n" + data + f"\r\n--{edge}--\r\n".encode())
    return Sent(b"".join(parts), f"multipart/form-data; boundary={edge}")
