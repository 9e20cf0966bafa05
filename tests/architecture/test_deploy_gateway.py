"""The gateway's configuration: nginx's own grammar, and for every operation the service that has it, or nobody."""

import json
import re
from pathlib import Path
from typing import Final

import pytest
from fastapi import FastAPI

from tests.gateway import TEMPLATE, locations_of, parsed, service_for, walk

# Between services, or for whoever watches them: not for the world.
INSIDE: Final = re.compile(r"/ledger/|/health/|/metrics$|/v1/service-tokens$")


def test_nginx_grammar_holds_and_a_planted_mistake_is_caught(tmp_path: Path):
    text = TEMPLATE.read_text()
    assert parsed(text, tmp_path)["errors"] == []
    assert parsed(text.replace("proxy_buffering off", "proxy_bufering off"), tmp_path)["status"] == "failed"


def test_every_operation_reaches_its_service_and_inner_ones_reach_none(
    tmp_path: Path, applications: dict[str, FastAPI]
):
    locations = locations_of(parsed(TEMPLATE.read_text(), tmp_path))
    wrong = []
    outside = 0
    for service, app in applications.items():
        for path in app.openapi()["paths"]:
            expected = None if INSIDE.search(path) else service
            outside += expected is not None
            reached = service_for(re.sub(r"\{[^}]*\}", "some-id", path), locations)
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
    locations = locations_of(parsed(TEMPLATE.read_text(), tmp_path))
    assert service_for(f"/{service}{path}", locations) == (service if served else None)


def test_what_the_gateway_itself_refuses_is_a_problem_in_chinese_and_english(tmp_path: Path):
    answers = [
        block["args"]
        for block in walk(parsed(TEMPLATE.read_text(), tmp_path)["config"][0]["parsed"])
        if block["directive"] == "return" and len(block["args"]) > 1
    ]
    problems = [(int(status), json.loads(body)) for status, body in answers]
    assert {status for status, _ in problems} == {404, 413, 429, 503}
    for status, problem in problems:
        assert problem["status"] == status
        assert problem.keys() == {"type", "title", "status", "detail", "zh", "en", "instance"}
