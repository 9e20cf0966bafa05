"""The command line of an operator: `dudao backup`, `dudao restore`, `dudao reconcile`."""

import shlex
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from dudao.operations.backup import backup
from dudao.operations.divergence import Divergence
from dudao.operations.reconcile import Choice, reconcile, reconcile_deployed
from dudao.operations.restore import Restored, Wish, restore
from dudao.operations.restore_deployed import restore_deployed
from dudao.stack import how_to_reconcile
from dudao.terminal import CONSOLE, failures_in_words
from dudao.verify.command import EXIT, show

_DEFAULT_FOLDER: Final = Path(".dudao")

app = typer.Typer()

DataFolder = Annotated[Path, typer.Option("--data", help="数据目录，部署的系统为运维目录 / data folder, or operator's")]
Deployed = Annotated[
    bool, typer.Option("--deployed", help="按环境变量所指的部署系统 / the deployed system that DUDAO_* name")
]


def _say(text: str) -> None:
    CONSOLE.print(text, style="dim", markup=False, highlight=False)


@app.command("backup")
def backup_command(
    file: Annotated[Path, typer.Argument(help="备份文件 / the file to write")],
    data: DataFolder = _DEFAULT_FOLDER,
    *,
    deployed: Deployed = False,
) -> None:
    """备份，不必停机 / Everything as of one instant into one file; the system may run."""
    with failures_in_words():
        signed = backup(data, file, _say, deployed=deployed)
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
    deployed: Deployed = False,
) -> None:
    """恢复到空目录，先核对再落地 / Into an empty folder; what is in the file is proved first."""
    with failures_in_words():
        wish = Wish(file, data, replace, only, key)
        restored = restore_deployed(wish, _say) if deployed else restore(wish, _say)
    _tell(restored, wish, deployed=deployed)


@app.command("reconcile")
def reconcile_command(
    reason: Annotated[str, typer.Option("--reason", prompt="原因 / reason", help="记录在案 / it is kept")],
    data: DataFolder = _DEFAULT_FOLDER,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问 / do not ask")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只查看 / only look")] = False,
    deployed: Deployed = False,
) -> None:
    """某服务恢复到旧备份之后，核对并重建其余服务 / After one service was restored: rebuild those that had seen more."""

    def agree(found: Divergence, evidence: Path) -> bool:
        _tell_lost(found, evidence)
        return not dry_run and (yes or typer.confirm("重建？/ Rebuild?", err=True))

    with failures_in_words():
        choice = Choice(reason, agree)
        outcome = reconcile_deployed(data, choice, _say) if deployed else reconcile(data, choice, _say)
    if not outcome.found.affected:
        CONSOLE.print("没有需要重建的 / nothing to reconcile")
        return
    if not outcome.rebuilt:
        raise typer.Exit(1)
    if outcome.again:
        CONSOLE.print(f"{outcome.again} 条放弃过的事件会重新出现 / discarded events come again: dudao dead list")
    if outcome.verified is None:
        following = f"dudao verify --deployed --data {shlex.quote(str(data.absolute()))}"
        CONSOLE.print(f"下一步：启动所有服务，然后 / next: start every service, then\n  {following}", soft_wrap=True)
        return
    show(outcome.verified, CONSOLE)
    raise typer.Exit(EXIT[outcome.verified.verdict])


_LOST: Final = {
    "request": "已确认、账本中已没有的提交 / acknowledged, gone from the ledger",
    "event": "统计过、账本中已没有的事件 / events counted, gone from the ledger",
    "registry": "账本中已没有的名册版本 / versions of the registry gone",
    "alert": "其事件已没有的提醒，保留 / alerts whose event is gone: they stay",
}


def _tell_lost(found: Divergence, evidence: Path) -> None:
    CONSOLE.print(f"超前于账本、须重建 / ahead of their owner, to be rebuilt: {', '.join(found.affected)}")
    for kind, text in _LOST.items():
        CONSOLE.print(f"  {found.count(kind):>6}  {text}", highlight=False)
    CONSOLE.print(f"详情已存 / kept as evidence: {evidence}", highlight=False, soft_wrap=True)


def _tell(restored: Restored, wish: Wish, *, deployed: bool) -> None:
    CONSOLE.print(f"已恢复到 {restored.at} / restored as of then: {restored.documents:,} documents", highlight=False)
    if restored.aside is not None:
        CONSOLE.print(f"原有的在此 / what was there: {restored.aside}", highlight=False, soft_wrap=True)
    if restored.lost:
        CONSOLE.print(
            f"[yellow]{len(restored.lost)} 项此后已确认的提交不在备份中[/] / acknowledged since, not in the backup"
        )
    switch = " --deployed" if deployed else ""
    if wish.only in ("inspection", "notification"):
        following = how_to_reconcile(wish.data.absolute()) + switch
    elif deployed:
        following = "启动所有服务 / start every service; dudao verify --deployed"
    else:
        following = "dudao up, dudao verify"
    CONSOLE.print(f"下一步 / next: {following}", highlight=False, soft_wrap=True)
