"""What a moderator may not set: refused in words, to them alone, before anything is stored or recorded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.guild_settings.rules import Rule
from playground import LoopbackDiscord
from playground.commands import CommandError
from playground.interactions import COMMAND, MODAL_SUBMIT
from playground.people import Asking
from playground.permissions import Permission
from playground.resolving import Resolver
from playground.world import Channel
from tests.support.bot import RunningBot, running_bot
from tests.support.remixing import imagine, thread_under
from tests.support.rules import opened, panel, recorded, refused, sent, setting

Options = dict[str, Any]
NOT_CREDITS = "Credits are a number from 0 to 1,000,000, or `unlimited`."


async def is_refused(home: RunningBot, asking: Asking, words: str, shown: str | None = None) -> None:
    """These words and no others, privately; what the panel showed it still shows."""
    message = await asking.reply()
    assert words in message.text
    assert len(message.text) < 300
    assert "went wrong" not in message.text
    assert asking.ephemeral
    assert shown is None or (await panel(home)).text == shown


async def untouched(home: RunningBot, rows: int = 0) -> None:
    """Nothing is stored and nothing recorded but what was before."""
    assert len(recorded(home)) == rows
    if not rows:
        assert await home.count("servers") == 0
        assert await home.app.client.guild_settings.of(home.discord.guild.id) == home.app.client.guild_settings.defaults


def hidden(server: LoopbackDiscord) -> Channel:
    """A channel that the bot cannot see."""
    channel = server.create_channel("hidden")
    server.revoke_permission(channel, "view_channel")
    return channel


def silent(server: LoopbackDiscord) -> Channel:
    """A channel where the bot cannot write."""
    channel = server.create_channel("silent")
    server.revoke_permission(channel, "send_messages")
    return channel


# By commands

TYPED: list[tuple[str, Callable[[LoopbackDiscord], Options], str]] = [
    ("quota", lambda _: {"credits": 1, "unlimited": True}, "Give a number of `credits`, or make it `unlimited`."),
    ("server-quota", lambda _: {"credits": 0, "unlimited": True}, "Give a number of `credits`, or make it"),
    ("role-quota", lambda _: {"credits": 1}, "Say which `role` it is for."),
    ("role-quota", lambda _: {"remove": True}, "Say which `role` it is for."),
    ("role-quota", lambda server: {"role": server.create_role("A")}, "Give the role `credits`, make it `unlimited`"),
    (
        "role-quota",
        lambda server: {"role": server.create_role("A"), "credits": 1, "remove": True},
        "Give the role `credits`, make it `unlimited`, or `remove`",
    ),
    (
        "role-quota",
        lambda server: {"role": server.create_role("A"), "credits": 1, "unlimited": True},
        "Give a number of `credits`, or make it `unlimited`.",
    ),
    (
        "role-quota",
        lambda server: {"role": server.guild.roles[server.guild.id], "credits": 1},
        "Everybody has that role: use `/settings quota` instead.",
    ),
    (
        "channels",
        lambda server: {"allow": server.channel, "deny": server.channel},
        "A channel cannot be both allowed and denied.",
    ),
    ("channels", lambda server: {"allow": hidden(server)}, "I cannot see <#"),
    ("channels", lambda server: {"deny": hidden(server)}, "I cannot see <#"),
    ("channels", lambda server: {"allow": server.channel, "deny": hidden(server)}, "I cannot see <#"),
    ("models", lambda _: {"pro": False, "max": False}, "At least one model must be allowed."),
    ("providers", lambda _: {"order": "midjourney"}, "I do not know the image service “midjourney”. I can use: `sandb"),
    ("providers", lambda _: {"order": "sandbox, bfl"}, "I do not know the image service “bfl”."),
    ("providers", lambda _: {"order": "usual, sandbox"}, "I do not know the image service “usual”."),
    ("providers", lambda _: {"order": "sandbox,SANDBOX"}, "Name each image service once."),
    ("providers", lambda _: {"order": "**@everyone** [x](https://evil)"}, "I do not know the image service “\\*\\*\\@"),
    ("log-channel", lambda server: {"channel": hidden(server)}, "I cannot see <#"),
    ("log-channel", lambda server: {"channel": silent(server)}, "I cannot write in <#"),
    ("log-channel", lambda server: {"channel": silent(server), "prompts": True}, "I cannot write in <#"),
    ("log-channel", lambda server: {"channel": server.channel, "off": True}, "Choose a `channel`, or switch it `off`."),
    ("words", lambda _: {"remove": "blood"}, "`blood` is not on the list."),
    ("words", lambda _: {"add": "gore", "remove": "blood"}, "`blood` is not on the list."),
]

ENTRIES: list[tuple[str, str]] = [
    ("/(a/", "The pattern `/(a/` is not a regular expression that can be used here"),
    ("/.*/", "The pattern `/.*/` matches the empty text and would block everything"),
    ("/a*/", "matches the empty text"),
    ("/./", "matches nearly every text"),
    ("/[^z]/", "matches nearly every text"),
    (r"/(a)\1/", "is not a regular expression that can be used here"),
    ("/a(?=b)/", "is not a regular expression that can be used here"),
    ("/(?:a{1,1000}){1,1000}/", "is not a regular expression that can be used here"),
    ("/(?:[a-z]{1,30}x){30}/", "is too large"),
    ("/blood", "is not a whole pattern"),
    ("//", "is not a whole pattern"),
    ("/" + "a" * 199 + "/", "has 201 characters; the limit is 200"),
    ("a" * 101, "has 101 characters; the limit is 100"),
    ("*", "has no letter or digit"),
    ("---", "has no letter or digit"),
    ("a*", "would block nearly every text"),
    ("bl*d", "may have one star, at its start or its end"),
    ("*blood*", "may have one star, at its start or its end"),
]


@pytest.mark.parametrize(("name", "options", "words"), TYPED, ids=[f"{one[0]}-{n}" for n, one in enumerate(TYPED)])
async def test_a_command_with_bad_options_changes_nothing(
    tmp_path: Path, name: str, options: Callable[[LoopbackDiscord], Options], words: str
) -> None:
    async with running_bot(tmp_path) as home:
        moderator, before = home.discord.person(home.discord.moderator), (await panel(home)).text
        await is_refused(home, await moderator.use(f"settings {name}", options(home.discord)), words, before)
        await untouched(home)


async def test_entries_that_cannot_be_used_are_refused_by_name_and_with_them_all_others(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        moderator = home.discord.person(home.discord.moderator)
        for entry, words in ENTRIES:
            await is_refused(home, await moderator.use("settings words", {"add": f"gore, {entry}, blood"}), words)
            form = await opened(home, Rule.WORDS)
            await is_refused(home, await sent(home, form, words=f"gore\n{entry}\nblood"), words)
        await untouched(home)
        await imagine(home, prompt="gore and blood")


async def test_what_is_slow_elsewhere_is_harmless_here(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        await setting(home, "words", add=r"/(a+)+$b/, /(x|xx|xxx)*y/, /(.*a){12}z/")
        assert (await imagine(home, prompt="a" * 1000 + "x" * 1000)).pictures


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("quota", {"credits": -1}),
        ("quota", {"credits": 1_000_001}),
        ("quota", {"credits": "many"}),
        ("server-quota", {"credits": 10**15}),
        ("safety", {"tolerance": 7}),
        ("safety", {"age_restricted": -1}),
        ("safety", {"strikes": 101}),
        ("safety", {"strike_hours": 0}),
        ("safety", {"pause_hours": 721}),
        ("safety", {"spoilers": "sometimes"}),
        ("words", {"add": "x" * 4001}),
        ("words", {"add": ""}),
        ("providers", {"order": "x" * 201}),
        ("reset", {}),
        ("reset", {"rule": "user_jobs"}),
    ],
)
async def test_discord_is_told_the_ranges_so_that_it_sends_nothing_else(
    tmp_path: Path, name: str, options: Options
) -> None:
    async with running_bot(tmp_path) as home:
        with pytest.raises(CommandError):
            await home.discord.person(home.discord.moderator).use(f"settings {name}", options)
        await untouched(home)


EACH: list[tuple[str, Callable[[LoopbackDiscord], Options], list[str]]] = [
    (
        "channels",
        lambda server: {"allow": hidden(server), "deny": hidden(server)},
        ["- I cannot see <#", "- I cannot see <#"],
    ),
    (
        "log-channel",
        lambda server: {"channel": silent(server), "off": True},
        ["- I cannot write in <#", "- Choose a `channel`, or switch it `off`."],
    ),
    (
        "role-quota",
        lambda server: {"role": server.guild.roles[server.guild.id], "credits": 1, "unlimited": True},
        ["- Everybody has that role", "- Give a number of `credits`, or make it `unlimited`."],
    ),
    (
        "role-quota",
        lambda _: {"credits": 1, "remove": True},
        ["- Say which `role` it is for.", "- Give the role `credits`, make it `unlimited`, or `remove`"],
    ),
    (
        "words",
        lambda _: {"add": "/(a/, gore, *", "remove": "blood, bones"},
        ["- The pattern `/(a/`", "- `*` has no letter", "- `blood` is not on", "- `bones` is not on"],
    ),
]


def lines_of(text: str, beginnings: list[str]) -> bool:
    """Whether there is one line for each beginning, and nothing else."""
    lines = text.splitlines()
    return len(lines) == len(beginnings) and all(map(str.startswith, lines, beginnings))


@pytest.mark.parametrize(("name", "options", "lines"), EACH, ids=[f"{one[0]}-{n}" for n, one in enumerate(EACH)])
async def test_every_option_that_is_wrong_has_a_line_of_its_own(
    tmp_path: Path, name: str, options: Callable[[LoopbackDiscord], Options], lines: list[str]
) -> None:
    async with running_bot(tmp_path) as home:
        asking = await home.discord.person(home.discord.moderator).use(f"settings {name}", options(home.discord))
        message = await asking.reply()
        assert asking.ephemeral
        assert lines_of(message.text, lines), message.text
        await untouched(home)


# By forms

CREDITS = [
    "-1",
    "1.5",
    "1e3",
    "+5",
    "ten",
    "1000001",
    "999999999999",
    "0x10",
    "１２",
    "٣",
    "²",
    "½",
    "  ",
    "1,5x",
    "∞∞",
]


@pytest.mark.parametrize("rule", [Rule.QUOTA, Rule.SERVER_QUOTA, Rule.ROLE_QUOTA])
async def test_credits_that_are_no_number_are_refused_in_each_form(tmp_path: Path, rule: Rule) -> None:
    async with running_bot(tmp_path) as home:
        field = {Rule.QUOTA: "daily_credits", Rule.SERVER_QUOTA: "pool_credits", Rule.ROLE_QUOTA: "credits"}[rule]
        more = {"roles": [home.discord.create_role("Patrons")]} if rule is Rule.ROLE_QUOTA else {}
        shown = await panel(home)
        for text in CREDITS:
            if rule is Rule.ROLE_QUOTA and not text.strip():
                continue  # there, nothing means: as everybody else
            form = await opened(home, rule, shown)
            await is_refused(home, await sent(home, form, **{field: text}, **more), NOT_CREDITS)
        await untouched(home)


async def test_none_does_not_mean_as_many_as_one_likes(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        asking = await sent(home, await opened(home, Rule.QUOTA), daily_credits="none")
        assert asking.interaction.acknowledged == 4
        await is_refused(home, asking, NOT_CREDITS)
        await untouched(home)


@pytest.mark.parametrize(
    ("field", "texts", "words"),
    [
        ("strikes", ["-1", "101", "1.5", "x", "１", "²", " "], "Refusals for content before a pause: “"),
        ("strike_hours", ["0", "721", "-5", "٣", "1h"], "Within so many hours: “"),
        ("pause_hours", ["0", "999", "-1", "1 0"], "Pause for so many hours: “"),
    ],
)
async def test_strikes_that_are_no_numbers_are_refused(
    tmp_path: Path, field: str, texts: list[str], words: str
) -> None:
    async with running_bot(tmp_path) as home:
        shown = await panel(home)
        for text in texts:
            form = await opened(home, Rule.STRIKES, shown)
            await is_refused(home, await sent(home, form, **({"strikes": "3"} | {field: text})), words)
        await untouched(home)


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        (Rule.SAFETY, {"tolerance": "7"}),
        (Rule.SPOILERS, {"spoilers": "sometimes"}),
        (Rule.QUOTA, {"daily_credits": ""}),
        (Rule.QUOTA, {"daily_credits": "1" * 21}),
        (Rule.ROLE_QUOTA, {"roles": [], "credits": "1"}),
        (Rule.MODELS, {"models": []}),
        (Rule.MODELS, {"models": ["ultra"]}),
        (Rule.STRIKES, {"pause_hours": "1000"}),
        (Rule.WORDS, {"words": "x" * 4001}),
        (Rule.LOG_CHANNEL, {"log_prompts": []}),
    ],
)
async def test_a_form_takes_nothing_that_is_not_offered(tmp_path: Path, rule: Rule, fields: Options) -> None:
    async with running_bot(tmp_path) as home:
        form = await opened(home, rule)
        with pytest.raises(CommandError):
            await home.discord.person(home.discord.moderator).submit(form, **fields)
        await untouched(home)


FILLED: list[tuple[Rule, Callable[[LoopbackDiscord], Options], str]] = [
    (
        Rule.ROLE_QUOTA,
        lambda server: {"roles": [server.guild.roles[server.guild.id]], "credits": "5"},
        "Everybody has that role: use `/settings quota` instead.",
    ),
    (
        Rule.ROLE_QUOTA,
        lambda server: {"roles": [server.create_role("A"), server.guild.roles[server.guild.id]], "credits": "5"},
        "Everybody has that role",
    ),
    (
        Rule.CHANNELS,
        lambda server: {
            "allowed_channels": [server.channel],
            "denied_channels": [server.other_channel, server.channel],
        },
        "A channel cannot be both allowed and denied.",
    ),
    (Rule.CHANNELS, lambda server: {"allowed_channels": [server.channel, hidden(server)]}, "I cannot see <#"),
    (Rule.CHANNELS, lambda server: {"denied_channels": [hidden(server)]}, "I cannot see <#"),
    (
        Rule.PROVIDERS,
        lambda _: {"providers": "sandbox, dall-e"},
        "I do not know the image service “dall\\-e”. I can use",
    ),
    (Rule.PROVIDERS, lambda _: {"providers": "sandbox, sandbox"}, "Name each image service once."),
    (Rule.LOG_CHANNEL, lambda server: {"log_channel": [hidden(server)]}, "I cannot see <#"),
    (Rule.LOG_CHANNEL, lambda server: {"log_channel": [silent(server)]}, "I cannot write in <#"),
]


@pytest.mark.parametrize(("rule", "fields", "words"), FILLED, ids=[f"{one[0]}-{n}" for n, one in enumerate(FILLED)])
async def test_a_form_with_bad_choices_changes_nothing(
    tmp_path: Path, rule: Rule, fields: Callable[[LoopbackDiscord], Options], words: str
) -> None:
    async with running_bot(tmp_path) as home:
        shown = await panel(home)
        before = shown.text
        await is_refused(home, await sent(home, await opened(home, rule, shown), **fields(home.discord)), words, before)
        assert shown.text == before
        await untouched(home)


EVERY: list[tuple[Rule, Callable[[LoopbackDiscord], Options], list[str]]] = [
    (
        Rule.STRIKES,
        lambda _: {"strikes": "-1", "strike_hours": "0", "pause_hours": "24"},
        ["- Refusals for content before a pause: “\\-1”", "- Within so many hours: “0”"],
    ),
    (
        Rule.STRIKES,
        lambda _: {"strikes": "x", "strike_hours": "0", "pause_hours": "999"},
        ["- Refusals for content before a pause: “x”", "- Within so many hours: “0”", "- Pause for so many hours: “"],
    ),
    (
        Rule.ROLE_QUOTA,
        lambda server: {"roles": [server.guild.roles[server.guild.id]], "credits": "many"},
        ["- Everybody has that role", "- " + NOT_CREDITS],
    ),
    (
        Rule.CHANNELS,
        lambda server: {
            "allowed_channels": [server.channel, hidden(server)],
            "denied_channels": [hidden(server), server.channel],
        },
        ["- **Only here**: I cannot see <#", "- **Not here**: I cannot see <#", "- A channel cannot be both"],
    ),
    (
        Rule.WORDS,
        lambda _: {"words": "/(a/\ngore\n*"},
        ["- The pattern `/(a/` is not a regular", "- `*` has no letter or digit"],
    ),
]


@pytest.mark.parametrize(("rule", "fields", "lines"), EVERY, ids=[f"{one[0]}-{n}" for n, one in enumerate(EVERY)])
async def test_every_field_that_is_wrong_has_a_line_of_its_own(
    tmp_path: Path, rule: Rule, fields: Callable[[LoopbackDiscord], Options], lines: list[str]
) -> None:
    async with running_bot(tmp_path) as home:
        asking = await sent(home, await opened(home, rule), **fields(home.discord))
        message = await asking.reply()
        assert asking.ephemeral
        assert lines_of(message.text, lines), message.text
        assert message.buttons == ["Fix it"]
        await untouched(home)


async def test_of_very_many_things_that_are_wrong_the_first_are_told(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        many = [hidden(home.discord) for _ in range(12)]
        asking = await sent(home, await opened(home, Rule.CHANNELS), denied_channels=many)
        lines = (await asking.reply()).text.splitlines()
        assert len(lines) == 11
        assert lines[-1] == "… and 2 more"


async def test_a_long_list_of_words_is_told_of_every_field(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        entries = [f"{number} {'unwanted ' * 9}" for number in range(50)]
        await setting(home, "words", add=",".join(entries[:40]))
        await setting(home, "words", add=",".join(entries[40:]))
        asking = await sent(home, await opened(home, Rule.WORDS), add="*", remove="blood")
        lines = ["- `*` has no letter or digit", "- `blood` is not on the list."]
        message = await asking.reply()
        assert lines_of(message.text, lines), message.text
        assert message.buttons == ["Fix it"]


# What is gone meanwhile


async def sent_late(home: RunningBot, form: Asking, gone: Callable[[], None], **values: Any) -> Asking:
    """Fill in a form; what was chosen there is gone by the time that it arrives."""
    server, who = home.discord, home.discord.person(home.discord.moderator)
    before, resolved = form.interaction, dict[str, Any]()
    assert before.modal is not None
    resolver = Resolver(server.context, before.channel, who.user)
    filled = before.modal.submission(values, lambda kind, value, field: resolver(kind, value, field, resolved))
    gone()
    data = {"custom_id": before.modal.custom_id, "components": filled, "resolved": resolved}
    return who._ask(MODAL_SUBMIT, before.channel, data, message=before.message)


async def typed_late(
    home: RunningBot, name: str, options: list[Options], gone: Callable[[], None], **resolved: Any
) -> Asking:
    """Use a command; what was chosen there is gone by the time that it arrives."""
    server = home.discord
    command = server.commands.find(server.guild.id, "settings")
    data = {
        "id": command["id"],
        "name": "settings",
        "type": 1,
        "options": [{"name": name, "type": 1, "options": options}],
        "resolved": resolved,
    }
    gone()
    return server.person(server.moderator)._ask(COMMAND, server.channel, data, name=f"settings {name}")


async def test_a_role_that_is_deleted_between_opening_and_sending_is_gone(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        role, other = server.create_role("Patrons"), server.create_role("Guests")
        form = await opened(home, Rule.ROLE_QUOTA)
        for credits in ("5", ""):
            server.guild.roles[role.id] = role
            asking = await sent_late(home, form, lambda: server.delete_role(role), roles=[other, role], credits=credits)
            await is_refused(home, asking, "That role is gone.")
        await untouched(home)


async def test_a_role_that_is_deleted_while_a_command_is_typed_is_gone(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        role = server.create_role("Patrons")
        asking = await typed_late(
            home,
            "role-quota",
            [{"name": "role", "type": 8, "value": str(role.id)}, {"name": "credits", "type": 4, "value": 5}],
            lambda: server.delete_role(role),
            roles={str(role.id): server.payloads.role(role)},
        )
        await is_refused(home, asking, "That role is gone.")
        await untouched(home)


@pytest.mark.parametrize(
    ("name", "option"),
    [("channels", "deny"), ("channels", "allow"), ("channels", "forget"), ("log-channel", "channel")],
)
async def test_a_channel_that_is_deleted_while_a_command_is_typed_is_gone(
    tmp_path: Path, name: str, option: str
) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        channel = server.create_channel("studio")
        seen = server.payloads.channel(channel) | {"permissions": str(int(Permission.VIEW_CHANNEL))}
        asking = await typed_late(
            home,
            name,
            [{"name": option, "type": 7, "value": str(channel.id)}],
            lambda: server.delete_channel(channel),
            channels={str(channel.id): seen},
        )
        await is_refused(home, asking, "I cannot find that here any more")
        await untouched(home)


async def test_an_archived_thread_is_no_log_and_that_is_said_in_words(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        thread = await thread_under(home, await imagine(home))
        server.archive_thread(thread, locked=True)
        asking = await server.person(server.moderator).use("settings log-channel", {"channel": thread})
        await is_refused(home, asking, "I cannot find that here any more")
        await untouched(home)


@pytest.mark.parametrize(
    ("rule", "field"),
    [(Rule.CHANNELS, "allowed_channels"), (Rule.CHANNELS, "denied_channels"), (Rule.LOG_CHANNEL, "log_channel")],
)
async def test_a_channel_that_is_deleted_or_closed_between_opening_and_sending_is_refused(
    tmp_path: Path, rule: Rule, field: str
) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        doomed, closed = server.create_channel("doomed"), server.create_channel("closed")
        form = await opened(home, rule)
        asking = await sent_late(home, form, lambda: server.delete_channel(doomed), **{field: [doomed]})
        await is_refused(home, asking, "That channel is gone, or I cannot see it.")
        asking = await sent_late(
            home, form, lambda: server.revoke_permission(closed, "view_channel"), **{field: [closed]}
        )
        await is_refused(home, asking, "I cannot see <#")
        await untouched(home)


async def test_a_thread_in_which_the_bot_cannot_write_is_no_log(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        thread = await thread_under(home, await imagine(home))
        await setting(home, "log-channel", channel=thread)
        await setting(home, "log-channel", off=True)
        server.revoke_permission(server.channel, "send_messages_in_threads")
        asking = await server.person(server.moderator).use("settings log-channel", {"channel": thread})
        await is_refused(home, asking, "I cannot write in <#")
        await untouched(home, rows=2)


async def test_a_channel_of_another_rule_is_no_log_where_the_bot_cannot_write(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        quiet = silent(home.discord)
        await setting(home, "channels", deny=quiet)
        asking = await sent(home, await opened(home, Rule.LOG_CHANNEL), log_channel=[quiet])
        assert asking.interaction.acknowledged == 4
        await is_refused(home, asking, "I cannot write in <#")
        await untouched(home, rows=1)


# Too many


async def test_a_list_takes_25_channels(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        many = [server.create_channel(f"room-{number}") for number in range(26)]
        form = await opened(home, Rule.CHANNELS)
        with pytest.raises(CommandError):
            await server.person(server.moderator).submit(form, allowed_channels=many)
        await sent(home, form, allowed_channels=many[:25])
        moderator = server.person(server.moderator)
        for options in ({"allow": many[25]}, {"allow": many[25], "deny": server.channel}):
            await is_refused(
                home, await moderator.use("settings channels", options), "Each list can hold 25 channels at most."
            )
        await untouched(home, rows=1)
        await setting(home, "channels", allow=many[25], forget=many[0])
        assert len((await home.app.client.guild_settings.of(server.guild.id)).allowed_channels) == 25
        assert "and 13 more" in (await panel(home)).text


async def test_fifty_roles_can_have_credits_of_their_own(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        many = [server.create_role(f"role {number}") for number in range(51)]
        for start in range(0, 50, 10):
            await sent(home, await opened(home, Rule.ROLE_QUOTA), roles=many[start : start + 10], credits="5")
        options = {"role": many[50], "credits": 1}
        asking = await server.person(server.moderator).use("settings role-quota", options)
        await is_refused(home, asking, "At most 50 roles can have credits of their own.")
        form = await opened(home, Rule.ROLE_QUOTA)
        asking = await sent(home, form, roles=[many[0], many[50]], credits="6")
        await is_refused(home, asking, "At most 50 roles can have credits of their own.")
        await untouched(home, rows=5)
        await sent(home, form, roles=[many[0]], credits="6")  # one that has some already
        assert (await home.app.client.guild_settings.of(server.guild.id)).role_credits[many[0].id] == 6


async def test_the_list_of_words_has_an_end(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        every = [f"w{number}x" for number in range(2001)]
        for start in range(0, 2000, 500):
            await setting(home, "words", add=",".join(every[start : min(start + 500, 2000)]))
        asking = await home.discord.person(home.discord.moderator).use("settings words", {"add": every[2000]})
        await is_refused(home, asking, "the limit is 2,000")
        await untouched(home, rows=4)
        await refused(home, "the word w1999x")
        await setting(home, "words", add=every[2000], remove=every[0])


async def test_the_list_takes_fifty_patterns_however_they_are_added(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        patterns = [f"/blood{number}+/" for number in range(60)]
        await setting(home, "words", add=",".join(patterns[:50]))
        asking = await home.discord.person(home.discord.moderator).use(
            "settings words", {"add": ",".join(patterns[50:])}
        )
        await is_refused(home, asking, "50")
        await untouched(home, rows=1)
