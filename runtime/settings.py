"""Settings every process shares, from the environment: prefix `DUDAO_`, each secret also from a file `…_FILE`."""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "DUDAO_"


class CommonSettings(BaseSettings):
    """What every service needs; a service subclasses it. A secret given both ways, or an empty file, is an error."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True, hide_input_in_errors=True)

    mongo_url: SecretStr = SecretStr("mongodb://127.0.0.1:27017/?replicaSet=dudao")
    database_prefix: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")] = "dudao"
    kafka: str = "127.0.0.1:9092"
    kafka_idempotence: bool = True
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    issuer: str = "dudao-portal"
    portal_url: str = "http://127.0.0.1:8000"
    inspection_url: str = "http://127.0.0.1:8001"
    notification_url: str = "http://127.0.0.1:8002"
    service_secret: SecretStr = SecretStr("")

    def database_name(self, service: str) -> str:
        """The database of a service: `dudao_inspection`."""
        return f"{self.database_prefix}_{service}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- pydantic's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first (tests), then files of secrets, then the environment; no dotenv."""
        return init_settings, _SecretFiles(settings_cls), env_settings


class _SecretFiles(PydanticBaseSettingsSource):
    """`DUDAO_X_FILE` names the file that holds the secret X: its text without the final line break."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        if field.annotation is not SecretStr:
            return None, field_name, False
        name = f"{PREFIX}{field_name.upper()}"
        path = os.environ.get(f"{name}_FILE")
        if path is None:
            return None, field_name, False
        if name in os.environ:
            raise ValueError(f"{name} 与 {name}_FILE 只能给一个 / give only one of {name} and {name}_FILE")
        secret = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        if not secret:
            raise ValueError(f"{name}_FILE 指向的文件是空的 / the file that {name}_FILE names is empty")
        return secret, field_name, False

    def __call__(self) -> dict[str, Any]:
        values = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}
