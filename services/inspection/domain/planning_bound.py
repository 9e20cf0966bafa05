"""What no plan can cost less than: a Lagrangian bound in whole numbers, proved here whatever solver found the prices.

Take any price p(d) per visit to division d and any price q(e) per cadre of division e. Every plan makes N(d) visits and
uses A(e) cadres, so its cost is Σ p(d)·N(d) + Σ q(e)·A(e) + Σ over teams of (team's cost − p of its visits − q of its
members). Each team's part is at least the smallest that any team could have, and that smallest one is found in closed
form: all of a team's visits go to one division d, and of the prices a(e) = L·km(e, d)·weight − q(e) it takes the
cheapest as often as the rule of so many divisions allows. Rules left out here (own school, returns, reciprocal pairs)
only make plans dearer. Levels are counted apart: they do not depend on where a team goes.
"""

from collections import Counter
from collections.abc import Sequence

from services.inspection.domain.planning_ground import Ground

Prices = tuple[Sequence[int], Sequence[int]]
"""Per division: of a visit, and of a cadre."""


def lower_bound(ground: Ground, prices: Prices) -> int:
    """No plan of this request costs less; any prices give a bound, good ones a good one."""
    visit, cadre = prices
    small, large = ground.sizes
    larger = len(ground.hands) - small * ground.teams
    least = sum(p * n for p, n in zip(visit, ground.visits_in, strict=True))
    least += sum(q * n for q, n in zip(cadre, ground.hands_in, strict=True))
    least += (ground.teams - larger) * _cheapest_team(ground, prices, small)
    if larger:
        least += larger * _cheapest_team(ground, prices, large)
    return max(0, least) + levels_bound(ground)


def levels_bound(ground: Ground) -> int:
    """Levels that some teams must lack: each level can be had by as many teams as it has cadres."""
    had = sum(min(n, ground.teams) for n in Counter(hand.level for hand in ground.hands).values())
    return ground.prices.levels_weight * max(0, ground.prices.levels_wanted * ground.teams - had)


def _cheapest_team(ground: Ground, prices: Prices, size: int) -> int:
    places = range(len(ground.divisions))
    return min(_at(ground, prices, size, place, load) for place in places for load in range(ground.most_visits + 1))


def _at(ground: Ground, prices: Prices, size: int, place: int, load: int) -> int:
    visit, cadre = prices
    weight = ground.prices.travel_weight * load
    member = sorted(weight * km[place] - q for km, q in zip(ground.km, cadre, strict=True))
    wanted = ground.request.team_divisions
    members = (size - wanted + 1) * member[0] + sum(member[1:wanted])
    return members + ground.load_price(load) - load * visit[place]
