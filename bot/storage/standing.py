"""Who may not make pictures for now: blocks, and the strikes that lead to a pause, as rows."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select

from bot.models import Block
from bot.storage.database import Connection
from bot.storage.tables import blocks, strikes

_IN_FORCE = and_(
    blocks.c.guild_id == bindparam("p_guild"), or_(blocks.c.until.is_(None), blocks.c.until > bindparam("p_now"))
)
BLOCKS_MEMBER = and_(blocks.c.member_id == bindparam("p_member"), _IN_FORCE)
"""What keeps a member from making pictures in a server."""


def block(connection: Connection, guild_id: int, one: Block) -> None:
    """Block a member, in place of an earlier block."""
    unblock(connection, guild_id, one.member_id)
    values = {"until": one.until, "at": one.at, "actor_id": one.actor_id, "reason": one.reason}
    connection.execute(insert(blocks).values(guild_id=guild_id, member_id=one.member_id, **values))


def unblock(connection: Connection, guild_id: int, member_id: int) -> bool:
    """Lift a member's block; False if there was none."""
    gone = connection.execute(delete(blocks).where(blocks.c.guild_id == guild_id, blocks.c.member_id == member_id))
    return gone.rowcount == 1


def is_blocked(connection: Connection, guild_id: int, member_id: int, now: int) -> bool:
    """Whether a block of a member is in force."""
    values = {"p_guild": guild_id, "p_member": member_id, "p_now": now}
    return connection.execute(select(blocks.c.member_id).where(BLOCKS_MEMBER), values).first() is not None


def blocked(connection: Connection, guild_id: int, now: int, limit: int) -> list[Block]:
    """The blocks in force in a server, newest first."""
    query = select(blocks).where(_IN_FORCE).order_by(blocks.c.at.desc()).limit(limit)
    rows = connection.execute(query, {"p_guild": guild_id, "p_now": now})
    return [Block(row.member_id, row.at, row.until, row.actor_id, row.reason) for row in rows]


def blocks_of(connection: Connection, member_id: int) -> list[tuple[int, Block]]:
    """A member's blocks with the server of each."""
    rows = connection.execute(select(blocks).where(blocks.c.member_id == member_id))
    return [(row.guild_id, Block(row.member_id, row.at, row.until, row.actor_id, row.reason)) for row in rows]


def strike(connection: Connection, guild_id: int, member_id: int, at: int, since: int) -> int:
    """Note a refusal for content; gives how many there are since then."""
    connection.execute(insert(strikes).values(guild_id=guild_id, member_id=member_id, at=at))
    theirs = (strikes.c.guild_id == guild_id) & (strikes.c.member_id == member_id)
    connection.execute(delete(strikes).where(theirs, strikes.c.at <= since))
    return connection.execute(select(func.count()).select_from(strikes).where(theirs)).scalar_one()


def clear_strikes(connection: Connection, guild_id: int, member_id: int) -> None:
    """Forget a member's strikes."""
    connection.execute(delete(strikes).where(strikes.c.guild_id == guild_id, strikes.c.member_id == member_id))


def strikes_of(connection: Connection, member_id: int) -> list[tuple[int, int]]:
    """The servers and times of a member's strikes."""
    query = select(strikes.c.guild_id, strikes.c.at).where(strikes.c.member_id == member_id).order_by(strikes.c.at)
    return [(row.guild_id, row.at) for row in connection.execute(query)]
