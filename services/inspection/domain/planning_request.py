"""What a round's plan is made from, what it is, and why there may be none."""

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from services.inspection.domain.registry import School
from services.inspection.domain.round import Round
from services.inspection.domain.rules import Broken
from services.inspection.domain.terms import DEFAULT_TERMS, Terms
from services.inspection.domain.workdays import Calendars


@dataclass(frozen=True, kw_only=True, slots=True)
class Cadre:
    """A Party-affairs cadre seconded by a school; a person once only."""

    person: str
    school: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanRequest:
    """`schools` to be visited, once each; `previous` are (person, school) of the previous round's visits.

    The cadres' schools are among `schools`. The same request gives the same plan, whatever its order. `waived` are
    rules left out to find what blocks a plan; no plan is ever made with one.
    """

    round: Round
    schools: tuple[School, ...]
    cadres: tuple[Cadre, ...]
    team_size: int
    seed: int
    previous: frozenset[tuple[str, str]]
    calendars: Calendars
    terms: Terms = DEFAULT_TERMS
    waived: frozenset[str] = frozenset()

    @property
    def team_divisions(self) -> int:
        """Divisions that a team's members come from, at least."""
        return 1 if "team-divisions" in self.waived else self.terms.team_divisions

    def working_days(self) -> tuple[date, ...]:
        """The working days of the round's period, both ends included."""
        first, last = date.fromisoformat(self.round.starts), date.fromisoformat(self.round.ends)
        span = (first + timedelta(days=i) for i in range((last - first).days + 1))
        return tuple(day for day in span if self.calendars.is_working_day(day))

    def drawn(self, *what: object) -> bytes:
        """A number drawn by lot: SHA-256 of the published seed and what it is drawn for, so that anyone can check."""
        return sha256("/".join(map(str, (self.seed, *what))).encode()).digest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Blocked:
    """Rules that stand in the way together: where (schools, or none for the plan as a whole), and words for it."""

    rules: tuple[str, ...]
    zh: str
    en: str
    schools: tuple[str, ...] = ()


class Infeasible(Broken):
    """No plan was found; `blocks` say which rules stand in the way."""

    code = "infeasible-plan"
    zh = "排不出督导计划：{reasons_zh}"
    en = "no plan was found: {reasons_en}"

    def __init__(self, blocks: tuple[Blocked, ...]) -> None:
        self.blocks = blocks
        self.rules = sorted({rule for block in blocks for rule in block.rules})
        super().__init__(
            reasons_zh="；".join(block.zh for block in blocks),
            reasons_en="; ".join(block.en for block in blocks),
            rules=self.rules,
            schools=sorted({school for block in blocks for school in block.schools}),
        )
