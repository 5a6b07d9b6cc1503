"""Too much at once: what comes too late, too often or too many is refused cheaply, and costs nobody anything."""

from __future__ import annotations

import time
from pathlib import Path

from bot.observability.invalid_requests import STOP, WARN
from playground.messages import Message
from playground.snowflakes import Snowflakes
from tests.support.bot import RunningBot, running_bot, until
from tests.support.remixing import imagine

DM = "/users/@me/channels"


def late(home: RunningBot, seconds: float) -> None:
    """From now on interactions reach the bot so long after Discord made them."""
    home.discord.world.snowflakes = Snowflakes(lambda: time.time() - seconds)


def calls(home: RunningBot, method: str, template: str) -> int:
    return sum((call.method, call.template) == (method, template) for call in home.discord.calls)


async def told(home: RunningBot, words: str) -> list[Message]:
    dm = home.discord.dm(home.discord.bob)
    await home.discord.until(lambda: any(words in one.text for one in home.discord.messages(dm)))
    return home.discord.messages(dm)


async def test_an_interaction_that_can_hardly_be_answered_is_refused_in_words_and_costs_nothing(tmp_path: Path) -> None:
    async with running_bot(tmp_path, punctual=True) as home:
        await imagine(home)
        late(home, 2.8)
        asking = await home.discord.person(home.discord.alice).command("imagine", prompt="a kite")
        assert "could not answer in time" in (await asking.reply()).text
        assert asking.ephemeral
        assert (await home.count("jobs"), await home.count("ledger", "kind='reserve'")) == (1, 1)


async def test_an_interaction_that_cannot_be_answered_is_dropped_before_anything_is_reserved(tmp_path: Path) -> None:
    async with running_bot(tmp_path, punctual=True) as home:
        await imagine(home)
        usual = home.discord.world.snowflakes
        late(home, 30)
        dropped = await home.discord.person(home.discord.alice).command("imagine", prompt="a kite")
        home.discord.world.snowflakes = usual
        await imagine(home, prompt="a later one")
        assert dropped.interaction.acknowledged is None
        assert await home.count("jobs") == 2


async def test_what_would_wait_longer_than_a_quarter_of_an_hour_is_not_accepted_and_others_are(tmp_path: Path) -> None:
    async with running_bot(tmp_path, sandbox_seconds=600) as home:
        server = home.discord
        members = [server.world.add_user(f"raider{number}", f"Raider {number}") for number in range(200)]
        answers = []
        for member in members:
            server.world.add_member(server.guild, member)
            asking = await server.person(member).command("imagine", prompt="a kite", count=4)
            answers.append(await asking.reply())
        refused = [one for one in answers if "very busy" in one.text]
        # 8 at once, 10 s each while nothing is known: 720 pictures are 15 minutes, and 8 are under way.
        assert 15 <= len(refused) <= 25
        assert all("Nothing was charged" in one.text for one in refused)
        assert await home.count("jobs") == 200 - len(refused)
        asking = await server.person(server.alice).command("imagine", prompt="a kite", channel=server.second_channel)
        assert "very busy" not in (await asking.reply()).text


async def test_a_member_who_floods_is_told_when_to_go_on(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        alice = home.discord.person(home.discord.alice)
        answers = [await (await alice.command("quota")).reply() for _ in range(110)]
        refused = [one for one in answers if "<t:" in one.text and "try again" in one.text]
        assert 1 <= len(refused) <= 10
        bob = await (await home.discord.person(home.discord.bob).command("quota")).reply()
        assert "try again" not in bob.text


async def test_sixty_mentions_lead_to_a_few_hints_and_no_more_calls(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        first = await imagine(home)
        bob = home.discord.person(home.discord.bob)
        for _ in range(60):
            bob.say(f"<@{home.discord.bot_id}>", reply_to=first)
        assert len(await told(home, "Mention me and say what should change")) <= 2
        await imagine(home, prompt="a later one")  # all of them have come by now
        assert len(await told(home, "Mention me and say what should change")) <= 2


async def test_who_takes_no_direct_messages_is_hinted_at_once_in_public_and_then_left_alone(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        first = await imagine(home)
        server = home.discord
        server.bob.accepts_dms = False
        for _ in range(60):
            server.person(server.bob).say(f"<@{server.bot_id}>", reply_to=first)
        await server.until(lambda: any("cannot write to you privately" in one.text for one in server.messages()))
        await imagine(home, prompt="a later one")
        hints = [one for one in server.messages() if "cannot write to you privately" in one.text]
        assert len(hints) == 1
        assert sum(call.status == 403 for call in server.calls) <= 2
        assert home.app.client.invalid_requests.count == sum(call.status == 403 for call in server.calls)


async def test_family_trees_are_not_drawn_without_pause(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        await imagine(home)
        alice = home.discord.person(home.discord.alice)
        answers = [await (await alice.command("lineage")).reply() for _ in range(8)]
        assert sum("try again" in one.text for one in answers) == 2


async def test_deleting_ones_data_cannot_be_repeated_without_pause(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        alice = home.discord.person(home.discord.alice)
        said: list[str] = []
        for _ in range(3):
            question = await (await alice.command("privacy delete")).reply()
            await home.discord.until(lambda: "Delete my data" in question.buttons)  # noqa: B023
            pressed = await alice.click(question, "Delete my data")
            await pressed.acknowledged()
            said.append(" ".join(one.text for one in (question, pressed.interaction.original) if one))
        assert ["try again" in one for one in said] == [False, False, True]


async def test_discords_refusals_are_counted_shown_and_stop_what_nobody_would_miss(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        first = await imagine(home)
        requests = home.app.client.invalid_requests
        for _ in range(STOP):
            requests.answered(403)
        assert home.app.metrics.registry.get_sample_value("atelier_discord_invalid_requests") == STOP
        bob = home.discord.person(home.discord.bob)
        bob.say(f"<@{home.discord.bot_id}>", reply_to=first)
        await imagine(home, prompt="a later one")  # pictures go on being made
        assert calls(home, "POST", DM) == 1  # the operator was told at the first thousand, and nobody else was
        owner = home.discord.dm(home.discord.world.application.owner)
        assert any(f"refused {WARN:,} of my calls" in one.text for one in home.discord.messages(owner))


async def test_who_was_refused_is_not_waited_for(tmp_path: Path) -> None:
    async with running_bot(tmp_path, daily_credits=0) as home:
        asking = await home.discord.person(home.discord.alice).command("imagine", prompt="a kite")
        await asking.reply()
        assert asking.ephemeral

        async def waits() -> bool:
            return bool(home.app.client.arrivals._checked)  # pyright: ignore[reportPrivateUsage] - time ends it too

        await until(waits, wanted=False)
