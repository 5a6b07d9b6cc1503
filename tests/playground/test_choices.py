"""Selects of every kind through the unmodified discord.py: in messages of Components V2 and in forms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import discord as library
import pytest
from discord import app_commands, ui

from playground import LoopbackDiscord
from playground.commands import CommandError
from playground.messages import Message
from playground.people import Asking
from tests.support.tiny_bot import TinyBot

WORDS = [library.SelectOption(label=one.title(), value=one) for one in ("none", "soft", "hard")]
Got = asyncio.Queue[Any]


class Panel(ui.LayoutView):
    """A select of each kind, each in a row of its own."""

    def __init__(self, got: Got, discord: LoopbackDiscord) -> None:
        super().__init__(timeout=None)
        mod = library.SelectDefaultValue(id=discord.mod.id, type=library.SelectDefaultValueType.user)
        selects: list[ui.Select[Any] | ui.UserSelect[Any] | Any] = [
            ui.RoleSelect(custom_id="role", placeholder="Which role?", min_values=0, max_values=2),
            ui.ChannelSelect(custom_id="channel", channel_types=[library.ChannelType.text]),
            ui.UserSelect(custom_id="user", max_values=2, default_values=[mod]),
            ui.MentionableSelect(custom_id="anyone", min_values=2, max_values=3),
            ui.Select(custom_id="word", options=WORDS, max_values=2),
            ui.RoleSelect(custom_id="off", disabled=True),
        ]
        for one in selects:
            one.callback = self.answering(one, got)
            self.add_item(ui.ActionRow(one))

    def answering(self, one: Any, got: Got) -> Any:
        async def callback(interaction: library.Interaction) -> None:
            got.put_nowait(one.values)
            await interaction.response.defer()

        return callback


class Form(ui.Modal, title="Everything"):
    """One of each field that a form takes, apart from files; five at a time."""

    def __init__(self, got: Got, *fields: ui.Label[Any]) -> None:
        super().__init__(timeout=None)
        self.got = got
        for one in fields:
            self.add_item(one)

    async def on_submit(self, interaction: library.Interaction) -> None:
        fields = [one.component for one in self.children if isinstance(one, ui.Label)]
        self.got.put_nowait([one.value if hasattr(one, "value") else one.values for one in fields])
        await interaction.response.send_message("filled in", ephemeral=True)


@pytest.fixture
def got() -> Got:
    return asyncio.Queue()


@pytest.fixture
async def panel(discord: LoopbackDiscord, bot: TinyBot, got: Got, monkeypatch: pytest.MonkeyPatch) -> Message:
    async def quiet(interaction: library.Interaction) -> None:
        """Leave clicks to the views."""

    async def show(interaction: library.Interaction) -> None:
        await interaction.response.send_message(view=Panel(got, discord))

    monkeypatch.setattr(bot, "on_interaction", quiet)
    bot.tree.command(name="show", description="Shows a panel")(show)
    await bot.tree.sync()
    return await (await discord.person(discord.alice).command("show")).reply()


async def chosen(asking: Asking, got: Got) -> Any:
    await asking.acknowledged()
    return await got.get()


@pytest.mark.parametrize("by_id", [False, True], ids=["thing", "id"])
async def test_roles_channels_and_people_are_chosen_in_a_message(
    discord: LoopbackDiscord, panel: Message, got: Got, by_id: bool
) -> None:
    alice, painters, editors = discord.person(discord.alice), discord.create_role("Painters"), discord.create_role("E")

    def things(*all_of_them: Any) -> list[Any]:
        return [str(one.id) if by_id else one for one in all_of_them]

    roles = await chosen(await alice.choose(panel, "Which role?", things(painters, editors)), got)
    assert [(type(one), one.name) for one in roles] == [(library.Role, "Painters"), (library.Role, "E")]
    [channel] = await chosen(await alice.choose(panel, "channel", things(discord.nsfw_channel)), got)
    assert (channel.id, channel.nsfw) == (discord.nsfw_channel.id, True)
    [user] = await chosen(await alice.choose(panel, "user", things(discord.bob)), got)
    assert (type(user), user.id) == (library.Member, discord.bob.id)
    mixed = await chosen(await alice.choose(panel, "anyone", things(discord.bob, painters)), got)
    assert {type(one) for one in mixed} == {library.Member, library.Role}
    assert await chosen(await alice.choose(panel, "word", ["soft", "Hard"]), got) == ["soft", "hard"]


async def test_what_is_chosen_beforehand_stands_until_something_else_is(
    discord: LoopbackDiscord, panel: Message, got: Got
) -> None:
    alice = discord.person(discord.alice)
    [user] = await chosen(await alice.click(panel, custom_id="user"), got)
    assert user.id == discord.mod.id
    assert await chosen(await alice.choose(panel, "Which role?", []), got) == []


@pytest.mark.parametrize(
    ("select", "values", "fault"),
    [
        ("word", [], "from 1 to 2"),
        ("word", ["none", "soft", "hard"], "from 1 to 2"),
        ("word", ["soft", "soft"], "from 1 to 2"),
        ("word", "loud", "no option 'loud'"),
        ("anyone", "bob", "from 2 to 3"),
        ("channel", "thread", "this kind of channel"),
        ("channel", "bob", "none of these channels"),
        ("off", "everyone", "disabled"),
        ("Which role", [], "there is no select 'Which role'"),
    ],
)
async def test_a_select_takes_what_it_says_and_as_many(
    discord: LoopbackDiscord, panel: Message, select: str, values: Any, fault: str
) -> None:
    thread = discord.world.add_thread(discord.channel, "a thread", discord.bob)
    named = {"bob": discord.bob, "thread": thread, "everyone": discord.guild.roles[discord.guild.id]}
    with pytest.raises(CommandError, match=fault):
        await discord.person(discord.alice).choose(panel, select, named.get(str(values), values))


@pytest.mark.parametrize(
    "select",
    [
        {"type": 6, "min_values": 2},
        {"type": 5, "max_values": 26},
        {"type": 5, "default_values": [{"id": "1", "type": "role"}]},
        {"type": 7, "default_values": [{"id": "1", "type": "role"}, {"id": "2", "type": "user"}]},
        {"type": 3, "options": [{"label": "a", "value": "a", "default": True}, {"label": "b", "value": "a"}]},
        {"type": 3, "options": [{"label": one, "value": one, "default": True} for one in "ab"]},
    ],
    ids=["more-than-it-takes", "too-many", "no-user", "two-beforehand", "twice", "two-options-beforehand"],
)
async def test_a_select_that_cannot_be_is_refused(discord: LoopbackDiscord, bot: TinyBot, select: Any) -> None:
    row = {"type": 1, "components": [{"custom_id": "x", **select}]}
    with pytest.raises(library.HTTPException) as refusal:
        await bot.http.request(
            library.http.Route("POST", "/channels/{channel_id}/messages", channel_id=discord.channel.id),
            json={"flags": 1 << 15, "components": [row]},
        )
    assert (refusal.value.status, refusal.value.code) == (400, 50035)


async def opened(discord: LoopbackDiscord, bot: TinyBot, make: Callable[[], ui.Modal]) -> Asking:
    async def ask(interaction: library.Interaction) -> None:
        await interaction.response.send_modal(make())

    bot.tree.add_command(app_commands.Command(name="ask", description="Opens a form", callback=ask), override=True)
    await bot.tree.sync()
    return await discord.person(discord.mod).command("ask")


def label(text: str, component: Any) -> ui.Label[Any]:
    return ui.Label(text=text, component=component)


def of_things(got: Got, discord: LoopbackDiscord) -> Form:
    here = library.SelectDefaultValue(id=discord.channel.id, type=library.SelectDefaultValueType.channel)
    return Form(
        got,
        label("Roles that may", ui.RoleSelect(custom_id="roles", max_values=5, required=False)),
        label("Where", ui.ChannelSelect(custom_id="where", default_values=[here])),
        label("Who", ui.UserSelect(custom_id="who", required=True)),
        label("Anyone", ui.MentionableSelect(custom_id="anyone", max_values=2)),
        label("How", ui.Select(custom_id="how", options=WORDS)),
    )


async def test_a_form_takes_roles_channels_people_and_options(discord: LoopbackDiscord, bot: TinyBot, got: Got) -> None:
    painters, mod = discord.create_role("Painters"), discord.person(discord.mod)
    asking = await opened(discord, bot, lambda: of_things(got, discord))
    chosen = {"Anyone": [discord.alice, painters], "How": "Soft"}
    sent = await mod.submit(asking, roles=painters, who=discord.bob, **chosen)
    assert (await sent.reply()).text == "filled in"
    [role], [where], [who], anyone, how = await got.get()
    assert (role.id, where.id, who.id, how) == (painters.id, discord.channel.id, discord.bob.id, ["soft"])
    assert {one.id for one in anyone} == {discord.alice.id, painters.id}


async def test_a_form_wants_what_is_required_of_it_alone(discord: LoopbackDiscord, bot: TinyBot, got: Got) -> None:
    mod, asking = discord.person(discord.mod), await opened(discord, bot, lambda: of_things(got, discord))
    with pytest.raises(CommandError, match="who: from 1 to 1"):
        await mod.submit(asking, anyone=discord.alice, how="hard")
    await (await mod.submit(asking, who=[discord.bob], anyone=discord.alice, how="hard")).reply()
    assert (await got.get())[0] == []


def of_words(got: Got) -> Form:
    options = [("One", "1"), ("Two", "2"), ("Three", "3")]
    which = [library.RadioGroupOption(label=one, value=value, default=value == "2") for one, value in options]
    ticks = [library.CheckboxGroupOption(label=one, value=value) for one, value in options]
    group = ui.CheckboxGroup(custom_id="ticks", min_values=0, max_values=2, required=False, options=ticks)
    note = ui.TextInput(custom_id="note", style=library.TextStyle.long, required=False, min_length=5)
    return Form(
        got,
        label("Name", ui.TextInput(custom_id="name", min_length=3)),
        label("Note", note),
        label("Which", ui.RadioGroup(custom_id="which", options=which)),
        label("All of", group),
        label("Sure", ui.Checkbox(custom_id="sure")),
    )


@pytest.mark.parametrize(
    ("filled", "values"),
    [
        (
            {"name": "a name", "note": "a longer note", "which": "Three", "ticks": ["1", "Two"]},
            ["a name", "a longer note", "3", ["1", "2"], False],
        ),
        ({"Name": "a name", "Sure": True}, ["a name", "", "2", [], True]),
    ],
    ids=["all", "some"],
)
async def test_a_form_takes_several_words_and_ticks(
    discord: LoopbackDiscord, bot: TinyBot, got: Got, filled: dict[str, Any], values: list[Any]
) -> None:
    asking = await opened(discord, bot, lambda: of_words(got))
    await (await discord.person(discord.mod).submit(asking, **filled)).reply()
    assert await got.get() == values


@pytest.mark.parametrize(
    "wrong", [{"name": "ab"}, {"note": "abc"}, {"which": "4"}, {"ticks": ["1", "2", "3"]}, {"Nothing": "x"}]
)
async def test_words_and_ticks_that_the_form_does_not_take_are_refused(
    discord: LoopbackDiscord, bot: TinyBot, got: Got, wrong: dict[str, Any]
) -> None:
    asking = await opened(discord, bot, lambda: of_words(got))
    with pytest.raises(CommandError):
        await discord.person(discord.mod).submit(asking, **({"name": "a name"} | wrong))


async def test_a_form_with_a_group_of_one_radio_button_is_refused(
    discord: LoopbackDiscord, bot: TinyBot, got: Got, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: Got = asyncio.Queue()

    async def caught(interaction: library.Interaction, error: app_commands.AppCommandError) -> None:
        refused.put_nowait(error.__cause__)

    monkeypatch.setattr(bot.tree, "on_error", caught)
    group = ui.RadioGroup(custom_id="which", options=[library.RadioGroupOption(label="only", value="1")])
    await opened(discord, bot, lambda: Form(got, label("Which", group)))
    error = await refused.get()
    assert (error.status, error.code) == (400, 50035)
