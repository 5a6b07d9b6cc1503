"""What processes on one database server tell each other: which rows to look at.

A notice is sent with the transaction, and lost with it. It only saves waiting: one may get lost with a connection, so
whoever listens looks through the rows now and then as well.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import Connection, String, bindparam, func, select

from bot.storage.compiled import Compiled

CHANNEL: Final = "atelier"
_SEND = Compiled(select(func.pg_notify(CHANNEL, bindparam("p_body", type_=String))))


class Notice(NamedTuple):
    """Something that another process, or this one, has committed."""

    topic: str
    payload: str = ""


MISSED = Notice("")
"""Notices may have been missed: look at everything."""


def send(connection: Connection, topic: str, payload: object = "") -> None:
    """Tell all who listen, once the transaction is committed; a topic is one word, a payload short.

    With SQLite there is nobody to tell. A server lets transactions that send commit one after the other: send only what
    another process can use.
    """
    if connection.dialect.name == "postgresql":
        _SEND.run_later(connection, {"p_body": f"{topic} {payload}"})


def read(body: str) -> Notice:
    """What ``send`` has sent."""
    topic, _, payload = body.partition(" ")
    return Notice(topic, payload)
