"""Who stands above a school in one matter: who may assign, check and reopen by its severity and mode, as people."""

from typing import Final

from dudao.demo.visits import Case
from dudao.demo.world import World

# Places in the bureau: a matter that meets several of its officers must not meet the same one twice.
_ASSIGNS, _CHECKS, _CONFIRMS, _REOPENS = range(4)
_CRITICAL: Final = "critical"


class Supervisors:
    """Picks, among those who may, always the same person for the same matter."""

    def __init__(self, world: World) -> None:
        self._world = world

    def assigner(self, case: Case) -> str:
        """Minor `immediate` matters the team's leader, critical ones the bureau, the rest the county."""
        if _on_the_spot(case):
            return case.leader
        return self._world.bureau[_ASSIGNS] if case.finding.severity == _CRITICAL else self._county(case, _ASSIGNS)

    def of_issuer(self, case: Case) -> str:
        """An officer of the body that issued it: critical matters are the bureau's, the rest the county's."""
        return self._world.bureau[_ASSIGNS] if case.finding.severity == _CRITICAL else self._county(case, _ASSIGNS)

    def first_checker(self, case: Case) -> str:
        """Minor `immediate` matters the team's leader, the rest the county."""
        return case.leader if _on_the_spot(case) else self._county(case, _CHECKS)

    def final_checker(self) -> str:
        """The bureau; never the officer who made the first check of a city-direct school."""
        return self._world.bureau[_CONFIRMS]

    def reopener(self) -> str:
        """The bureau, by somebody who checked nothing of it."""
        return self._world.bureau[_REOPENS]

    def _county(self, case: Case, place: int) -> str:
        officers = self._world.county_officers(case.school)
        return officers[place % len(officers)]


def _on_the_spot(case: Case) -> bool:
    return case.finding.severity == "minor" and case.finding.mode == "immediate"
