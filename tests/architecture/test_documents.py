"""The documents name what there is: files and functions, settings, the hash recipe, words, links."""

import ast
import base64
import re
from pathlib import Path
from typing import Any, Final, get_args

import pytest

from contracts import lists, roles
from contracts.ledgers import LEDGERS
from runtime.ledger import chain
from runtime.ledger.wire import to_kafka
from tests.architecture.deployment import ROOT, SETTINGS, variables
from tests.ledger_samples import entry

ARCHITECTURE: Final = ROOT / "docs" / "architecture.md"
READMES: Final = (ROOT / "README.md", ROOT / "README.zh.md")
DECISIONS: Final = sorted((ROOT / "docs" / "adr").glob("*.md"))
DOCUMENTS: Final = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def _names(body: list[ast.stmt]) -> dict[str, list[ast.stmt]]:
    found: dict[str, list[ast.stmt]] = {}
    for statement in body:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found[name] = []
            case ast.ClassDef(name=name, body=inner):
                found[name] = inner
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                found[name] = []
    return found


def _is_there(file: str, symbol: str) -> bool:
    path = ROOT / file
    if not path.is_file():
        return False
    body = ast.parse(path.read_text()).body
    for name in symbol.split("."):
        names = _names(body)
        if name not in names:
            return False
        body = names[name]
    return True


def test_every_file_and_function_that_the_architecture_names_is_there():
    named = re.findall(r"`([\w/]+\.py)::([\w.]+)`", ARCHITECTURE.read_text())
    assert len(named) > 50
    assert [f"{file}::{symbol}" for file, symbol in named if not _is_there(file, symbol)] == []


@pytest.mark.parametrize(("file", "symbol"), [("runtime/nowhere.py", "x"), ("runtime/ids.py", "old_id")])
def test_a_name_that_is_gone_is_noticed(file: str, symbol: str):
    assert not _is_there(file, symbol)


def test_recipe_in_the_architecture_gives_the_ledgers_own_hashes():
    (program,) = re.findall(r"```python\n(.*?)```", ARCHITECTURE.read_text(), re.DOTALL)
    recipe: dict[str, Any] = {"__name__": "recipe"}
    exec(compile(program, "architecture.md", "exec"), recipe)  # noqa: S102 -- our own document
    previous = chain.genesis("the-ledger-id", "lists", 9)
    assert recipe["genesis"]("the-ledger-id", "lists", "9") == previous
    sealed = entry(previous)
    plain = {name: getattr(sealed, name) for name in sealed.__dataclass_fields__}
    plain["data"] = base64.b64encode(sealed.data).decode()
    assert chain.chains(previous, sealed)
    assert recipe["entry_hash"](previous, plain) == sealed.hash
    for field in ("seq", "version", "registry", "at", "sealed_at"):
        assert recipe["entry_hash"](previous, plain | {field: plain[field] + 1}) != sealed.hash
    for field in ("id", "type", "subject", "key"):
        assert recipe["entry_hash"](previous, plain | {field: plain[field] + "x"}) != sealed.hash


def test_headers_table_lists_every_header_we_send():
    _, _, sent = to_kafka(entry(b"\0" * 32), "/dudao/inspection")
    section = ARCHITECTURE.read_text().partition("### Headers of a Kafka record")[2].partition("\n## ")[0]
    told = set(
        re.findall(r"`([a-z_-]+)`", "\n".join(line.split("|")[1] for line in section.splitlines() if "|" in line))
    )
    assert {name for name, _ in sent} == told


def test_ledgers_table_is_the_contracts():
    text = ARCHITECTURE.read_text()
    for ledger in LEDGERS.values():
        (row,) = re.findall(rf"^\| `{ledger.name}` \|.*$", text, re.MULTILINE)
        assert f"| {ledger.owner} | {ledger.streams}" in row
        assert f"`{ledger.topic}`" in row
        assert row.rstrip(" |").endswith(", ".join(ledger.consumers))


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_readme_tells_of_every_setting_and_of_no_other(readme: Path):
    known = {name for settings in SETTINGS.values() for name in variables(settings)}
    told = set(re.findall(r"DUDAO_[A-Z0-9_]+", readme.read_text()))
    assert told == {name for name in known if not name.endswith("_FILE")}


def test_both_readmes_give_the_same_commands():
    english, chinese = (_commands(readme.read_text()) for readme in READMES)
    assert english == chinese
    assert len(english) > 10


def _commands(text: str) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = (re.sub(r"\s*#.*", "", line) for block in blocks for line in block.splitlines())
    return [line for line in lines if line.strip()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path):
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_glossary_has_every_state_and_role():
    text = (ROOT / "docs" / "glossary.md").read_text()
    words = set(re.findall(r"`(\w+)`", text))
    assert set(get_args(lists.IssueState)) - words == set()
    assert set(roles.ROLES) - words == set()
    verbs = {event.split(".")[2] for event in lists.ISSUE_EVENTS}
    assert verbs - words == set()


def test_decisions_are_numbered_once_each_and_follow_the_template():
    headings = re.findall(r"^## .*$", DECISIONS[0].read_text(), re.MULTILINE)
    # Several are written at a time, so that a number may be kept for one that is still to come.
    numbers = [decision.name[:5] for decision in DECISIONS]
    assert len(set(numbers)) == len(numbers)
    for decision in DECISIONS:
        text = decision.read_text()
        assert text.startswith(f"# {decision.name[:4]}. ")
        assert re.findall(r"^## .*$", text, re.MULTILINE) == headings
        assert len(text.splitlines()) <= 40
