"""Clients that hang up in the middle of a request, or before its answer."""

import asyncio
import random
from contextlib import suppress
from typing import Final

from dudao.client.record import Said
from dudao.embedded.ports import LOOPBACK
from tests import small_city
from tests.faults.caller import Caller, Sent, as_json
from tests.faults.journal import Command, Fate, Told
from tests.faults.lives import AREA, Site
from tests.faults.trial import Fault, Trial

_CLIENTS: Final = 8


class HangUp(Fault):
    """Every client sends a part of its request, or all of it, and is gone; some ask again under the same key."""

    name = "client-hangup"
    title = "clients hang up in mid-request"

    async def inject(self, trial: Trial) -> None:
        """Beside the load."""
        rounds = max(1, trial.amount.during // (2 * _CLIENTS))
        for number in range(rounds):
            dice = [random.Random(f"{trial.caller.seed}/{number}/{client}") for client in range(_CLIENTS)]
            await asyncio.gather(*(self._one(trial.caller, one) for one in dice))

    async def _one(self, caller: Caller, dice: random.Random) -> None:
        site = Site.of(dice.randint(1, small_city.OWN))
        command = caller.command(site.cadre, "/v1/issues", "draft")
        body = {"school": site.school, "source": "self", "area": AREA, "description": f"自查 {command.key}"}
        sent = as_json(body)
        await caller.journal.attempt(command)
        with suppress(OSError):
            await self._send(caller, command, sent, dice)
        await caller.journal.note(command, Told(Fate.UNKNOWN, 0, "", Said(), "hung up"))
        if dice.random() < 0.5:
            await caller.insist(command, sent, dice)

    async def _send(self, caller: Caller, command: Command, sent: Sent, dice: random.Random) -> None:
        port = caller.system.ports["inspection"]
        lines = [f"{command.method} {command.path} HTTP/1.1", f"Host: {LOOPBACK}:{port}"]
        lines += [f"{name}: {value}" for name, value in caller.headers(command, sent).items()]
        request = "\r\n".join([*lines, f"Content-Length: {len(sent.content)}", "", ""]).encode() + sent.content
        whole = dice.random() < 0.7
        _, writer = await asyncio.open_connection(LOOPBACK, port)
        writer.write(request if whole else request[: dice.randrange(len(request))])
        await writer.drain()
        # How far the server has come when the client is gone is what the seed draws.
        await asyncio.sleep(dice.uniform(0.0, 0.03))
        if dice.random() < 0.5:
            writer.transport.abort()
        else:
            writer.close()


def catalogue() -> list[Fault]:
    """The faults of this module."""
    return [HangUp()]
