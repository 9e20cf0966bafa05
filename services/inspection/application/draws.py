"""抽查 draws: committed to before, made after, by the bureau."""

from contracts import roles
from runtime.commands import Outcome
from runtime.errors import Rejected
from services.inspection.application import commands_planning as c
from services.inspection.application.act import Act
from services.inspection.application.changes import of_registry
from services.inspection.application.ports import Ports
from services.inspection.application.registry import office, one
from services.inspection.domain.draw import Commitment, commit, draw


async def commit_draw(ports: Ports, act: Act, command: c.CommitDraw) -> Outcome:
    """Pool, number, the seed's digest and the public source: nobody changes them any more."""
    actor = await office(ports.registry, act, roles.BUREAU_OFFICER)
    unknown = sorted(set(command.pool) - set(await ports.registry.loaded("school", command.pool)))
    if unknown:
        some = "、".join(unknown[:10])
        raise Rejected("unknown-school", f"没有这些学校：{some}", f"no such schools: {some}", 422)
    wanted = Commitment(
        title=command.title,
        pool=command.pool,
        number=command.number,
        commitment=command.commitment,
        public_source=command.public_source,
    )
    made = commit(act.new_id("draw"), wanted, act.moment)
    return act.created("/v1/draws", of_registry("draw", made, 0, "committed", act.cause(actor)))


async def make_draw(ports: Ports, act: Act, draw_: str, command: c.MakeDraw) -> Outcome:
    """The draw, which anybody can repeat."""
    actor = await office(ports.registry, act, roles.BUREAU_OFFICER)
    loaded = await one(ports.registry, "draw", draw_)
    act.require(loaded)
    made = draw(loaded.value, command.seed, command.public_value, act.moment)
    return act.changed(of_registry("draw", made, loaded.version, "drawn", act.cause(actor)))
