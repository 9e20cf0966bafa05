"""Dead events over HTTP on a real MongoDB: listed, looked at, retried, discarded; who did what is kept."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, TypeVar

import httpx
import pytest

from runtime.access.principal import Grant
from runtime.clock import FixedClock, from_micros
from runtime.consumer.core import row_id
from runtime.consumer.dead_http import DeadDesk, dead_router
from runtime.consumer.dead_letters import DeadLetters
from runtime.consumer.follower import Follower
from runtime.consumer.store import MongoStore
from runtime.errors import Retryable
from runtime.http.app import create_app
from runtime.http.gate import Gate
from runtime.ledger.model import Entry
from runtime.mongo import Mongo, Session
from tests.consumer_servers import Effects
from tests.consumer_world import OwnedLedger
from tests.inspection_world import TokenIsThePerson

T = TypeVar("T")
NOW = 1_800_000_000_000_000
ADMIN = "P-admin"
LIST = "/v1/testing/dead-events"


class FailingMongo(Mongo):
    """Carries out so many transactions, then no more: as for a process that is killed."""

    left = 1_000_000

    async def transaction(self, fn: Callable[[Session], Awaitable[T]], session: Session | None = None) -> T:
        if not self.left:
            raise Retryable("gone")
        self.left -= 1
        return await super().transaction(fn, session)


class Desk:
    """One consumer with poison in its ledger, and its API."""

    def __init__(self, mongo: FailingMongo, database: str) -> None:
        self.mongo = mongo
        self.db = mongo.database(database)
        self.owner = OwnedLedger()
        clock = FixedClock(from_micros(NOW))
        self.effects = Effects(self.db)
        store = MongoStore(mongo, self.db, self.owner.ledger, self.effects, clock)
        self.follower = Follower("testing", self.owner.ledger, store, self.owner, clock)
        letters = DeadLetters(mongo, self.db, {"lists": self.effects}, clock)
        router = dead_router(
            DeadDesk.of(letters, self.db, clock, lambda data: b"for-few" in data), "testing", ("administrator",)
        )
        self.app = create_app(
            title="t", version="1", routers=[router], gate=Gate(TokenIsThePerson(), self._grants)
        )  # fmt: skip
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://testing")

    async def _grants(self, person: str) -> Sequence[Grant]:
        return [Grant("administrator" if person == ADMIN else "secretary", "230800")]

    async def poisoned(self, *subjects: str) -> list[Entry]:
        """Seal one event for each subject and have it fail."""
        sealed = [self.owner.seal(0, subject, b'{"entry": {"id": "I"}}') for subject in subjects]
        self.effects.poison |= {entry.id for entry in sealed}
        await self.follower.take(sealed)
        return sealed

    async def ask(self, path: str = "", person: str = ADMIN, **params: Any) -> httpx.Response:
        """A question."""
        return await self.http.get(LIST + path, params=params, headers={"Authorization": f"Bearer {person}"})

    async def act(self, entry: Entry, verb: str, key: str, body: Any) -> httpx.Response:
        """A command."""
        path = f"{LIST}/{entry.ledger}/{entry.stream}/{entry.seq}/{verb}"
        headers = {"Authorization": f"Bearer {ADMIN}", "Idempotency-Key": key}
        return await self.http.post(path, json=body, headers=headers)

    async def shown(self, entry: Entry) -> dict[str, Any]:
        """One in full."""
        answer = await self.ask(f"/{entry.ledger}/{entry.stream}/{entry.seq}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
async def desk(mongod_url: str, database: str) -> AsyncIterator[Desk]:
    mongo = FailingMongo(mongod_url)
    made = Desk(mongo, database)
    await made.effects.prepare()
    await made.follower.prepare()
    yield made
    await made.http.aclose()
    await mongo.close()


async def test_they_are_listed_by_state_and_ledger_page_by_page(desk: Desk) -> None:
    sealed = await desk.poisoned("issue/A", "issue/A", "issue/B", "issue/C")
    assert (await desk.act(sealed[2], "discard", "k", {"reason": "重复"})).status_code == 200
    first = (await desk.ask(state="open", ledger="lists", limit=2)).json()
    assert [(row["seq"], row["state"], row["behind"]) for row in first["items"]] == [(1, "dead", 1), (2, "parked", 0)]
    second = (await desk.ask(state="open", ledger="lists", limit=2, cursor=first["next"])).json()
    assert ([row["seq"] for row in second["items"]], second["next"]) == ([4], None)
    assert [row["seq"] for row in (await desk.ask(state="discarded")).json()["items"]] == [3]
    assert (await desk.ask(state="retried")).json()["items"] == []
    assert (await desk.ask(ledger="registry")).json()["items"] == []
    assert (await desk.ask(state="lost")).status_code == 422


async def test_one_is_shown_with_its_data_its_reason_and_what_is_parked_behind_it(desk: Desk) -> None:
    bad, later = await desk.poisoned("issue/A", "issue/A/task/T")
    shown = await desk.shown(bad)
    assert shown["data"] == {"entry": {"id": "I"}}
    assert (shown["reason"], shown["tries"]) == (f"PoisonError: cannot read {bad.id}", 3)
    assert (shown["hash"], shown["event"], shown["bytes"]) == (bad.hash.hex(), bad.id, None)
    assert [(row["seq"], row["event"]) for row in shown["parked"]] == [(2, later.id)]
    assert (await desk.shown(later))["parked"] == []
    assert (await desk.ask("/lists/0/9")).status_code == 404


@pytest.mark.parametrize("data", [b'{"entry":{"id":"I","source":"for-few"}}', b"\xff for-few"])
async def test_what_an_administrator_may_not_know_is_withheld(desk: Desk, data: bytes) -> None:
    hidden = desk.owner.seal(0, "issue/A", data)
    desk.effects.poison = {hidden.id}
    await desk.follower.take([hidden])
    shown = await desk.shown(hidden)
    assert (shown["withheld"], shown["data"], shown["bytes"]) == (True, None, None)
    assert shown["event"] == hidden.id


async def test_bytes_that_are_no_json_are_shown_all_the_same(desk: Desk) -> None:
    garbage = desk.owner.seal(0, "issue/A", b"\xff\xfe")
    desk.effects.poison = {garbage.id}
    await desk.follower.take([garbage])
    shown = await desk.shown(garbage)
    assert (shown["data"], shown["bytes"]) == (None, "//4=")


async def test_retry_applies_it_and_the_parked_ones_in_order_and_its_key_only_once(desk: Desk) -> None:
    bad, later = await desk.poisoned("issue/A", "issue/A")
    failed = await desk.act(bad, "retry", "k1", {})
    assert failed.json() == {"applied": 0, "front": row_id(bad), "reason": f"PoisonError: cannot read {bad.id}"}
    desk.effects.poison.clear()
    assert (await desk.act(bad, "retry", "k1", {})).json() == failed.json()
    done = await desk.act(bad, "retry", "k2", {"reason": "程序已修复"})
    assert done.json() == {"applied": 2, "front": None, "reason": None}
    assert await desk.effects.seen() == [(0, 1), (0, 2)]
    assert (await desk.act(bad, "retry", "k2", {"reason": "程序已修复"})).json() == done.json()
    assert await desk.effects.seen() == [(0, 1), (0, 2)]
    acts = [(act["act"], act["by"], act["why"], act["outcome"]["applied"]) for act in (await desk.shown(bad))["acts"]]
    assert acts == [("retry", ADMIN, None, 0), ("retry", ADMIN, "程序已修复", 2)]
    assert [row["seq"] for row in (await desk.ask(state="retried")).json()["items"]] == [1, 2]
    assert (await desk.shown(later))["settled_at"] is not None


async def test_what_was_settled_or_waits_or_is_not_there_is_refused(desk: Desk) -> None:
    bad, later = await desk.poisoned("issue/A", "issue/A")
    parked = await desk.act(later, "retry", "k1", {})
    assert (parked.status_code, parked.json()["type"]) == (409, "/problems/dead-event-parked")
    assert (await desk.act(bad, "discard", "k2", {"reason": "重复"})).status_code == 200
    settled = await desk.act(bad, "retry", "k3", {})
    assert (settled.status_code, settled.json()["type"]) == (409, "/problems/dead-event-settled")
    other = await desk.act(bad, "discard", "k2", {"reason": "另一个理由"})
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    missing = desk.owner.seal(0, "issue/Z")
    assert (await desk.act(missing, "retry", "k4", {})).status_code == 404


async def test_discard_needs_a_reason_and_lets_the_parked_ones_go(desk: Desk) -> None:
    bad = (await desk.poisoned("issue/A"))[0]
    await desk.follower.take([desk.owner.seal(0, "issue/A")])
    for body in ({}, {"reason": " "}, {"reason": ""}, {"reason": "x" * 501}, {"reason": "x", "more": 1}):
        assert (await desk.act(bad, "discard", "k", body)).status_code in (400, 422), body
    done = await desk.act(bad, "discard", "k", {"reason": " 旧系统重复录入 "})
    assert done.json() == {"applied": 1, "front": None, "reason": None}
    shown = await desk.shown(bad)
    assert (shown["state"], shown["discarded_for"]) == ("discarded", "旧系统重复录入")
    assert [(act["act"], act["why"]) for act in shown["acts"]] == [("discard", "旧系统重复录入")]
    assert await desk.effects.seen() == [(0, 2)]


@pytest.mark.parametrize(("verb", "body"), [("retry", {}), ("discard", {"reason": "重复"})])
async def test_an_act_cut_short_is_finished_by_the_same_call(desk: Desk, verb: str, body: Any) -> None:
    bad, *_ = await desk.poisoned("issue/A", "issue/A", "issue/A")
    desk.effects.poison.clear()
    desk.mongo.left = 2
    assert (await desk.act(bad, verb, "k", body)).status_code == 503
    assert (await desk.shown(bad))["acts"][0]["outcome"] is None
    desk.mongo.left = 1000
    done = await desk.act(bad, verb, "k", body)
    wanted = [1, 2, 3] if verb == "retry" else [2, 3]
    assert done.json() == {"applied": len(wanted), "front": None, "reason": None}
    assert await desk.effects.seen() == [(0, seq) for seq in wanted]


async def test_nobody_but_an_administrator_sees_them(desk: Desk) -> None:
    assert (await desk.ask(person="P-secretary")).status_code == 403
