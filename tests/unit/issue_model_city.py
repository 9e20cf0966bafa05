"""The model's city, and what somebody gives with a command: names, and days as text."""

from dataclasses import dataclass, fields
from datetime import date, timedelta


@dataclass(frozen=True, kw_only=True)
class Given:
    """What somebody gives with a command; each command looks at its own."""

    text: str = "理由"
    day: str | None = None
    yes: bool = True
    severity: str = "major"
    mode: str = "deadline"
    lead: str = ""
    others: tuple[str, ...] = ()
    tasks: int = 1
    task: str = "K1"
    percent: int = 100
    evidence: bool = True
    other: str = "assigned"
    """Which other issue is named: the double to merge into, or the one that came back."""
    feedback: bool = True
    card: str = ""
    colour: str = "red"
    earlier_red: int = 0

    def __str__(self) -> str:
        plain = Given()
        told = {one.name: getattr(self, one.name) for one in fields(self)}
        return ", ".join(f"{name}={value}" for name, value in told.items() if value != getattr(plain, name))


@dataclass
class City:
    """Who is what, by name, and which days are worked. The city-direct unit has no county officers."""

    days_off: set[str]
    days_worked: set[str]
    home: dict[str, str]
    family: frozenset[str]
    officers: dict[str, set[str]]
    team: set[str]
    leaders: set[str]
    cadres: dict[str, str]
    secretary: str | None = "secretary"
    division: str = "county"

    def belongs(self, who: str) -> bool:
        return self.home.get(who) in self.family or who in {self.secretary, "deputy", "cadre", "contact"}

    def cadre(self, who: str) -> bool:
        return self.cadres.get(who) in self.family

    def acts_as_secretary(self, who: str) -> bool:
        return who == self.secretary or (self.secretary is None and who == "deputy")

    @property
    def body(self) -> str:
        """The body that acts as the school's county."""
        return "city" if self.division == "direct" else self.division

    def of(self, body: str | None, who: str) -> bool:
        return body is not None and who in self.officers[body]

    def county(self, who: str) -> bool:
        return self.division != "direct" and self.of(self.division, who)

    def bureau(self, who: str) -> bool:
        return self.of("city", who)

    def works(self, day: date) -> bool:
        text = day.isoformat()
        return text in self.days_worked or (day.weekday() < 5 and text not in self.days_off)

    def after(self, day: str, n: int) -> str:
        found = date.fromisoformat(day)
        while n:
            found += timedelta(days=1)
            n -= self.works(found)
        return found.isoformat()

    def between(self, first: str, last: str) -> int:
        start, end = date.fromisoformat(first), date.fromisoformat(last)
        return sum(self.works(start + timedelta(days=n + 1)) for n in range((end - start).days))
