"""What is to be forgotten is gone from everywhere: rows, trees, lines in threads, heads of threads, servers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from bot.clock import DAY_MS, WakeSignal
from bot.models import Block, ImageRequest, JobState, Member, NewJob, Place, Plan, Post, Reference
from bot.privacy.service import PrivacyService
from bot.storage import Connection, erasure, jobs, ledger, posts, reports, standing
from bot.storage.tables import jobs as table
from playground.messages import Message
from tests.support.bot import RunningBot, running_bot, until
from tests.support.clocks import START, StillClock
from tests.support.remixing import code_of, head_of, imagine, remix, thread_under
from tests.support.storage import database_in


async def tree_of(home: RunningBot, picture: Message) -> Message:
    """A posted family tree."""
    asking = await home.discord.person(home.discord.bob).command("lineage", source=code_of(picture))
    message = await asking.reply()
    await home.discord.until(lambda: message.pictures)
    await until(lambda: home.count("posts", f"message_id={message.id}"), 1)
    return message


async def erase_alice(home: RunningBot) -> str:
    alice = home.discord.person(home.discord.alice)
    question = await (await alice.command("privacy delete")).reply()
    await (await alice.click(question, "Delete my data")).acknowledged()
    return question.text


async def test_an_erasure_takes_trees_lines_and_heads_of_threads_along(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home, server.bob)
        thread = await thread_under(home, first, server.bob)
        hers = await remix(home, server.alice, channel=thread, count=2)
        await (await server.person(server.alice).click(hers, "Use 2")).acknowledged()
        line = await server.until(
            lambda: next((one for one in thread.messages.values() if "goes on from" in one.text), None)
        )
        his = await remix(home, server.bob, "another", channel=thread)
        await server.until(lambda: (head := head_of(thread)) and server.alice.mention in head.text)
        tree, other = await tree_of(home, hers), await tree_of(home, await imagine(home, server.bob, "apart"))
        await erase_alice(home)
        await server.until(lambda: tree.deleted and line.deleted and hers.deleted)
        await server.until(lambda: (head := head_of(thread)) and server.alice.mention not in head.text)
        assert not other.deleted
        assert not his.deleted
        await until(lambda: home.count("posts"), 1)


async def test_a_moderators_removal_takes_the_trees_that_show_the_picture_along(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        first = await imagine(home)
        tree, other = await tree_of(home, first), await tree_of(home, await imagine(home, prompt="apart"))
        asking = await server.person(server.moderator).command("moderate remove", image=code_of(first))
        answer = await asking.reply()
        await server.until(lambda: tree.deleted and "so are the trees" in answer.text)
        assert not other.deleted


async def test_an_export_that_is_too_large_for_discord_comes_in_parts(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        for number in range(3):
            await imagine(home, prompt=f"number {number} " + "x" * 3000)
        server.guild.file_limit = 6000
        asking = await server.person(server.alice).command("privacy export")
        await asking.reply()

        def files() -> list[bytes]:
            shown = [one for one in server.world.messages.values() if one.private_to is server.alice]
            return [file.data for one in shown for file in one.files]

        await server.until(lambda: len(files()) == 3)
        parts = [json.loads(one) for one in files()]
        assert all(len(one) <= 6000 for one in files())
        assert [one["part"] for one in parts] == [1, 2, 3]
        assert sorted(job["prompt"][:8] for one in parts for job in one["requests"]) == [
            f"number {n}" for n in range(3)
        ]


async def test_a_server_that_removes_the_bot_is_noted_and_forgiven_when_it_returns(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        client = home.app.client
        guild = client.get_guild(home.discord.guild.id)
        assert guild is not None

        async def removed() -> int:
            await client.on_guild_remove(guild)  # again, should the start have seen the bot there in between
            return await home.count("departures")

        await until(removed, 1)
        await client.on_guild_join(guild)
        assert await home.count("departures") == 0


ALICE, BOB, GUILD = 7, 8, 100


def stored(connection: Connection, code: str, member_id: int, *references: Reference) -> int:
    """A job that has ended."""
    plan = Plan(ImageRequest("a kite", references=references), 2, ("a",), 5)
    new = NewJob(code, "me", Member(member_id, "m"), Place(200, GUILD), plan, None, START, 40_000, application_id=1)
    job_id = jobs.add(connection, new).id
    jobs.finish(connection, job_id, JobState.QUEUED, JobState.DONE, None, START)
    return job_id


def book(connection: Connection) -> None:
    """What an acceptance books of the jobs that ``furnish`` makes, and their ends."""
    for job in jobs.several(connection, [1, 2]):
        entry = ledger.LedgerEntry(job.id, GUILD, job.member_id, "reserve", 1, START, START)
        ledger.append(connection, entry, replace(entry, kind="settle"))


def furnish(connection: Connection) -> None:
    """A picture of Alice's that Bob reported, one of Bob's that Alice did; blocks, strikes, a tree."""
    hers = stored(connection, "aaaaa", ALICE)
    his = stored(connection, "bbbbb", BOB)
    reports.add(connection, GUILD, his, ALICE, START, "rude")
    standing.strike(connection, GUILD, ALICE, START, START - DAY_MS)
    standing.block(connection, GUILD, Block(ALICE, START, START + 2 * DAY_MS, BOB, "calm down"))
    standing.block(connection, GUILD, Block(9, START, None, ALICE, "spam"))
    posts.add(connection, Post(50, 200, GUILD, BOB, 1), [hers, his])


async def test_what_still_counts_keeps_its_member_for_a_day_and_a_block_until_it_ends(tmp_path: Path) -> None:
    clock = StillClock()
    async with database_in(tmp_path) as database:
        await database.write(furnish)
        privacy = PrivacyService(database, clock, WakeSignal())
        await privacy.erase(ALICE)

        async def named(table: str, column: str) -> int:
            query = f"SELECT count(*) FROM {table} WHERE {column}={ALICE}"
            return await database.read(lambda one: one.exec_driver_sql(query).scalar_one())

        where = [("reports", "reporter_id"), ("strikes", "member_id"), ("blocks", "member_id"), ("blocks", "actor_id")]
        assert [await named(*one) for one in where] == [1, 1, 1, 0]
        clock.time += DAY_MS + 1
        await privacy.sweep()
        assert [await named(*one) for one in where] == [0, 0, 1, 0]
        clock.time += 3 * DAY_MS
        await privacy.sweep()
        assert [await named(*one) for one in where] == [0, 0, 0, 0]
        assert await named("erasures", "member_id") == 0


def furnish_much(connection: Connection) -> None:
    """Four hundred pictures of Alice's, and as many that Bob made of hers."""
    reference = Reference(None, code="aaaaa-1", owner_id=ALICE)
    for number in range(400):
        stored(connection, f"a{number:04d}", ALICE)
        stored(connection, f"b{number:04d}", BOB, reference)


def left_of_alice(connection: Connection) -> int:
    """Rows that name her, or the words that she wrote."""
    names = ("jobs WHERE member_id", "source_owners WHERE owner_id", "ledger WHERE member_id")
    counts = [connection.exec_driver_sql(f"SELECT count(*) FROM {one}={ALICE}").scalar_one() for one in names]
    return sum(counts) + sum(
        f'"owner_id":{ALICE}' in one for one in connection.execute(select(table.c.sources)).scalars()
    )


async def test_much_is_erased_in_slices_and_others_may_write_in_between(tmp_path: Path) -> None:
    async with database_in(tmp_path) as database:
        await database.write(furnish_much)
        transactions = list[float]()
        database.wrote = transactions.append
        await PrivacyService(database, StillClock(), WakeSignal()).erase(ALICE)
        assert len(transactions) > 8
        assert await database.read(left_of_alice) == 0
        assert len(await database.read(jobs.of_member, BOB, 1000)) == 400


async def test_an_erasure_that_was_cut_off_is_gone_on_with_and_spares_what_was_asked_for_since(tmp_path: Path) -> None:
    async with database_in(tmp_path) as database:
        await database.write(furnish_much)
        privacy = PrivacyService(database, StillClock(), WakeSignal())
        await privacy.begin_erasure(ALICE)
        await database.write(erasure.erase_some, 50, ALICE)
        later = await database.write(stored, "ccccc", ALICE)
        await PrivacyService(database, StillClock(), WakeSignal()).sweep()
        (spared,) = await database.read(jobs.of_member, ALICE, 10)
        assert (spared.id, spared.request.prompt) == (later, "a kite")
        assert await database.read(erasure.begun) == []


async def test_a_server_that_removed_the_bot_is_forgotten_after_thirty_days(tmp_path: Path) -> None:
    clock = StillClock()
    async with database_in(tmp_path) as database:
        await database.write(furnish)
        await database.write(book)
        privacy = PrivacyService(database, clock, WakeSignal())
        await privacy.left(GUILD)
        clock.time += 30 * DAY_MS - 1
        await privacy.sweep()
        assert len(await database.read(reports.reports_of, ALICE)) == 1
        clock.time += 1
        await privacy.sweep()
        named = f"ledger WHERE guild_id = {GUILD}"
        for table in ("reports", "strikes", "blocks", "posts", "post_jobs", "departures", named):
            query = f"SELECT count(*) FROM {table}"
            assert await database.read(lambda one, query=query: one.exec_driver_sql(query).scalar_one()) == 0, table
        (hers,) = await database.read(jobs.of_member, ALICE, 10)
        assert (hers.place.guild_id, hers.place.channel_id, hers.message_id) == (None, 0, None)
        assert hers.request.prompt == "a kite"  # hers, until she has it erased
        assert not await database.read(erasure.unfinished, ALICE)
