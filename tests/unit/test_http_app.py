"""The application factory: deny by default, problems, bounds, headers, documentation."""

import errno
import json
import logging
import tempfile
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from fastapi import APIRouter, Request, UploadFile
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel

from runtime.access.principal import Grant, Principal
from runtime.errors import Conflict, NotFound, Rejected, Retryable
from runtime.http.app import AccessUndeclaredError, create_app
from runtime.http.gate import Caller, CallerGrants, Gate
from runtime.http.headers import BodyHash, IdempotencyKey, IfMatch, TraceParent, json_response
from runtime.http.operation import operation

SECRET = "hunter2-and-some-more"
SECRETARY = {"Authorization": "Bearer P-1"}
STRANGER = {"Authorization": "Bearer P-2"}
SERVICE = {"Authorization": "Bearer service:reporting"}


class Plan(BaseModel):
    """A body."""

    measure: str
    percent: int = 0


class Planned(msgspec.Struct):
    """An answer."""

    id: str
    version: int


class NameIsToken:
    """A verifier for tests: the token is the subject."""

    async def verify(self, token: str, purpose: str | None = None) -> Principal:
        if token == "expired":
            raise Rejected("token-expired", "过期", "expired", status=401)
        return Principal.of(token)


async def grants_of(person: str) -> list[Grant]:
    return [Grant("secretary", "B001")] if person == "P-1" else []


def issues() -> APIRouter:
    router = APIRouter()

    @router.post(
        "/v1/issues/{issue}/plan",
        **operation(
            "planIssue",
            summary=("制定整改方案", "Plan"),
            scope="school",
            roles=("secretary",),
            command=True,
            returns=Planned,
        ),
    )
    async def plan(
        issue: str, body: Plan, key: IdempotencyKey, seen: IfMatch, caller: Caller, body_hash: BodyHash
    ) -> dict[str, object]:
        return {"issue": issue, "measure": body.measure, "key": key, "seen": seen, "by": caller.subject, "h": body_hash}

    @router.post("/v1/evidence", **operation("evidence", summary="证据 / Evidence", scope="self", max_body=3_000_000))
    async def evidence(file: UploadFile) -> dict[str, object]:
        return {"size": len(await file.read())}

    @router.get("/v1/me", **operation("me", summary="我 / Me", scope="self"))
    async def me(caller: Caller, grants: CallerGrants) -> dict[str, object]:
        return {"person": caller.subject, "grants": [grant.role for grant in grants]}

    @router.get("/v1/heads", **operation("heads", summary="头 / Heads", scope="service"))
    async def heads(caller: Caller) -> dict[str, str]:
        return {"service": caller.subject}

    @router.get("/v1/trace", **operation("trace", summary="踪迹 / Trace", scope="public"))
    async def trace(traceparent: TraceParent) -> dict[str, str]:
        return {"traceparent": traceparent}

    @router.get("/v1/curious", **operation("curious", summary="谁 / Who", scope="public"))
    async def curious(caller: Caller) -> dict[str, str]:
        return {"caller": caller.subject}

    return router


def failing(error: Exception) -> APIRouter:
    router = APIRouter()

    @router.get("/v1/fails", **operation("fails", summary="失败 / Fails", scope="public"))
    async def fails() -> None:
        raise error

    return router


def client_of(*routers: APIRouter, **options: Any) -> httpx.AsyncClient:
    app = create_app(title="试", version="1", routers=routers, gate=Gate(NameIsToken(), grants_of), **options)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api")


@pytest.fixture
async def api() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(issues()) as client:
        yield client


def problem(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["status"] == answer.status_code
    assert {"type", "title", "status", "detail", "zh", "en", "instance"} <= body.keys()
    assert body["zh"] in body["title"]
    assert body["instance"] == answer.request.url.path
    return answer.status_code, body["type"].removeprefix("/problems/")


async def test_a_command_by_somebody_with_the_role_goes_through(api: httpx.AsyncClient) -> None:
    headers = SECRETARY | {"Idempotency-Key": "k", "If-Match": '"7"'}
    answer = await api.post("/v1/issues/I-1/plan", json={"measure": "m"}, headers=headers)
    assert answer.status_code == 200
    assert answer.json() | {"h": ""} == {"issue": "I-1", "measure": "m", "key": "k", "seen": 7, "by": "P-1", "h": ""}


@pytest.mark.parametrize(
    ("path", "headers", "expected"),
    [
        ("/v1/me", {}, (401, "token-missing")),
        ("/v1/me", {"Authorization": "Basic cDpw"}, (401, "token-invalid")),
        ("/v1/me", {"Authorization": "Bearer"}, (401, "token-invalid")),
        ("/v1/me", {"Authorization": "Bearer a b"}, (401, "token-invalid")),
        ("/v1/me", {"Authorization": "Bearer expired"}, (401, "token-expired")),
        ("/v1/me", SERVICE, (403, "forbidden")),
        ("/v1/heads", SECRETARY, (403, "forbidden")),
        ("/v1/heads", {}, (401, "token-missing")),
        ("/v1/curious", SECRETARY, (401, "token-missing")),
        ("/v1/nowhere", {}, (404, "not-found")),
        ("/v1/me/", {}, (404, "not-found")),
    ],
)
async def test_a_caller_who_may_not_is_refused(
    api: httpx.AsyncClient, path: str, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    assert problem(await api.get(path, headers=headers)) == expected


async def test_two_tokens_are_one_too_many(api: httpx.AsyncClient) -> None:
    twice = [("Authorization", "Bearer P-1"), ("Authorization", "Bearer P-2")]
    assert problem(await api.get("/v1/me", headers=twice)) == (401, "token-invalid")


async def test_a_401_says_how_to_sign_in(api: httpx.AsyncClient) -> None:
    assert (await api.get("/v1/me")).headers["www-authenticate"].startswith("Bearer")


async def test_grants_are_at_hand_where_no_role_is_asked_for(api: httpx.AsyncClient) -> None:
    assert (await api.get("/v1/me", headers=SECRETARY)).json() == {"person": "P-1", "grants": ["secretary"]}
    assert (await api.get("/v1/me", headers=STRANGER)).json() == {"person": "P-2", "grants": []}
    assert (await api.get("/v1/heads", headers=SERVICE)).json() == {"service": "service:reporting"}


@pytest.mark.parametrize("content", [b"{", b"", b'{"measure": 1}', b"\xff\xfe", b"[" * 5000])
async def test_a_body_tells_nothing_to_who_may_not_call(api: httpx.AsyncClient, content: bytes) -> None:
    json_type = {"Content-Type": "application/json"}
    assert problem(await api.post("/v1/issues/1/plan", content=content, headers=json_type)) == (401, "token-missing")
    refused = await api.post("/v1/issues/1/plan", content=content, headers=json_type | STRANGER)
    assert problem(refused) == (403, "forbidden")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, (400, "idempotency-key-missing")),
        ({"Idempotency-Key": ""}, (400, "idempotency-key-invalid")),
        ({"Idempotency-Key": "x" * 201}, (400, "idempotency-key-invalid")),
        ({"Idempotency-Key": "a b"}, (400, "idempotency-key-invalid")),
        ({"Idempotency-Key": "k"}, (428, "if-match-missing")),
        ({"Idempotency-Key": "k", "If-Match": "*"}, (400, "if-match-invalid")),
        ({"Idempotency-Key": "k", "If-Match": '"x"'}, (400, "if-match-invalid")),
        ({"Idempotency-Key": "k", "If-Match": 'W/"1"'}, (400, "if-match-invalid")),
        ({"Idempotency-Key": "k", "If-Match": "1"}, (400, "if-match-invalid")),
        ({"Idempotency-Key": "k", "If-Match": '"-1"'}, (400, "if-match-invalid")),
    ],
)
async def test_a_command_needs_its_headers(
    api: httpx.AsyncClient, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    answer = await api.post("/v1/issues/1/plan", json={"measure": "m"}, headers=SECRETARY | headers)
    assert problem(answer) == expected


async def test_invalid_input_is_named_by_field_and_not_repeated(api: httpx.AsyncClient) -> None:
    headers = SECRETARY | {"Idempotency-Key": "k", "If-Match": '"1"'}
    answer = await api.post("/v1/issues/1/plan", json={"percent": SECRET}, headers=headers)
    assert problem(answer) == (422, "invalid")
    assert [(row["field"], row["code"]) for row in answer.json()["errors"]] == [
        ("body.measure", "missing"),
        ("body.percent", "int_parsing"),
    ]
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Rejected("no-such-step", "不可", "not now", at="planned"), (422, "no-such-step")),
        (Rejected("version-changed", "变", "changed", status=412), (412, "version-changed")),
        (NotFound(SECRET), (404, "not-found")),
        (Conflict(SECRET), (409, "conflict")),
        (Retryable(SECRET), (503, "unavailable")),
        (ValueError(SECRET), (500, "internal")),
        (ExceptionGroup(SECRET, [ValueError(SECRET)]), (500, "internal")),
    ],
)
async def test_every_error_is_a_problem_without_internals(error: Exception, expected: tuple[int, str]) -> None:
    async with client_of(failing(error)) as client:
        answer = await client.get("/v1/fails")
    assert problem(answer) == expected
    assert SECRET not in answer.text
    assert ("retry-after" in answer.headers) == (answer.status_code == 503)


async def test_a_rejection_carries_its_detail_but_cannot_forge_a_members_value() -> None:
    error = Rejected("locked", "锁", "locked", status=429, retry_after=7, instance="elsewhere", seen={"a": 1})
    async with client_of(failing(error)) as client:
        answer = await client.get("/v1/fails")
    assert problem(answer) == (429, "locked")
    assert answer.headers["retry-after"] == "7"
    assert answer.json()["seen"] == {"a": 1}


async def test_an_unexpected_error_is_logged_once_with_its_stack(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        async with client_of(failing(ZeroDivisionError("oops"))) as client:
            await client.get("/v1/fails")
    (record,) = caplog.records
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ZeroDivisionError)


async def test_a_wrong_method_is_a_problem_that_names_the_right_one(api: httpx.AsyncClient) -> None:
    answer = await api.delete("/v1/me")
    assert problem(answer) == (405, "method-not-allowed")
    assert answer.headers["allow"] == "GET"


async def test_a_body_above_the_bound_is_refused_announced_or_not(api: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    headers = SECRETARY | {"Content-Type": "application/json"}
    for content in (b" " * 1_048_577, chunks()):
        answer = await api.post("/v1/issues/1/plan", content=content, headers=headers)
        assert problem(answer) == (413, "body-too-large")


async def test_an_operation_may_have_a_bound_of_its_own(api: httpx.AsyncClient) -> None:
    for size, status in ((2_900_000, 200), (3_100_000, 413)):
        answer = await api.post("/v1/evidence", files={"file": b"x" * size}, headers=SECRETARY)
        assert answer.status_code == status


async def test_a_length_that_is_no_number_harms_nobody(api: httpx.AsyncClient) -> None:
    for length in ("9" * 5000, "-1", "x", "１"):
        headers = [(b"authorization", b"Bearer P-1"), (b"content-length", length.encode())]
        answer = await api.post("/v1/evidence", content=b"", headers=headers)
        assert answer.status_code in (400, 413, 422)


async def test_headers_above_the_bound_are_refused(api: httpx.AsyncClient) -> None:
    assert problem(await api.get("/v1/me", headers=SECRETARY | {"X": "y" * 40_000})) == (431, "headers-too-large")


async def test_every_answer_carries_the_security_headers(api: httpx.AsyncClient) -> None:
    for path in ("/v1/me", "/nowhere", "/health/live", "/docs", "/openapi.json"):
        headers = (await api.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "access-control-allow-origin" not in headers
    assert (await api.get("/v1/me", headers=SECRETARY)).headers["cache-control"] == "no-store"


async def test_the_callers_trace_goes_on_and_a_malformed_one_does_not(api: httpx.AsyncClient) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    parent = f"00-{trace}-00f067aa0ba902b7-01"
    answer = await api.get("/v1/trace", headers={"traceparent": parent})
    assert answer.json()["traceparent"].split("-")[1] == trace
    assert answer.headers["traceparent"] == answer.json()["traceparent"] != parent
    other = await api.get("/v1/trace", headers={"traceparent": parent.replace("4bf", "4BF")})
    assert trace not in other.headers["traceparent"].lower()


def test_an_operation_without_a_declaration_keeps_the_application_from_starting() -> None:
    router = APIRouter()

    @router.get("/v1/open", operation_id="open")
    async def unguarded() -> None:
        """Declares nothing."""

    with pytest.raises(AccessUndeclaredError, match=r"/v1/open \(open\)"):
        create_app(title="t", version="1", routers=[router], gate=Gate(NameIsToken()))


def test_two_operations_of_one_name_keep_the_application_from_starting() -> None:
    with pytest.raises(AccessUndeclaredError, match="fails"):
        create_app(title="t", version="1", routers=[failing(OSError()), failing(OSError())], gate=Gate(NameIsToken()))


def test_without_a_gate_only_public_operations_are_allowed() -> None:
    create_app(title="worker", version="1")
    with pytest.raises(AccessUndeclaredError, match="heads"):
        create_app(title="worker", version="1", routers=[issues()])


async def test_a_route_added_behind_the_factorys_back_is_never_served() -> None:
    app = create_app(title="t", version="1", gate=Gate(NameIsToken()))

    @app.get("/v1/late", operation_id="late")
    async def late() -> dict[str, str]:
        return {"secret": SECRET}

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client:
        assert problem(await client.get("/v1/late", headers=SECRETARY)) == (403, "forbidden")
    with pytest.raises(AccessUndeclaredError, match="late"):
        async with app.router.lifespan_context(app):
            pytest.fail("the application must not start")


async def test_the_openapi_document_is_valid_and_says_who_may_call(api: httpx.AsyncClient) -> None:
    document = (await api.get("/openapi.json")).json()
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1")
    plan = document["paths"]["/v1/issues/{issue}/plan"]["post"]
    assert plan["operationId"] == "planIssue"
    assert plan["summary"] == "制定整改方案 / Plan"
    assert plan["x-access"] == {"roles": ["secretary"], "scope": "school"}
    assert plan["security"] == [{"bearer": []}]
    assert {"400", "401", "403", "404", "409", "412", "413", "422", "428", "503"} < plan["responses"].keys()
    required = {parameter["name"] for parameter in plan["parameters"] if parameter["required"]}
    assert required == {"issue", "Idempotency-Key", "If-Match"}
    answer = plan["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer == {"$ref": "#/components/schemas/Planned"}
    assert set(document["components"]["schemas"]["Planned"]["properties"]) == {"id", "version"}
    assert "security" not in document["paths"]["/health/live"]["get"]
    assert "HTTPValidationError" not in json.dumps(document)


async def test_every_operation_in_the_document_declares_its_access(api: httpx.AsyncClient) -> None:
    paths = (await api.get("/openapi.json")).json()["paths"]
    operations = [found for path in paths.values() for found in path.values()]
    assert len(operations) == 9
    assert all(found["x-access"]["scope"] for found in operations)


async def test_the_documentation_needs_nothing_from_elsewhere(api: httpx.AsyncClient) -> None:
    page = await api.get("/docs")
    assert page.status_code == 200
    assert "://" not in page.text
    for asset in ("/docs/start.js", "/docs/assets/swagger-ui-bundle.js", "/docs/assets/swagger-ui.css"):
        assert (await api.get(asset)).status_code == 200
    for outside in ("/docs/assets/../../app.py", "/docs/assets/%2e%2e/core.py", "/docs/assets//etc/passwd"):
        assert (await api.get(outside)).status_code == 404


async def test_requests_are_counted_by_operation_and_never_by_path(api: httpx.AsyncClient) -> None:
    await api.get("/v1/issues/I-77/secret")
    await api.get("/v1/me", headers=SECRETARY)
    text = (await api.get("/metrics")).text
    assert 'dudao_http_requests_total{operation="me",status="200"}' in text
    assert "I-77" not in text


async def test_readiness_names_what_is_not_ready_without_telling_hosts() -> None:
    async def fine() -> None:
        return

    async def down() -> None:
        raise Retryable("db-1.internal:27017 refused")

    async def restored() -> None:
        raise Rejected("owner-restored", "账本已被恢复", "the owner's ledger was restored")

    async def broken() -> None:
        raise KeyError(SECRET)

    checks = {"mongo": fine, "kafka": down, "lists": restored, "x": broken}
    async with client_of(ready=checks) as client:
        answer = await client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "checks": {"mongo": "ok", "kafka": "unavailable", "lists": "the owner's ledger was restored", "x": "failed"},
    }
    async with client_of(ready={"mongo": fine}) as client:
        assert (await client.get("/health/ready")).json() == {"ready": True, "checks": {"mongo": "ok"}}


async def test_a_service_without_grants_of_its_own_asks_with_the_callers_token() -> None:
    async def by_token(token: str) -> list[Grant]:
        return [Grant("administrator", "230800")] if token == "P-1" else []

    router = APIRouter()

    @router.get(
        "/v1/accounts", **operation("accounts", summary="账户 / A", scope="administrator", roles=("administrator",))
    )
    async def accounts(request: Request) -> object:
        return json_response([grant.role for grant in request.state.grants], version=3)

    app = create_app(title="t", version="1", routers=[router], gate=Gate(NameIsToken(), grants_by_token=by_token))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client:
        answer = await client.get("/v1/accounts", headers=SECRETARY)
        assert (answer.json(), answer.headers["etag"]) == (["administrator"], '"3"')
        assert problem(await client.get("/v1/accounts", headers=STRANGER)) == (403, "forbidden")


@pytest.mark.parametrize("step", ["write", "read"])
async def test_a_full_disk_while_a_body_is_taken_in_is_not_the_callers_fault(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    close = tempfile.SpooledTemporaryFile.close

    def full(file: tempfile.SpooledTemporaryFile[bytes], *_: object) -> None:
        close(file)
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, step, full)
    answer = await api.post("/v1/evidence", files={"file": ("a.jpg", b"x" * 2_000_000)}, headers=SECRETARY)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
