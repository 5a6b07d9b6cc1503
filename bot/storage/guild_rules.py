"""What each server has set, as one row with a version: whoever has that version need not read it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, bindparam, insert, select, update

from bot.models import Block
from bot.storage.compiled import Compiled
from bot.storage.database import Connection
from bot.storage.standing import BLOCKS_MEMBER
from bot.storage.tables import blocks, servers

_VERSION_AND_BLOCK = Compiled(
    select(servers.c.version, blocks)
    .select_from(
        select(bindparam("p_guild", type_=BigInteger).label("id"))
        .subquery("here")
        .outerjoin(servers, servers.c.guild_id == bindparam("p_guild"))
        .outerjoin(blocks, BLOCKS_MEMBER)
    )
    .limit(1)
)


def version_and_block(connection: Connection, guild_id: int, member_id: int, now: int) -> tuple[int, Block | None]:
    """The version of the server's rules, and the member's block, in one trip."""
    values = {"p_guild": guild_id, "p_member": member_id, "p_now": now}
    row = _VERSION_AND_BLOCK.rows(connection, values)[0]
    block = None if row.member_id is None else Block(row.member_id, row.at, row.until, row.actor_id, row.reason)
    return row.version or 0, block


def version(connection: Connection, guild_id: int) -> int:
    """The version of a server's rules; 0 while it has set none."""
    query = select(servers.c.version).where(servers.c.guild_id == guild_id)
    return connection.execute(query).scalar_one_or_none() or 0


def load(connection: Connection, guild_id: int) -> tuple[int, dict[str, Any]]:
    """The version of a server's rules, and what it has set."""
    row = connection.execute(select(servers).where(servers.c.guild_id == guild_id)).first()
    return (0, {}) if row is None else (row.version, json.loads(row.body))


def store(connection: Connection, guild_id: int, version: int, body: Mapping[str, Any], now: int) -> None:
    """Keep what a server has set over ``version``, within the transaction that read it.

    The first version is the time (minutes): a server that was forgotten, and sets rules again, never has an old one.
    """
    values = {"version": version + 1 if version else now // 60_000 or 1, "body": json.dumps(body, ensure_ascii=False)}
    if version:
        connection.execute(update(servers).where(servers.c.guild_id == guild_id).values(values))
    else:
        connection.execute(insert(servers).values(guild_id=guild_id, **values))
