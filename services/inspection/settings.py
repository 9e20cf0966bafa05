"""Settings of the inspection service: the common ones."""

from typing import Final

from runtime.settings import CommonSettings

NAME: Final = "inspection"


class Settings(CommonSettings):
    """Nothing of its own yet."""
