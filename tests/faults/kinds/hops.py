"""Links between processes that are cut, hang, are slow, or reset connections in the middle of a message."""

from collections.abc import Callable, Sequence
from typing import Final

from tests.faults.links import Link, Mode
from tests.faults.system import System
from tests.faults.trial import Fault, Trial

MODES: Final = (Mode.CUT, Mode.HANG, Mode.SLOW, Mode.RESET)
_HOPS: Final[dict[str, tuple[str, Callable[[System, int], Sequence[Link]]]]] = {
    "mongo": ("service → MongoDB", lambda system, seed: _of_group(system, seed)),
    "kafka-relay": ("relay → Kafka", lambda system, _: system.brokers.relay),
    "kafka-consumer": ("consumer → Kafka", lambda system, _: system.brokers.consumer),
    "owner": ("consumer → inspection, notification over HTTP", lambda system, _: _owners(system)),
    "portal": ("anyone → portal", lambda system, _: [system.http_links["portal"]]),
    "client": ("client → service", lambda system, _: list(system.client_links.values())),
}


def _of_group(system: System, seed: int) -> Sequence[Link]:
    groups = sorted(system.mongo_links)
    return system.mongo_links[groups[(seed // len(MODES)) % len(groups)]]


def _owners(system: System) -> Sequence[Link]:
    return [system.http_links["inspection"], system.http_links["notification"]]


class Hop(Fault):
    """All links of a hop misbehave for some seconds; the seed draws how."""

    def __init__(self, number: int, hop: str) -> None:
        self.name = f"link-{hop}"
        self._number = number
        self._what, self._links = _HOPS[hop]
        self.title = f"{self._what}: cut, hanging, slow, resetting"

    async def inject(self, trial: Trial) -> None:
        """Somewhere in the load."""
        mode = MODES[(trial.seed + self._number) % len(MODES)]
        links = self._links(trial.system, trial.seed)
        trial.notes.append(f"{self._what} {mode}")
        await trial.dwell(trial.dice.randint(0, trial.amount.during // 4))
        for link in links:
            link.turn(mode, trial.seed)
        least = trial.dice.uniform(1.0, trial.amount.asleep)
        await trial.dwell(trial.amount.during // 2, least=least, most=least + 6)

    async def heal(self, trial: Trial) -> None:
        """All links are open."""
        for link in self._links(trial.system, trial.seed):
            link.turn(Mode.OPEN)


def catalogue() -> list[Fault]:
    """The faults of this module."""
    return [Hop(number, hop) for number, hop in enumerate(_HOPS)]
