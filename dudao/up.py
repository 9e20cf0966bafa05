"""`dudao up`: the stack to stay, with the demonstration city to play with unless the folder holds a system already."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.table import Column, Table

from contracts import roles
from dudao.client.record import Record
from dudao.demo.cast_list import representatives
from dudao.demo.play import all_accounts, demonstration_world, on_stage, set_the_scene
from dudao.demo.preparation import planned_visits
from dudao.demo.screen import Screen
from dudao.demo.world import World
from dudao.folder import DEMONSTRATION, Folder, Lock
from dudao.service_commands import first_administrator, make_accounts
from dudao.stack import Stack, running
from runtime.clock import SystemClock, shanghai_day

_LOOK_EVERY: Final = 1.0


def up(path: Path, screen: Screen) -> None:
    """Run until `KeyboardInterrupt`; raises the errors of the stack and of the demonstration."""
    folder = Folder(path)
    with Lock(folder), running_services(folder, screen) as stack:
        show_addresses(stack, screen)
        if folder.system == DEMONSTRATION:
            asyncio.run(_welcome(folder, stack, screen))
        screen.say("按 Ctrl-C 停止 / Ctrl-C stops it")
        watch(stack, screen)


@contextmanager
def running_services(folder: Folder, screen: Screen) -> Iterator[Stack]:
    """The stack with all services ready; a folder that holds nothing yet becomes the demonstration's."""
    with running(folder, screen.say) as stack:
        if folder.system is None:
            _demonstration_administrator(stack)
            folder.system = DEMONSTRATION
        stack.start_services()
        yield stack


def _demonstration_administrator(stack: Stack) -> None:
    world = demonstration_world()
    name = next(division.name for division in world.city.divisions if division.id == world.seat)
    first_administrator(stack, world.seat, name, world.administrator)


async def _welcome(folder: Folder, stack: Stack, screen: Screen) -> None:
    """Whatever of the city is not there yet is made, then those who may be played are shown."""
    world = demonstration_world()
    first = {person: world.cast.usernames[person] for person in (world.administrator, world.bureau[0])}
    accounts = all_accounts(world, make_accounts(stack, first))
    today = shanghai_day(SystemClock().now())
    with Record(folder.path) as record:
        async with on_stage(stack.urls, accounts, record, screen, today) as players:
            await set_the_scene(players)
            planned = await planned_visits(players.api, world)
    show_accounts(stack, world, representatives(world, planned[0].team), screen)


def show_addresses(stack: Stack, screen: Screen) -> None:
    """Where the services answer."""
    table = Table("服务 / service", _whole("地址 / address"), _whole("接口说明 / API pages"))
    for name, url in stack.urls.items():
        table.add_row(name, url, f"{url}/docs")
    screen.console.print(table)


def _whole(title: str) -> Column:
    """A column to be copied from: on a narrow terminal it is folded, never cut."""
    return Column(title, overflow="fold")


def show_accounts(stack: Stack, world: World, people: dict[str, str], screen: Screen) -> None:
    """Fresh passwords for these people (person → role), shown once."""
    names = {person: world.cast.usernames[person] for person in people}
    passwords = make_accounts(stack, names)
    known = {person.id: person for person in world.cast.people}
    table = Table("角色 / role", "姓名 / name", _whole("用户名 / user name"), _whole("密码 / password"))
    for person, role in people.items():
        table.add_row(roles.CHINESE[role], known[person].name, names[person], passwords[names[person]])
    screen.console.print(table)


def watch(stack: Stack, screen: Screen) -> None:
    """Until `KeyboardInterrupt`: tell of every process that had to be started again."""
    told: dict[str, int] = {}
    wait = threading.Event()
    while not wait.wait(_LOOK_EVERY):
        for name, count in stack.restarts.items():
            if told.get(name) != count:
                screen.say(f"{name} 意外结束，已重新启动 / ended unexpectedly, was started again ({count})")
        told = stack.restarts
