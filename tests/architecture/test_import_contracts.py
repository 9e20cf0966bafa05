"""The import contracts of pyproject.toml, tried on a planted tree: each must break when its rule is broken."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_CHECKOUT = Path(__file__).parents[2]
_LAYERS = ("bootstrap", "entrypoints", "adapters", "application", "domain")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A minimal tree that keeps every contract."""
    for package in ("contracts", "runtime", "services", "dudao", "services/reporting", "services/portal"):
        _module(tmp_path, f"{package}/__init__.py")
    for service in ("inspection", "notification"):
        _module(tmp_path, f"services/{service}/__init__.py")
        for layer in _LAYERS:
            _module(tmp_path, f"services/{service}/{layer}/__init__.py")
    _module(tmp_path, "runtime/mongo.py", "import pymongo")
    _module(tmp_path, "services/inspection/adapters/issues.py", "import services.inspection.domain, runtime.mongo")
    _module(tmp_path, "services/inspection/domain/issue.py", "import dataclasses, services.inspection.domain")
    shutil.copy(_CHECKOUT / "pyproject.toml", tmp_path)
    return tmp_path


def _module(tree: Path, path: str, text: str = "") -> None:
    file = tree / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text + "\n")


def _broken(tree: Path) -> set[str]:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=tree, capture_output=True, text=True, timeout=60, check=False)
    assert "Contracts:" in done.stdout, done.stdout + done.stderr
    return {line.removesuffix(" BROKEN") for line in done.stdout.splitlines() if line.endswith(" BROKEN")}


def test_tree_without_violation_keeps_every_contract(tree: Path) -> None:
    assert _broken(tree) == set()


@pytest.mark.parametrize(
    ("path", "text", "contract"),
    [
        ("services/inspection/domain/x.py", "import services.inspection.application", "bootstrap -> entrypoints"),
        ("services/inspection/application/x.py", "import services.inspection.adapters", "bootstrap -> entrypoints"),
        ("services/notification/adapters/x.py", "import services.notification.entrypoints", "bootstrap -> entrypoints"),
        ("services/portal/x.py", "import services.reporting", "Services never import each other"),
        ("services/reporting/x.py", "from services.inspection.domain import issue", "Services never import each other"),
        ("contracts/x.py", "import runtime", "contracts imports nothing of ours"),
        ("runtime/x.py", "import contracts", "runtime imports no service"),
        ("services/portal/x.py", "import dudao", "Services do not know the command line"),
        ("services/inspection/domain/x.py", "import msgspec", "A domain imports only the standard library"),
        ("services/notification/domain/x.py", "import runtime", "A domain imports only the standard library"),
        (
            "services/notification/application/x.py",
            "import motor",
            "Domain, application and contracts import no driver",
        ),
        ("services/inspection/application/x.py", "from pymongo import errors", "Domain, application and contracts"),
        ("contracts/x.py", "import httpx", "Domain, application and contracts import no driver"),
    ],
)
def test_planted_violation_is_caught(tree: Path, path: str, text: str, contract: str) -> None:
    _module(tree, path, text)
    assert any(name.startswith(contract) for name in _broken(tree))
