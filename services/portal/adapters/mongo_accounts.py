"""Accounts in MongoDB, with the audit trail and the commands carried out before, all in one transaction."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from runtime.clock import to_micros
from runtime.errors import Conflict, Rejected
from runtime.ids import new_id
from runtime.mongo import IndexModel, Mongo, ReplaceOne, Session, mongo_errors
from services.portal.accounts import Account, username_key

_REQUESTS_KEPT_SECONDS: Final = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Request:
    """A command by its id (derived from caller and Idempotency-Key) and a keyed hash of what it asked for."""

    id: str
    body: str


@dataclass(frozen=True, slots=True)
class Trail:
    """Who did what to which account; rows of it are only ever added, and hold no password."""

    by: str
    what: str
    username: str
    at: datetime


class MongoAccounts:
    """Collections `accounts` (id: the user name's key), `audit` (append-only), `requests` (kept for 30 days)."""

    def __init__(self, mongo: Mongo, database: str) -> None:
        self._mongo = mongo
        db = mongo.database(database)
        self._accounts = db["accounts"]
        self._audit = db["audit"]
        self._requests = db["requests"]

    async def initialise(self) -> None:
        """Make the indexes; one person has one account."""
        with mongo_errors():
            await self._accounts.create_indexes([IndexModel("person", unique=True)])
            await self._audit.create_indexes([IndexModel([("username", 1), ("at", 1)])])
            await self._requests.create_indexes([IndexModel("at", expireAfterSeconds=_REQUESTS_KEPT_SECONDS)])

    async def find(self, username: str) -> Account | None:
        """The account of a user name."""
        return await self._one({"_id": username_key(username)})

    async def find_by_person(self, person: str) -> Account | None:
        """The account of a person."""
        return await self._one({"person": person})

    async def page(self, after: str | None, limit: int) -> list[Account]:
        """Accounts in the order of their keys, after one of them."""
        with mongo_errors():
            found = self._accounts.find({} if after is None else {"_id": {"$gt": after}}).sort("_id", 1).limit(limit)
            return [_account(row) for row in await found.to_list(limit)]

    async def among(self, wanted: Sequence[tuple[str, str]]) -> list[Account]:
        """Every account with one of these user names, or of one of these people."""
        keys = [username_key(username) for username, _ in wanted]
        query = {"$or": [{"_id": {"$in": keys}}, {"person": {"$in": [person for _, person in wanted]}}]}
        with mongo_errors():
            return [_account(row) for row in await self._accounts.find(query).to_list(None)]

    async def seen(self, request: Request) -> bool:
        """Whether this command was carried out before; raises `Rejected` (422) when it asked for something else."""
        with mongo_errors():
            before = await self._requests.find_one({"_id": request.id})
        if before is not None and before["body"] != request.body:
            raise Rejected(
                "idempotency-key-reused",
                "该 Idempotency-Key 已用于另一个请求",
                "this Idempotency-Key was used for another request",
            )
        return before is not None

    async def create(self, account: Account, trail: Trail, request: Request | None = None) -> None:
        """Add an account; raises `Conflict` when the user name or the person has one, or the command was done."""

        async def add(session: Session) -> None:
            await self._accounts.insert_one(_row(account), session=session)

        await self._write(add, trail, request)

    async def replace(self, account: Account, trail: Trail, request: Request | None = None) -> None:
        """Store the next version of an account; raises `Conflict` when somebody was faster, or the command was done."""

        async def put(session: Session) -> None:
            mine = {"_id": account.key, "version": account.version - 1}
            written = await self._accounts.replace_one(mine, _row(account), session=session)
            if written.matched_count != 1:
                raise Conflict(f"the account was changed by somebody else before version {account.version}")

        await self._write(put, trail, request)

    async def put_all(self, accounts: Sequence[Account], trails: Sequence[Trail]) -> None:
        """Add or overwrite many accounts, whatever was there; raises `Conflict` when a person has another one."""

        async def put(session: Session) -> None:
            rows = [ReplaceOne({"_id": account.key}, _row(account), upsert=True) for account in accounts]
            await self._accounts.bulk_write(rows, ordered=False, session=session)
            await self._audit.insert_many([_trail_row(trail) for trail in trails], session=session)

        if accounts:
            await self._mongo.transaction(put)

    async def note(self, trail: Trail) -> None:
        """Add a row to the audit trail alone."""
        with mongo_errors():
            await self._audit.insert_one(_trail_row(trail))

    async def _write(self, change: Callable[[Session], Awaitable[None]], trail: Trail, request: Request | None) -> None:
        async def work(session: Session) -> None:
            if request is not None:
                row = {"_id": request.id, "body": request.body, "at": trail.at}
                await self._requests.insert_one(row, session=session)
            await change(session)
            await self._audit.insert_one(_trail_row(trail), session=session)

        await self._mongo.transaction(work)

    async def _one(self, query: dict[str, Any]) -> Account | None:
        with mongo_errors():
            row = await self._accounts.find_one(query)
        return None if row is None else _account(row)


def _row(account: Account) -> dict[str, Any]:
    return {"_id": account.key} | asdict(account)


def _account(row: dict[str, Any]) -> Account:
    return Account(**{name: value for name, value in row.items() if name != "_id"})


def _trail_row(trail: Trail) -> dict[str, Any]:
    return {
        "_id": new_id(),
        "at": to_micros(trail.at),
        "by": trail.by,
        "what": trail.what,
        "username": username_key(trail.username),
    }
