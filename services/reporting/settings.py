"""Settings of the reporting service: what every service needs, and how old its copy of the registry may be."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from runtime.settings import CommonSettings


class ReportingSettings(CommonSettings):
    """`registry_limit_s`: seconds the registry's copy may go unconfirmed before every report answers 503."""

    registry_limit_s: Annotated[float, Field(gt=0, le=60)] = 5.0

    @property
    def registry_limit(self) -> timedelta:
        """The same as a duration."""
        return timedelta(seconds=self.registry_limit_s)

    @property
    def database(self) -> str:
        """The name of this service's database."""
        return self.database_name("reporting")
