"""Service secrets, the command line's input, and asking inspection who somebody is."""

import hashlib
import io
import json

import httpx
import pytest

from runtime.access.principal import Grant
from runtime.errors import Rejected, Retryable
from services.portal.__main__ import read_wanted
from services.portal.adapters.inspection_grants import InspectionGrants
from services.portal.service_secrets import ServiceSecrets

SECRET = "s" * 40
TABLE = json.dumps({"reporting": hashlib.sha256(SECRET.encode()).hexdigest()})


def test_a_services_own_secret_is_taken_and_no_other() -> None:
    secrets = ServiceSecrets(TABLE)
    secrets.check("reporting", SECRET)
    for service, secret in (("reporting", "x"), ("inspection", SECRET), ("", ""), ("reporting", "")):
        with pytest.raises(Rejected) as refusal:
            secrets.check(service, secret)
        assert refusal.value.status == 401


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"a": 1}', '{"a": "abc"}', '{"A b": "' + "0" * 64 + '"}', '{"a": "' + "G" * 64 + '"}']
)
def test_a_malformed_table_of_secrets_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="service secrets"):
        ServiceSecrets(text)


def test_nobody_gets_in_by_the_digest_of_nobody() -> None:
    with pytest.raises(Rejected):
        ServiceSecrets("{}").check("nobody", "0" * 64)


def test_wanted_accounts_are_read_line_by_line() -> None:
    lines = io.StringIO('{"username": "a-1", "person": "P-1"}\n\n{"person": "P-2", "username": "书记"}\n')
    assert read_wanted(lines) == [("a-1", "P-1"), ("书记", "P-2")]


@pytest.mark.parametrize("line", ["x", "{}", '{"username": 1, "person": "P"}', '{"username":"a","person":"b","x":1}'])
def test_a_line_that_cannot_be_read_is_named(line: str) -> None:
    with pytest.raises(Rejected, match="line 2"):
        read_wanted(io.StringIO(f'{{"username": "a-1", "person": "P-1"}}\n{line}\n'))


def grants_from(answer: httpx.Response | Exception) -> InspectionGrants:
    def handle(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/v1/me"
        assert request.headers["authorization"] == "Bearer the-token"
        if isinstance(answer, Exception):
            raise answer
        return answer

    return InspectionGrants("http://inspection/", httpx.AsyncClient(transport=httpx.MockTransport(handle)))


async def test_grants_are_those_inspection_tells() -> None:
    body = {"person": "P-1", "grants": [{"id": "G-1", "role": "administrator", "organisation": "230800"}]}
    grants = grants_from(httpx.Response(200, json=body))
    assert await grants.of_token("the-token") == [Grant("administrator", "230800")]
    await grants.aclose()


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_somebody_inspection_does_not_know_has_no_grants(status: int) -> None:
    assert await grants_from(httpx.Response(status)).of_token("the-token") == []


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503),
        httpx.Response(500),
        httpx.Response(302, headers={"location": "http://elsewhere/"}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={}),
        httpx.Response(200, json={"grants": [{}]}),
        httpx.Response(200, json={"grants": 7}),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
    ],
)
async def test_when_inspection_cannot_be_asked_nobody_is_let_in_on_a_guess(answer: httpx.Response | Exception) -> None:
    with pytest.raises(Retryable) as failure:
        await grants_from(answer).of_token("the-token")
    assert "the-token" not in f"{failure.value!r} {failure.value.__cause__!r}"
