"""The peers' recipes: everything in them is filled in, and nothing names a repository or another machine."""

import re
from dataclasses import fields
from pathlib import Path
from string import Template
from typing import Any, Final
from xml.etree import ElementTree

import pytest

from bench import _connect
from bench._connect import STRINGS, Connector, start_connect
from bench._fetch import PEERS

RECIPES: Final = sorted(file.stem for file in PEERS.glob("*.properties") if file.stem != "worker")
POMS: Final = sorted(PEERS.glob("*-pom.xml"))


class NoMachine:
    """Starts nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bootstrap = "127.0.0.1:9"
        self.url = "mongodb://127.0.0.1:9/?replicaSet=rs0"

    def keep(self, process: Any) -> Any:
        return process


@pytest.fixture(autouse=True)
def any_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_connect, "free_port", lambda: 20_001)


def read(file: Path) -> dict[str, str]:
    lines = (line for line in file.read_text().splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_filled_in(name: str, tmp_path: Path) -> None:
    machine: Any = NoMachine(tmp_path)
    connect = start_connect(machine, Connector(name, tmp_path / "jars", STRINGS, "some_database", "some.topic"))
    assert connect.url.startswith("http://127.0.0.1:")
    worker, connector = (read(tmp_path / name / f"{part}.properties") for part in ("worker", "connector"))
    assert worker["value.converter"] == STRINGS
    assert connector["connector.class"].endswith("Connector")
    assert "some_database" in connector.values()
    assert not [value for value in (*worker.values(), *connector.values()) if "$" in value]
    assert (tmp_path / name / "plugins" / "jars").is_symlink()


def test_a_value_that_is_not_filled_in_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("worker", "planted"):
        (tmp_path / f"{name}.properties").write_text("topics=${nowhere}\n")
    monkeypatch.setattr(_connect, "PEERS", tmp_path)
    machine: Any = NoMachine(tmp_path)
    with pytest.raises(KeyError, match="nowhere"):
        start_connect(machine, Connector("planted", tmp_path, STRINGS, "d", "t"))


def test_the_tuned_recipes_only_add_to_what_they_are_compared_with() -> None:
    for plain, tuned in (("debezium-default", "debezium-tuned"), ("mongo-sink-idempotent", "mongo-sink-tuned")):
        before, after = read(PEERS / f"{plain}.properties"), read(PEERS / f"{tuned}.properties")
        assert before.items() <= after.items()
        assert len(after) > len(before)


@pytest.mark.parametrize("pom", POMS, ids=lambda pom: pom.stem)
def test_a_pom_names_exact_versions_and_no_repository(pom: Path) -> None:
    root = ElementTree.fromstring(pom.read_text())  # noqa: S314 -- our own file
    names = [element.tag.partition("}")[2] for element in root.iter()]
    assert not {"repositories", "pluginRepositories", "url"} & set(names)
    versions = [element.text or "" for element in root.iter() if element.tag.endswith("}version")][1:]
    assert versions
    assert all(re.fullmatch(r"\d+(\.\d+)+(\.Final)?", version) for version in versions)


def test_no_recipe_names_another_machine() -> None:
    for file in PEERS.iterdir():
        hosts = set(re.findall(r"//([\w.-]+)", file.read_text()))
        assert hosts <= {"127.0.0.1", "maven.apache.org"}, file.name


def test_every_placeholder_is_one_that_is_told() -> None:
    told = {"bootstrap", "port", "plugins", "folder", "mongo", *(field.name for field in fields(Connector))}
    for file in PEERS.glob("*.properties"):
        assert set(Template(file.read_text()).get_identifiers()) <= told, file.name
