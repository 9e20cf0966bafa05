"""`python -m services.inspection.adapters.planning`: one order on standard input, words on standard output."""

import os
import resource
import sys
from typing import BinaryIO, Final

import msgspec

from services.inspection.adapters.highs_solver import HighsSolver
from services.inspection.adapters.planning.messages import Order, Word
from services.inspection.domain.planning_blockers import explained
from services.inspection.domain.planning_optimised import optimise
from services.inspection.domain.planning_request import Infeasible

MEMORY: Final = 4 * 1024**3
CPU_SECONDS: Final = 150


class Teller:
    """Says words to whoever started this process, and who ends it when nobody waits any more."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def goes_on(self) -> bool:
        """Always: stopping is done from outside."""
        return True

    def tell(self, stage: str, cost: int | None, bound: int | None) -> None:
        """A line of progress."""
        self.say(Word(stage=stage, cost=cost, bound=bound))

    def say(self, word: Word) -> None:
        """One line."""
        self._out.write(msgspec.json.encode(word) + b"\n")
        self._out.flush()


def _own_output() -> BinaryIO:
    """Standard output for words alone: the solver greets on it, and is sent elsewhere."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
    return out


def main() -> None:
    """Plan within the bounds."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    teller = Teller(_own_output())
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    try:
        teller.say(Word(plan=optimise(order.request, order.prices, HighsSolver(), teller)))
    except Infeasible as refusal:
        teller.say(Word(blocks=explained(order.request, refusal).blocks))


if __name__ == "__main__":
    main()
