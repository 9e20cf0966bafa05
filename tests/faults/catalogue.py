"""Every fault by its name, in the order of the table; and how the tests try each in little time."""

from typing import Final

from tests.faults.kinds import (
    brokers,
    clocks,
    hangup,
    hops,
    mongo,
    poison,
    processes,
    records,
    replay,
    restore,
    scale,
    schema,
    space,
)
from tests.faults.together import Together
from tests.faults.trial import Fault

_MODULES: Final = (
    processes,
    scale,
    mongo,
    brokers,
    hops,
    clocks,
    records,
    poison,
    schema,
    space,
    hangup,
    replay,
    restore,
)
FAULTS: Final[dict[str, Fault]] = {fault.name: fault for module in _MODULES for fault in module.catalogue()}


_BROKER: Final = ("broker-kill", "broker-relay-kill", "topic-remade", "partitions-changed")


def _named(prefix: str) -> list[Fault]:
    return [fault for name, fault in FAULTS.items() if name.startswith(prefix)]


QUICK: Final[tuple[Fault, ...]] = (
    Together("kills", _named("kill-")),
    Together("pauses", [*_named("pause-"), FAULTS["scale"]]),
    FAULTS["woken-relay"],
    Together("mongo", _named("mongo-")),
    Together("links", _named("link-")),
    Together("broker", [FAULTS[name] for name in _BROKER]),
    Together("disks", _named("disk-")),
    FAULTS["clock"],
    FAULTS["schema"],
    FAULTS["replay"],
    Together("records", [FAULTS[name] for name in ("duplicates", "reordered", "client-hangup", "forged", "poison")]),
    FAULTS["restore-owner"],
    FAULTS["restore-all"],
    FAULTS["broker-rolling"],
)
