"""责任书/岗位: whoever is to sign one that somebody else proposed is told."""

from dataclasses import dataclass
from typing import Final

from services.notification.domain.rules import Notice

_KINDS: Final = {
    "teaching_letter": "教育教学责任书",
    "integrity_letter": "党风廉政责任书",
    "model_post": "业务示范岗",
    "vanguard_post": "党员先锋岗",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """A letter or a post was proposed to a person, by `actor`."""

    commitment: str
    person: str
    school: str
    year: int
    kind: str
    actor: str


def notices_of(proposal: Proposal, school_name: str) -> tuple[Notice, ...]:
    """To sign; nobody is told of what they claimed themselves."""
    if proposal.person == proposal.actor:
        return ()
    what = f"{proposal.year}年{_KINDS[proposal.kind]}"
    return (Notice("to_sign", proposal.person, f"待签字：{what}", f"{school_name}：{what}待本人签字。", False),)
