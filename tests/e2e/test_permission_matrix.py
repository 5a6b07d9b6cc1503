"""Who may do what: every command, menu, control and form by every role, in a server and out of it.

The table is exhaustive over what is registered: a command, control or form without a row fails.
"""

from __future__ import annotations

from enum import Enum, auto
from pathlib import Path
from typing import Any

import pytest
from discord import app_commands

from playground.commands import CommandError
from playground.interactions import MODAL_SUBMIT
from playground.messages import Message
from playground.people import Asking
from playground.permissions import Permission
from playground.world import Channel, User
from tests.support.bot import RunningBot, running_bot
from tests.support.remixing import card_of, code_of, imagine


class Right(Enum):
    """What is needed."""

    ANYBODY = auto()
    REQUESTER = auto()
    """Whoever asked for the picture, or a moderator."""
    REQUESTER_ALONE = auto()
    SELF = auto()
    """Whoever it is about, and nobody else."""
    MODERATOR = auto()
    MANAGER = auto()


ANYBODY, REQUESTER, REQUESTER_ALONE, SELF, MODERATOR, MANAGER = Right

COMMANDS: dict[str, tuple[Right, dict[str, Any]]] = {
    "imagine": (ANYBODY, {"prompt": "a kite"}),
    "edit": (ANYBODY, {}),
    "remix": (ANYBODY, {"prompt": "x", "source": "zzzzz-1"}),
    "lineage": (ANYBODY, {"source": "zzzzz-1"}),
    "history": (ANYBODY, {}),
    "quota": (ANYBODY, {}),
    "help": (ANYBODY, {}),
    "privacy consent": (ANYBODY, {}),
    "privacy export": (ANYBODY, {}),
    "privacy delete": (ANYBODY, {}),
    "moderate usage": (MODERATOR, {}),
    "moderate block": (MODERATOR, {"member": "bob"}),
    "moderate unblock": (MODERATOR, {"member": "bob"}),
    "moderate blocks": (MODERATOR, {}),
    "moderate grant": (MODERATOR, {"member": "bob", "credits": 1}),
    "moderate cancel": (MODERATOR, {"code": "zzzzz"}),
    "moderate remove": (MODERATOR, {"image": "zzzzz"}),
    "moderate audit": (MODERATOR, {}),
    "settings show": (MANAGER, {}),
    "settings reset": (MANAGER, {"rule": "everything"}),
    "settings safety": (MANAGER, {}),
    "settings quota": (MANAGER, {}),
    "settings role-quota": (MANAGER, {}),
    "settings server-quota": (MANAGER, {}),
    "settings channels": (MANAGER, {}),
    "settings models": (MANAGER, {}),
    "settings providers": (MANAGER, {}),
    "settings words": (MANAGER, {}),
    "settings log-channel": (MANAGER, {}),
    "settings language": (MANAGER, {}),
}
MENUS = {"Edit image": ANYBODY, "Remix image": ANYBODY, "Image details": ANYBODY, "Report image": ANYBODY}
CONTROLS: dict[str, tuple[Right, str]] = {
    "cancel": (REQUESTER, "atelier:cancel:{code}"),
    "delete": (REQUESTER, "atelier:delete:{code}"),
    "delete-now": (REQUESTER, "atelier:delete-now:{code}"),
    "retry": (REQUESTER, "atelier:retry:{code}"),
    "fix": (ANYBODY, "atelier:fix:1"),
    "reroll": (ANYBODY, "atelier:reroll:{code}"),
    "vary": (ANYBODY, "atelier:vary:{code}:1"),
    "varied": (ANYBODY, "atelier:varied:{code}"),
    "remix": (ANYBODY, "atelier:remix:{code}"),
    "max": (ANYBODY, "atelier:max:{code}"),
    "thread": (ANYBODY, "atelier:thread:{code}"),
    "more": (ANYBODY, "atelier:more:{code}"),
    "report-picture": (ANYBODY, "atelier:report-picture:{code}"),
    "use": (ANYBODY, "atelier:use:{code}:1"),
    "undo": (ANYBODY, "atelier:undo:{code}:1"),
    "lapse": (ANYBODY, "atelier:lapse:{code}:1"),
    "family": (ANYBODY, "atelier:family"),
    "tell": (REQUESTER_ALONE, "atelier:tell:{code}"),
    "details": (ANYBODY, "atelier:details:{code}"),
    "compare": (ANYBODY, "atelier:compare:{code}"),
    "erase": (SELF, "atelier:erase:{alice}"),
    "history": (MODERATOR, "atelier:history:{alice}::"),
    "audit": (MODERATOR, "atelier:audit:99::"),
    "report": (MODERATOR, "atelier:report:dismiss:1"),
    "rule": (MANAGER, "atelier:rule"),
    "rules": (MANAGER, "atelier:rules"),
    "reset": (MANAGER, "atelier:reset"),
}
FORMS: dict[str, tuple[Right, str]] = {
    "edit": (ANYBODY, "zzzzz"),
    "remix": (ANYBODY, "zzzzz"),
    "report": (ANYBODY, "zzzzz"),
    "report-block": (MODERATOR, "1"),
    "retry": (REQUESTER, "{code}"),
    "rule": (MANAGER, "quota:0"),
}
SHOWN_ELSEWHERE = {
    "delete-now",  # tests/e2e/test_moderate.py: it would end what the others need
    "history",  # tests/e2e/test_history.py: it answers in place
}
DENIED = (
    "Only members with",
    "Only moderators",
    "and the moderators can",
    "can ask to be mentioned",
    "Only you can",
    "is for servers that have installed me",
    "are for servers that have installed me",
    "I do not know this picture here",
)


def person(home: RunningBot, role: str) -> User:
    """Somebody of a role: a member is Bob, a stranger to Alice's picture."""
    server, rights = home.discord, {"moderator": Permission.MODERATE_MEMBERS, "manager": Permission.MANAGE_GUILD}
    if role in rights:
        server.give_role(server.bob, server.create_role(role, int(rights[role])))
    return server.bob


def allowed(role: str, right: Right) -> bool:
    """What the table says of a role in its own server."""
    return right is ANYBODY or (role == "moderator" and right in {MODERATOR, REQUESTER}) or role == right.name.lower()


async def denied(asking: Asking) -> bool:
    """Whether the answer says that it may not be; then it is for the caller alone, and no form opened."""
    await asking.acknowledged()
    if asking.interaction.modal is not None or asking.interaction.acknowledged in {6, 8, 9}:
        return False
    words = (await asking.reply()).text
    no = any(one in words for one in DENIED)
    assert not no or asking.ephemeral
    return no


def options_of(home: RunningBot, given: dict[str, Any]) -> dict[str, Any]:
    return {name: home.discord.alice if value == "bob" else value for name, value in given.items()}


def controls_of(home: RunningBot, made: Message, channel: Channel) -> dict[str, Message]:
    """A message of the bot's for each control, as it may still stand in a channel from long ago."""
    server, code = home.discord, code_of(made).partition("-")[0]
    found: dict[str, Message] = {}
    for action, (_, custom_id) in CONTROLS.items():
        shown = {
            "type": 2,
            "style": 2,
            "label": action,
            "custom_id": custom_id.format(code=code, alice=server.alice.id),
        }
        body = {"flags": 1 << 15, "components": [{"type": 1, "components": [shown]}]}
        found[action] = server.messages_of_world.create(channel, server.world.bot, body)
    return found


def click(home: RunningBot, who: User, message: Message, action: str) -> Asking:
    one = message.components[0]["components"][0]
    values = ["1:strong"] if action == "varied" else ["quota"]
    data = {"component_type": 2, "custom_id": one["custom_id"], "id": one["id"], "values": values}
    return home.discord.person(who)._ask(3, message.channel, data, message=message)  # pyright: ignore[reportPrivateUsage]


def send(home: RunningBot, who: User, channel: Channel, kind: str, target: str) -> Asking:
    data = {"custom_id": f"atelier:form:{kind}:{target}", "components": []}
    return home.discord.person(who)._ask(MODAL_SUBMIT, channel, data)  # pyright: ignore[reportPrivateUsage]


async def test_the_table_names_all_that_is_registered_and_nothing_else(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        client = home.app.client
        commands = {one.qualified_name for one in client.tree.walk_commands() if isinstance(one, app_commands.Command)}
        menus = {one.name for one in client.tree.get_commands() if isinstance(one, app_commands.ContextMenu)}
        assert set(COMMANDS) == commands
        assert set(MENUS) == menus
        assert set(CONTROLS) == set(client._presses)  # pyright: ignore[reportPrivateUsage]
        assert set(FORMS) == client.forms.kinds


@pytest.mark.parametrize("role", ["member", "moderator", "manager"])
async def test_who_may_do_what_in_a_server(tmp_path: Path, role: str) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        server.loosen_command_permissions = True
        made = await imagine(home)
        who = person(home, role)
        wrong: list[str] = []

        async def expect(what: str, right: Right, asking: Asking) -> None:
            if await denied(asking) is allowed(role, right):
                wrong.append(what)

        for name, (right, given) in COMMANDS.items():
            if name != "edit":  # needs a file; its form and menu are here
                await expect(name, right, await server.person(who).use(name, options_of(home, given)))
        for name, right in MENUS.items():
            await expect(name, right, await server.person(who).context_menu(name, made))
        for kind, (right, target) in FORMS.items():
            if right is not ANYBODY:
                named = target.format(code=code_of(made).partition("-")[0])
                await expect(f"form {kind}", right, send(home, who, server.channel, kind, named))
        messages = controls_of(home, made, server.channel)
        for action, (right, _) in CONTROLS.items():
            if right is not ANYBODY and action not in SHOWN_ELSEWHERE:
                await expect(f"control {action}", right, click(home, who, messages[action], action))
        assert wrong == []


@pytest.mark.parametrize("where", ["conversation", "elsewhere"])
async def test_nothing_of_a_server_is_reached_from_outside(tmp_path: Path, where: str) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        server.loosen_command_permissions = True
        made = await imagine(home)
        place = server.dm(server.bob) if where == "conversation" else server.elsewhere_channel
        if place.guild is not None:  # where only a member has installed the bot, its rights there are nothing to us
            place.guild.roles[place.guild.id].permissions |= int(Permission.ADMINISTRATOR)
        reached: list[str] = []
        for name, (right, given) in COMMANDS.items():
            if right in {MODERATOR, MANAGER}:
                try:
                    asking = await server.person(server.bob).use(name, options_of(home, given), place)
                except CommandError:
                    continue  # Discord does not offer it
                if not await denied(asking):
                    reached.append(name)
        for action, (right, _) in CONTROLS.items():
            message = controls_of(home, made, place)[action]
            if right is ANYBODY or action == "history":
                continue
            if not await denied(click(home, server.bob, message, action)):
                reached.append(action)
        assert reached == []


async def test_a_blocked_member_starts_nothing_by_any_control(tmp_path: Path) -> None:
    async with running_bot(tmp_path) as home:
        server = home.discord
        made = await imagine(home)
        blocked = {"member": server.bob, "duration": 24}
        await (await server.person(server.moderator).use("moderate block", blocked)).reply()
        before, bob = await home.count("jobs"), server.person(server.bob)
        asking = await bob.command("imagine", prompt="a kite")
        assert "blocked you" in (await asking.reply()).text
        card = await card_of(bob, made)
        for message, label in ((made, "Reroll"), (made, "Vary"), (made, "Remix"), (card, "Max"), (card, "Thread")):
            asking = await bob.click(message, label)
            assert "blocked you" in (await asking.reply()).text, label
        assert await home.count("jobs") == before
