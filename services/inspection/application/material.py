"""材料报送, what becomes of it: each handler loads, makes one domain call and hands the change to the pipeline."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from pydantic import Field, StringConstraints

from contracts import roles
from runtime.commands import Outcome
from runtime.ledger.model import Change
from services.inspection.application.act import Act
from services.inspection.application.changes import of_school
from services.inspection.application.commands import Command, Files, Text
from services.inspection.application.evidence import require_evidence
from services.inspection.application.ports import Ports
from services.inspection.application.standing import reach_for, standing
from services.inspection.domain import material as domain
from services.inspection.domain.authority import Authority
from services.inspection.domain.moment import Moment

Row = dict[str, Any]
Decide = Callable[[domain.Material, Authority, Moment], domain.MaterialStep]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=domain.PIECE_LENGTH)]


class GivenPiece(Command):
    """A piece, by its name: evidence of the school, or a note why there is none."""

    name: Name
    evidence: Files = ()
    note: Text | None = None


class GiveMaterial(Command):
    """报送: every piece at once."""

    pieces: Annotated[tuple[GivenPiece, ...], Field(min_length=1, max_length=10)]


class WithdrawMaterial(Command):
    """撤回."""

    reason: Text


def change_of(act: Act, step: domain.MaterialStep, version: int) -> Change:
    """The step as the ledger has it; `version` is the one that was loaded, 0 for a new entry."""
    verbs = ((f"inspection.material.{step.verb}.v1", None),)
    return of_school("material", step.material, version, verbs, act.cause(step.actor, step.note))


async def _take(ports: Ports, act: Act, id: str, decide: Decide) -> Outcome:
    loaded = await ports.materials.within(id, await reach_for(ports.registry, act.person))
    act.require(loaded)
    site, authority = await standing(ports, act, loaded.value.school)
    step = decide(loaded.value, authority, act.moment.of_division(site.division.id))
    return act.changed(change_of(act, step, loaded.version))


async def give_material(ports: Ports, act: Act, id: str, command: GiveMaterial) -> Outcome:
    """报送: with evidence that the school has already, or new."""
    entry = (await ports.materials.within(id, await reach_for(ports.registry, act.person))).value
    pieces = tuple(dict.fromkeys(one for piece in command.pieces for one in piece.evidence))
    await require_evidence(ports, act.person, pieces, entry.school)
    given = {
        piece.name: domain.Piece(name=piece.name, evidence=piece.evidence, note=piece.note) for piece in command.pieces
    }
    return await _take(ports, act, id, lambda m, a, now: domain.give(m, a, now, given))


async def withdraw_material(ports: Ports, act: Act, id: str, command: WithdrawMaterial) -> Outcome:
    """撤回."""
    return await _take(ports, act, id, lambda m, a, now: domain.withdraw(m, a, now, command.reason))


async def lit(ports: Ports, rows: list[Row], now: Moment) -> list[Row]:
    """Entries as they are answered, each with its `light`."""
    found = []
    for row in rows:
        here = now.of_division((await ports.registry.site(row["school"])).division.id)
        found.append({**row, "light": domain.material_light(msgspec.convert(row, domain.Material), here)})
    return found


def to_do(row: Row, held: set[tuple[str, str]], branch: str) -> Row | None:
    """The entry as a row of "mine to do", for whoever gives material for the school."""
    school = row["school"]
    if held.isdisjoint({(roles.SECRETARY, branch), (roles.CADRE, school), (roles.CONTACT, school)}):
        return None
    return {
        "what": "give_material",
        "subject": f"material/{row['id']}",
        "focus": None,
        "school": school,
        "number": row["number"],
        "title": row["asking"]["title"],
        "severity": None,
        "since": row["clock"]["since"],
        "due": row["due"]["day"],
        "provisional": row["due"]["provisional"],
        "version": row["version"],
    }
