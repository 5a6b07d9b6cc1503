"""Statements that are handed to the driver give what SQLAlchemy gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import bindparam, event, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.storage import Connection, open_database
from bot.storage.compiled import Compiled, either
from bot.storage.tables import members, posts, strikes

INSERT = insert(posts).returning(posts)
ERASED = select(posts).where(posts.c.message_id.in_(either([1, 2])), posts.c.erase == bindparam("p_erase"))
POST = {"channel_id": 2, "guild_id": None, "member_id": 3, "application_id": 4}


async def test_a_row_is_what_sqlalchemy_makes_of_it(tmp_path: Path) -> None:
    def both(connection: Connection) -> None:
        add = Compiled(INSERT)
        compiled = add.rows_later(connection, {**POST, "message_id": 1, "erase": True})()
        add.run_later(connection, {**POST, "message_id": 3, "erase": False})
        core = connection.execute(ERASED, {"p_erase": True}).one()
        assert Compiled(ERASED).first(connection, {"p_erase": True}) == core == compiled[0]
        assert compiled[0].erase is core.erase is True
        assert Compiled(ERASED).first(connection, {"p_erase": False}) is None

    async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}") as database:
        await database.write(both)


async def test_what_the_driver_raises_is_what_sqlalchemy_raises(tmp_path: Path) -> None:
    add = Compiled(insert(members))

    def twice(connection: Connection) -> None:
        add.run_later(connection, {"member_id": 1, "shares": True}, {"member_id": 1, "shares": False})

    def without_table(connection: Connection) -> None:
        connection.exec_driver_sql("DROP TABLE strikes")
        Compiled(select(strikes)).rows(connection, {})

    async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}") as database:
        with pytest.raises(IntegrityError):
            await database.write(twice)
        with pytest.raises(OperationalError, match="no such table"):
            await database.write(without_table)
        assert not await database.read(lambda one: one.execute(select(members)).all())


async def test_who_listens_to_statements_hears_of_it(tmp_path: Path) -> None:
    heard: list[str] = []

    def listening(connection: Connection) -> None:
        def hear(_: object, __: object, statement: str, *___: object) -> None:
            heard.append(statement)

        event.listen(connection, "before_cursor_execute", hear)
        Compiled(ERASED).rows(connection, {"p_erase": True})
        event.remove(connection, "before_cursor_execute", hear)

    async with open_database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}") as database:
        await database.write(listening)
    assert "FROM posts" in heard[0]
