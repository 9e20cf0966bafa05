"""Reading the inbox: secretaries acknowledge the alerts that must be acknowledged."""

from contracts import roles
from dudao.client.api import Act, Api
from dudao.demo.draw import Draw
from dudao.demo.world import World

_READS = 0.25


class Inboxes:
    """The inboxes of those secretaries who look into them today."""

    def __init__(self, api: Api, world: World, draw: Draw) -> None:
        self._api = api
        secretaries = world.cast.holding(roles.SECRETARY)
        self.readers = [person.id for person in secretaries if draw.happens(_READS, "reads", person.id)]

    async def read(self, person: str) -> None:
        """Everything unread: acknowledged where it must be, else read."""
        for alert in await self._api.list(person, "notification", "/v1/inbox", unread="true"):
            verb = "acknowledge" if alert["must_acknowledge"] else "read"
            path = f"/v1/inbox/{alert['id']}/{verb}"
            await self._api.act(Act(person, path, {}, f"{verb}-{alert['id']}", service="notification"))
