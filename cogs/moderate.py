"""`/moderate`: who made what, and what to do about it; everything done leaves an entry in the audit."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import Missing
from bot.guild_settings.rules import limit_of
from bot.models import AuditAction, JobState
from bot.moderation.service import DAYS_MAX, REASON_MAX
from bot.ui import messages, reply
from bot.ui.authorization import moderator_of
from bot.ui.client import AtelierClient
from bot.ui.controls import AuditPage
from bot.ui.interactions import Interaction, member_as, place_of
from bot.ui.markup import mention
from bot.ui.views import moderation as moderating
from bot.ui.views.usage_words import captions
from bot.ui.words import N_, _, day, ngettext, sentences
from bot.ui.words.refusals import Declined

Reason = app_commands.Range[str, 1, REASON_MAX]
_FOREVER = 0
_DURATIONS = {
    N_("an hour"): 1,
    N_("a day"): 24,
    N_("a week"): 168,
    N_("a month"): 720,
    N_("until it is lifted"): _FOREVER,
}


@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(moderate_members=True)
class ModerateCommands(
    commands.GroupCog, group_name="moderate", group_description=N_("For moderators: usage, blocks, the record")
):
    """Everything is said to the caller alone; what was done is told in the log channel."""

    def __init__(self, client: AtelierClient) -> None:
        self.client = client
        client.on_press("audit", self.turn)

    @app_commands.command(description=N_("Who made how much, with a chart"))
    @app_commands.describe(
        member=N_("One member only"), days=N_("How many days, today included; 7 if you leave it out")
    )
    async def usage(
        self,
        interaction: Interaction,
        member: discord.User | None = None,
        days: app_commands.Range[int, 1, DAYS_MAX] = 7,
    ) -> None:
        """Numbers and a picture of them."""
        guild, _actor = moderator_of(interaction)
        await reply.think(interaction)
        whose = member.id if member is not None else None
        title = guild.name
        if member is not None:
            title = _("{member} in {server}", member=member.display_name, server=guild.name)
        made = moderating.titled(await self.client.moderation.usage(guild.id, days, whose, day), title)
        chart = await self.client.moderation.chart(made.chart, captions(made.chart))
        now = None
        if member is not None:
            now = await self.client.credits.usage(member_as(member), place_of(interaction))
        await reply.with_file(interaction, moderating.usage(made, now, whose), chart, moderating.CHART_NAME)

    @app_commands.command(description=N_("Stop a member from making pictures"))
    @app_commands.describe(
        member=N_("Who"),
        duration=N_("For how long; a day if you leave it out"),
        reason=N_("Shown to the member, and kept on record"),
    )
    @app_commands.choices(duration=[app_commands.Choice(name=name, value=hours) for name, hours in _DURATIONS.items()])
    async def block(
        self, interaction: Interaction, member: discord.User, duration: int = 24, reason: Reason | None = None
    ) -> None:
        """Block, and say what still runs."""
        guild, actor = moderator_of(interaction)
        if member.id == actor.id:
            raise Declined(N_("You cannot block yourself."))
        if member.bot:
            raise Declined(N_("Bots cannot make pictures here."))
        if duration not in _DURATIONS.values():
            raise Declined(N_("Choose one of the durations."))
        one = await self.client.moderation.block(guild.id, actor.id, member.id, duration or None, reason or "")
        text = _(
            "{member} cannot make pictures here {until}. What is already running goes on; `/moderate cancel` ends it.",
            member=mention(member.id),
            until=moderating.until(one.until),
        )
        await reply.say(interaction, text)

    @app_commands.command(description=N_("Let a blocked or paused member make pictures again"))
    async def unblock(self, interaction: Interaction, member: discord.User, reason: Reason | None = None) -> None:
        """Lift the block, forget the strikes."""
        guild, actor = moderator_of(interaction)
        await self.client.moderation.unblock(guild.id, actor.id, member.id, reason or "")
        text = _("{member} can make pictures again.", member=mention(member.id))
        await reply.say(interaction, text)

    @app_commands.command(description=N_("See who is blocked or paused"))
    async def blocks(self, interaction: Interaction) -> None:
        """The newest blocks in force."""
        guild, _actor = moderator_of(interaction)
        found = await self.client.moderation.blocked(guild.id)
        await reply.say(interaction, moderating.blocks(found))

    @app_commands.command(description=N_("Give a member credits on top of their limit, for 24 hours"))
    async def grant(
        self,
        interaction: Interaction,
        member: discord.User,
        credits: app_commands.Range[int, 1, 10_000],
        reason: Reason | None = None,
    ) -> None:
        """Book it in the ledger."""
        guild, actor = moderator_of(interaction)
        await reply.think(interaction)  # of two processes that hear it, Discord lets one answer: that one books it
        if member.bot:
            raise Declined(N_("Bots cannot make pictures here."))
        rules, whom = await self.client.guild_settings.of(guild.id), mention(member.id)
        limit = limit_of(rules, member_as(member))
        if limit.credits is None:
            raise Declined(N_("{member} is not limited here, so a grant would change nothing."), member=whom)
        if limit.credits == 0:
            raise Declined(N_("Pictures are switched off for {member}; a grant does not change that."), member=whom)
        await self.client.moderation.grant(guild.id, actor.id, member.id, credits, reason or "")
        text = ngettext(
            "{member} has {count} more credit for 24 hours.",
            "{member} has {count} more credits for 24 hours.",
            credits,
            member=whom,
        )
        if rules.pool_credits is not None:
            text = sentences(text, _("They still count towards the credits for everybody together."))
        await reply.say(interaction, text)

    @app_commands.command(
        description=N_("Cancel what is waiting or running: all that a member asked for, or one request")
    )
    @app_commands.describe(member=N_("Whose requests"), code=N_("One request: its code, or a link to its message"))
    async def cancel(
        self, interaction: Interaction, member: discord.User | None = None, code: str | None = None
    ) -> None:
        """Cancel; what no service has been given goes back."""
        guild, actor = moderator_of(interaction)
        if (member is None) == (code is None):
            raise Declined(N_("Name either a `member` or a `code`."))
        await reply.think(interaction)
        moderation, place = self.client.moderation, place_of(interaction)
        if code is not None:
            job = await moderation.job(guild.id, code, Missing.REQUEST)
            if job.state.terminal:
                raise Declined(N_("This is already finished."))
            ended = [await self.client.generation.cancel(job.code, actor, place)]
        else:
            ended = await moderation.cancel(guild.id, actor, place, member.id if member is not None else 0)
        names = ", ".join(f"`{job.code}`" for job in ended)
        text = _(
            "Cancelled: {codes}. What had already been ordered stays charged; the messages say how much.", codes=names
        )
        if not any(job.ordered for job in ended):
            text = _("Cancelled: {codes}. Nothing was charged.", codes=names)
        if not ended:
            text = _("They have nothing waiting or running here.")
        await reply.say(interaction, text)

    @app_commands.command(description=N_("Remove a picture everywhere: its message, threads, history and trees"))
    @app_commands.describe(image=N_("Its code, or a link to its message"), reason=N_("For the record"))
    async def remove(self, interaction: Interaction, image: str, reason: Reason | None = None) -> None:
        """Delete the message, and forget where its pictures are."""
        guild, actor = moderator_of(interaction)
        job = await self.client.moderation.job(guild.id, image)
        await reply.think(interaction)
        if job.state.terminal and job.message_id is None:
            raise Declined(N_("`{code}` has been removed already."), code=job.code)
        if job.state is JobState.DELIVERING:
            raise Declined(N_("It is being posted right now. Please try again in a few seconds."))
        if not job.state.terminal:  # else it would be posted anew
            await self.client.generation.cancel(job.code, actor, place_of(interaction))
            job = await self.client.generation.find(job.code, place_of(interaction))
        await messages.remove(self.client, job, actor, reason or "")
        text = _(
            "`{code}` of {member} is removed, with all its pictures, and so are the trees that show them. What others "
            "made from them stays.",
            code=job.code,
            member=mention(job.member_id),
        )
        await reply.say(interaction, text)

    @app_commands.command(description=N_("The record: who changed or did what, newest first"))
    @app_commands.describe(action=N_("Only this kind"), member=N_("Who did it, or whom it was done to"))
    @app_commands.choices(
        action=[app_commands.Choice(name=name, value=one.value) for one, name in moderating.ACTIONS.items()]
    )
    async def audit(
        self, interaction: Interaction, action: str | None = None, member: discord.User | None = None
    ) -> None:
        """The first page."""
        view = await self._page(interaction, None, action, member.id if member is not None else None)
        await reply.privately(interaction, view)

    async def turn(self, interaction: Interaction, page: AuditPage) -> None:
        """Another page, in place."""
        await reply.in_place(interaction, await self._page(interaction, page.before, page.kind, page.member_id))

    async def _page(
        self, interaction: Interaction, before: int | None, action: str | None, member_id: int | None
    ) -> discord.ui.LayoutView:
        guild, _actor = moderator_of(interaction)
        kind = AuditAction(action) if action else None
        entries, more = await self.client.moderation.audit(guild.id, before=before, action=kind, member_id=member_id)
        return moderating.record(entries, more, kind, member_id)


async def setup(client: AtelierClient) -> None:
    """Load the cog."""
    await client.add_cog(ModerateCommands(client))
