"""Which alerts an officer may list: by the grants and the structure of today, applied inside the query."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from services.notification.domain.surroundings import BUREAU_OFFICER, COUNTY_OFFICER

INSPECTION_TOUR_READER: Final = "inspection_tour_reader"


@dataclass(frozen=True, slots=True)
class Sight:
    """`city` sees every school, else those of `divisions`; `tour` sees, besides, the inspection tour's everywhere."""

    city: bool
    divisions: tuple[str, ...]
    tour: bool

    @property
    def ordinary(self) -> bool:
        """Whether anything but the inspection tour's is in sight."""
        return self.city or bool(self.divisions)


def sight_of(grants: Iterable[tuple[str, str]]) -> Sight:
    """What (role, organisation) pairs let a person see of other people's alerts."""
    held = tuple(grants)
    roles = {role for role, _ in held}
    divisions = sorted({organisation for role, organisation in held if role == COUNTY_OFFICER})
    return Sight(BUREAU_OFFICER in roles, tuple(divisions), INSPECTION_TOUR_READER in roles)
