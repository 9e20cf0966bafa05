"""`dudao verify`: against the system of a data folder, or the one that the settings name."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from dudao.client.record import read_record
from dudao.folder import Folder
from dudao.verify import heads, reconciled
from dudao.verify.run import Result, Target, verify
from runtime.mongo import Mongo
from runtime.settings import CommonSettings

EXIT: Final = {"ok": 0, "wrong": 1, "empty": 3, "incomplete": 4}
VERDICTS: Final = {
    "ok": "[green]一致：没有丢失、没有重复、没有改动[/] / nothing lost, doubled or altered",
    "wrong": "[red]有不一致[/] / something does not agree",
    "incomplete": "[yellow]所核对的一致，但有未核对的[/] / what was looked at agrees, but not all was looked at",
    "empty": "[yellow]系统为空，没有可核对的内容[/] / empty: there is nothing to be right about",
}


class NotRunningError(Exception):
    """There is no system to look at."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`data` none: the system that the environment's settings name. `seconds` bounds each wait.

    `deployed` with `data`: that system too, with what its operator keeps in that folder.
    """

    data: Path | None
    seconds: float
    deployed: bool = False


def run_verify(wanted: Wanted, say: Callable[[str], None]) -> Result:
    """Verify; a good result is signed into the folder's file of heads. Raises `NotRunningError`."""
    settings = CommonSettings()
    url, kafka = settings.mongo_url.get_secret_value(), settings.kafka
    if wanted.data is None:
        target = Target(Mongo(url), settings.database_prefix, kafka, seconds=wanted.seconds)
        return asyncio.run(_closing(target, say))
    folder = Folder(wanted.data)
    if not wanted.deployed:
        addresses = folder.addresses
        if addresses is None:
            raise NotRunningError(f"{folder.path} 没有系统，先运行 dudao up / no system here: run `dudao up` first")
        url, kafka = addresses.mongo, addresses.kafka
    return asyncio.run(_with_notes(wanted, folder, (url, kafka), say))


async def _with_notes(wanted: Wanted, folder: Folder, servers: tuple[str, str], say: Callable[[str], None]) -> Result:
    url, kafka = servers
    file = folder.path / heads.FILE
    target = Target(
        mongo=Mongo(url),
        prefix=CommonSettings().database_prefix,
        kafka=kafka,
        acknowledged=read_record(folder.path),
        signed_heads=heads.read(file),
        reconciliations=reconciled.read(folder.path / reconciled.FILE),
        key=heads.public_key(folder.heads_key),
        seconds=wanted.seconds,
    )
    result = await _closing(target, say)
    if result.verdict == "ok":
        key = heads.private_key(folder.heads_key)
        heads.append(file, [heads.sign(heads.heads_of(log), key) for log in result.heads.values()])
    return result


async def _closing(target: Target, say: Callable[[str], None]) -> Result:
    try:
        await target.mongo.ping()
        return await verify(target, say)
    finally:
        await target.mongo.close()


def as_plain(result: Result) -> dict[str, Any]:
    """The result as JSON values: `verdict` is ok, wrong, empty or incomplete."""
    found = result.findings
    return {
        "verdict": result.verdict,
        "checked": dict(sorted(found.checked.items())),
        "counts": dict(sorted(found.counts.items())),
        "findings": [
            {"code": one.code, "zh": one.zh, "en": one.en, "where": one.where, "detail": one.detail}
            for one in found.shown
        ],
        "left_out": result.left_out,
        "heads": {name: heads.heads_of(log) for name, log in result.heads.items()},
    }


def show(result: Result, console: Console) -> None:
    """For people."""
    found = result.findings
    console.print(", ".join(f"{what} {n:,}" for what, n in sorted(found.checked.items())), highlight=False)
    if found.shown:
        table = Table("问题 / finding", "位置 / where", "详情 / detail", "共 / of")
        for one in found.shown:
            table.add_row(f"{one.zh} / {one.en} ({one.code})", one.where, one.detail, str(found.counts[one.code]))
        console.print(table)
    for what in result.left_out:
        console.print(f"未核对 / not looked at: {what}")
    console.print(VERDICTS[result.verdict])
