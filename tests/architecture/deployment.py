"""Rules that docker-compose.yml must keep, as functions from the file's content to complaints."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import SecretStr

from dudao.embedded.mongod import TRANSACTION_LIFETIME_S
from dudao.stack import PROCESSES
from runtime.settings import PREFIX, CommonSettings
from services.inspection.settings import Settings as InspectionSettings
from services.notification.settings import Settings as NotificationSettings
from services.portal.settings import PortalSettings
from services.reporting.settings import ReportingSettings

ROOT: Final = Path(__file__).resolve().parents[2]
COMPOSE: Final = ROOT / "docker-compose.yml"
SETTINGS: Final[dict[str, type[CommonSettings]]] = {
    "inspection": InspectionSettings,
    "notification": NotificationSettings,
    "portal": PortalSettings,
    "reporting": ReportingSettings,
}
SECRETS: Final = "/run/secrets/"
WAYS_IN: Final = frozenset({"gateway"})
# A key that is not listed is a typing mistake, or something these rules have not been taught to judge.
KEYS: Final = frozenset(
    {
        *("image", "build", "user", "entrypoint", "command", "environment", "hostname", "profiles", "depends_on"),
        *("secrets", "volumes", "tmpfs", "networks", "ports", "logging", "healthcheck", "restart", "stop_grace_period"),
        *("cpus", "mem_limit", "pids_limit", "read_only", "cap_drop", "security_opt"),
    }
)
CONDITIONS: Final = frozenset({"service_started", "service_healthy", "service_completed_successfully"})

Service = Mapping[str, Any]
Compose = Mapping[str, Any]
Complaints = Iterator[str]


def read_compose(path: Path = COMPOSE) -> dict[str, Any]:
    """The file with its anchors and merges resolved."""
    content: dict[str, Any] = yaml.safe_load(path.read_text())
    return content


def one_shot(service: Service) -> bool:
    """Whether it is meant to end."""
    return bool(service.get("restart") == "no")


def ours(service: Service) -> tuple[str, str] | None:
    """(service, part) of `python -m services.<service> <part> …`; none for anything else."""
    command = service.get("command", [])
    if command[:2] != ["python", "-m"] or not command[2].startswith("services."):
        return None
    return command[2].removeprefix("services."), command[3]


def hardened(compose: Compose) -> Complaints:
    """Nobody is root, may become it, writes to their own image or takes more than their share."""
    for name, service in compose["services"].items():
        wanted = {
            "read_only": True,
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges:true"],
        }
        for key, value in wanted.items():
            if service.get(key) != value:
                yield f"{name}: {key} is {service.get(key)!r}"
        if not str(service.get("user", "0")).split(":")[0].strip("0"):
            yield f"{name}: runs as root"
        for key in ("cpus", "mem_limit", "pids_limit", "restart", "logging"):
            if not service.get(key):
                yield f"{name}: no {key}"
        for key in service.keys() - KEYS:
            yield f"{name}: the key {key} is unknown"


def watched(compose: Compose) -> Complaints:
    """What stays is asked whether it is well; images are of a version; who waits, waits for what can come."""
    services = compose["services"]
    for name, service in services.items():
        if not one_shot(service) and not service.get("healthcheck", {}).get("test"):
            yield f"{name}: stays, and has no health check"
        tag = str(service["image"]).rpartition(":")[2]
        if tag == service["image"] or tag == "latest":
            yield f"{name}: {service['image']} names no version"
        for other, asked in service.get("depends_on", {}).items():
            condition = asked["condition"]
            if other not in services or condition not in CONDITIONS:
                yield f"{name}: waits for {other} {condition}"
            elif (condition == "service_completed_successfully") != one_shot(services[other]):
                yield f"{name}: waits for {other} in a way that never comes"


def enclosed(compose: Compose) -> Complaints:
    """One way in, on loopback; every other network ends inside, and each server is on one that only its users share."""
    for name, service in compose["services"].items():
        for port in service.get("ports", ()):
            if name not in WAYS_IN or not port.startswith("127.0.0.1:"):
                yield f"{name}: publishes {port}"
        open_ones = [network for network in service["networks"] if not compose["networks"][network].get("internal")]
        if open_ones and name not in WAYS_IN:
            yield f"{name}: on {open_ones}, which leads outside"
        if "kafka" in service["networks"] and ours(service) and "DUDAO_KAFKA" not in service["environment"]:
            yield f"{name}: reaches Kafka without needing it"
        if name in WAYS_IN and set(service["networks"]) & {"mongo", "kafka"}:
            yield f"{name}: reaches a server directly"


def complete(compose: Compose) -> Complaints:
    """Every process of the embedded stack is here too, under the same name, and does the same."""
    for name in PROCESSES:
        service, _, part = name.partition("-")
        found = compose["services"].get(name)
        if found is None or ours(found) != (service, part or "api"):
            yield f"{name}: not here, or another command"
    if f"transactionLifetimeLimitSeconds={TRANSACTION_LIFETIME_S}" not in " ".join(services_command(compose, "mongo")):
        yield "mongo: a killed process keeps its locks longer than in the embedded one"


def services_command(compose: Compose, name: str) -> list[str]:
    """The words of a service's command; none when it is not here or has none."""
    return [str(word) for word in compose["services"].get(name, {}).get("command", [])]


def configured(compose: Compose) -> Complaints:
    """Every variable is one that the service's settings know; every secret is a file, given to who needs it."""
    for name, service in compose["services"].items():
        granted = set(service.get("secrets", ()))
        used = {secret for secret in granted if f"{SECRETS}{secret}" in str(service)}
        for secret in granted - used:
            yield f"{name}: is given {secret} and does not use it"
        for secret in _named_secrets(service) - granted:
            yield f"{name}: names {secret} and is not given it"
        for secret in granted - compose["secrets"].keys():
            yield f"{name}: {secret} is declared nowhere"
        part = ours(service)
        if part is not None:
            known = variables(SETTINGS[part[0]])
            for variable in service.get("environment", {}).keys() - known:
                yield f"{name}: no setting is called {variable}"


def _named_secrets(service: Service) -> set[str]:
    words = str(service).replace("'", " ").replace('"', " ").replace("=", " ").split()
    return {word.removeprefix(SECRETS).rstrip(",]}") for word in words if word.startswith(SECRETS)}


def variables(settings: type[CommonSettings]) -> set[str]:
    """The environment variables that a settings class reads."""
    names = {f"{PREFIX}{name.upper()}" for name in settings.model_fields}
    secret = {name for name, field in settings.model_fields.items() if field.annotation is SecretStr}
    return names | {f"{PREFIX}{name.upper()}_FILE" for name in secret}


RULES: Final[tuple[Callable[[Compose], Complaints], ...]] = (hardened, watched, enclosed, complete, configured)


def complaints(compose: Compose) -> list[str]:
    """Everything that is wrong."""
    return [complaint for rule in RULES for complaint in rule(compose)]
