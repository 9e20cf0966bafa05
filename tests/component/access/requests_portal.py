"""How the portal's operations are called."""

from tests.component.access import cast
from tests.component.access.city import City
from tests.component.access.requests import Sends, Sent
from tests.portal_world import SERVICE_SECRET


def signed_in() -> Sends:
    """With the right password."""

    async def sent(city: City) -> Sent:
        body = {"username": cast.NOBODY, "password": city.passwords[cast.NOBODY]}
        return Sent("POST", "/v1/sign-in", body)

    return sent


def bought() -> Sends:
    """With the right secret."""

    async def sent(_: City) -> Sent:
        return Sent("POST", "/v1/service-tokens", {"service": "reporting", "secret": SERVICE_SECRET})

    return sent


def changed() -> Sends:
    """With a wrong password: a right one would void the person's tokens."""

    async def sent(_: City) -> Sent:
        return Sent("POST", "/v1/password", {"current": "not the password", "new": "staple the correct horse"})

    return sent


def created() -> Sends:
    """An account of a new person."""

    async def sent(city: City) -> Sent:
        word = city.word()
        return Sent("POST", "/v1/accounts", {"username": f"user-{word}", "person": f"P-{word}"})

    return sent


def reset() -> Sends:
    """Of an account that nobody here uses."""

    async def sent(_: City) -> Sent:
        return Sent("POST", f"/v1/accounts/{cast.SUB_SECRETARY.lower()}/reset")

    return sent
