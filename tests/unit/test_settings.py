"""Settings come from the environment, secrets from files as well."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from runtime.settings import CommonSettings


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CommonSettings.model_fields:
        monkeypatch.delenv(f"DUDAO_{name.upper()}", raising=False)
        monkeypatch.delenv(f"DUDAO_{name.upper()}_FILE", raising=False)


def test_the_environment_is_read_with_our_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUDAO_PORT", "8123")
    monkeypatch.setenv("DUDAO_KAFKA_IDEMPOTENCE", "false")
    monkeypatch.setenv("DUDAO_DATABASE_PREFIX", "trial")
    monkeypatch.setenv("PORT", "1")

    settings = CommonSettings()

    assert (settings.port, settings.kafka_idempotence) == (8123, False)
    assert settings.database_name("inspection") == "trial_inspection"


def test_a_secret_is_read_from_its_file_without_the_line_break(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret \n")
    monkeypatch.setenv("DUDAO_SERVICE_SECRET_FILE", str(tmp_path / "secret"))

    assert CommonSettings().service_secret.get_secret_value() == "s3cret "


def test_a_secret_given_twice_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("one")
    monkeypatch.setenv("DUDAO_SERVICE_SECRET_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("DUDAO_SERVICE_SECRET", "two")

    with pytest.raises(ValueError, match="only one"):
        CommonSettings()


def test_an_empty_secret_file_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("\n")
    monkeypatch.setenv("DUDAO_MONGO_URL_FILE", str(tmp_path / "secret"))

    with pytest.raises(ValueError, match="empty"):
        CommonSettings()


def test_only_secrets_have_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "host").write_text("example.org")
    monkeypatch.setenv("DUDAO_HOST_FILE", str(tmp_path / "host"))

    assert CommonSettings().host == "127.0.0.1"


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUDAO_MONGO_URL", "mongodb://u:hunter2@h")

    assert "hunter2" not in repr(CommonSettings())


def test_a_wrong_value_is_not_repeated_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUDAO_PORT", "hunter2")

    with pytest.raises(ValidationError) as refused:
        CommonSettings()

    assert "hunter2" not in str(refused.value)


def test_a_subclass_adds_its_own_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Own(CommonSettings):
        other: SecretStr = SecretStr("")

    (tmp_path / "other").write_text("mine")
    monkeypatch.setenv("DUDAO_OTHER_FILE", str(tmp_path / "other"))

    assert Own().other.get_secret_value() == "mine"
