"""The embedded MongoDB keeps what it acknowledged, through a kill, a stop and a stolen port."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pymongo import MongoClient
from pymongo.write_concern import WriteConcern

from dudao.embedded import EmbeddedError, Mongod, ServerFailed
from dudao.embedded.mongod import TRANSACTION_LIFETIME_S
from dudao.embedded.ports import LOOPBACK, free_port


@contextmanager
def _things(mongod: Mongod) -> Iterator["_Things"]:
    with MongoClient[dict[str, int]](mongod.url) as client:
        yield _Things(client)


class _Things:
    def __init__(self, client: MongoClient[dict[str, int]]) -> None:
        self._rows = client.embedded.get_collection("things", write_concern=WriteConcern("majority"))

    def add(self, number: int) -> None:
        self._rows.insert_one({"_id": number})

    def all(self) -> list[int]:
        return [row["_id"] for row in self._rows.find().sort("_id")]


def _write(mongod: Mongod, number: int) -> None:
    with _things(mongod) as things:
        things.add(number)


def _read(mongod: Mongod) -> list[int]:
    with _things(mongod) as things:
        return things.all()


def test_data_survives_a_kill_and_keeps_the_port(tmp_path: Path) -> None:
    mongod = Mongod(tmp_path)
    mongod.start()
    _write(mongod, 1)
    port = mongod.ports
    mongod.kill()
    with mongod:
        assert mongod.ports == port
        assert _read(mongod) == [1]


def test_another_object_finds_the_data_of_the_folder(tmp_path: Path) -> None:
    with Mongod(tmp_path) as first:
        _write(first, 1)
    with Mongod(tmp_path) as second:
        assert second.url == first.url
        assert _read(second) == [1]


def test_locks_of_a_killed_process_are_let_go_sooner_than_by_default(tmp_path: Path) -> None:
    with Mongod(tmp_path) as mongod, MongoClient[dict[str, int]](mongod.url) as client:
        asked = client.admin.command({"getParameter": 1, "transactionLifetimeLimitSeconds": 1})
        assert asked["transactionLifetimeLimitSeconds"] == TRANSACTION_LIFETIME_S


def test_stolen_port_moves_the_set(tmp_path: Path) -> None:
    with Mongod(tmp_path) as mongod:
        _write(mongod, 1)
    (stolen,) = mongod.ports
    # Listens and never answers: worse than a refusal, as the old address seems to be a slow member.
    with socket.create_server((LOOPBACK, stolen)), mongod:
        assert mongod.ports != (stolen,)
        assert _read(mongod) == [1]
        _write(mongod, 2)
    with mongod:
        assert _read(mongod) == [1, 2]


def test_lost_note_of_the_ports_moves_the_set(tmp_path: Path) -> None:
    with Mongod(tmp_path) as mongod:
        _write(mongod, 1)
    (tmp_path / "ports.json").write_text("[2")
    with mongod:
        assert _read(mongod) == [1]


def test_given_port_that_is_taken_is_refused(tmp_path: Path) -> None:
    port = free_port()
    mongod = Mongod(tmp_path, ports=(port,))
    with socket.create_server((LOOPBACK, port)), pytest.raises(ServerFailed, match=f"port {port} is taken"):
        mongod.start()


def test_folder_in_use_by_another_mongod_is_refused(tmp_path: Path) -> None:
    with Mongod(tmp_path) as mongod:
        with pytest.raises(EmbeddedError, match="ended with code"):
            Mongod(tmp_path).start()
        _write(mongod, 1)
        assert _read(mongod) == [1]


def test_wrong_number_of_ports_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match="3 members"):
        Mongod(tmp_path, members=3, ports=(1,))


def test_three_members_fail_over_and_come_back(tmp_path: Path) -> None:
    with Mongod(tmp_path, members=3) as mongod:
        _write(mongod, 1)
        primary = mongod.primary
        assert primary is not None
        primary.kill()
        with _things(mongod) as things:
            things.add(2)
    with mongod:
        assert _read(mongod) == [1, 2]
