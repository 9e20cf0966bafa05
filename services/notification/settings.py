"""Settings of the notification service."""

from typing import Annotated, Final

from pydantic import Field

from runtime.settings import CommonSettings

NAME: Final = "notification"


class Settings(CommonSettings):
    """What every service needs, and how long the registry's copy may go unconfirmed before officers get a 503."""

    registry_limit_s: Annotated[float, Field(gt=0, le=60)] = 5.0
