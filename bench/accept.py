"""Accepting findings: group commit against a transaction for each command, and the whole API against a bare echo.

The store path: the same findings (state, commit, event, answer) by 1, 16, 64 and 256 clients that each wait for their
answer, in one process each time. Over HTTP: drafts of issues by county officers through the product's API, and the same
bodies through an echo on the same framework and server; the difference is what accepting costs.
"""

import asyncio
import json
import secrets
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from pymongo import MongoClient

from bench._accepting_api import ADMINISTRATOR, bundle, officer_of
from bench._acceptors import Measured, Write, accept, check, findings, group_commit, own_transaction
from bench._http_load import load, post
from bench._machine import await_ready
from bench._rounds import Side, against, percentile, take_turns
from contracts.ledgers import LISTS
from dudao.bench import Arm, Wanted, WrongOutputError, figure
from dudao.embedded import Mongod, Process
from dudao.embedded.ports import LOOPBACK, free_port
from runtime import canonical
from runtime.ledger.initialise import initialise
from runtime.ledger.writer import GroupWriter
from runtime.mongo import Mongo

CLIENTS: Final = {1: 300, 16: 1500, 64: 2500, 256: 4000}
HTTP_CLIENTS: Final = {16: 1500, 64: 2000}
GOALS: Final = {64: 6.0, 256: 12.0}
_P99_GOAL: Final = 3.0
_QUICK: Final = 5
OURS: Final = "group commit"
PEER: Final = "own transaction"
API: Final = "inspection"
ECHO: Final = "echo"


def measure(wanted: Wanted) -> Sequence[Arm]:
    """The arms; see `dudao.bench`."""
    with mongod() as url:
        return [*asyncio.run(_store(url, wanted)), *asyncio.run(_http(url, wanted))]


@contextmanager
def mongod() -> Iterator[str]:
    """A server of its own."""
    with tempfile.TemporaryDirectory(prefix="dudao-bench-") as folder, Mongod(Path(folder), cache_gb=1.0) as server:
        yield server.url


@dataclass(slots=True)
class Waits:
    """The 99th percentiles of every side's rounds, warm-ups left out."""

    of: dict[str, list[float]] = field(default_factory=dict)

    def keep(self, side: str, number: int, measured: Measured) -> float:
        """Note a round's waits, but for the warm-up; gives its rate."""
        if number:
            self.of.setdefault(side, []).append(percentile(measured.waits, 99))
        return measured.rate


async def _store(url: str, wanted: Wanted) -> list[Arm]:
    database = "bench_accept"
    mongo = Mongo(url)
    db = mongo.database(database)
    await initialise(mongo, db, (LISTS,))
    writer = GroupWriter(mongo, db)
    writer.start()
    writes = {OURS: group_commit(writer), PEER: own_transaction(mongo, db)}
    arms: list[Arm] = []
    try:
        with MongoClient[dict[str, Any]](url) as client:
            for clients, count in CLIENTS.items():
                size = count // _QUICK if wanted.quick else count
                arms += await _level(writes, clients, size, wanted, lambda units: check(client, database, units))
    finally:
        await writer.stop()
        await mongo.close()
    return arms


async def _level(
    writes: dict[str, Write], clients: int, size: int, wanted: Wanted, check_all: Callable[[Any], None]
) -> list[Arm]:
    waits = Waits()

    def side(name: str, write: Write) -> Side:
        async def one(number: int) -> float:
            units = findings(size)
            measured = await accept(write, units, clients)
            check_all(units)
            return waits.keep(name, number, measured)

        return Side(f"{name}, {clients} 个客户端 / clients", one, unit="findings/s")

    sides = {name: side(name, write) for name, write in writes.items()}
    found = await take_turns(list(sides.values()), wanted)
    ours, peer = sides[OURS].name, sides[PEER].name
    name = f"accept / {clients} client{'s' if clients > 1 else ''}"
    if clients not in GOALS:
        return [_told(name, found[ours], found[peer], "findings/s")]
    return [
        against(name, found, ours=ours, peer=peer, goal=GOALS[clients], unit="findings/s"),
        against(
            f"{name}, p99", waits.of, ours=OURS, peer=PEER, goal=_P99_GOAL, more_is_better=False, unit="ms"
        ),
    ]  # fmt: skip


def _told(name: str, ours: Sequence[float], peer: Sequence[float], unit: str, note: str = "") -> Arm:
    middle = len(ours) // 2
    return figure(
        name,
        ours=sorted(ours)[middle],
        peer=sorted(peer)[middle],
        unit=unit,
        ours_rounds=tuple(ours),
        peer_rounds=tuple(peer),
        note=note,
    )


async def _http(url: str, wanted: Wanted) -> list[Arm]:
    with ExitStack() as stack, MongoClient[dict[str, Any]](url) as client:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dudao-bench-")))
        api, echo = (_process(stack, folder, name, url) for name in (API, ECHO))
        schools = _import_city(api)
        arms: list[Arm] = []
        for clients, count in HTTP_CLIENTS.items():
            size = count // _QUICK if wanted.quick else count
            before = client["bench_inspection"]["issues"].count_documents({})
            sides = [
                Side(f"{name}, {clients} 个客户端 / clients", _posting(base, schools, clients, size), unit="requests/s")
                for name, base in ((API, api), (ECHO, echo))
            ]
            found = await take_turns(sides, wanted)
            rounds = wanted.rounds + 1
            if client["bench_inspection"]["issues"].count_documents({}) != before + rounds * size:
                raise WrongOutputError(f"not every one of {rounds * size} drafts is there once")
            ours, peer = (found[side.name] for side in sides)
            note = "against a bare echo of the same framework: the ratio is what is left of it"
            arms.append(_told(f"accept over HTTP / {clients} clients", ours, peer, "requests/s", note))
    return arms


def _process(stack: ExitStack, folder: Path, name: str, url: str) -> str:
    port = free_port()
    more = [str(port)] if name == ECHO else [url, "bench", str(port)]
    process = Process(
        name,
        [sys.executable, "-m", "bench._accepting_api", name, *more],
        log=folder / f"{name}.log",
        cwd=Path(__file__).parents[1],
    )
    stack.callback(process.kill)
    process.start()
    base = f"http://{LOOPBACK}:{port}"
    await_ready(process, f"{base}/health/ready")
    return base


def _import_city(api: str) -> list[tuple[str, str]]:
    """(school, an officer of its county) of every school that has a county."""
    city = bundle()
    headers = {"Authorization": f"Bearer {ADMINISTRATOR}", "Idempotency-Key": secrets.token_hex(8)}
    body = canonical.encode(city)
    answer = httpx.post(
        f"{api}/v1/registry/imports", content=body, headers={**headers, "Content-Type": "application/json"},
        timeout=60, trust_env=False,
    )  # fmt: skip
    if answer.is_error:
        raise WrongOutputError(answer.text[:1000])
    officers = {grant["organisation"]: grant["person"] for grant in city["grants"]}
    return [(one.id, officer_of(one.division)) for one in city["schools"] if one.division in officers]


def _posting(
    base: str, schools: Sequence[tuple[str, str]], clients: int, size: int
) -> Callable[[int], Awaitable[float]]:
    async def one(_: int) -> float:
        requests = [_draft(base, *schools[number % len(schools)]) for number in range(size)]
        return (await load(base, requests, clients, 201)).rate

    return one


def _draft(base: str, school: str, officer: str) -> bytes:
    body = {"school": school, "source": "survey", "area": "基本制度", "description": "三会一课记录不完整，缺少签到"}
    return post(
        f"{base}/v1/issues",
        json.dumps(body, ensure_ascii=False).encode(),
        Authorization=f"Bearer {officer}",
        Idempotency_Key=secrets.token_hex(12),
    )
