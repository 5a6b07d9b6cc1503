"""The operator's ceilings: no server, no role, no grant and no crowd gets past them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from playground import LoopbackDiscord
from playground.world import Channel
from tests.support import photographs
from tests.support.bot import RunningBot, running_bot
from tests.support.remixing import imagine
from tests.support.rules import moderators, setting


async def asked(home: RunningBot, place: Channel | None = None, **options: int) -> str:
    """What Alice reads after `/imagine`."""
    alice = home.discord.person(home.discord.alice)
    return (await (await alice.command("imagine", channel=place, prompt="a kite", **options)).reply()).text


async def test_a_member_has_one_ceiling_over_all_servers_and_messages(tmp_path: Path) -> None:
    async with running_bot(tmp_path, daily_credits=1, member_daily_credits=3) as home:
        server = home.discord
        places = (server.channel, server.second_channel, server.elsewhere_channel)
        for place in places:
            await asked(home, place)
        for place in (server.private_channel, server.dm(server.alice)):
            said = await asked(home, place)
            assert "each member 3 credits in 24 hours over all servers and messages" in said
            assert "You have 0 left; this costs 1. 1 more comes back <t:" in said
        await home.at_rest()
        assert await home.count("jobs") == 3
        assert await home.count("jobs", f"guild_id = {server.guild.id}") == 1


async def test_neither_unlimited_members_nor_unlimited_roles_lift_the_ceilings(tmp_path: Path) -> None:
    async with running_bot(tmp_path, member_daily_credits=4, server_daily_credits=5) as home:
        server = home.discord
        await setting(home, "quota", unlimited=True)
        await setting(home, "server-quota", unlimited=True)
        server.give_role(server.alice, moderators(server))
        await setting(home, "role-quota", role=moderators(server), unlimited=True)
        await asked(home, count=4)
        assert "You have 0 left; this costs 1" in await asked(home)
        said = await (await server.person(server.bob).command("imagine", prompt="a kite", count=2)).reply()
        assert "gives each server 5 credits in 24 hours. This one has 1 left; this costs 2." in said.text
        await home.at_rest()
        assert await home.count("jobs") == 1


async def test_what_is_paid_from_grants_counts_below_the_ceiling_everywhere(tmp_path: Path) -> None:
    async with running_bot(tmp_path, daily_credits=1, member_daily_credits=3) as home:
        server = home.discord
        moderator = server.person(server.moderator)
        granted = await (await moderator.use("moderate grant", {"member": server.alice, "credits": 10})).reply()
        await server.until(lambda: not granted.loading)
        await asked(home, count=3)
        assert "You have 0 left" in await asked(home)
        assert "You have 0 left" in await asked(home, server.second_channel)
        await home.at_rest()


async def test_of_many_requests_at_once_in_many_places_no_more_than_the_ceiling_is_made(tmp_path: Path) -> None:
    async with running_bot(tmp_path, member_daily_credits=5, sandbox_seconds=1) as home:
        server = home.discord
        places = (server.channel, server.second_channel, server.elsewhere_channel, server.private_channel)
        said = await asyncio.gather(*(asked(home, place) for place in places * 5))
        assert sum("You have 0 left" in one for one in said) == 15
        await home.at_rest()
        assert await home.count("jobs") == 5
        assert await home.books() == []


async def test_quota_names_the_ceiling_that_holds_and_when_credits_return(tmp_path: Path) -> None:
    async with running_bot(tmp_path, daily_credits=20, member_daily_credits=3, server_daily_credits=40) as home:
        server = home.discord
        alice = server.person(server.alice)
        await asked(home, server.second_channel, count=2)
        text = (await (await alice.command("quota")).reply()).text
        assert "**20 of 20 credits left**" in text
        assert "for you, over all servers and messages: **1 of 3** left; **2** back <t:" in text
        assert "for this server" not in text
        await home.at_rest()


async def test_the_operators_own_defaults_are_below_their_ceilings(tmp_path: Path) -> None:
    async with running_bot(tmp_path, daily_credits=20, member_daily_credits=40, server_daily_credits=400) as home:
        alice = home.discord.person(home.discord.alice)
        assert "operator" not in (await (await alice.command("quota")).reply()).text


# Where, and for whom


async def test_outside_the_allowed_servers_a_card_names_the_owner_and_nothing_is_made(tmp_path: Path) -> None:
    server = LoopbackDiscord(limits=False)
    allowed = f"1, {server.guild.id}"
    async with running_bot(tmp_path, server=server, allowed_servers=allowed) as home:
        await imagine(home)
        alice = server.person(server.alice)
        for place in (server.second_channel, server.elsewhere_channel, server.private_channel, server.dm(server.alice)):
            asking = await alice.command("imagine", channel=place, prompt="a kite")
            said = await asking.reply()
            assert asking.ephemeral
            assert "only in the servers that this bot's owner has chosen. It belongs to Morgan (<@" in said.text
        assert await home.count("jobs") == 1


async def test_a_mention_outside_the_allowed_servers_is_answered_with_the_owners_name_too(tmp_path: Path) -> None:
    server = LoopbackDiscord(limits=False)
    async with running_bot(tmp_path, server=server, allowed_servers=str(server.guild.id)) as home:
        alice = server.person(server.alice)
        posted = alice.say("look", files=[photographs.png()], channel=server.second_channel)
        alice.say(f"<@{server.bot_id}> at night", reply_to=posted, channel=server.second_channel)
        await server.until(
            lambda: any("belongs to Morgan" in one.text for one in server.messages(server.dm(server.alice)))
        )
        assert await home.count("jobs") == 0


async def test_without_user_installs_pictures_are_made_only_where_the_bot_is_a_member(tmp_path: Path) -> None:
    async with running_bot(tmp_path, user_install="off") as home:
        server = home.discord
        alice = server.person(server.alice)
        for place in (server.elsewhere_channel, server.private_channel):
            asking = await alice.command("imagine", channel=place, prompt="a kite")
            said = await asking.reply()
            assert asking.ephemeral
            assert "only where this bot itself is a member. It belongs to Morgan" in said.text
        assert await home.count("jobs") == 0
        await imagine(home)
        await imagine(home, channel=server.dm(server.alice))


@pytest.mark.parametrize(("setting", "kinds", "contexts"), [("on", [0, 1], [0, 1, 2]), ("off", [0], [0, 1])])
async def test_commands_are_offered_where_they_can_be_used(
    tmp_path: Path, setting: str, kinds: list[int], contexts: list[int]
) -> None:
    async with running_bot(tmp_path, user_install=setting) as home:
        imagine = home.discord.context.commands.find(0, "imagine")
        assert (imagine["integration_types"], imagine["contexts"]) == (kinds, contexts)


async def test_new_members_wait_as_long_as_the_operator_says_and_longer_where_a_server_says_so(tmp_path: Path) -> None:
    async with running_bot(tmp_path, new_member_hours=2) as home:
        server = home.discord
        joined = server.guild.members[server.alice.id]
        assert "You joined this server only recently." in await asked(home)
        joined.joined_at -= 3 * 3600
        await imagine(home)
        assert "requires at least 2 h" in await setting(home, "safety", new_member_hours=1)
        assert "**4** h after they have joined" in await setting(home, "safety", new_member_hours=4)
        assert "You can make pictures here from <t:" in await asked(home)
        joined.joined_at -= 2 * 3600
        await imagine(home)
        assert await home.count("jobs") == 2


async def test_a_form_is_not_opened_for_a_new_member(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        message = await imagine(home)
        await setting(home, "safety", new_member_hours=1)
        said = await (await server.person(server.bob).click(message, "Remix")).reply()
        assert "You joined this server only recently." in said.text
