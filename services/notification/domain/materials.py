"""Who is told of material 材料报送: the school that is to give it, then whoever asked."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from services.notification.domain.rules import Notice
from services.notification.domain.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class MaterialTold:
    """One event of one school's part: `asked_by` in the role at the organisation; to be given by the day `due`."""

    verb: str
    material: str
    number: str
    school: str
    asked_by: str
    role: str
    organisation: str
    actor: str
    due: str


def _giving(_: MaterialTold, around: Surroundings) -> tuple[str, ...]:
    return (*around.secretaries(), *around.contacts())


def _who_asked(told: MaterialTold, around: Surroundings) -> tuple[str, ...]:
    return tuple({told.asked_by} & set(around.holders(told.role, told.organisation)))


def _no_more(_: MaterialTold, around: Surroundings) -> tuple[str, ...]:
    return around.secretaries()


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    addressees: Callable[[MaterialTold, Surroundings], Iterable[str]]
    title: str
    sentence: Callable[[MaterialTold], str]
    must_acknowledge: bool = False


_RULES: Final[Mapping[str, _Rule]] = {
    "asked": _Rule(
        "material_asked", _giving, "请报送材料", lambda told: f"请于 {told.due} 前报送。", must_acknowledge=True
    ),
    "given": _Rule("material_given", _who_asked, "材料已报送", lambda _: "已报送，请查看。"),
    "withdrawn": _Rule("material_withdrawn", _no_more, "材料不再报送", lambda _: "已撤回，不必报送。"),
}
MATERIAL_VERBS: Final = frozenset(_RULES)


def material_notices(told: MaterialTold, around: Surroundings) -> tuple[Notice, ...]:
    """Every notice that the event gives rise to, by person; nobody is told of their own act."""
    rule = _RULES[told.verb]
    return tuple(
        Notice(
            rule=rule.name,
            person=person,
            title=f"{rule.title}：{told.number}",
            text=f"{around.school_name}：材料 {told.number} {rule.sentence(told)}",
            must_acknowledge=rule.must_acknowledge,
        )
        for person in sorted(set(rule.addressees(told, around)) - {told.actor})
    )
