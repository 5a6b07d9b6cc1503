"""`/settings`: a server's rules, by a panel or typed; each change is checked, recorded, and shown with its effect."""

from __future__ import annotations

from collections.abc import Sequence

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.guild_settings.rules import Rule
from bot.ui import forms, reply
from bot.ui.authorization import manager_of
from bot.ui.client import AtelierClient
from bot.ui.controls import ResetAll, RuleChoice, RulesRefresh
from bot.ui.interactions import Interaction
from bot.ui.rules import DECLARED, entry
from bot.ui.rules.declaration import Context, DeclaredRule, Given
from bot.ui.views import settings as panel
from bot.ui.words import N_
from bot.ui.words.refusals import Declined, Mistake

_ALL = "everything"


@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
class SettingsCommands(commands.GroupCog, group_name="settings", group_description=N_("The rules of this server")):
    """Everything is said to the caller alone; what was changed is told in the log channel."""

    def __init__(self, client: AtelierClient) -> None:
        self.client = client
        client.on_press("rule", self.choose)
        client.on_press("rules", self.refresh)
        client.on_press("reset", self.reset_all)
        client.forms.register(entry.KIND, self.form, self.send)
        if self.app_command is not None:
            for one in entry.subcommands(self.change):
                self.app_command.add_command(one)

    @app_commands.command(description=N_("See every rule and change it"))
    async def show(self, interaction: Interaction) -> None:
        """The panel."""
        await reply.privately(interaction, await self._panel(await self._context(interaction)))

    async def change(self, interaction: Interaction, declared: Sequence[DeclaredRule], given: Given) -> None:
        """A subcommand: make the change and say what it does; without options, say what holds."""
        context = await self._context(interaction)
        edit = entry.typed(declared, given, context)
        if edit is None and declared[0].rule is Rule.WORDS:
            await self._word_list(interaction, context)
            return
        rules, changes = context.rules, ()
        if edit is not None:
            rules, changes = await self.client.guild_settings.change(context.guild.id, interaction.user.id, edit)
        marks = panel.marks_of(context.guild, rules)
        if changes:
            text = panel.changed(changes, rules, context.offers, marks)
        else:
            text = panel.held(declared, rules, context.offers, marks)
        await reply.say(interaction, text)

    @app_commands.command(description=N_("Reset what this server has set"))
    @app_commands.describe(rule=N_("Which rule to reset"))
    @app_commands.choices(
        rule=[app_commands.Choice(name=one.title, value=rule.value) for rule, one in DECLARED.items()]
        + [app_commands.Choice(name=N_("Everything"), value=_ALL)]
    )
    async def reset(self, interaction: Interaction, rule: str) -> None:
        """One rule, or all; what was set before stays in the audit."""
        guild, member = manager_of(interaction)
        if rule == _ALL:
            await reply.privately(interaction, panel.reset_question())
            return
        rules, changes = await self.client.guild_settings.reset(guild.id, member.id, Rule(rule))
        text = panel.changed(changes, rules, self.client.offers, panel.marks_of(guild, rules))
        await reply.say(interaction, text)

    async def reset_all(self, interaction: Interaction, button: ResetAll) -> None:  # noqa: ARG002
        """Confirmed: everything becomes usual again."""
        guild, member = manager_of(interaction)
        await self.client.guild_settings.reset(guild.id, member.id, None)
        await self.refresh(interaction, RulesRefresh())

    async def choose(self, interaction: Interaction, choice: RuleChoice) -> None:
        """A rule was chosen on the panel: open its form."""
        guild, _member = manager_of(interaction)
        effective = await self.client.guild_settings.effective(guild.id)
        target = entry.target_of(choice.chosen(interaction), effective.version)
        await self.client.forms.open(interaction, entry.KIND, target)

    async def form(self, interaction: Interaction, target: str) -> ui.Modal:
        """A rule's form; opened again, it is still for the version of the rules that it first showed."""
        context = await self._context(interaction)
        return entry.form_for(target, context.rules, context.offers)

    async def refresh(self, interaction: Interaction, button: RulesRefresh) -> None:  # noqa: ARG002
        """Show the panel as things stand now."""
        await reply.in_place(interaction, await self._panel(await self._context(interaction)))

    async def send(self, interaction: Interaction, filled: forms.Filled) -> None:
        """A rule's form came back: change the rule, and show it on the panel."""
        context = await self._context(interaction)
        try:
            edit, seen = entry.filled(filled, context)
            await self.client.guild_settings.change(context.guild.id, interaction.user.id, edit, seen=seen)
        except Declined as refusal:
            raise Mistake.of(refusal) from None
        await self.refresh(interaction, RulesRefresh())

    async def _context(self, interaction: Interaction) -> Context:
        guild, _member = manager_of(interaction)
        return Context(guild, await self.client.guild_settings.of(guild.id), self.client.offers)

    async def _panel(self, context: Context) -> discord.ui.LayoutView:
        return panel.show(context.rules, context.offers, panel.marks_of(context.guild, context.rules))

    async def _word_list(self, interaction: Interaction, context: Context) -> None:
        words = context.rules.words
        if not words:
            await reply.privately(interaction, panel.word_list(words))
            return
        await reply.think(interaction)
        await reply.with_file(interaction, panel.word_list(words), "\n".join(words).encode(), panel.WORDS_NAME)


async def setup(client: AtelierClient) -> None:
    """Load the cog."""
    await client.add_cog(SettingsCommands(client))
