"""Making a replica set of started members, and moving it when their ports have changed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from dudao.embedded.ports import LOOPBACK

NAME: Final = "rs0"
_CONFIGURATION: Final = "system.replset"
_PATIENCE_MS: Final = 5_000
# A fail-over of three members then takes 1.0-1.5 s instead of the 6-12 s of the server's defaults.
_SETTINGS: Final = {"electionTimeoutMillis": 1000, "heartbeatIntervalMillis": 500}

Document = dict[str, Any]


def hosts(ports: Sequence[int]) -> list[str]:
    """Return the `host:port` of each member."""
    return [f"{LOOPBACK}:{port}" for port in ports]


def members(ports: Sequence[int]) -> list[Document]:
    """Return the member documents of a configuration, in the order of the ports."""
    return [{"_id": number, "host": host} for number, host in enumerate(hosts(ports))]


def url(ports: Sequence[int]) -> str:
    """Return the connection string of the whole set."""
    return f"mongodb://{','.join(hosts(ports))}/?replicaSet={NAME}"


def answers(port: int) -> bool:
    """Tell whether a mongod on this port answers a ping."""
    try:
        with _client(port) as client:
            client.admin.command("ping")
    except PyMongoError:
        return False
    return True


def configured_hosts(port: int) -> list[str] | None:
    """Return the `host:port` of each member as stored in this member's data; None before the set was initiated.

    Read from the collection: `replSetGetConfig` knows nothing while a member still looks for itself at old addresses.
    """
    with _client(port) as client:
        config = client.local[_CONFIGURATION].find_one()
    return None if config is None else [member["host"] for member in config["members"]]


def initiate(ports: Sequence[int]) -> None:
    """Make a set of these members, which must have no data. Raises `pymongo.errors.PyMongoError`."""
    with _client(ports[0]) as client:
        client.admin.command("replSetInitiate", {"_id": NAME, "members": members(ports), "settings": _SETTINGS})


def rewrite_hosts(at: int, ports: Sequence[int]) -> None:
    """Write the members' new addresses into the data of a member that runs alone, not as a replica set, on port `at`.

    This is MongoDB's own procedure for a set whose addresses have all changed, and needs no member to find another.
    """
    with _client(at) as client:
        stored = client.local[_CONFIGURATION]
        config = stored.find_one()
        if config is not None:
            stored.update_one({"_id": config["_id"]}, {"$set": {"members": members(ports)}, "$inc": {"version": 1}})


def is_whole(ports: Sequence[int]) -> bool:
    """Tell whether one member is primary, takes writes, and all others are secondaries."""
    primaries = 0
    for port in ports:
        try:
            with _client(port) as client:
                hello = client.admin.command("hello")
        except PyMongoError:
            return False
        if hello.get("isWritablePrimary"):
            primaries += 1
        elif not hello.get("secondary"):
            return False
    return primaries == 1


def primary_port(ports: Sequence[int]) -> int | None:
    """Return the port of the member that is primary now, if any."""
    for port in ports:
        try:
            with _client(port) as client:
                if client.admin.command("hello").get("isWritablePrimary"):
                    return port
        except PyMongoError:
            continue
    return None


@contextmanager
def _client(port: int) -> Iterator[MongoClient[Document]]:
    client: MongoClient[Document] = MongoClient(
        LOOPBACK, port, directConnection=True, serverSelectionTimeoutMS=_PATIENCE_MS, socketTimeoutMS=_PATIENCE_MS
    )
    with client:
        yield client
