"""The command line of dead events: `dudao dead list | show | retry | discard`."""

import asyncio
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import typer
from rich.console import Console

from dudao.client.sign_in import Account
from dudao.operations import dead
from dudao.operations.door import At
from dudao.terminal import CONSOLE, failures_in_words

_DEFAULT_FOLDER: Final = Path(".dudao")

app = typer.Typer(
    no_args_is_help=True,
    help="未能入账的事件：查看、重试、放弃 / Events that could not be applied",
)

Service = Literal["notification", "reporting"]
Username = Annotated[str, typer.Option("--username", prompt="用户名 / user name", help="管理员用户名 / administrator")]
Password = Annotated[
    str, typer.Option("--password", prompt="密码 / password", hide_input=True, help="不填则询问 / asked for")
]
DataFolder = Annotated[Path, typer.Option("--data", help="数据目录 / data folder")]
Url = Annotated[
    str | None, typer.Option("--url", help="已部署系统的入口地址 / the gateway of a deployed system, instead of --data")
]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON / print JSON")]
ServiceName = Annotated[Service, typer.Argument(help="服务 / service")]
Place = Annotated[str, typer.Argument(help="位置，如 lists/9/7 / place, as the list shows it")]


@app.command("list")
def list_command(  # noqa: PLR0913 -- typer's parameters
    username: Username,
    password: Password,
    data: DataFolder = _DEFAULT_FOLDER,
    url: Url = None,
    *,
    service: Annotated[Service | None, typer.Option("--service", help="只看一个服务 / of one service")] = None,
    state: Annotated[
        Literal["open", "discarded", "retried", "all"], typer.Option("--state", help="状态 / state")
    ] = "open",
    ledger: Annotated[str | None, typer.Option("--ledger", help="只看一个账本 / of one ledger")] = None,
    as_json: AsJson = False,
) -> None:
    """列出 / List them."""
    at = At(data, url, Account(username, password))
    services: tuple[str, ...] = dead.SERVICES if service is None else (service,)
    with failures_in_words():
        rows = asyncio.run(dead.listed(at, services, None if state == "all" else state, ledger))
    if as_json:
        _json(rows)
    else:
        dead.table_of(rows, Console())


@app.command("show")
def show_command(
    service: ServiceName,
    place: Place,
    username: Username,
    password: Password,
    data: DataFolder = _DEFAULT_FOLDER,
    url: Url = None,
) -> None:
    """查看一条：原因、内容、排在其后的、处理记录 / One of them: reason, data, what waits behind it, what was done."""
    with failures_in_words():
        _json(asyncio.run(dead.shown(At(data, url, Account(username, password)), service, place)))


@app.command("retry")
def retry_command(
    service: ServiceName,
    place: Place,
    username: Username,
    password: Password,
    data: DataFolder = _DEFAULT_FOLDER,
    url: Url = None,
    *,
    reason: Annotated[str | None, typer.Option("--reason", help="说明 / why it should go well now")] = None,
) -> None:
    """重试，连同排在其后的 / Apply it and what waits behind it; exit 1 when it fails again."""
    _act(At(data, url, Account(username, password)), service, place, "retry", reason)


@app.command("discard")
def discard_command(
    service: ServiceName,
    place: Place,
    reason: Annotated[str, typer.Option("--reason", prompt="理由 / reason", help="必须写明理由 / it is kept")],
    username: Username,
    password: Password,
    data: DataFolder = _DEFAULT_FOLDER,
    url: Url = None,
) -> None:
    """放弃，须写明理由 / Give it up, for a reason; exit 1 when what waits behind it fails in turn."""
    _act(At(data, url, Account(username, password)), service, place, "discard", reason)


def _act(at: At, service: str, place: str, verb: str, reason: str | None) -> None:
    with failures_in_words():
        came_to = asyncio.run(dead.acted(at, service, place, verb, reason))
    CONSOLE.print(f"已入账 / applied: {came_to['applied']}")
    if came_to["front"] is not None:
        CONSOLE.print(f"仍未入账 / still dead: {came_to['front']}: {came_to['reason']}", markup=False, soft_wrap=True)
        raise typer.Exit(1)


def _json(value: object) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(value)).decode())
