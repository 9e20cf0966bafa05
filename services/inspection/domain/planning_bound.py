"""What no plan can cost less than: a Lagrangian bound in whole numbers, proved here whatever solver found the prices.

Take any price p(d) per visit to division d, any price q(e) per cadre of division e and any price r(d) ≥ 0 per meeting.
Every plan makes N(d) visits and uses A(e) cadres, so its cost is Σ p(d)·N(d) + Σ q(e)·A(e) + Σ over teams of (team's
cost − p of its visits − q of its members).

Meetings: let team T have h members from division d and make v visits there. T visits no home of its own members, and
of two teams only one visits homes of the other's members. So over all teams Σ h·v counts, for each pair of teams, at
most the product of their h: Σ (h·v + h²/2) ≤ A(d)²/2. (Schools that second nobody may be visited by anyone: each adds
at most one team's size. Where a school seconds several cadres nothing is claimed.) So Σ r(d)·(h·v + h²/2) may be added
to the teams' parts when Σ r(d)·A(d)²/2 is taken off.

Each team's part is at least the smallest that any team could have. For given members it is linear in the visits, so
all of them go to one division; then the members' part is a sum of convex functions, and the cheapest next member, as
often as there are members, is the cheapest team, the rule of so many divisions taken first. Rules left out here only
make plans dearer. Levels are counted apart: they do not depend on where a team goes.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace, nsmallest
from typing import Final

from services.inspection.domain.planning_ground import Ground

SCALE: Final = 100


@dataclass(frozen=True, slots=True)
class Prices:
    """Per division, in hundredths of the cost: of a visit, of a cadre, and (none below zero) of a meeting."""

    visit: Sequence[int]
    cadre: Sequence[int]
    meeting: Sequence[int]


@dataclass(frozen=True, slots=True)
class Seat:
    """A team of `size` with `load` visits, all in division `place`."""

    size: int
    place: int
    load: int


def no_prices(ground: Ground) -> Prices:
    """Those that need no solver."""
    nothing = (0,) * len(ground.divisions)
    return Prices(nothing, nothing, nothing)


def sizes_of_teams(ground: Ground) -> tuple[tuple[int, int], ...]:
    """(size, how many teams have it)."""
    small, large = ground.sizes
    larger = len(ground.hands) - small * ground.teams
    return ((small, ground.teams - larger), *(((large, larger),) if larger else ()))


def may_price_meetings(ground: Ground) -> bool:
    """Whether meetings are as few as is said above."""
    return not ground.request.waived and all(len(stop.cadres) <= 1 for stop in ground.stops)


def meetings_in(ground: Ground, division: int) -> int:
    """Twice the most that Σ (h·v + h²/2) can be in a division."""
    free = ground.visits_in[division] - ground.hands_in[division]
    return ground.hands_in[division] ** 2 + 2 * max(0, free) * ground.sizes[1]


def lower_bound(ground: Ground, prices: Prices) -> int:
    """No plan of this request costs less; any prices give a bound, good ones a good one."""
    if any(prices.meeting) and not (may_price_meetings(ground) and min(prices.meeting) >= 0):
        raise ValueError("meetings have no price here")
    places = range(len(ground.divisions))
    twice = 2 * sum(p * n for p, n in zip(prices.visit, ground.visits_in, strict=True))
    twice += 2 * sum(q * n for q, n in zip(prices.cadre, ground.hands_in, strict=True))
    twice -= sum(prices.meeting[d] * meetings_in(ground, d) for d in places)
    for size, teams in sizes_of_teams(ground):
        twice += teams * _cheapest_team(ground, prices, size)
    return max(0, -(-twice // (2 * SCALE))) + levels_bound(ground)


def levels_bound(ground: Ground) -> int:
    """Levels that some teams must lack: each level can be had by as many teams as it has cadres."""
    had = sum(min(n, ground.teams) for n in Counter(hand.level for hand in ground.hands).values())
    return ground.prices.levels_weight * max(0, ground.prices.levels_wanted * ground.teams - had)


def cheapest(ground: Ground, prices: Prices, seat: Seat) -> tuple[int, list[int]]:
    """Twice the least part of a team so seated, in hundredths, and its members by division."""
    nearest = ground.km[seat.place]
    weight = ground.prices.travel_weight * seat.load * SCALE
    steps = [2 * r for r in prices.meeting]
    first = [2 * (weight * km - q) + r for km, q, r in zip(nearest, prices.cadre, prices.meeting, strict=True)]
    first[seat.place] += steps[seat.place] * seat.load
    members = [0] * len(first)
    chosen = nsmallest(ground.request.team_divisions, range(len(first)), key=first.__getitem__)
    total = sum(first[d] for d in chosen)
    for d in chosen:
        members[d] = 1
    # The next member of each division, cheapest first: each one more of a division costs a step more.
    waiting = [(first[d] + steps[d] * members[d], d) for d in range(len(first))]
    heapify(waiting)
    for _ in range(seat.size - len(chosen)):
        price, d = waiting[0]
        total += price
        members[d] += 1
        heapreplace(waiting, (price + steps[d], d))
    return total + 2 * (SCALE * ground.load_price(seat.load) - seat.load * prices.visit[seat.place]), members


def _cheapest_team(ground: Ground, prices: Prices, size: int) -> int:
    least: int | None = None
    dearest = max(prices.cadre) * size
    for seat in _seats(ground, size):
        # Less than this no members can make of it.
        floor = 2 * (SCALE * ground.load_price(seat.load) - seat.load * prices.visit[seat.place] - max(0, dearest))
        if least is None or floor < least:
            found = cheapest(ground, prices, seat)[0]
            least = found if least is None else min(least, found)
    return least or 0


def _seats(ground: Ground, size: int) -> Iterable[Seat]:
    """Even loads first: the cheapest team is most likely among them."""
    low = ground.even[0]
    loads = sorted(range(ground.most_visits + 1), key=lambda load: abs(load - low))
    return (Seat(size, place, load) for load in loads for place in range(len(ground.divisions)))
