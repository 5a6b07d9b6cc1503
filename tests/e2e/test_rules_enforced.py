"""What each rule does: to commands, buttons, forms, menus and replies alike, with real vendors' wires behind them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot import app as composition
from bot.config import Settings
from bot.guild_settings.rules import Rule
from bot.ui.client import point_at
from playground import LoopbackDiscord
from playground.components import walk
from playground.messages import Message
from playground.people import Asking
from playground.world import Channel, User
from tests.standins import AimlapiStandIn, BflStandIn, Fault, VtrixStandIn
from tests.support import photographs
from tests.support.bot import RunningBot, bot_on, patient, running_bot, settings_for, until
from tests.support.clocks import AheadClock
from tests.support.remixing import by_form, by_more, card_of, code_of, finished, head_of, imagine, remix, thread_under
from tests.support.rules import opened, panel, refused, sent, setting
from tests.support.vendors import using

HOUR_MS = 60 * 60 * 1000
UNWANTED = "moderators do not want pictures of this"


async def log_here(home: RunningBot, **options: Any) -> None:
    """Have the moderators told of everything in the lounge."""
    await setting(home, "log-channel", channel=home.discord.other_channel, **options)


def logged(server: LoopbackDiscord) -> str:
    """What they were told by the time that the bot had ended, at the latest."""
    return "\n".join(one.text for one in server.messages(server.other_channel))


def covered(message: Message) -> list[bool]:
    """Which pictures of a message's galleries are spoilers."""
    return [item["spoiler"] for one in walk(message.components) if one["type"] == 12 for item in one["items"]]


def messages(home: RunningBot) -> list[Message]:
    """What everybody sees in the channel."""
    return [one for one in home.discord.messages() if one.private_to is None]


async def quota_of(home: RunningBot, who: User) -> str:
    return (await (await home.discord.person(who).command("quota")).reply()).text


# Every way in


@dataclass
class Street:
    """A channel with a finished and a failed picture, a posted one, and forms that are open already."""

    home: RunningBot
    made: Message
    card: Message
    failed: Message
    posted: Message
    which: Message
    remixing: Asking
    editing: Asking

    @property
    def bob(self) -> Any:
        return self.home.discord.person(self.home.discord.bob)

    async def form(self, asking: Asking) -> Asking:
        """Fill in the form, if one opened at all."""
        await asking.acknowledged()
        return asking if asking.interaction.modal is None else await self.bob.submit_modal(asking, prompt="a red kite")


async def street(home: RunningBot, vendor: BflStandIn) -> Street:
    server = home.discord
    bob = server.person(server.bob)
    vendor.next_submit(Fault.moderated("request"))  # which is shown to no other vendor
    failed = await imagine(home, server.bob)
    assert "Try again" in failed.buttons
    made = await imagine(home)
    several = await imagine(home, count=2)
    which = await (await by_more(bob, several, "Max")).reply()
    posted = server.person(server.alice).say("look", files=[photographs.png()])
    remixing, editing = await bob.click(made, "Remix"), await bob.context_menu("Edit image", posted)
    for one in (remixing, editing):
        await one.acknowledged()
        assert one.interaction.modal is not None
    return Street(home, made, await card_of(bob, made), failed, posted, which, remixing, editing)


PROMPT = "a red kite"
Way = Callable[[Street], Awaitable[Asking]]


WAYS: dict[str, Way] = {
    "/imagine": lambda at: at.bob.command("imagine", prompt=PROMPT),
    "/imagine of several": lambda at: at.bob.command("imagine", prompt=PROMPT, count=4),
    "/edit": lambda at: at.bob.command("edit", prompt=PROMPT, image=photographs.png()),
    "/remix": lambda at: at.bob.command("remix", prompt=PROMPT),
    "/remix of a code": lambda at: at.bob.command("remix", prompt=PROMPT, source=code_of(at.made)),
    "Reroll": lambda at: at.bob.click(at.made, "Reroll"),
    "Vary": lambda at: at.bob.click(at.made, "Vary"),
    "a subtle variation": lambda at: at.bob.choose(at.card, "Make a variation …", "1:subtle"),
    "Max": lambda at: at.bob.click(at.card, "Max"),
    "Max of several": lambda at: at.bob.click(at.which, "Max 2"),
}
"""Ways that are one step."""

FORMS: dict[str, Way] = {
    "Remix": lambda at: at.bob.click(at.made, "Remix"),
    "Remix image": lambda at: at.bob.context_menu("Remix image", at.made),
    "Remix image of a member's": lambda at: at.bob.context_menu("Remix image", at.posted),
    "Edit image": lambda at: at.bob.context_menu("Edit image", at.made),
    "Try again": lambda at: at.bob.click(at.failed, "Try again"),
}
"""Ways with a form in between, which a rule may refuse to open."""


async def every_way(at: Street) -> dict[str, str]:
    """What Bob reads, by the way that he tried."""
    home, server = at.home, at.home.discord
    said: dict[str, str] = {}

    async def told(name: str, asking: Asking) -> None:
        message = await asking.reply()
        assert asking.ephemeral, name
        said[name] = message.text

    for name, way in WAYS.items():
        await told(name, await way(at))
    for name, way in FORMS.items():
        await told(name, await at.form(await way(at)))
    await told("a Remix form that was open", await at.bob.submit_modal(at.remixing, prompt=PROMPT))
    await told("an Edit form that was open", await at.bob.submit_modal(at.editing, prompt=PROMPT))
    dm = server.dm(server.bob)
    at.bob.say(f"<@{server.bot_id}> {PROMPT}", reply_to=at.made)
    letter: Message = await server.until(lambda: next(iter(server.messages(dm)), None))
    said["a reply"] = letter.text
    assert await home.count("jobs", "state NOT IN ('done', 'failed')") == 0
    return said


async def no_credits(home: RunningBot) -> str:
    await setting(home, "quota", credits=0)
    return "Making pictures is switched off for you here."


async def role_without_credits(home: RunningBot) -> str:
    role = home.discord.create_role("Guests")
    home.discord.give_role(home.discord.bob, role)
    await setting(home, "role-quota", role=role, credits=0)
    return "Making pictures is switched off for you here."


async def empty_pool(home: RunningBot) -> str:
    await setting(home, "server-quota", credits=0)
    return "Making pictures is switched off in this server."


async def used_up_pool(home: RunningBot) -> str:
    await setting(home, "server-quota", credits=3)
    return "The members of this server together have 0 of 3 credits left for now."


async def denied_channel(home: RunningBot) -> str:
    await setting(home, "channels", deny=home.discord.channel)
    return "No pictures are made in this channel. Please use another one."


async def other_channel(home: RunningBot) -> str:
    await setting(home, "channels", allow=home.discord.other_channel)
    return f"No pictures are made in this channel. Please use <#{home.discord.other_channel.id}>."


async def blocked_word(home: RunningBot) -> str:
    await setting(home, "words", add="kite")
    return UNWANTED


async def blocked_pattern(home: RunningBot) -> str:
    await setting(home, "words", add="/r[e3]d +k/")
    return UNWANTED


async def blocked_member(home: RunningBot) -> str:
    server = home.discord
    await home.app.client.moderation.block(server.guild.id, server.moderator.id, server.bob.id, None, "too loud")
    return "A moderator has blocked you from making pictures in this server until a moderator lifts it. The reason: too"


async def too_strict(home: RunningBot) -> str:
    await setting(home, "safety", tolerance=0)
    await setting(home, "providers", order="aimlapi")
    return "This server's safety rule is stricter than any image service here can be."


@pytest.mark.parametrize(
    "rule",
    [
        no_credits,
        role_without_credits,
        empty_pool,
        used_up_pool,
        denied_channel,
        other_channel,
        blocked_word,
        blocked_pattern,
        blocked_member,
        too_strict,
    ],
    ids=lambda one: one.__name__,
)
async def test_a_rule_that_forbids_holds_on_every_way_in_and_costs_nothing(
    tmp_path: Path, rule: Callable[[RunningBot], Awaitable[str]]
) -> None:
    async with (
        BflStandIn(seconds=0.05) as bfl,
        AimlapiStandIn(seconds=0.05) as aimlapi,
        running_bot(tmp_path, **using("bfl", bfl, "aimlapi", aimlapi)) as home,
    ):
        at = await street(home, bfl)
        words = await rule(home)
        jobs, entries, orders = await home.count("jobs"), await home.count("ledger"), bfl.accepted
        public = messages(home)
        said = await every_way(at)
        assert {name: text for name, text in said.items() if words not in text} == {}
        assert len(said) == len(WAYS) + len(FORMS) + 3
        assert (await home.count("jobs"), await home.count("ledger")) == (jobs, entries)
        assert (bfl.accepted, aimlapi.accepted) == (orders, 0)
        assert len(messages(home)) == len(public) + 1  # Bob's own
        assert "Try again" in at.failed.buttons
        assert await home.books() == []


# Safety


def tolerances(vendor: Any) -> list[int]:
    """What a vendor was told, oldest first."""
    bodies = [one.body["input"][0]["params"] if "input" in one.body else one.body for one in vendor.submits]
    return [int(body["safety_tolerance"]) for body in bodies]


STAND_INS: dict[str, Any] = {"bfl": BflStandIn, "aimlapi": AimlapiStandIn, "vtrix": VtrixStandIn}


@pytest.mark.parametrize(
    ("name", "sent_for_words", "sent_for_edits"),
    [("bfl", [5, 1], [2, 1]), ("aimlapi", [5, 1], [5, 1]), ("vtrix", [5, 1], [5, 1])],
)
async def test_the_tolerance_reaches_each_service_on_its_own_scale(
    tmp_path: Path, name: str, sent_for_words: list[int], sent_for_edits: list[int]
) -> None:
    async with STAND_INS[name](seconds=0.05) as vendor, running_bot(tmp_path, **using(name, vendor)) as home:
        server = home.discord
        await imagine(home)
        assert tolerances(vendor) == [2]
        await setting(home, "safety", tolerance=5, age_restricted=1)
        made = [await imagine(home, channel=place) for place in (server.channel, server.nsfw_channel)]
        assert tolerances(vendor)[1:] == sent_for_words
        for one in made:
            await finished(home, await server.person(server.bob).click(one, "Vary"))
        assert tolerances(vendor)[3:] == sent_for_edits
        shown = (await panel(home)).text
        assert "**5** of 6 in normal channels" in shown
        assert "**1** of 6 in age-restricted channels" in shown
        words = "5 for words, 2 for edits" if name == "bfl" else "5"
        assert f"`{name}` is sent {words}\n" in shown
        details = await (await by_more(server.person(server.bob), made[1], "Details")).reply()
        assert "safety tolerance **1**" in details.text


async def test_a_thread_has_the_tolerance_of_its_channel(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        server = home.discord
        await setting(home, "safety", tolerance=1, age_restricted=0)
        thread = await thread_under(home, await imagine(home, channel=server.nsfw_channel))
        await remix(home, server.bob, channel=thread)
        assert tolerances(vendor) == [0, 0]
        server.edit_channel(server.nsfw_channel, nsfw=False)
        await imagine(home, channel=server.nsfw_channel)
        assert tolerances(vendor)[2:] == [1]


async def test_what_is_made_again_follows_the_tolerance_of_that_moment(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        bob = home.discord.person(home.discord.bob)
        vendor.next_submit(Fault.moderated("request"))
        failed, made = await imagine(home, home.discord.bob), await imagine(home)
        await setting(home, "safety", tolerance=0)
        card = await card_of(bob, made)
        for message, button in ((made, "Reroll"), (card, "Max"), (made, "Vary")):
            await finished(home, await bob.click(message, button))
        assert await by_form(home, await bob.click(failed, "Try again"), home.discord.bob, prompt="a kite") is failed
        assert tolerances(vendor) == [2, 2, 0, 0, 0, 0]
        await home.at_rest()
        assert await home.books() == []


async def test_a_service_that_cannot_be_as_strict_is_not_used_and_the_panel_says_so(tmp_path: Path) -> None:
    async with (
        VtrixStandIn(seconds=0.05) as vtrix,
        BflStandIn(seconds=0.05) as bfl,
        running_bot(tmp_path, **using("vtrix", vtrix, "bfl", bfl)) as home,
    ):
        server = home.discord
        await imagine(home)
        assert (vtrix.accepted, bfl.accepted) == (1, 0)
        said = await setting(home, "safety", tolerance=0, age_restricted=1)
        for text in (said, (await panel(home)).text):
            assert "`vtrix` is not used: it cannot be that strict · `bfl` is sent 0\n" in text
            assert "`vtrix` is sent 1 · `bfl` is sent 1" in text
        await imagine(home)
        assert (vtrix.accepted, bfl.accepted) == (1, 1)
        bfl.next_submit(Fault.status(402))
        failed = await imagine(home)
        assert "Try again" in failed.buttons
        assert len(vtrix.submits) == 1  # not even where the other one is down
        await imagine(home, channel=server.nsfw_channel)
        assert (vtrix.accepted, bfl.accepted) == (2, 1)
        await setting(home, "providers", order="vtrix")
        assert "stricter than any image service here" in await refused(home)
        assert len(vtrix.submits) == 2


# Spoilers


async def shown_everywhere(home: RunningBot, place: Channel) -> dict[str, list[bool]]:
    """Which pictures are covered, by where they are shown."""
    server = home.discord
    alice = server.person(server.alice)
    first = await imagine(home, count=2, channel=place)
    varied = await finished(home, await alice.click(first, "V1"))
    thread = await thread_under(home, first)
    head = head_of(thread)
    assert head is not None
    inside = await remix(home, server.alice, channel=thread)
    asked = [
        await alice.command("history", channel=place),
        await alice.command("lineage", channel=place, source=code_of(first)),
    ]
    details = await (await by_more(alice, varied, "Details")).reply()
    asked.append(await alice.click(details, "Compare"))
    replies = [await one.reply() for one in asked]
    await server.until(lambda: not any(one.loading for one in replies))
    names = ("history", "tree", "comparison")
    looked = {"first": first, "varied": varied, "head": head, "inside": inside}
    return {name: covered(one) for name, one in (looked | dict(zip(names, replies, strict=True))).items()}


SHOWN = {"first": 2, "varied": 1, "head": 1, "inside": 1, "history": 3, "tree": 1, "comparison": 1}


@pytest.mark.parametrize("age_restricted", [False, True], ids=["normal", "age-restricted"])
@pytest.mark.parametrize(("rule", "where"), [("never", set()), ("age_restricted", {True}), ("always", {False, True})])
async def test_pictures_are_covered_wherever_they_are_shown(
    tmp_path: Path, rule: str, where: set[bool], age_restricted: bool
) -> None:
    async with running_bot(tmp_path) as home:
        await setting(home, "safety", spoilers=rule)
        place = home.discord.nsfw_channel if age_restricted else home.discord.channel
        shown = await shown_everywhere(home, place)
        assert {name: len(one) for name, one in shown.items()} == SHOWN
        assert {name for name, one in shown.items() if set(one) != {age_restricted in where}} == set()


async def test_in_direct_messages_pictures_are_not_covered(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        await setting(home, "safety", spoilers="always")
        assert covered(await imagine(home, channel=home.discord.dm(home.discord.alice))) == [False]


# Credits


async def test_a_quota_counts_down_and_comes_back_after_a_day(tmp_path: Path) -> None:
    async with in_time(tmp_path) as (home, clock):
        await setting(home, "quota", credits=3)
        await imagine(home, count=2)
        said = await quota_of(home, home.discord.alice)
        assert "**1 of 3 credits left**" in said
        assert "Your limit is this server's rule." in said
        assert "This costs 2 credits and you have 1 of 3 left." in await refused(home, model="max")
        await imagine(home)
        assert "0 of 3 left" in await refused(home)
        clock.ahead += 25 * HOUR_MS
        assert "**3 of 3 credits left**" in await quota_of(home, home.discord.alice)
        await imagine(home, count=3)
        assert await home.books() == []


async def test_a_lower_quota_holds_at_once_and_a_higher_one_too(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        await imagine(home, count=3)
        await setting(home, "quota", credits=2)
        assert "0 of 2 left" in await refused(home)
        await setting(home, "quota", credits=4)
        await imagine(home)
        await setting(home, "quota", unlimited=True)
        await imagine(home, count=4)
        assert "This server itself sets you no limit" in await quota_of(home, home.discord.alice)


async def test_of_several_roles_the_highest_counts_and_quota_names_it(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server, bob = home.discord, home.discord.bob
        await setting(home, "quota", credits=1)
        guests, patrons, friends = (server.create_role(name) for name in ("Guests", "Patrons", "Friends"))
        for role, credits in ((guests, 0), (patrons, 3), (friends, 2)):
            await setting(home, "role-quota", role=role, credits=credits)

        assert "**1 of 1 credits left**" in await quota_of(home, bob)
        server.give_role(bob, guests)
        assert "switched off for you" in await quota_of(home, bob)
        assert "switched off for you" in await refused(home, who=bob)
        server.give_role(bob, friends)
        server.give_role(bob, patrons)
        said = await quota_of(home, bob)
        assert "**3 of 3 credits left**" in said
        assert f"Your limit comes from the role <@&{patrons.id}>." in said
        await imagine(home, bob, count=3)
        assert "0 of 3 left" in await refused(home, who=bob)

        await setting(home, "role-quota", role=friends, unlimited=True)
        said = await quota_of(home, bob)
        assert "This server itself sets you no limit" in said
        await imagine(home, bob, count=4)
        assert "**1 of 1 credits left**" in await quota_of(home, server.alice)


async def test_a_role_that_is_taken_away_or_deleted_counts_no_more(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server, bob = home.discord, home.discord.bob
        await setting(home, "quota", credits=1)
        patrons, friends = server.create_role("Patrons"), server.create_role("Friends")
        for role in (patrons, friends):
            await setting(home, "role-quota", role=role, credits=9)
            server.give_role(bob, role)
        await imagine(home, bob, count=2)
        server.take_role(bob, patrons)
        await imagine(home, bob, count=2)
        server.delete_role(friends)
        assert "0 of 1 left" in await refused(home, who=bob)
        assert "this server's rule" in await quota_of(home, bob)


async def test_a_reply_is_measured_by_the_roles_of_who_wrote_it(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        patrons = server.create_role("Patrons")
        first = await imagine(home)
        await setting(home, "quota", credits=0)
        await setting(home, "role-quota", role=patrons, credits=1)
        server.give_role(server.bob, patrons)
        said = server.person(server.bob).say(f"<@{server.bot_id}> at night", reply_to=first)
        answer: Message = await server.until(
            lambda: next((one for one in server.messages() if one.reply_to is said), None)
        )
        assert (await home.finished(answer)).pictures


async def test_all_members_share_the_servers_credits(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        await setting(home, "server-quota", credits=3)
        await imagine(home, server.alice)
        await imagine(home, server.bob)
        assert "Everybody here together: **1 of 3** left" in await quota_of(home, server.moderator)
        assert "together have 1 of 3 credits left" in await refused(home, count=2, who=server.moderator)
        await imagine(home, server.moderator)
        assert "together have 0 of 3 credits left" in await refused(home)
        await imagine(home, channel=server.second_channel)  # another server, and the bot's own conversations
        await imagine(home, channel=server.dm(server.alice))
        assert await home.books() == []


async def test_the_last_credits_of_a_server_are_given_out_once(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        await setting(home, "server-quota", credits=3)
        people = [server.person(one) for one in (server.alice, server.bob, server.moderator)]
        asked = await asyncio.gather(*(one.command("imagine", prompt="a kite") for one in people * 3))
        for one in asked:
            await one.reply()
        assert sum(not one.ephemeral for one in asked) == 3
        await home.at_rest()
        assert await home.count("jobs") == 3
        assert await home.books() == []


# Where, and by what


async def test_threads_go_with_their_channel(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        thread = await thread_under(home, await imagine(home))
        other = await thread_under(home, await imagine(home, channel=server.other_channel))
        await setting(home, "channels", deny=server.channel)
        assert "No pictures are made in this channel" in await refused(home, channel=thread)
        head = head_of(thread)
        assert head is not None
        asking = await server.person(server.bob).click(head, "Remix")
        assert "No pictures are made in this channel" in (await asking.reply()).text
        await remix(home, server.bob, channel=other)
        await setting(home, "channels", allow=server.channel)  # which takes it off the other list
        await remix(home, server.bob, channel=thread)
        assert f"Please use <#{server.channel.id}>" in await refused(home, channel=other)
        await setting(home, "channels", forget=server.channel)
        await remix(home, server.bob, channel=other)


async def test_channels_are_a_servers_own_affair(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        await setting(home, "channels", allow=server.other_channel)
        for place in (server.dm(server.alice), server.second_channel, server.elsewhere_channel, server.private_channel):
            assert (await imagine(home, channel=place)).pictures
        await refused(home)


async def test_a_model_that_is_not_allowed_is_made_on_no_way(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server, bob = home.discord, home.discord.person(home.discord.bob)
        pro, best = await imagine(home), await imagine(home, model="max")
        form, card = await bob.click(pro, "Remix"), await card_of(bob, pro)
        await form.acknowledged()
        await setting(home, "models", max=False)
        before = await home.count("jobs")
        for asking in (
            await bob.command("imagine", prompt="a kite", model="max"),
            await bob.command("edit", prompt="a kite", model="max", image=photographs.png()),
            await bob.command("remix", prompt="a kite", model="max"),
            await bob.click(card, "Max"),
            await bob.click(best, "Reroll"),
            await bob.click(best, "Vary"),
            await bob.submit_modal(form, prompt="a kite", model="max"),
        ):
            assert "This server allows only the model `pro`." in (await asking.reply()).text
            assert asking.ephemeral
        assert await home.count("jobs") == before
        assert (await by_form(home, form, server.bob, prompt="a kite")).pictures
        await setting(home, "models", pro=False, max=True)
        assert "only the model `max`" in await refused(home)


async def test_services_are_used_in_the_servers_order_and_no_others(tmp_path: Path) -> None:
    async with (
        BflStandIn(seconds=0.05) as bfl,
        VtrixStandIn(seconds=0.05) as vtrix,
        AimlapiStandIn(seconds=0.05) as aimlapi,
        running_bot(tmp_path, **using("bfl", bfl, "vtrix", vtrix, "aimlapi", aimlapi)) as home,
    ):
        assert "The usual order: `bfl`, `vtrix`, `aimlapi`." in (await panel(home)).text
        await setting(home, "providers", order="aimlapi, vtrix")
        assert "Only `aimlapi`, then `vtrix`." in (await panel(home)).text
        await imagine(home)
        aimlapi.next_submit(Fault.status(503))
        await imagine(home)
        assert (bfl.accepted, vtrix.accepted, aimlapi.accepted) == (0, 1, 1)
        aimlapi.next_submit(Fault.status(402))
        vtrix.next_submit(Fault.status(402))
        assert "Try again" in (await imagine(home)).buttons
        assert bfl.submits == []
        await imagine(home, channel=home.discord.second_channel)
        assert bfl.accepted == 1
        await setting(home, "providers", order="usual")
        await imagine(home)
        assert bfl.accepted == 2


async def test_a_service_that_is_not_configured_any_more_is_told_plainly(tmp_path: Path) -> None:
    async with (
        BflStandIn(seconds=0.05) as bfl,
        VtrixStandIn(seconds=0.05) as vtrix,
        LoopbackDiscord(limits=False) as server,
    ):
        both = settings_for(tmp_path, server, **using("bfl", bfl, "vtrix", vtrix))
        async with bot_on(server, both) as app:
            await setting(RunningBot(server, app, both), "providers", order="vtrix")
        only_bfl = settings_for(tmp_path, server, **using("bfl", bfl))
        async with bot_on(server, only_bfl) as app:
            home = RunningBot(server, app, only_bfl)
            assert "None of the image services that this server allows is available here." in await refused(home)
            assert "Only `vtrix`. Not configured at the moment: `vtrix`." in (await panel(home)).text
            said = await sent(home, await opened(home, Rule.PROVIDERS))  # as it is prefilled
            assert "I do not know the image service “vtrix”. I can use: `bfl`." in (await said.reply()).text
            assert bfl.submits == []
            await sent(home, await opened(home, Rule.PROVIDERS), providers="")
            await imagine(home)
            assert bfl.accepted == 1


# Words


DISGUISED = [
    "BLOOD on the floor",
    "bl00d on the floor",
    "b l o o d on the floor",
    "b.l.o.o.d on the floor",
    "bl\u043e\u043ed on the floor",  # with two Cyrillic letters
    "𝓫𝓵𝓸𝓸𝓭 on the floor",
    "blo\u200bod on the floor",
    "bloooood on the floor",
    "a kitchen with a knife",
    "a kitchen with KNIVES",
    "gorefest in the park",
]


async def test_blocked_words_are_found_in_disguise_and_their_list_is_not_told(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        await setting(home, "words", add="blood, gore*, /kni(fe|ves)/")
        for prompt in DISGUISED:
            said = await refused(home, prompt)
            assert said == "This server's moderators do not want pictures of this. Please change the words.", prompt
        assert await home.count("ledger") == 0


@pytest.mark.parametrize("prompts", [False, True], ids=["without prompts", "with prompts"])
async def test_the_moderators_hear_who_met_which_entry_and_what_was_written_if_they_asked_for_it(
    tmp_path: Path, prompts: bool
) -> None:
    async with LoopbackDiscord(limits=False) as server, BflStandIn(seconds=0.05) as vendor:
        settings = settings_for(tmp_path, server, **using("bfl", vendor))
        async with bot_on(server, settings) as app:
            home = RunningBot(server, app, settings)
            await log_here(home, prompts=prompts)
            await setting(home, "words", add="bl00d, gore*")
            await setting(home, "channels", deny=server.nsfw_channel)
            await refused(home, "a glass of blood")
            await refused(home, "a dry martini", channel=server.nsfw_channel)
            vendor.next_submit(Fault.moderated("request"))
            await imagine(home, prompt="something else")
        told = logged(server)
        assert "blocked words: 0 entries → 2 entries (+`bl00d`, +`gore*`)" in told
        place = f"<#{server.channel.id}>"
        assert f"A prompt by <@{server.alice.id}> in {place} matched the blocked entry `bl00d`." in told
        assert f"refused a request of <@{server.alice.id}> in {place} for its content." in told
        assert f"<@{server.alice.id}> asked for a picture in <#{server.nsfw_channel.id}>" in told
        assert ("a glass of blood" in told, "something else" in told, "martini" in told) == (prompts, prompts, False)
        assert all(not one.pings.users for one in server.messages(server.other_channel))


async def test_honest_words_and_other_places_are_left_alone(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        await setting(home, "words", add="blood, ass, gore*")
        for prompt in ("a bloodhound in class", "an assassin's creed", "the Gor river"):
            assert (await imagine(home, prompt=prompt)).pictures
        for place in (server.dm(server.alice), server.second_channel, server.elsewhere_channel):
            assert (await imagine(home, prompt="blood", channel=place)).pictures


# Strikes


@asynccontextmanager
async def in_time(folder: Path, **changes: Any) -> AsyncGenerator[tuple[RunningBot, AheadClock]]:
    """The house and its Discord on one clock."""
    clock = AheadClock()
    async with LoopbackDiscord(limits=False, clock=lambda: clock.now() / 1000) as server:
        settings = settings_for(folder, server, **changes)
        async with bot_at(server, settings, clock) as app:
            yield RunningBot(server, app, settings), clock


@asynccontextmanager
async def bot_at(server: LoopbackDiscord, settings: Settings, clock: AheadClock) -> AsyncGenerator[composition.App]:
    await point_at(server.api_url)
    async with composition.assemble(settings, clock=clock, rng=random.Random(1), arrivals=patient()) as app:
        stop = asyncio.Event()
        running = asyncio.create_task(composition.serve(app, stop))
        await server.bot_ready()
        await app.client.wait_until_ready()
        try:
            yield app
        finally:
            stop.set()
            await running


async def blocks(home: RunningBot) -> list[tuple[int, int | None, int]]:
    """Who is blocked, until when, by whom."""
    found = await home.app.client.moderation.blocked(home.discord.guild.id)
    return [(one.member_id, one.until, one.actor_id) for one in found]


async def test_too_many_refused_prompts_pause_a_member_until_the_time_is_over(tmp_path: Path) -> None:
    async with in_time(tmp_path) as (home, clock):
        server = home.discord
        await setting(home, "words", add="blood")
        await setting(home, "safety", strikes=3, strike_hours=6, pause_hours=2)
        assert "paused" not in await refused(home, "blood")
        assert "Please change the words. One more and you are paused." in await refused(home, "blood")
        await imagine(home)
        assert f"{UNWANTED}. That was one too many" in await refused(home, "blood")
        said = await refused(home)
        assert "You are paused from making pictures in this server until <t:" in said
        [(member, until_when, actor)] = await blocks(home)
        assert (member, actor) == (server.alice.id, 0)
        assert abs((until_when or 0) - clock.now() - 2 * HOUR_MS) < 60_000
        assert await home.count("audit", f"action='pause' AND actor_id=0 AND member_id={server.alice.id}") == 1
        await imagine(home, server.bob)
        await imagine(home, channel=server.second_channel)

        clock.ahead += 2 * HOUR_MS
        await imagine(home)
        assert await blocks(home) == []
        for _ in range(2):  # they begin anew
            assert UNWANTED in await refused(home, "blood")
        await imagine(home)
        assert await home.books() == []


async def test_refusals_that_are_long_past_do_not_count(tmp_path: Path) -> None:
    async with in_time(tmp_path) as (home, clock):
        await setting(home, "words", add="blood")
        await setting(home, "safety", strikes=2, strike_hours=6)
        for _ in range(3):
            assert UNWANTED in await refused(home, "blood")
            clock.ahead += 6 * HOUR_MS + 1
        assert await home.count("strikes") == 1
        await imagine(home)
        for _ in range(2):
            await refused(home, "blood")
        assert "You are paused" in await refused(home)


async def test_a_services_refusals_for_content_count_with_those_of_words(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        server = home.discord
        await setting(home, "words", add="blood")
        await setting(home, "safety", strikes=3)
        await refused(home, "blood")
        vendor.next_submit(Fault.moderated("request"))
        failed = await imagine(home)
        assert "safety check refused" in failed.text
        vendor.next_submit(Fault.moderated("content"))
        await by_form(home, await server.person(server.alice).click(failed, "Try again"), server.alice, prompt="a kite")
        await until(lambda: home.count("blocks"), 1)
        asking = await server.person(server.alice).click(failed, "Try again")
        assert "You are paused" in (await asking.reply()).text
        assert asking.ephemeral
        await home.at_rest()
        assert await home.books() == []


async def test_who_is_near_a_pause_by_a_services_refusals_is_warned_alone(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        server = home.discord
        await setting(home, "safety", strikes=3)
        vendor.next_submit(Fault.moderated("request"), times=3)
        said: list[str] = []
        for private in (False, True, True):
            asking = await server.person(server.alice).command("imagine", prompt="a kite")
            failed = await home.finished(await asking.reply())
            assert "safety check refused" in failed.text
            assert "paused" not in failed.text  # everybody reads it
            if private:
                said.append((await asking.private()).text)
        assert "One more and you are paused." in said[0]
        assert "refused this. That was one too many: you are paused until <t:" in said[1]
        assert f"/{failed.id}" in said[1]


async def test_who_is_near_a_pause_and_asked_by_a_message_is_warned_by_direct_message(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        server = home.discord
        picture = await imagine(home)
        await setting(home, "safety", strikes=2)
        vendor.next_submit(Fault.moderated("request"))
        server.person(server.bob).say(f"<@{server.bot_id}> in snow", reply_to=picture)
        await server.until(lambda: any("One more" in one.text for one in server.messages(server.dm(server.bob))))


async def test_other_failures_and_other_places_are_no_strikes(tmp_path: Path) -> None:
    async with BflStandIn(seconds=0.05) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        server = home.discord
        await setting(home, "safety", strikes=1)
        await setting(home, "channels", deny=server.other_channel)
        vendor.next_submit(Fault.status(400))
        await imagine(home)
        await refused(home, channel=server.other_channel)
        vendor.next_submit(Fault.moderated("request"), times=3)
        for place in (server.dm(server.alice), server.second_channel, server.elsewhere_channel):
            assert "safety check refused" in (await imagine(home, channel=place)).text
        assert await home.count("strikes") == await home.count("blocks") == 0
        assert (await imagine(home)).pictures


async def test_nothing_is_counted_while_the_rule_is_off(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        await setting(home, "words", add="blood")
        for _ in range(3):
            await refused(home, "blood")
        await setting(home, "safety", strikes=2)
        await refused(home, "blood")
        assert (await imagine(home)).pictures
        await refused(home, "blood")
        assert "You are paused" in await refused(home)


async def test_many_refusals_at_the_same_moment_pause_once_and_the_moderators_hear_of_it(tmp_path: Path) -> None:
    async with LoopbackDiscord(limits=False) as server:
        settings = settings_for(tmp_path, server)
        async with bot_on(server, settings) as app:
            home = RunningBot(server, app, settings)
            await log_here(home)
            await setting(home, "words", add="blood")
            await setting(home, "safety", strikes=2, pause_hours=7)
            alice = server.person(server.alice)
            asked = await asyncio.gather(*(alice.command("imagine", prompt="blood") for _ in range(5)))
            for one in asked:
                await one.reply()
                assert one.ephemeral
            assert await home.count("blocks") == await home.count("audit", "action='pause'") == 1
        told = f"<@{server.alice.id}> is paused for 7 h after 2 refusals for content."
        assert logged(server).count(told) == 1


async def test_a_moderators_block_is_not_shortened_by_a_pause(tmp_path: Path) -> None:
    async with BflStandIn(seconds=1) as vendor, running_bot(tmp_path, **using("bfl", vendor)) as home:
        server = home.discord
        await setting(home, "safety", strikes=1, pause_hours=1)
        vendor.next_submit(Fault.moderated("content"))
        asking = await server.person(server.alice).command("imagine", prompt="a kite")
        message = await asking.reply()
        await home.app.client.moderation.block(server.guild.id, server.moderator.id, server.alice.id, None, "spam")
        assert "safety check refused" in (await home.finished(message)).text
        await until(lambda: home.count("strikes"), 1)
        assert await blocks(home) == [(server.alice.id, None, server.moderator.id)]


async def test_a_pause_and_a_block_survive_a_restart(tmp_path: Path) -> None:
    async with LoopbackDiscord(limits=False) as server:
        settings = settings_for(tmp_path, server)
        async with bot_on(server, settings) as app:
            home = RunningBot(server, app, settings)
            await setting(home, "words", add="blood")
            await setting(home, "safety", strikes=2)
            await refused(home, "blood")
            await app.client.moderation.block(server.guild.id, server.moderator.id, server.bob.id, 1, "too loud")
        async with bot_on(server, settings) as app:
            home = RunningBot(server, app, settings)
            assert "A moderator has blocked you" in await refused(home, who=server.bob)
            await refused(home, "blood")
            assert "You are paused" in await refused(home)
            await app.client.moderation.unblock(server.guild.id, server.moderator.id, server.alice.id, "")
            assert (await imagine(home)).pictures
