"""`dudao demo`: the main job from an empty folder to the bureau's report, in one go."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from contracts.registry import Team
from dudao.client.record import Record
from dudao.client.sign_in import Account
from dudao.demo.cast_list import representatives
from dudao.demo.play import (
    all_accounts,
    demonstration_world,
    on_stage,
    play_beside,
    read_alerts,
    rectify_all,
    set_the_scene,
    step_aside,
    visit_all,
)
from dudao.demo.preparation import planned_visits
from dudao.demo.screen import Screen
from dudao.demo.summary import Summary, summarise, wait_until_counted
from dudao.demo.tables import show_summary
from dudao.demo.world import World
from dudao.folder import Folder, FolderNotEmptyError, Lock
from dudao.service_commands import make_accounts
from dudao.stack import Stack
from dudao.up import running_services, show_accounts, show_addresses, watch
from dudao.verify.command import Wanted, run_verify
from dudao.verify.command import as_plain as verification_as_plain
from dudao.verify.command import show as show_verification
from dudao.verify.run import Result
from runtime.clock import SystemClock, shanghai_day

SUMMARY_FILE: Final = "summary.json"
_VERIFY_PATIENCE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Wishes:
    """`data` none: a fresh temporary folder, removed when all went well; `keep` leaves the stack up until Ctrl-C."""

    data: Path | None
    keep: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it, and how long it took in seconds; `acts` were acknowledged by the services."""

    summary: Summary
    acts: int
    seconds: float
    verification: Result

    @property
    def good(self) -> bool:
        """Whether the figures are the source's and nothing was found wrong."""
        return self.summary.agrees and self.verification.findings.verdict == "ok"


def demo(wishes: Wishes, screen: Screen, tell: Callable[[Outcome], None]) -> bool:
    """Play it, tell the outcome, and return whether it was good; raises the errors of stack and services."""
    folder = Folder(wishes.data or Path(tempfile.mkdtemp(prefix="dudao-demo-")))
    screen.say(f"数据目录 / data folder: {folder.path}")
    with Lock(folder):
        if folder.system is not None:
            raise FolderNotEmptyError(folder)
        good = _play(folder, wishes, screen, tell)
    if good and wishes.data is None and not wishes.keep:
        shutil.rmtree(folder.path)
    return good


def _play(folder: Folder, wishes: Wishes, screen: Screen, tell: Callable[[Outcome], None]) -> bool:
    started = time.monotonic()
    with running_services(folder, screen) as stack:
        world = demonstration_world()
        screen.say(f"建立账号 / making {len(world.cast.people)} accounts")
        accounts = all_accounts(world, make_accounts(stack, world.cast.usernames))
        summary, acts, team = asyncio.run(_perform(folder, stack, accounts, screen))
        (folder.path / SUMMARY_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(summary)))
        verification = run_verify(Wanted(folder.path, _VERIFY_PATIENCE), screen.say)
        outcome = Outcome(summary, acts, time.monotonic() - started, verification)
        tell(outcome)
        if wishes.keep:
            _stay(stack, world, team, screen)
        return outcome.good


async def _perform(
    folder: Folder, stack: Stack, accounts: Mapping[str, Account], screen: Screen
) -> tuple[Summary, int, Team]:
    clock = SystemClock()
    with Record(folder.path) as record:
        async with on_stage(stack.urls, accounts, record, screen, shanghai_day(clock.now())) as players:
            await set_the_scene(players)
            await step_aside(players, await rectify_all(players, await visit_all(players)))
            await play_beside(players)
            await read_alerts(players)
            reader = players.world.bureau[0]
            screen.say("等待统计 / waiting until reporting has counted it all")
            as_of = await wait_until_counted(players.api, reader, clock.now())
            planned = await planned_visits(players.api, players.world)
            return await summarise(players.api, reader, as_of), record.count, planned[0].team


def show_outcome(outcome: Outcome, screen: Screen) -> None:
    """Print the summary with its tables."""
    divisions = {division.id: division.name for division in demonstration_world().city.divisions}
    show_summary(outcome.summary, divisions, screen.console)
    show_verification(outcome.verification, screen.console)
    screen.say(f"{outcome.acts} 次操作，{outcome.seconds:.0f} 秒 / {outcome.acts} acts in {outcome.seconds:.0f} s")


def outcome_as_plain(outcome: Outcome) -> dict[str, Any]:
    """The outcome as JSON values."""
    return {
        "good": outcome.good,
        "seconds": round(outcome.seconds, 1),
        "acts": outcome.acts,
        "summary": outcome.summary,
        "verification": verification_as_plain(outcome.verification),
    }


def _stay(stack: Stack, world: World, team: Team, screen: Screen) -> None:
    show_addresses(stack, screen)
    show_accounts(stack, world, representatives(world, team), screen)
    screen.say("按 Ctrl-C 停止 / Ctrl-C stops it")
    try:
        watch(stack, screen)
    except KeyboardInterrupt:
        screen.say("正在停止 / stopping")
