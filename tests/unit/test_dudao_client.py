import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from dudao.client.api import Act, Api, RefusedError, UnreachableError, Upload
from dudao.client.record import Record, read_record
from dudao.client.sign_in import Account, SignInError, SignIns
from runtime.ids import derive_id

PORTAL = "http://portal.test"
URLS = {"portal": PORTAL, "inspection": "http://inspection.test", "notification": "http://notification.test"}
ACCOUNTS = {"P-1": Account("one", "secret"), "P-2": Account("two", "secret")}
Answer = Callable[[httpx.Request], httpx.Response]


class Servers:
    """Answers like the services: the portal signs everybody in, `answer` says the rest."""

    def __init__(self, answer: Answer, *, must_change: bool = False) -> None:
        self.answer = answer
        self.must_change = must_change
        self.sign_ins: list[str] = []
        self.seen: list[httpx.Request] = []
        self.now = 0.0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/v1/sign-in":
            self.seen.append(request)
            return self.answer(request)
        username = msgspec.json.decode(request.content)["username"]
        self.sign_ins.append(username)
        said = {"access_token": f"token-{username}-{len(self.sign_ins)}", "expires_in": 900}
        return httpx.Response(200, json={**said, "must_change_password": self.must_change})


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    real = asyncio.sleep
    monkeypatch.setattr(asyncio, "sleep", lambda _seconds: real(0))


async def _with_api(servers: Servers, folder: Path, work: Callable[[Api], Any]) -> Any:
    transport = httpx.MockTransport(servers)
    with Record(folder) as record:
        async with httpx.AsyncClient(transport=transport) as door:
            api = Api(URLS, SignIns(PORTAL, ACCOUNTS, door, lambda: servers.now), record, transport=transport)
            try:
                return await work(api)
            finally:
                await api.close()


def _entry(version: int = 3) -> Answer:
    return lambda _request: httpx.Response(200, json={"id": "I-1", "state": "assigned", "version": version})


async def test_a_command_carries_token_key_and_version(tmp_path: Path) -> None:
    servers = Servers(_entry())
    act = Act("P-1", "/v1/issues/I-1/assign", {"mode": "immediate"}, "k-1", version=2)
    answered = await _with_api(servers, tmp_path, lambda api: api.act(act))
    (request,) = servers.seen
    assert request.headers["Authorization"] == "Bearer token-one-1"
    assert request.headers["Idempotency-Key"] == "k-1"
    assert request.headers["If-Match"] == '"2"'
    assert (answered["state"], answered.version) == ("assigned", 3)


async def test_what_was_acknowledged_is_recorded_under_the_ledger_s_request_id(tmp_path: Path) -> None:
    await _with_api(Servers(_entry()), tmp_path, lambda api: api.act(Act("P-1", "/v1/issues", {}, "k-1")))
    (noted,) = read_record(tmp_path)
    assert noted.request == derive_id("P-1", "k-1")
    assert (noted.said.id, noted.said.state, noted.said.version) == ("I-1", "assigned", 3)
    assert noted.status == 200


async def test_a_refusal_is_neither_retried_nor_recorded(tmp_path: Path) -> None:
    problem = {"type": "/problems/illegal-step", "zh": "不行", "en": "no"}
    servers = Servers(lambda _request: httpx.Response(409, json=problem))
    with pytest.raises(RefusedError, match="illegal-step 不行") as refusal:
        await _with_api(servers, tmp_path, lambda api: api.act(Act("P-1", "/v1/issues", {}, "k-1")))
    assert (refusal.value.status, refusal.value.code) == (409, "illegal-step")
    assert len(servers.seen) == 1
    assert read_record(tmp_path) == []


async def test_an_unanswered_command_is_made_again_under_the_same_key(tmp_path: Path) -> None:
    tries = iter([0, 503, 200])

    def answer(request: httpx.Request) -> httpx.Response:
        status = next(tries)
        if status == 0:
            raise httpx.ConnectError("away")
        return httpx.Response(503) if status == 503 else _entry()(request)

    servers = Servers(answer)
    await _with_api(servers, tmp_path, lambda api: api.act(Act("P-1", "/v1/issues", {}, "k-1")))
    assert [request.headers["Idempotency-Key"] for request in servers.seen] == ["k-1"] * 3
    assert len(read_record(tmp_path)) == 1


async def test_a_service_that_stays_away_is_given_up(tmp_path: Path) -> None:
    servers = Servers(lambda _request: httpx.Response(503, text="later"))
    with pytest.raises(UnreachableError, match="later"):
        await _with_api(servers, tmp_path, lambda api: api.get("P-1", "inspection", "/v1/me"))


async def test_people_sign_in_once_each_and_again_when_the_token_runs_out(tmp_path: Path) -> None:
    servers = Servers(_entry())

    async def work(api: Api) -> None:
        people = ("P-1", "P-2", "P-1")
        await asyncio.gather(*(api.get(person, "inspection", "/v1/me") for person in people))
        servers.now = 800.0
        await api.get("P-1", "inspection", "/v1/me")

    await _with_api(servers, tmp_path, work)
    assert sorted(servers.sign_ins) == ["one", "one", "two"]


async def test_who_has_no_account_or_a_one_time_password_cannot_act(tmp_path: Path) -> None:
    with pytest.raises(SignInError, match="P-9"):
        await _with_api(Servers(_entry()), tmp_path, lambda api: api.get("P-9", "inspection", "/v1/me"))
    servers = Servers(_entry(), must_change=True)
    with pytest.raises(SignInError, match="dudao password"):
        await _with_api(servers, tmp_path, lambda api: api.get("P-1", "inspection", "/v1/me"))


async def test_every_page_of_a_list_is_read(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        second = request.url.params.get("cursor") == "c1"
        return httpx.Response(
            200, json={"items": [{"n": 2}] if second else [{"n": 1}], "next": None if second else "c1"}
        )

    servers = Servers(answer)
    rows = await _with_api(servers, tmp_path, lambda api: api.list("P-1", "inspection", "/v1/teams", round="R"))
    assert rows == [{"n": 1}, {"n": 2}]
    assert all(request.url.params["round"] == "R" for request in servers.seen)


async def test_a_file_is_sent_as_multipart(tmp_path: Path) -> None:
    servers = Servers(_entry())
    file = Upload({"school": "S001"}, "a.png", b"\x89PNG", "image/png")
    await _with_api(servers, tmp_path, lambda api: api.upload("P-1", "/v1/evidence", file, key="k-1"))
    body = servers.seen[0].content
    assert servers.seen[0].headers["Content-Type"].startswith("multipart/form-data")
    assert b'filename="a.png"' in body
    assert b"S001" in body


def test_a_line_cut_short_by_a_kill_is_left_out(tmp_path: Path) -> None:
    asyncio.run(_with_api(Servers(_entry()), tmp_path, lambda api: api.act(Act("P-1", "/v1/issues", {}, "k-1"))))
    path = tmp_path / "acknowledged.jsonl"
    path.write_bytes(path.read_bytes() + b'{"request": "cut')
    assert len(read_record(tmp_path)) == 1


def test_passwords_are_not_shown() -> None:
    assert "secret" not in repr(ACCOUNTS["P-1"])
