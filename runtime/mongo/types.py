"""Names for the driver's types, so that nobody else imports the driver."""

from typing import TYPE_CHECKING, Any, TypeAlias

from motor.motor_asyncio import AsyncIOMotorClientSession, AsyncIOMotorCollection, AsyncIOMotorDatabase

Document: TypeAlias = dict[str, Any]
Session: TypeAlias = AsyncIOMotorClientSession
if TYPE_CHECKING:
    Database: TypeAlias = AsyncIOMotorDatabase[Document]
    Collection: TypeAlias = AsyncIOMotorCollection[Document]
else:
    Database = AsyncIOMotorDatabase
    Collection = AsyncIOMotorCollection
