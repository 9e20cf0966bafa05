"""What notification needs of inspection and the portal: two ledgers, sealed, published, served; service tokens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from contracts.ledgers import LISTS, REGISTRY, stream_of
from dudao.embedded.ports import free_port
from runtime.access.principal import Principal
from runtime.canonical import encode
from runtime.clock import SystemClock, to_micros
from runtime.http.app import create_app
from runtime.http.gate import Gate
from runtime.http.operation import operation
from runtime.http.serve import serve
from runtime.ids import new_id
from runtime.ledger.http import ledger_router
from runtime.ledger.initialise import initialise
from runtime.ledger.model import Answer, Change, Event, Ledger, Unit
from runtime.ledger.outlet import KafkaAddress, KafkaOutlet
from runtime.ledger.read import LedgerReader
from runtime.ledger.relay import Relay
from runtime.ledger.writer import GroupWriter
from runtime.mongo import Mongo

LEDGERS = (REGISTRY, LISTS)


class TokenIsThePerson:
    async def verify(self, token: str, purpose: str | None = None) -> Principal:
        return Principal.of(token)


class StandIn:
    """Writes entries as inspection would; `publishing` can be left out, so that only HTTP tells of them."""

    def __init__(self, mongo: Mongo, database: str, kafka: str | None) -> None:
        self._mongo = mongo
        self._clock = SystemClock()
        self._db = mongo.database(database)
        self._writer = GroupWriter(mongo, self._db)
        address = KafkaAddress(kafka or "127.0.0.1:1", idempotence=False)
        outlet = KafkaOutlet(address, LEDGERS, "/dudao/inspection")
        self._relay = Relay(mongo, self._db, LEDGERS, outlet, self._clock, registry=REGISTRY.name)
        self._versions: dict[str, int] = {}
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.reader = LedgerReader(mongo, self._db, LEDGERS)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["StandIn"]:
        await initialise(self._mongo, self._db, LEDGERS)
        self._writer.start()
        self._relay.start()
        stop = asyncio.Event()
        serving = asyncio.create_task(serve(self._app(), "127.0.0.1", self._port, stop=stop))
        try:
            yield self
        finally:
            stop.set()
            await serving
            await self._relay.stop()
            await self._writer.stop()

    async def registry(self, type_: str, event: Any) -> None:
        """Commit a registry event."""
        aggregate = f"{type_.split('.')[1]}/{event.entry.id}"
        await self._commit(REGISTRY, 0, "registry", aggregate, type_, encode(event))

    async def issue(self, type_: str, event: Any) -> str:
        """Commit an issue's event; returns the event's id."""
        school = event.entry.school
        return await self._commit(
            LISTS, stream_of(LISTS, school), school, f"issue/{event.entry.id}", type_, encode(event)
        )

    async def raw(self, school: str, issue: str, type_: str, data: bytes) -> str:
        """Commit bytes as an issue's event; returns the event's id."""
        return await self._commit(LISTS, stream_of(LISTS, school), school, f"issue/{issue}", type_, data)

    async def _commit(self, ledger: Ledger, stream: int, key: str, aggregate: str, type_: str, data: bytes) -> str:
        version = self._versions.get(aggregate, 0)
        self._versions[aggregate] = version + 1
        kind, _, id_ = aggregate.partition("/")
        request = new_id()
        change = Change(
            ledger=ledger.name,
            stream=stream,
            key=key,
            collection=f"{kind}s",
            id=id_,
            aggregate=aggregate,
            expected=version,
            state={"id": id_},
            events=(Event(type=type_, subject=aggregate, data=data),),
        )
        await self._writer.write(
            Unit(
                request=request,
                body_hash="h",
                command="Test",
                principal="P-test",
                at=to_micros(self._clock.now()),
                changes=(change,),
                answer=Answer(status=200, body=b"{}"),
            )
        )
        return f"{request}/0/0"

    def _app(self) -> Any:
        tokens = APIRouter()

        @tokens.post("/v1/service-tokens", **operation("service_tokens", summary=("令牌", "Token"), scope="public"))
        async def service_token() -> JSONResponse:
            return JSONResponse({"access_token": "service:notification", "expires_in": 900})

        return create_app(
            title="Stand-in", version="0", routers=[tokens, ledger_router(self.reader)], gate=Gate(TokenIsThePerson())
        )
