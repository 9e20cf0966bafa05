"""要求报送材料: of many schools in one act, and nothing that a school has given already."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints

from runtime.commands import Outcome
from runtime.ledger.model import Change
from services.inspection.application.act import Act
from services.inspection.application.assignments import MOST_SCHOOLS, Held, capacities
from services.inspection.application.burden import BurdenReading, Fit, Sought, material
from services.inspection.application.commands import Command, Day, Id, Text
from services.inspection.application.material import Name, change_of
from services.inspection.application.ports import Ports, Site
from services.inspection.application.standing import reach_for
from services.inspection.domain import material as domain
from services.inspection.domain.authority import authority_of
from services.inspection.domain.burden import term_of
from services.inspection.domain.rules import Broken
from services.inspection.domain.rules_beside import NamedSchoolTwice, SchoolGone
from services.inspection.domain.visit import Visit

Row = dict[str, Any]
MOST_OFFERED: Final = 3
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=domain.TITLE_LENGTH)]


class WantedPiece(Command):
    """One piece by its name; `item` is the checklist item that it is for."""

    name: Name
    item: Id | None = None


class AskMaterial(Command):
    """要求报送: of all the schools or of none. What a school has given already is offered instead of being asked for.

    `again` asks for that too; `visit` is the one for which a team's leader asks; `reason` lifts the cap, by the bureau.
    """

    schools: Annotated[tuple[Id, ...], Field(min_length=1, max_length=MOST_SCHOOLS)]
    title: Title
    pieces: Annotated[tuple[WantedPiece, ...], Field(min_length=1, max_length=10)]
    due: Day
    text: Text | None = None
    visit: Id | None = None
    again: bool = False
    reason: Text | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What every school's part has in common; `offered`: (school, piece's name) → what was given already."""

    command: AskMaterial
    held: Held
    visit: Visit | None
    before: dict[str, int]
    offered: dict[tuple[str, str], list[Row]]


async def ask_material(ports: Ports, act: Act, command: AskMaterial, reading: BurdenReading) -> Outcome:
    """One act: all of the schools are asked for what they have not given yet, or none; a refusal names its school."""
    if len(set(command.schools)) < len(command.schools):
        raise NamedSchoolTwice
    sites = [await ports.registry.site(school) for school in command.schools]
    reach = await reach_for(ports.registry, act.person)
    visit = (await ports.visits.within(command.visit, reach)).value if command.visit else None
    held, term = await capacities(ports, act), term_of(act.moment.day)
    before = await ports.materials.asked_in(command.schools, term.name)
    asked = Asked(command, held, visit, before, {})
    for site in sites:
        # First whether it is allowed: whoever is refused is told of no evidence, and takes no number.
        _asked(act, asked, site, "0", 0)
    if not command.again:
        asked.offered.update(await _offered(ports, act, command, reading))
    open_ = [site for site in sites if _missing(asked, site)]
    number = await ports.materials.next_number(act.moment.day.year) if open_ else None
    changes = {site.school.id: _asked(act, asked, site, number or "", n) for n, site in enumerate(open_, 1)}
    items = [_told(asked, site, changes.get(site.school.id)) for site in sites]
    body = {"id": act.new_id("asking"), "number": number, "title": command.title, "items": items}
    return Outcome(changes=tuple(changes.values()), status=201, body=body)


async def _offered(
    ports: Ports, act: Act, command: AskMaterial, reading: BurdenReading
) -> dict[tuple[str, str], list[Row]]:
    reach = await reach_for(ports.registry, act.person)
    names = [piece.name for piece in command.pieces]
    items = [piece.item for piece in command.pieces if piece.item]
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row, fits in await material(ports, reading, reach, Sought(command.schools, names, items)):
        for piece in command.pieces:
            on = [fit.given_for for fit in fits if _fits(fit, piece)]
            there = found[row["school"], piece.name]
            if on and len(there) < MOST_OFFERED:
                told = {name: row[name] for name in ("id", "name", "sha256", "at")}
                there.append({**told, "given_for": on[:MOST_OFFERED]})
    return {key: rows for key, rows in found.items() if rows}


def _fits(fit: Fit, piece: WantedPiece) -> bool:
    return fit.name == piece.name or (piece.item is not None and fit.item == piece.item)


def _missing(asked: Asked, site: Site) -> tuple[domain.Piece, ...]:
    """What this school has not given yet."""
    return tuple(
        domain.Piece(name=piece.name, item=piece.item)
        for piece in asked.command.pieces
        if (site.school.id, piece.name) not in asked.offered
    )


def _told(asked: Asked, site: Site, change: Change | None) -> Row:
    school = site.school.id
    offered = [
        {"name": piece.name, "evidence": asked.offered[school, piece.name]}
        for piece in asked.command.pieces
        if (school, piece.name) in asked.offered
    ]
    made = {"material": change.id, "number": change.state["number"]} if change else {"material": None, "number": None}
    return {"school": school, **made, "asked": [piece.name for piece in _missing(asked, site)], "offered": offered}


def _asked(act: Act, asked: Asked, site: Site, number: str, n: int) -> Change:
    try:
        return _part(act, asked, site, number, n)
    except Broken as rule:
        rule.detail["school"] = site.school.id
        raise


def _part(act: Act, asked: Asked, site: Site, number: str, n: int) -> Change:
    if site.school.retired:
        raise SchoolGone(name=site.school.name)
    command, school = asked.command, site.school.id
    whole = domain.Asking(id=act.new_id("asking"), number=number, title=command.title, schools=len(command.schools))
    wanted = domain.Wanted(
        id=act.new_id("material", school),
        number=f"{number}-{n:03d}",
        asking=whole,
        pieces=_missing(asked, site),
        due=command.due,
        text=command.text,
        reason=command.reason,
        before=asked.before.get(school, 0),
        visit=asked.visit,
    )
    home, grants = asked.held
    authority = authority_of(act.person, home, grants, site.place)
    step = domain.ask(wanted, authority, act.moment.of_division(site.division.id))
    return change_of(act, step, 0)
