"""The portal's composition root."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from runtime.access.tokens import TokenVerifier
from runtime.clock import Clock, SystemClock
from runtime.http.app import create_app
from runtime.http.gate import Gate
from runtime.mongo import Mongo
from services.portal.adapters.inspection_grants import InspectionGrants
from services.portal.adapters.mongo_accounts import MongoAccounts
from services.portal.adapters.mongo_attempts import MongoAttempts
from services.portal.administration import Administration
from services.portal.entrypoints.http import Parts, accounts_router, sign_in_router
from services.portal.passwords import Hasher
from services.portal.service_secrets import ServiceSecrets
from services.portal.settings import PortalSettings
from services.portal.sign_in import LiveTokens, SignIn
from services.portal.signing import Signer

VERSION = "1"


class Portal:
    """Everything the portal is made of; `close` it at the end."""

    def __init__(self, settings: PortalSettings, clock: Clock | None = None) -> None:
        clock = clock or SystemClock()
        database = settings.database_name("portal")
        self.settings = settings
        self.mongo = Mongo(settings.mongo_url.get_secret_value())
        self.accounts = MongoAccounts(self.mongo, database)
        self.attempts = MongoAttempts(self.mongo, database, settings.lock_after, settings.lock_time)
        self.hasher = Hasher(settings.argon2_memory_kib, settings.argon2_rounds)
        self.signer = Signer(settings.signing_key.get_secret_value(), settings.issuer, settings.token_life, clock)
        self.administration = Administration(
            self.accounts, self.attempts, self.hasher, clock, self.signer.derived_key("one-time passwords")
        )
        self.sign_in = SignIn(self.accounts, self.attempts, self.hasher, self.signer, clock, settings.password_length)
        self.clock = clock

    async def initialise(self) -> None:
        """Make the indexes."""
        await self.accounts.initialise()
        await self.attempts.initialise()

    async def close(self) -> None:
        """Give back threads and connections."""
        self.hasher.close()
        await self.mongo.close()


def make_app(portal: Portal, grants: InspectionGrants | None = None) -> FastAPI:
    """The portal's application; it closes the portal when it ends."""
    settings = portal.settings
    inspection = grants or InspectionGrants(settings.inspection_url)

    async def own_keys() -> Mapping[str, Any]:
        return portal.signer.jwks()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await portal.initialise()
        try:
            yield
        finally:
            await inspection.aclose()
            await portal.close()

    parts = Parts(
        sign_in=portal.sign_in,
        administration=portal.administration,
        services=ServiceSecrets(settings.service_secrets.get_secret_value()),
        signer=portal.signer,
        request_key=portal.signer.derived_key("commands"),
    )
    verifier = TokenVerifier(own_keys, settings.issuer, clock=portal.clock)
    return create_app(
        title="门户 / Portal",
        version=VERSION,
        routers=(sign_in_router(parts), accounts_router(parts)),
        gate=Gate(LiveTokens(verifier, portal.accounts), grants_by_token=inspection.of_token),
        ready={"mongo": portal.mongo.ping},
        lifespan=lifespan,
    )
