"""Who may be played by whoever tries the system: one person for every role."""

from contracts import roles
from contracts.registry import Team
from dudao.demo.world import World


def representatives(world: World, team: Team) -> dict[str, str]:
    """Role by person: one for every role, with the leader and a member of the given team."""
    member = next(person for person in team.members if person != team.leader)
    first = {team.leader: roles.TEAM_LEADER, member: roles.TEAM_MEMBER}
    for role in roles.ROLES:
        held = [person.id for person in world.cast.holding(role) if person.id not in first]
        if held:
            first[held[0]] = role
    return first
