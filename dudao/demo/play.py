"""The demonstration from the import to the last check, acted by the people of the city."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Final

import httpx

from dudao.city import DATA, cast_people, read_calendars, read_checklist, read_city
from dudao.client.api import Api
from dudao.client.record import Record
from dudao.client.sign_in import Account, SignIns
from dudao.demo.alerts import Inboxes
from dudao.demo.asides import Aside, Asides, Ended, chosen
from dudao.demo.beside import Beside, Scene
from dudao.demo.crowd import each
from dudao.demo.draw import Draw
from dudao.demo.preparation import import_city, plan_round, planned_visits, publish_checklist
from dudao.demo.rectification import Rectification
from dudao.demo.screen import Screen
from dudao.demo.visits import Case, Visits
from dudao.demo.world import Assignment, World

SEED: Final = 2022
_VISITS_AT_ONCE: Final = 24
_ISSUES_AT_ONCE: Final = 32
_SIGN_IN_PATIENCE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Players:
    """What all acts need: the world, the way to the services, and the draws."""

    world: World
    api: Api
    draw: Draw
    today: date
    screen: Screen


def demonstration_world() -> World:
    """The city of `data/`, its people and the checklist."""
    city = read_city(DATA / "jiamusi")
    return World(city, cast_people(city), read_checklist(DATA / "standards" / "school-branch.yaml"))


def all_accounts(world: World, passwords: Mapping[str, str]) -> dict[str, Account]:
    """Accounts by person, of those whose user name has a password."""
    names = world.cast.usernames
    return {person: Account(name, passwords[name]) for person, name in names.items() if name in passwords}


@asynccontextmanager
async def on_stage(
    urls: Mapping[str, str], accounts: Mapping[str, Account], record: Record, screen: Screen, today: date
) -> AsyncIterator[Players]:
    """The players with open connections, closed at the end."""
    async with httpx.AsyncClient(timeout=_SIGN_IN_PATIENCE, trust_env=False) as door:
        api = Api(urls, SignIns(urls["portal"], accounts, door, time.monotonic), record)
        try:
            yield Players(demonstration_world(), api, Draw(SEED), today, screen)
        finally:
            await api.close()


async def set_the_scene(players: Players) -> None:
    """Import the city, publish the checklist, open and plan the round."""
    api, world = players.api, players.world
    with players.screen.stage("导入、发布、计划 / import, publish, plan", 3) as stage:
        await import_city(api, world, read_calendars())
        stage.advance()
        await publish_checklist(api, world)
        stage.advance()
        await plan_round(api, world, players.today, SEED)
        stage.advance()


async def visit_all(players: Players) -> list[Case]:
    """Every planned visit, submitted; returns the findings."""
    visits = Visits(players.api, players.world, players.draw)
    planned = await planned_visits(players.api, players.world)
    with players.screen.stage("督导 / visits", len(planned)) as stage:

        async def one(assignment: Assignment) -> list[Case]:
            cases = await visits.play(assignment)
            stage.advance()
            return cases

        found = await each(planned, one, at_once=_VISITS_AT_ONCE)
    return [case for cases in found for case in cases]


async def rectify_all(players: Players, cases: list[Case]) -> list[tuple[Case, str]]:
    """Every finding, as far as its fate takes it; returns the state that each was left in."""
    rectification = Rectification(players.api, players.world, players.draw, players.today)
    with players.screen.stage("整改 / rectification", len(cases)) as stage:

        async def one(case: Case) -> tuple[Case, str]:
            state = await rectification.play(case)
            stage.advance()
            return case, state

        return await each(cases, one, at_once=_ISSUES_AT_ONCE)


async def step_aside(players: Players, ended: Ended) -> None:
    """Objections, help, extensions, doubles, recurrences, urging and cards, a few of each."""
    asides = Asides(players.api, players.world, players.today)
    plot = chosen(ended)
    with players.screen.stage("异议、协调、延期、督办 / objections, help, extensions, cards", len(plot)) as stage:

        async def one(aside: Aside) -> None:
            await asides.play(aside)
            stage.advance()

        await each(plot, one, at_once=_ISSUES_AT_ONCE)


async def play_beside(players: Players) -> None:
    """Tasks from above, contact points and material; an absence at the end, since it changes who acts."""
    beside = Beside(players.api, players.world, players.today)
    scenes = beside.scenes()
    with players.screen.stage("上级任务、联系点、材料 / tasks, contacts, material", len(scenes) + 1) as stage:

        async def one(scene: Scene) -> None:
            await scene()
            stage.advance()

        await each(scenes, one, at_once=_ISSUES_AT_ONCE)
        await one(beside.absence)


async def read_alerts(players: Players) -> None:
    """Some secretaries open their inbox and acknowledge what asks for it."""
    inboxes = Inboxes(players.api, players.world, players.draw)
    with players.screen.stage("签收提醒 / alerts acknowledged", len(inboxes.readers)) as stage:

        async def one(person: str) -> None:
            await inboxes.read(person)
            stage.advance()

        await each(inboxes.readers, one, at_once=_VISITS_AT_ONCE)
