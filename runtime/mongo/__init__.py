"""The one package that knows the MongoDB driver (Motor): client, session, transaction, aggregate, feed, files.

Moving to PyMongo's AsyncMongoClient is a change of this package alone. Read and write concern: `majority` everywhere.
"""

from pymongo import DeleteOne, IndexModel, InsertOne, ReplaceOne, UpdateOne

from runtime.mongo.client import Mongo, aggregate, batches, make_collections, session_id
from runtime.mongo.errors import mongo_errors
from runtime.mongo.feed import ChangeFeed, FeedLostError, open_feed
from runtime.mongo.files import FileBucket
from runtime.mongo.together import Together
from runtime.mongo.types import Collection, Database, Document, Session
from runtime.mongo.writes import Writes, write_all

__all__ = [
    "ChangeFeed",
    "Collection",
    "Database",
    "DeleteOne",
    "Document",
    "FeedLostError",
    "FileBucket",
    "IndexModel",
    "InsertOne",
    "Mongo",
    "ReplaceOne",
    "Session",
    "Together",
    "UpdateOne",
    "Writes",
    "aggregate",
    "batches",
    "make_collections",
    "mongo_errors",
    "open_feed",
    "session_id",
    "write_all",
]
