"""A second, independent opinion of Discord's rules: the bot's commands on a simulated Discord that is not ours."""

from __future__ import annotations

import random
from pathlib import Path

import simcord

from bot.app import assemble
from bot.config import load
from tests.support.bot import patient


async def test_an_independent_discord_takes_our_commands_placeholder_and_buttons(tmp_path: Path) -> None:
    settings = load(
        None, providers="sandbox", daily_credits=2, database_url=f"sqlite+aiosqlite:///{tmp_path / 'atelier.db'}"
    )
    # A refusal travels as an exception to the error ladder, which the simulation would take for a swallowed one.
    # Only the commands' side runs here: the worker's own waits would never let this simulation come to rest.
    async with (
        assemble(settings, rng=random.Random(1), arrivals=patient()) as app,
        simcord.run(app.client, shard_count=1, check_errors=False) as env,
    ):
        guild = env.create_guild()
        channel = guild.create_text_channel("pictures")
        alice = guild.add_member(env.create_user("alice"))
        stranger = guild.add_member(env.create_user("bob"))

        made = await alice.slash(channel, "imagine", prompt="a red kite", count=2)
        assert not made.ephemeral
        assert made.response is not None
        assert made.response.flags.components_v2

        refused = await alice.slash(channel, "imagine", prompt="another")
        assert refused.ephemeral
        assert (await alice.slash(channel, "quota")).ephemeral
        assert (await alice.slash(channel, "help")).ephemeral

        not_theirs = await stranger.click(made.response, label="Cancel")
        assert not_theirs.ephemeral
        # Its credits come back when delivery has told of the cancel, and no delivery runs here.
        assert (await alice.click(made.response, label="Cancel")).acknowledged
