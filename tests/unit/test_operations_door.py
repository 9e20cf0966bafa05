"""An operator calls the gateway or the services of a folder, with a token of their own; refusals are told in words."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from dudao.client.api import RefusedError, UnreachableError
from dudao.client.sign_in import Account, SignInError
from dudao.folder import Addresses, Folder
from dudao.operations.door import At, Door

ACCOUNT = Account("administrator", "secret-phrase")


class Services:
    """Answers as the portal and a service do, and keeps what was asked."""

    def __init__(self, status: int = 200) -> None:
        self.asked: list[httpx.Request] = []
        self._status = status

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.url.path == "/v1/sign-in":
            token = {"access_token": "T", "expires_in": 900, "must_change_password": False}
            return httpx.Response(200 if "secret" in request.content.decode() else 401, json=token)
        told = {"type": "/problems/dead-event-settled", "zh": "该事件已处理完毕"} if self._status >= 400 else {"n": 1}
        return httpx.Response(self._status, json=told)


def door(services: object, at: At) -> Door:
    transport = httpx.MockTransport(services)  # type: ignore[arg-type]
    return Door(at, httpx.AsyncClient(transport=transport))


def test_with_a_url_every_service_is_asked_at_the_gateway(tmp_path: Path) -> None:
    services = Services()
    at = At(tmp_path / "none", "https://dudao.example/", ACCOUNT)
    body = asyncio.run(
        door(services, at).post("reporting", "/v1/reporting/dead-events/lists/9/7/retry", {"reason": "x"})
    )
    assert body == {"n": 1}
    signed_in, command = services.asked
    assert str(signed_in.url) == "https://dudao.example/v1/sign-in"
    assert str(command.url) == "https://dudao.example/v1/reporting/dead-events/lists/9/7/retry"
    assert command.headers["Authorization"] == "Bearer T"
    assert len(command.headers["Idempotency-Key"]) == 32
    assert json.loads(command.content) == {"reason": "x"}


def test_without_one_the_folders_services_are_asked_each_at_its_own(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "data")
    folder.addresses = Addresses(
        processes={"portal": "http://127.0.0.1:1", "notification": "http://127.0.0.1:2"}, mongo="", kafka=""
    )
    services = Services()
    asyncio.run(door(services, At(folder.path, None, ACCOUNT)).get("notification", "/v1/x", limit=3))
    assert [str(request.url) for request in services.asked] == [
        "http://127.0.0.1:1/v1/sign-in", "http://127.0.0.1:2/v1/x?limit=3",
    ]  # fmt: skip


def test_refusals_are_told_in_the_services_words(tmp_path: Path) -> None:
    at = At(tmp_path, "http://gateway", ACCOUNT)
    with pytest.raises(RefusedError, match="409 dead-event-settled 该事件已处理完毕"):
        asyncio.run(door(Services(409), at).post("reporting", "/v1/x", {}))
    wrong = At(tmp_path, "http://gateway", Account("administrator", "guess"))
    with pytest.raises(SignInError):
        asyncio.run(door(Services(), wrong).get("reporting", "/v1/x"))

    def away(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody listens")

    with pytest.raises(UnreachableError):
        asyncio.run(door(away, at).get("reporting", "/v1/x"))


def test_a_folder_where_nothing_ever_ran_is_refused_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(SignInError, match="no system ever ran"):
        door(Services(), At(tmp_path / "none", None, ACCOUNT))
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("url", ["dudao.example", "ftp://dudao.example", "http://", "http://[::1", "/v1"])
def test_what_is_no_web_address_is_refused_in_words(tmp_path: Path, url: str) -> None:
    with pytest.raises(UnreachableError, match="不是网址"):
        door(Services(), At(tmp_path, url, ACCOUNT))


@pytest.mark.parametrize(
    ("signing_in", "answer", "error"),
    [
        (httpx.Response(200, text="<html>welcome</html>"), httpx.Response(200, json={}), SignInError),
        (httpx.Response(200, json=["T"]), httpx.Response(200, json={}), SignInError),
        (None, httpx.Response(200, text="<html>welcome</html>"), UnreachableError),
        (None, httpx.Response(200, json=["T"]), UnreachableError),
        (None, httpx.Response(302, headers={"Location": "https://elsewhere.example"}), RefusedError),
    ],
)
def test_another_server_than_dudao_is_told_from_one(
    tmp_path: Path, signing_in: httpx.Response | None, answer: httpx.Response, error: type[Exception]
) -> None:
    at = At(tmp_path, "https://elsewhere.example", ACCOUNT)

    def services(request: httpx.Request) -> httpx.Response:
        at_the_portal = request.url.path == "/v1/sign-in"
        return (signing_in or Services()(request)) if at_the_portal else answer

    with pytest.raises(error, match=r"no Dudao|302"):
        asyncio.run(door(services, at).get("reporting", "/v1/reporting/dead-events"))
