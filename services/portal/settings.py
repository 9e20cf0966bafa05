"""The portal's settings."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, SecretStr

from runtime.settings import CommonSettings


class PortalSettings(CommonSettings):
    """`signing_key`: PEM, Ed25519, the first signs and all are published; `service_secrets`: JSON {service: SHA-256}.

    Times are in seconds; the numbers marked † in the domain's text are the defaults here.
    """

    signing_key: SecretStr
    service_secrets: SecretStr = SecretStr("{}")
    token_seconds: Annotated[int, Field(ge=60, le=3600)] = 900
    lock_after: Annotated[int, Field(ge=1, le=100)] = 5
    lock_seconds: Annotated[int, Field(ge=1, le=86_400)] = 900
    password_length: Annotated[int, Field(ge=8, le=64)] = 10
    argon2_memory_kib: Annotated[int, Field(ge=8_192, le=1_048_576)] = 19_456
    argon2_rounds: Annotated[int, Field(ge=1, le=20)] = 2

    @property
    def token_life(self) -> timedelta:
        """How long a token counts."""
        return timedelta(seconds=self.token_seconds)

    @property
    def lock_time(self) -> timedelta:
        """How long a locked account stays locked."""
        return timedelta(seconds=self.lock_seconds)
