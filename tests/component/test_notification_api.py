"""The notification API as a whole, on a real MongoDB, with a verifier that takes the token for the person."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from contracts.ledgers import REGISTRY
from contracts.registry import SchoolEvent
from dudao.embedded.ports import free_port
from runtime.access.principal import Principal
from runtime.clock import FixedClock, to_micros, to_text
from runtime.http.serve import serve
from runtime.mirror import MirrorProjection
from runtime.mongo import Database, Mongo
from services.notification.adapters.mirror_structures import LOOKUPS
from services.notification.adapters.mongo_alert_writing import MongoAlertWriting
from services.notification.bootstrap import make_api
from services.notification.domain.alert import Alert
from services.notification.settings import Settings
from tests.notification_samples import CAUSE, REGISTERED, SCHOOL, alert, grant_event, registry_entry, unit

NOW = datetime(2026, 9, 25, 8, tzinfo=UTC)


class TokenIsThePerson:
    async def verify(self, token: str, purpose: str | None = None) -> Principal:
        return Principal.of(token)


@dataclass(frozen=True, slots=True)
class System:
    app: FastAPI
    http: httpx.AsyncClient
    mongo: Mongo
    db: Database
    clock: FixedClock
    ending: asyncio.Event

    async def raise_all(self, *alerts: Alert) -> None:
        units = [unit(number, one) for number, one in enumerate(alerts)]
        await self.mongo.transaction(lambda session: MongoAlertWriting(self.db).write(units, session))

    async def mirror(self, *events: tuple[str, Any]) -> None:
        entries = [registry_entry(seq, *event) for seq, event in enumerate(events, start=1)]
        await self.mongo.transaction(lambda session: MirrorProjection(self.db, LOOKUPS).apply(entries, session))
        await self.confirm()

    async def confirm(self) -> None:
        row = {"ledger_id": "L", "sealed_through": 1, "confirmed_at": to_micros(self.clock.now())}
        await self.db["reached"].replace_one({"_id": REGISTRY.name}, row, upsert=True)

    async def get(self, path: str, person: str = "P-1", **params: Any) -> httpx.Response:
        return await self.http.get(path, params=params, headers={"Authorization": f"Bearer {person}"})

    async def post(self, path: str, person: str = "P-1", key: str | None = "k1") -> httpx.Response:
        headers = {"Authorization": f"Bearer {person}"} | ({"Idempotency-Key": key} if key else {})
        return await self.http.post(path, headers=headers)


@pytest.fixture
async def system(mongod_url: str, database: str) -> AsyncIterator[System]:
    clock, ending = FixedClock(NOW), asyncio.Event()
    settings = Settings(mongo_url=SecretStr(mongod_url), database_prefix=database)
    app = make_api(settings, ending=ending, verifier=TokenIsThePerson(), clock=clock)
    mongo = Mongo(mongod_url)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://notification") as http,
    ):
        yield System(app, http, mongo, mongo.database(f"{database}_notification"), clock, ending)
    await mongo.drop(f"{database}_notification")
    await mongo.close()


def numbers(response: httpx.Response) -> list[int]:
    assert response.status_code == 200, response.text
    return [int(item["id"], 16) for item in response.json()["items"]]


def problem(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["type"]


async def test_inbox_holds_ones_own_alerts_in_pages_with_counts(system: System) -> None:
    read = to_text(NOW)
    await system.raise_all(alert(1), alert(2, must_acknowledge=False, read_at=read), alert(3), alert(4, person="P-2"))
    first = await system.get("/v1/inbox", limit=2)
    assert numbers(first) == [3, 2]
    assert first.json()["counts"] == {"unread": 2, "to_acknowledge": 2}
    second = await system.get("/v1/inbox", limit=2, cursor=first.json()["next"])
    assert (numbers(second), second.json()["next"]) == ([1], None)
    assert numbers(await system.get("/v1/inbox", unread=True)) == [3, 1]
    assert numbers(await system.get("/v1/inbox", person="P-9")) == []
    item = second.json()["items"][0]
    assert (item["rule"], item["person"], item["version"], item["school"]) == ("assigned", "P-1", 1, "S001")


async def test_reading_and_acknowledging_are_commands_of_the_ledger(system: System) -> None:
    await system.raise_all(alert(1))
    path = f"/v1/inbox/{alert(1).id}"
    read = await system.post(f"{path}/read")
    assert (read.status_code, read.json()["read_at"], read.json()["version"]) == (200, to_text(NOW), 2)
    system.clock.advance(timedelta(minutes=5))
    confirmed = (await system.post(f"{path}/acknowledge", key="k2")).json()
    assert (confirmed["read_at"], confirmed["acknowledged_at"]) == (to_text(NOW), to_text(system.clock.now()))
    commits = await system.db["commits"].find({}).sort("version", 1).to_list(None)
    assert [commit["events"][0]["type"].split(".")[2] for commit in commits] == ["raised", "read", "acknowledged"]
    assert {commit["aggregate"] for commit in commits} == {f"alert/{alert(1).id}"}
    assert commits[1]["by"] == "P-1"


async def test_a_repeated_command_has_one_effect_and_the_first_answer(system: System) -> None:
    await system.raise_all(alert(1))
    path = f"/v1/inbox/{alert(1).id}/acknowledge"
    first = await system.post(path)
    system.clock.advance(timedelta(minutes=5))
    assert (await system.post(path)).content == first.content
    again = await system.post(path, key="another")
    assert (again.status_code, again.json()) == (200, first.json())
    assert await system.db["commits"].count_documents({"version": {"$gt": 1}}) == 1


async def test_two_at_once_acknowledge_once(system: System) -> None:
    await system.raise_all(alert(1))
    path = f"/v1/inbox/{alert(1).id}/acknowledge"
    answers = await asyncio.gather(*(system.post(path, key=f"k{n}") for n in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["version"] for answer in answers} == {2}


async def test_commands_that_break_a_rule(system: System) -> None:
    await system.raise_all(alert(1), alert(2, must_acknowledge=False))
    path = f"/v1/inbox/{alert(1).id}"
    assert problem(await system.post(f"{path}/read", key=None)) == (400, "/problems/idempotency-key-missing")
    assert problem(await system.post(f"{path}/read", person="P-2")) == (404, "/problems/not-found")
    assert problem(await system.post(f"/v1/inbox/{'0' * 32}/read")) == (404, "/problems/not-found")
    refused = await system.post(f"/v1/inbox/{alert(2).id}/acknowledge")
    assert problem(refused) == (409, "/problems/acknowledgement-not-asked")
    assert "无需签收确认" in refused.json()["zh"]
    assert (await system.post(f"{path}/read", key="same")).status_code == 200
    reused = await system.post(f"{path}/acknowledge", key="same")
    assert problem(reused) == (422, "/problems/idempotency-key-reused")
    assert await system.db["commits"].count_documents({}) == 3


@pytest.mark.parametrize("path", ["/v1/inbox", "/v1/alerts", "/v1/inbox/stream"])
async def test_nothing_without_a_token_and_nothing_personal_for_services(system: System, path: str) -> None:
    assert (await system.http.get(path)).status_code == 401
    assert (await system.get(path, person="service:reporting")).status_code == 403


async def test_officers_list_by_todays_structure(system: System) -> None:
    moved = SchoolEvent(entry=SCHOOL, cause=CAUSE)
    await system.mirror(
        *REGISTERED,
        grant_event("county", "county_officer", "230822"),
        grant_event("other", "county_officer", "230826"),
        grant_event("bureau", "bureau_officer", "230800"),
        grant_event("tour", "inspection_tour_reader", "230800"),
        grant_event("secretary", "secretary", "B001"),
        grant_event("gone", "county_officer", "230822"),
        grant_event("gone", "county_officer", "230822", revoked=True),
        ("inspection.school.changed.v1", moved),
    )
    await system.raise_all(
        alert(1), alert(2, rule="returned"), alert(3, source="inspection_tour"), alert(4, school="S009")
    )
    seen = {name: await system.get("/v1/alerts", person=f"P-{name}") for name in ("county", "other", "bureau", "tour")}
    assert {name: numbers(answer) for name, answer in seen.items()} == {
        "county": [2, 1],
        "other": [],
        "bureau": [4, 2, 1],
        "tour": [3],
    }
    assert numbers(await system.get("/v1/alerts", person="P-bureau", school="S009")) == [4]
    assert numbers(await system.get("/v1/alerts", person="P-county", rule="returned")) == [2]
    assert numbers(await system.get("/v1/alerts", person="P-county", school="S009")) == []
    for stranger in ("P-secretary", "P-gone", "P-nobody"):
        assert problem(await system.get("/v1/alerts", person=stranger)) == (403, "/problems/forbidden")
    assert (await system.get("/v1/alerts", person="P-bureau", rule="gossip")).status_code == 422


async def test_a_cursor_is_good_for_its_own_query_only(system: System) -> None:
    await system.mirror(grant_event("bureau", "bureau_officer", "230800"))
    await system.raise_all(alert(1), alert(2), alert(3))
    first = await system.get("/v1/alerts", person="P-bureau", limit=2)
    cursor = first.json()["next"]
    assert numbers(await system.get("/v1/alerts", person="P-bureau", limit=2, cursor=cursor)) == [1]
    moved = await system.get("/v1/alerts", person="P-bureau", school="S001", cursor=cursor)
    broken = await system.get("/v1/alerts", person="P-bureau", cursor=cursor[:-2])
    assert problem(moved) == problem(broken) == (400, "/problems/cursor-invalid")


async def test_an_unconfirmed_registry_is_no_ground_to_answer_officers_on(system: System) -> None:
    await system.mirror(grant_event("bureau", "bureau_officer", "230800"))
    assert (await system.get("/v1/alerts", person="P-bureau")).status_code == 200
    system.clock.advance(timedelta(seconds=6))
    refused = await system.get("/v1/alerts", person="P-bureau")
    assert problem(refused) == (503, "/problems/unavailable")
    assert "retry-after" in refused.headers
    assert (await system.http.get("/health/ready")).status_code == 503
    assert (await system.get("/v1/inbox")).status_code == 200
    await following(system.http)
    await system.confirm()
    assert (await system.get("/v1/alerts", person="P-bureau")).status_code == 200
    assert (await system.http.get("/health/ready")).status_code == 200


async def test_the_live_stream_brings_new_alerts_and_ends_when_told(system: System) -> None:
    port, stop = free_port(), asyncio.Event()
    serving = asyncio.create_task(serve(without_lifespan(system.app), "127.0.0.1", port, stop=stop))
    lines: list[str] = []
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False) as http:
        await following(http)
        headers = {"Authorization": "Bearer P-1"}
        async with http.stream("GET", "/v1/inbox/stream", headers=headers) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            reading = response.aiter_lines()
            assert await anext(reading) == ": "
            await system.raise_all(alert(1, person="P-2"), alert(2))
            while not any(line.startswith("data: ") and alert(2).id in line for line in lines):
                lines.append(await anext(reading))
            system.ending.set()
            rest = [line async for line in reading]
    assert f"id: {alert(2).id}" in lines
    assert alert(1).id not in "".join(lines + rest)
    stop.set()
    await serving


def without_lifespan(app: FastAPI) -> FastAPI:
    """The same application for a server, its lifespan being the fixture's."""
    served = FastAPI(openapi_url=None)
    served.mount("/", app)
    return served


async def following(http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                checks = (await http.get("/health/ready")).json()["checks"]
            except httpx.TransportError:
                checks = {}
            if checks.get("live") == "ok":
                return
            await asyncio.sleep(0.02)


async def test_alerts_of_before_a_school_moved_are_its_county_of_todays_to_read_and_stay_whose_they_are(
    system: System,
) -> None:
    offices = (
        grant_event("county", "county_officer", "230822"),
        grant_event("other", "county_officer", "230826"),
        grant_event("first", "secretary", "B001"),
    )
    await system.mirror(*REGISTERED, *offices)
    await system.raise_all(alert(1, person="P-first"))
    assert numbers(await system.get("/v1/alerts", person="P-county")) == [1]
    assert numbers(await system.get("/v1/alerts", person="P-other")) == []
    moved = msgspec.structs.replace(SCHOOL, division="230826")
    await system.mirror(*REGISTERED, *offices, ("inspection.school.changed.v1", SchoolEvent(entry=moved, cause=CAUSE)))
    assert numbers(await system.get("/v1/alerts", person="P-county")) == []
    assert numbers(await system.get("/v1/alerts", person="P-other")) == [1]
    # Who was told was told, wherever the school belongs by now.
    assert numbers(await system.get("/v1/inbox", person="P-first")) == [1]
