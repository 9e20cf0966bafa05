"""What the benchmarks share: sides that take turns, medians, percentiles.

    async def ours(number: int) -> float: ...      # one round; gives its figure: events a second, or milliseconds
    sides = [Side("ours", ours), Side("peer", peer, warm_ups=3)]
    found = await take_turns(sides, wanted)        # warm-ups first, then the rounds; their order turns every round
    return [against("speed", found, ours="ours", peer="peer", goal=2.0, unit="events/s")]

A round checks what it produced against an oracle, outside the time it measures, and raises
`dudao.bench.WrongOutputError`: a figure without a right result is none. Where a warm-up is needed (a JVM compiles), say
so per side: `warm_ups` rounds are run and checked as well, but not counted; `portion` makes them half as long.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from dudao.bench import Arm, Wanted, arm, figure

Figures = Mapping[str, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: `round` is given its number, warm-ups first from 0, and returns its figure."""

    name: str
    round: Callable[[int], Awaitable[float]]
    warm_ups: int = 1
    unit: str = "events/s"


async def take_turns(sides: Sequence[Side], wanted: Wanted) -> dict[str, list[float]]:
    """Every side's figures: warm-ups, then `wanted.rounds` rounds, each side first in turn."""
    found: dict[str, list[float]] = {side.name: [] for side in sides}
    done = dict.fromkeys(found, 0)

    async def once(side: Side, label: str) -> float:
        value = await side.round(done[side.name])
        done[side.name] += 1
        wanted.tell(f"{label} {side.name}: {value:,.1f} {side.unit}")
        return value

    for side in sides:
        for number in range(1 if wanted.quick else side.warm_ups):
            await once(side, f"预热 / warm-up {number + 1}")
    for number in range(wanted.rounds):
        for side in turned(sides, number):
            found[side.name].append(await once(side, f"第 {number + 1} 轮 / round {number + 1}"))
    return found


def portion(count: int, number: int, warm_ups: int) -> int:
    """How many events a round of this number takes: a warm-up half as many as a round that counts."""
    return max(1, count // 2) if number < warm_ups else count


def turned(sides: Sequence[Side], number: int) -> list[Side]:
    """The sides with another one first each round, so that none always comes after the same."""
    first = number % len(sides)
    return [*sides[first:], *sides[:first]]


def against(  # noqa: PLR0913 -- an arm's fields, by name
    name: str,
    figures: Figures,
    *,
    ours: str,
    peer: str,
    goal: float | None,
    more_is_better: bool = True,
    unit: str = "events/s",
    note: str = "",
) -> Arm:
    """The arm of two sides of the same run: medians, ratio, whether the goal is met."""
    return arm(
        name,
        ours=median(figures[ours]),
        peer=median(figures[peer]),
        goal=goal,
        more_is_better=more_is_better,
        unit=unit,
        ours_rounds=tuple(figures[ours]),
        peer_rounds=tuple(figures[peer]),
        note=note,
    )


def alone(name: str, figures: Figures, *, ours: str, unit: str = "events/s", note: str = "") -> Arm:
    """The figure of one side where no peer ran: told, never unmet."""
    return figure(name, ours=median(figures[ours]), unit=unit, ours_rounds=tuple(figures[ours]), note=note)


def percentile(values: Sequence[float], per_cent: int) -> float:
    """The value below which so many per cent (1…99) lie, interpolated between its neighbours (inclusive method)."""
    if len(values) < 2:
        return values[0]
    return quantiles(values, n=100, method="inclusive")[per_cent - 1]
