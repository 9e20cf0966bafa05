"""Giving schools to teams: one direction between two teams, as many schools as can be, even loads."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.inspection.domain.planning_matching import matched, one_way


@given(st.integers(2, 30))
def test_of_two_teams_exactly_one_may_visit_the_other(teams: int) -> None:
    may = one_way(teams)
    for a in range(teams):
        assert not may(a, a)
        for b in range(a):
            assert may(a, b) != may(b, a)


@given(st.dictionaries(st.integers(0, 12).map(str), st.sets(st.integers(0, 4)), max_size=12))
def test_a_matching_leaves_out_only_schools_no_team_may_visit(open_to: dict[str, set[int]]) -> None:
    given_to = matched({school: sorted(teams) for school, teams in open_to.items()}, 5)
    assert set(given_to) == {school for school, teams in open_to.items() if teams}
    assert all(team in open_to[school] for school, team in given_to.items())


def test_a_matching_evens_out_the_load() -> None:
    open_to = {str(n): [0, 1] if n < 4 else [0] for n in range(6)}
    assert sorted(Counter(matched(open_to, 2).values()).items()) == [(0, 3), (1, 3)]
