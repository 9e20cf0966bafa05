"""Settings of the inspection service: the common ones, and where evidence is kept."""

from typing import Final

from runtime.files import FileSettings

NAME: Final = "inspection"


class Settings(FileSettings):
    """Nothing of its own yet."""
