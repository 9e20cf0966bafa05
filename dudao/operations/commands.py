"""The command line of an operator: `dudao backup`, `dudao restore`."""

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from dudao.operations.backup import backup
from dudao.operations.restore import Restored, Wish, restore
from dudao.terminal import CONSOLE, failures_in_words

_DEFAULT_FOLDER: Final = Path(".dudao")

app = typer.Typer()

DataFolder = Annotated[Path, typer.Option("--data", help="数据目录 / data folder")]


def _say(text: str) -> None:
    CONSOLE.print(text, style="dim", markup=False, highlight=False)


@app.command("backup")
def backup_command(
    file: Annotated[Path, typer.Argument(help="备份文件 / the file to write")],
    data: DataFolder = _DEFAULT_FOLDER,
) -> None:
    """备份，不必停机 / Everything as of one instant into one file; the system may run."""
    with failures_in_words():
        signed = backup(data, file, _say)
    manifest = signed.manifest
    CONSOLE.print(f"{file}：{file.stat().st_size:,} B，{len(manifest.members)} 个文件 / files", highlight=False)
    for heads in manifest.heads:
        entries = sum(seq for seq, _ in heads.streams.values())
        CONSOLE.print(f"  {heads.ledger}: {entries:,} 条 / entries", highlight=False)
    CONSOLE.print(f"签名密钥 / signed by {signed.key}", highlight=False, soft_wrap=True)
    CONSOLE.print(
        "含个人信息和签名密钥，请妥善保管 / holds personal data and the signing key: keep it as safe as the system"
    )


@app.command("restore")
def restore_command(
    file: Annotated[Path, typer.Argument(help="备份文件 / the backup", exists=True, dir_okay=False)],
    data: DataFolder = _DEFAULT_FOLDER,
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="替换现有系统，原目录移到一旁 / the folder there is moved aside")
    ] = False,
    only: Annotated[
        Literal["inspection", "notification", "reporting", "portal"] | None,
        typer.Option("--only", help="只恢复一个服务的数据库 / one service's database of the system that is there"),
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", help="签名密钥，如备份时所示 / the key it must be signed by")
    ] = None,
) -> None:
    """恢复到空目录，先核对再落地 / Into an empty folder; what is in the file is proved first."""
    with failures_in_words():
        restored = restore(Wish(file, data, replace, only, key), _say)
    _tell(restored, only)


def _tell(restored: Restored, only: str | None) -> None:
    CONSOLE.print(f"已恢复到 {restored.at} / restored as of then: {restored.documents:,} documents", highlight=False)
    if restored.aside is not None:
        CONSOLE.print(f"原目录 / the former folder: {restored.aside}", highlight=False, soft_wrap=True)
    if restored.lost:
        CONSOLE.print(
            f"[yellow]{len(restored.lost)} 项此后已确认的提交不在备份中[/] / acknowledged since, not in the backup"
        )
    following = "dudao reconcile" if only in ("inspection", "notification") else "dudao up, dudao verify"
    CONSOLE.print(f"下一步 / next: {following}", highlight=False)
