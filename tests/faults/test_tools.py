"""The campaign's own tools: links that misbehave when told, a keeper that starts again, fates, tables."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from dudao.client.record import Said
from dudao.embedded import Process
from dudao.embedded.ports import LOOPBACK
from tests.faults import proof, report, results
from tests.faults.catalogue import FAULTS
from tests.faults.defects.catalogue import DEFECTS
from tests.faults.defects.defect import Defect, swap
from tests.faults.journal import Command, Fate, Journal, Told, told_by
from tests.faults.keeper import Keeper
from tests.faults.links import Link, Links, Mode
from tests.faults.results import Outcome
from tests.faults.system import ROOT
from tests.ledger_world import eventually


@pytest.fixture
async def link() -> AsyncIterator[Link]:
    """A link in front of a server that echoes."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, LOOPBACK, 0)
    with Links() as links:
        yield links.in_front_of(server.sockets[0].getsockname()[1])[0]
    server.close()


async def said_back(link: Link, within: float = 5.0) -> bytes:
    reader, writer = await asyncio.open_connection(LOOPBACK, link.port)
    try:
        writer.write(b"hello")
        return await asyncio.wait_for(reader.readexactly(5), within)
    finally:
        writer.transport.abort()


async def test_an_open_link_passes_everything(link: Link) -> None:
    assert await said_back(link) == b"hello"
    assert link.passed == 10


async def test_a_cut_link_ends_connections_and_takes_none(link: Link) -> None:
    reader, writer = await asyncio.open_connection(LOOPBACK, link.port)
    writer.write(b"hello")
    await reader.readexactly(5)
    link.turn(Mode.CUT)
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(reader.readexactly(1), 5)
    writer.transport.abort()
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await said_back(link)
    link.turn(Mode.OPEN)
    assert await said_back(link) == b"hello"


async def test_a_hanging_link_passes_what_waited_once_it_is_open_again(link: Link) -> None:
    link.turn(Mode.HANG)
    waiting = asyncio.create_task(said_back(link))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(waiting), 0.3)
    link.turn(Mode.OPEN)
    assert await waiting == b"hello"


async def test_a_resetting_link_breaks_some_connections(link: Link) -> None:
    link.turn(Mode.RESET, seed=1)
    told = await asyncio.gather(*(said_back(link) for _ in range(60)), return_exceptions=True)
    assert b"hello" in told
    assert any(isinstance(one, Exception) for one in told)


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    made = Keeper()
    yield made
    made.close()


async def test_a_keeper_starts_again_what_is_not_held(keeper: Keeper, tmp_path: Path) -> None:
    keeper.add(Process("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"], log=tmp_path / "log"))
    first = keeper.processes["sleeper"].pid
    keeper.hold("sleeper")
    keeper.processes["sleeper"].kill()
    keeper.let_go("sleeper")
    await eventually(lambda: keeper.state()["sleeper"])
    assert keeper.processes["sleeper"].pid != first
    assert keeper.ends == {"sleeper": 1}


def told(*fates: Fate, attempts: int | None = None) -> Command:
    made = Command("P-1", "k", "inspection", "POST", "/v1/issues", "draft", attempts or len(fates))
    made.told = [Told(fate, 0, "", Said()) for fate in fates]
    return made


@pytest.mark.parametrize(
    ("command", "fate"),
    [
        (told(Fate.ACKNOWLEDGED), Fate.ACKNOWLEDGED),
        (told(Fate.UNKNOWN, Fate.ACKNOWLEDGED), Fate.ACKNOWLEDGED),
        (told(Fate.REFUSED), Fate.REFUSED),
        (told(Fate.UNKNOWN, Fate.REFUSED), Fate.UNKNOWN),
        (told(Fate.REFUSED, attempts=2), Fate.UNKNOWN),
        (told(attempts=1), Fate.UNKNOWN),
    ],
)
def test_one_fate_is_made_of_all_attempts(command: Command, fate: Fate) -> None:
    assert command.fate is fate


@pytest.mark.parametrize(
    ("status", "fate"), [(201, "acknowledged"), (409, "refused"), (503, "unknown"), (429, "unknown")]
)
def test_what_an_answer_means(status: int, fate: str) -> None:
    assert told_by(status, b"{}").fate == fate


async def test_what_is_attempted_is_on_the_disk_first(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    await asyncio.gather(
        *(journal.attempt(Command("P", f"k{n}", "inspection", "POST", "/", "draft")) for n in range(50))
    )
    assert len((tmp_path / "journal.jsonl").read_bytes().splitlines()) == 50
    journal.close()


def outcome(seed: int, verdict: str, **given: object) -> Outcome:
    plain = {"fault": "kill-all", "seed": seed, "verdict": verdict, "seconds": 2.0, "broker": "kafka", "commit": "c"}
    return Outcome(**{**plain, "at": "t", "commands": {"acknowledged": 3}, **given})  # type: ignore[arg-type]


def test_the_last_outcome_of_a_seed_counts(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    last = outcome(1, "ok", pauses={"reporting": 1.2, "notification": 3.4})
    for one in (outcome(1, "wrong", findings={"chain-broken": 1}), last, outcome(2, "hung")):
        results.append(file, one)
    *_, row, total = results.table(results.read(file), report.titles())
    assert row.split(" | ")[2:6] == ["2", "1", "0", "2: hung"]
    assert row.endswith("| 3.4 |")
    assert "| **all** | | 2 | 1 |" in total


def test_a_group_is_a_seed_of_each_of_its_faults_and_its_commands_are_counted_once(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    group = outcome(2, "ok", fault="kills", parts=["kill-all", "kill-relay"], seconds=30.0)
    for one in (outcome(1, "ok"), group):
        results.append(file, one)
    *_, relay, every, total = results.table(results.read(file), report.titles())
    assert relay.split(" | ")[2:6] == ["1", "1", "1", "–"]
    assert every.split(" | ")[2:6] == ["2", "2", "1", "–"]
    assert " | 15 | " in relay
    assert "| **all** | | 3 | 3 | | | 6 | 6 |" in total


def test_the_tables_of_the_document_are_those_of_the_results() -> None:
    text = report.README.read_text(encoding="utf-8")
    assert report.rendered(text) == text


def test_every_planted_defect_names_faults_that_there_are() -> None:
    assert len(DEFECTS) >= 20
    for defect in DEFECTS.values():
        assert defect.seeds >= 1
        assert set(defect.faults) <= FAULTS.keys()


def test_every_planted_defect_that_was_tried_was_caught() -> None:
    proofs = proof.read(proof.PROOFS)
    assert [name for name in DEFECTS if name in proofs and proofs[name].caught_by is None] == []


def test_every_defect_finds_what_it_replaces() -> None:
    plant = "from tests.faults.defects.catalogue import DEFECTS\nfor defect in DEFECTS.values(): defect.plant()"
    done = subprocess.run([sys.executable, "-c", plant], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_services_that_do_not_begin_catch_no_defect() -> None:
    assert not proof.catches(outcome(1, "wrong", findings={"not-begun": 1}))
    assert not proof.catches(outcome(1, "ok"))
    assert proof.catches(outcome(1, "wrong", findings={"list-wrong": 1}))


def test_a_defect_can_only_replace_what_is_there() -> None:
    with pytest.raises(AttributeError):
        swap(Defect, "no_such_thing", None)
