"""The gateway's configuration: nginx's own grammar, and for every operation the service that has it, or nobody."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import crossplane
import pytest
from fastapi import FastAPI

from tests.architecture.deployment import ROOT

TEMPLATE: Final = ROOT / "deploy" / "gateway" / "nginx.conf.template"
# Between services, or for whoever watches them: not for the world.
INSIDE: Final = re.compile(r"/ledger/|/health/|/metrics$|/v1/service-tokens$")

Block = dict[str, Any]


def _parsed(text: str, folder: Path) -> Block:
    file = folder / "nginx.conf"
    file.write_text(text.replace("${NGINX_LOCAL_RESOLVERS}", "127.0.0.1"))
    parsed: Block = crossplane.parse(str(file), single=True, strict=True)
    return parsed


def _walk(blocks: list[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        yield from _walk(block.get("block", []))


def _locations(parsed: Block) -> list[tuple[str, str, str | None]]:
    """(kind, pattern, the service asked); kind as nginx writes it, "" for a prefix."""
    found = []
    for block in _walk(parsed["config"][0]["parsed"]):
        if block["directive"] == "location":
            *kind, pattern = block["args"]
            asked = [inner["args"][0] for inner in block["block"] if inner["directive"] == "proxy_pass"]
            target = re.match(r"\$([a-z]+)", asked[0]) if asked else None
            found.append((kind[0] if kind else "", pattern, target.group(1) if target else None))
    return found


def _service_for(path: str, locations: list[tuple[str, str, str | None]]) -> str | None:
    """As nginx chooses: the exact one, else the first expression that matches, else the longest prefix."""
    for kind, pattern, service in locations:
        if kind == "=" and pattern == path:
            return service
    for kind, pattern, service in locations:
        if kind == "~" and re.search(pattern, path):
            return service
    prefixes = [
        (len(pattern), service) for kind, pattern, service in locations if not kind and path.startswith(pattern)
    ]
    return max(prefixes)[1]


def test_nginx_grammar_holds_and_a_planted_mistake_is_caught(tmp_path: Path):
    text = TEMPLATE.read_text()
    assert _parsed(text, tmp_path)["errors"] == []
    assert _parsed(text.replace("proxy_buffering off", "proxy_bufering off"), tmp_path)["status"] == "failed"


def test_every_operation_reaches_its_service_and_inner_ones_reach_none(
    tmp_path: Path, applications: dict[str, FastAPI]
):
    locations = _locations(_parsed(TEMPLATE.read_text(), tmp_path))
    wrong = []
    outside = 0
    for service, app in applications.items():
        for path in app.openapi()["paths"]:
            expected = None if INSIDE.search(path) else service
            outside += expected is not None
            reached = _service_for(re.sub(r"\{[^}]*\}", "some-id", path), locations)
            if reached != expected:
                wrong.append(f"{service} {path}: {reached}")
    assert wrong == []
    assert outside > 50


@pytest.mark.parametrize("service", ["portal", "inspection", "notification", "reporting"])
@pytest.mark.parametrize(
    ("path", "served"),
    [
        ("/docs", True),
        ("/docs/assets/swagger-ui.css", True),
        ("/openapi.json", True),
        ("/metrics", False),
        ("/ledger/lists/heads", False),
        ("/health/ready", False),
        ("/docsledger", False),
    ],
)
def test_api_pages_of_each_service_and_nothing_else_of_it(tmp_path: Path, service: str, path: str, served: bool):
    locations = _locations(_parsed(TEMPLATE.read_text(), tmp_path))
    assert _service_for(f"/{service}{path}", locations) == (service if served else None)


def test_what_the_gateway_itself_refuses_is_a_problem_in_chinese_and_english(tmp_path: Path):
    answers = [
        block["args"]
        for block in _walk(_parsed(TEMPLATE.read_text(), tmp_path)["config"][0]["parsed"])
        if block["directive"] == "return" and len(block["args"]) > 1
    ]
    problems = [(int(status), json.loads(body)) for status, body in answers]
    assert {status for status, _ in problems} == {404, 413, 429, 503}
    for status, problem in problems:
        assert problem["status"] == status
        assert problem.keys() == {"type", "title", "status", "detail", "zh", "en", "instance"}
