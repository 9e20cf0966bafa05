"""The command line of the log: `dudao heads export | check`, `dudao republish`."""

import asyncio
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import typer
from rich.console import Console

from dudao.folder import write_private
from dudao.operations.republish import Part, republish, servers_of
from dudao.operations.signed_heads import Ledgers, checked_heads, signed_heads
from dudao.terminal import CONSOLE, failures_in_words

_DEFAULT_FOLDER: Final = Path(".dudao")

app = typer.Typer()
heads_app = typer.Typer(no_args_is_help=True, help="签名的链头：导出、核对 / Signed heads: export, check")
app.add_typer(heads_app, name="heads")

DataFolder = Annotated[Path, typer.Option("--data", help="数据目录，部署的系统为运维目录 / data folder, or operator's")]
Deployed = Annotated[bool, typer.Option("--deployed", help="按环境变量 / the servers that DUDAO_* name")]


def _say(text: str) -> None:
    CONSOLE.print(text, style="dim", markup=False, highlight=False)


@heads_app.command("export")
def export_command(
    file: Annotated[Path | None, typer.Argument(help="不给则打印 / printed without it")] = None,
    data: DataFolder = _DEFAULT_FOLDER,
    *,
    deployed: Deployed = False,
) -> None:
    """重算账本并签名链头，另处保存 / Recompute the ledgers and sign their heads, to be kept elsewhere."""
    with failures_in_words():
        lines = b"".join(msgspec.json.encode(one) + b"\n" for one in signed_heads(Ledgers(data, deployed), _say))
    if file is None:
        typer.echo(lines.decode(), nl=False)
    else:
        write_private(file, lines)


@heads_app.command("check")
def check_command(
    file: Annotated[Path, typer.Argument(help="签名的链头 / signed heads", exists=True, dir_okay=False)],
    data: DataFolder = _DEFAULT_FOLDER,
    key: Annotated[str | None, typer.Option("--key", help="应由此密钥签名，缺省为本系统的 / whose signatures")] = None,
    *,
    deployed: Deployed = False,
) -> None:
    """核对账本仍含有当时的链头 / Whether the ledgers still hold what they held then; exit 1 when not."""
    with failures_in_words():
        findings = checked_heads(Ledgers(data, deployed), file, key, _say)
    for one in findings.shown:
        Console().print(f"{one.zh} / {one.en} ({one.code}): {one.where} {one.detail}", markup=False, soft_wrap=True)
    count = findings.checked["signed heads"]
    CONSOLE.print(f"{count} 个 / heads: {'不符 / not as they were' if findings.counts else '一致 / as they were'}")
    raise typer.Exit(1 if findings.counts else 0)


@app.command("republish")
def republish_command(
    data: Annotated[Path | None, typer.Option("--data", help="数据目录 / data folder")] = None,
    *,
    deployed: Deployed = False,
    ledger: Annotated[
        Literal["registry", "lists", "alerts"] | None, typer.Option("--ledger", help="只发一个账本 / of one ledger")
    ] = None,
    stream: Annotated[int | None, typer.Option("--stream", min=0, help="只发一条链 / of one stream")] = None,
    first: Annotated[int, typer.Option("--from", min=1, help="起始序号 / from this number")] = 1,
    last: Annotated[int | None, typer.Option("--to", min=1, help="截止序号 / up to this number")] = None,
) -> None:
    """消息队列丢失数据后重新发布 / Publish what was sealed once more, after the broker lost it."""
    with failures_in_words():
        servers = servers_of(None if deployed else data or _DEFAULT_FOLDER)
        sent = asyncio.run(republish(servers, Part(ledger, stream, first, last), _say))
    for name, count in sent.items():
        typer.echo(f"{name}: {count}")
