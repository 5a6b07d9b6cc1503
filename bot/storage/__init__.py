"""The database: the only package that knows SQL. Statements are ordinary functions that take a connection."""

from bot.storage.database import Connection, Database, Key
from bot.storage.opening import folder_beside, open_database
from bot.storage.pipeline import AnswerLost

__all__ = ["AnswerLost", "Connection", "Database", "Key", "folder_beside", "open_database"]
