"""`/settings`: a server's rules, by a panel or typed; each change is checked, recorded, and shown with its effect."""

from __future__ import annotations

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import BadInput
from bot.guild_settings.rules import Rule, Rules, Spoilers
from bot.guild_settings.store import Edit
from bot.models import Model
from bot.ui import forms, reply, rule_forms
from bot.ui.authorization import manager_of, reachable_channel, role_here
from bot.ui.client import AtelierClient
from bot.ui.controls import ResetAll, RuleChoice, RulesRefresh
from bot.ui.interactions import Interaction
from bot.ui.views import card as look
from bot.ui.views import settings as panel

Level = app_commands.Range[int, 0, 6]
Credits = app_commands.Range[int, 0, 1_000_000]
Hours = app_commands.Range[int, 1, 720]
Words = app_commands.Range[str, 1, 4000]
Channel = discord.TextChannel | discord.ForumChannel | discord.VoiceChannel | discord.StageChannel
_ALL = "everything"
_SPOILERS = [
    app_commands.Choice(name="never", value="never"),
    app_commands.Choice(name="in age-restricted channels", value="age_restricted"),
    app_commands.Choice(name="always", value="always"),
]


@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
class SettingsCommands(commands.GroupCog, group_name="settings", group_description="The rules of this server"):
    """Everything is said to the caller alone; what was changed is told in the log channel."""

    def __init__(self, client: AtelierClient) -> None:
        self.client = client
        client.on_press("rule", self.choose)
        client.on_press("rules", self.refresh)
        client.on_press("reset", self.reset_all)
        client.on_form(rule_forms.KIND, self.send)

    @app_commands.command(description="See every rule and change it")
    async def show(self, interaction: Interaction) -> None:
        """The panel."""
        guild, _ = manager_of(interaction)
        await reply.privately(interaction, await self._panel(guild))

    @app_commands.command(description="How much the image services let pass, covered pictures, and pauses")
    @app_commands.describe(
        tolerance="In normal channels, from 0 (strictest) to 6",
        age_restricted="In age-restricted channels, from 0 (strictest) to 6",
        spoilers="Which pictures are covered until somebody clicks them",
        strikes="Refusals for content that pause a member; 0 switches it off",
        strike_hours="Within how many hours they count",
        pause_hours="For how many hours the member is paused",
    )
    @app_commands.choices(spoilers=_SPOILERS)
    async def safety(
        self,
        interaction: Interaction,
        tolerance: Level | None = None,
        age_restricted: Level | None = None,
        spoilers: str | None = None,
        strikes: app_commands.Range[int, 0, 100] | None = None,
        strike_hours: Hours | None = None,
        pause_hours: Hours | None = None,
    ) -> None:
        """Set what was given."""
        given = {
            "tolerance": tolerance,
            "tolerance_age_restricted": age_restricted,
            "spoilers": None if spoilers is None else Spoilers(spoilers),
            "strikes": strikes,
            "strike_hours": strike_hours,
            "pause_hours": pause_hours,
        }
        values = {name: value for name, value in given.items() if value is not None}
        await self._change(interaction, rule_forms.plainly(**values), Rule.SAFETY, Rule.SPOILERS, Rule.STRIKES)

    @app_commands.command(description="A member's credits in 24 hours")
    @app_commands.describe(credits="0: no pictures at all", unlimited="As many as they like")
    async def quota(self, interaction: Interaction, credits: Credits | None = None, unlimited: bool = False) -> None:
        """Set it."""
        values = _amount("daily_credits", credits, unlimited)
        await self._change(interaction, rule_forms.plainly(**values), Rule.QUOTA)

    @app_commands.command(
        name="role-quota", description="Credits of members with a role; of several the highest counts"
    )
    @app_commands.describe(
        role="Whose credits", credits="0: no pictures at all", unlimited="As many as they like", remove="Forget it"
    )
    async def role_quota(
        self,
        interaction: Interaction,
        role: discord.Role | None = None,
        credits: Credits | None = None,
        unlimited: bool = False,
        remove: bool = False,
    ) -> None:
        """Set it, or forget it."""
        if role is None:
            if credits is not None or unlimited or remove:
                raise BadInput("Say which `role` it is for.")
            await self._change(interaction, rule_forms.plainly(), Rule.ROLE_QUOTA)
            return
        values = _amount("credits", credits, unlimited)
        if bool(values) == remove:
            raise BadInput("Give the role `credits`, make it `unlimited`, or `remove` what it has; one of them.")
        if not remove:
            role_here(_guild(interaction), role.id)
        edit = rule_forms.role_edit([role.id], values.get("credits"), forget=remove)
        await self._change(interaction, edit, Rule.ROLE_QUOTA)

    @app_commands.command(name="server-quota", description="Credits of all members together in 24 hours")
    @app_commands.describe(credits="0: no pictures at all", unlimited="No limit for all together")
    async def server_quota(
        self, interaction: Interaction, credits: Credits | None = None, unlimited: bool = False
    ) -> None:
        """Set it."""
        values = _amount("pool_credits", credits, unlimited)
        await self._change(interaction, rule_forms.plainly(**values), Rule.SERVER_QUOTA)

    @app_commands.command(description="Where pictures may be made; a channel's threads go with it")
    @app_commands.describe(
        allow="Only here, and in others that are allowed", deny="Not here", forget="Neither allowed nor denied any more"
    )
    async def channels(
        self,
        interaction: Interaction,
        allow: Channel | None = None,
        deny: Channel | None = None,
        forget: Channel | None = None,
    ) -> None:
        """Put channels on a list or take them off."""
        for channel in (allow, deny):
            if channel is not None:
                reachable_channel(_guild(interaction), channel.id)
        lists = ([one.id] if one is not None else [] for one in (allow, deny, forget))
        await self._change(interaction, rule_forms.channels_edit(*lists), Rule.CHANNELS)

    @app_commands.command(description="Which models may be used")
    @app_commands.describe(pro="Fast, 1 credit a picture", max="Finest, 2 credits a picture")
    async def models(self, interaction: Interaction, pro: bool | None = None, max: bool | None = None) -> None:
        """Switch each on or off."""
        wanted = {Model.PRO: pro, Model.MAX: max}

        def edit(rules: Rules) -> dict[str, tuple[Model, ...]]:
            chosen = tuple(one for one in Model if (wanted[one] if wanted[one] is not None else one in rules.models))
            if not chosen:
                raise BadInput("At least one model must be allowed. To stop all pictures, set the server quota to 0.")
            return {"models": chosen}

        await self._change(interaction, edit, Rule.MODELS)

    @app_commands.command(description="Which image services are used, in which order")
    @app_commands.describe(order="Names separated by commas, best first; `usual` for the operator's order")
    async def providers(self, interaction: Interaction, order: app_commands.Range[str, 1, 200] | None = None) -> None:
        """Set the order; those not named are not used."""
        if order is None:
            await self._change(interaction, rule_forms.plainly(), Rule.PROVIDERS)
            return
        names = () if order.strip().lower() == "usual" else rule_forms.providers_of(order, self.client.offers)
        await self._change(interaction, rule_forms.plainly(providers=names), Rule.PROVIDERS)

    @app_commands.command(description="Words that a prompt may not hold; without options: see the list")
    @app_commands.describe(
        add="Words or phrases, separated by commas; word* is a beginning, /…/ a regular expression",
        remove="Entries to take off the list, separated by commas",
    )
    async def words(self, interaction: Interaction, add: Words | None = None, remove: Words | None = None) -> None:
        """Change the list, or show it to the caller alone."""
        if add is None and remove is None:
            guild, _ = manager_of(interaction)
            words = (await self.client.guild_settings.of(guild.id)).words
            if not words:
                await reply.privately(interaction, panel.word_list(words))
                return
            await reply.think(interaction)
            data = "\n".join(words).encode()
            await reply.with_file(interaction, panel.word_list(words), data, panel.WORDS_NAME)
            return
        await self._change(interaction, rule_forms.words_edit(add or "", remove or ""), Rule.WORDS)

    @app_commands.command(name="log-channel", description="Where refusals, reports and changes are told")
    @app_commands.describe(
        channel="A channel that the moderators read",
        prompts="Whether it may quote what members wrote",
        off="Tell nobody",
    )
    async def log_channel(
        self,
        interaction: Interaction,
        channel: discord.TextChannel | discord.Thread | None = None,
        prompts: bool | None = None,
        off: bool = False,
    ) -> None:
        """Set it."""
        if off and channel is not None:
            raise BadInput("Choose a `channel`, or switch it `off`.")
        values: dict[str, int | bool | None] = {}
        if channel is not None:
            values["log_channel"] = reachable_channel(_guild(interaction), channel.id, to_write=True)
        if off:
            values["log_channel"] = None
        if prompts is not None:
            values["log_prompts"] = prompts
        await self._change(interaction, rule_forms.plainly(**values), Rule.LOG_CHANNEL)

    @app_commands.command(description="Take back what this server has set")
    @app_commands.describe(rule="Which rule becomes usual again")
    @app_commands.choices(
        rule=[app_commands.Choice(name=panel.TITLES[one], value=one.value) for one in Rule]
        + [app_commands.Choice(name="Everything", value=_ALL)]
    )
    async def reset(self, interaction: Interaction, rule: str) -> None:
        """One rule, or all; what was set before stays in the audit."""
        guild, member = manager_of(interaction)
        if rule == _ALL:
            await reply.privately(interaction, panel.reset_question())
            return
        rules, changes = await self.client.guild_settings.reset(guild.id, member.id, Rule(rule))
        text = panel.changed(changes, rules, self.client.offers, _marks(guild, rules))
        await reply.privately(interaction, look.note(text, look.PICTURE))

    async def reset_all(self, interaction: Interaction, button: ResetAll) -> None:  # noqa: ARG002
        """Confirmed: everything becomes usual again."""
        guild, member = manager_of(interaction)
        await self.client.guild_settings.reset(guild.id, member.id, None)
        await reply.in_place(interaction, await self._panel(guild))

    async def choose(self, interaction: Interaction, choice: RuleChoice) -> None:
        """A rule was chosen on the panel: open its form."""
        guild, _ = manager_of(interaction)
        effective = await self.client.guild_settings.effective(guild.id)
        form = rule_forms.build(choice.chosen(interaction), effective, self.client.offers)
        await interaction.response.send_modal(form)

    async def refresh(self, interaction: Interaction, button: RulesRefresh) -> None:  # noqa: ARG002
        """Show the panel as things stand now."""
        guild, _ = manager_of(interaction)
        await reply.in_place(interaction, await self._panel(guild))

    async def send(self, interaction: Interaction, filled: forms.Filled) -> None:
        """A rule's form came back: change the rule, and show it on the panel."""
        guild, member = manager_of(interaction)
        for role_id in rule_forms.ids(filled, "roles"):
            role_here(_guild(interaction), role_id)
        rules = await self.client.guild_settings.of(guild.id)
        pictures = {*rules.allowed_channels, *rules.denied_channels}
        known = {"allowed_channels": pictures, "denied_channels": pictures, "log_channel": {rules.log_channel}}
        for name, already in known.items():
            for channel_id in rule_forms.ids(filled, name):
                if channel_id not in already:
                    reachable_channel(_guild(interaction), channel_id, to_write=name == "log_channel")
        edit, seen = rule_forms.edit_of(filled, self.client.offers)
        await self.client.guild_settings.change(guild.id, member.id, edit, seen=seen)
        await reply.in_place(interaction, await self._panel(guild))

    async def _panel(self, guild: discord.Guild) -> discord.ui.LayoutView:
        rules = await self.client.guild_settings.of(guild.id)
        return panel.show(rules, self.client.offers, _marks(guild, rules))

    async def _change(self, interaction: Interaction, edit: Edit, *touched: Rule) -> None:
        """Make a change and say what it does; without options, say what holds."""
        guild, member = manager_of(interaction)
        rules, changes = await self.client.guild_settings.change(guild.id, member.id, edit)
        if changes:
            text = panel.changed(changes, rules, self.client.offers, _marks(guild, rules))
        else:
            text = "\n".join(
                f"**{panel.TITLES[one]}**\n{panel.effect(one, rules, self.client.offers, _marks(guild, rules))}"
                for one in touched
            )
        await reply.privately(interaction, look.note(text, look.PICTURE))


def _guild(interaction: Interaction) -> discord.Guild:
    return manager_of(interaction)[0]


def _marks(guild: discord.Guild, rules: Rules) -> dict[int, str]:
    """What is to be said of roles and channels: that they are gone, or that everybody reads the log."""
    channels = {one for one in (*rules.allowed_channels, *rules.denied_channels, rules.log_channel) if one is not None}
    marks = {one: panel.GONE for one in rules.role_credits if guild.get_role(one) is None}
    marks |= {one: panel.GONE for one in channels if guild.get_channel_or_thread(one) is None}
    log = guild.get_channel_or_thread(rules.log_channel) if rules.log_channel is not None else None
    if log is not None and log.permissions_for(guild.default_role).view_channel:
        marks[log.id] = panel.PUBLIC
    return marks


def _amount(
    name: Literal["daily_credits", "credits", "pool_credits"], credits: int | None, unlimited: bool
) -> dict[str, int | None]:
    if unlimited and credits is not None:
        raise BadInput("Give a number of `credits`, or make it `unlimited`.")
    if unlimited:
        return {name: None}
    return {} if credits is None else {name: credits}


async def setup(client: AtelierClient) -> None:
    """Load the cog."""
    await client.add_cog(SettingsCommands(client))
