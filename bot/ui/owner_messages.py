"""Tells the bot's owner, by direct message, what needs them."""

from __future__ import annotations

import discord
import structlog

from bot.audit.operator_alerts import Alert, OperatorAlerts
from bot.ui.reply import LOST, NOBODY
from bot.ui.views import card as look
from bot.ui.words import _

_log = structlog.get_logger(__name__)


class OwnerMessenger:
    """Each alert once; it is in the log in any case."""

    def __init__(self, client: discord.Client, alerts: OperatorAlerts) -> None:
        self._client = client
        self._alerts = alerts

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                await self._tell(await self._alerts.waiting())
            except Exception as error:  # noqa: BLE001 - whatever broke here, pictures go on being made
                _log.error("alert broke", exc_info=error)

    async def _tell(self, alert: Alert) -> None:
        try:
            info = await self._client.application_info()
            owner_id = info.team.owner_id if info.team is not None and info.team.owner_id else info.owner.id
            channel = await self._client.create_dm(discord.Object(owner_id))
            view = look.note(_("**Your bot needs you**") + f"\n{alert.text}")
            await channel.send(view=view, allowed_mentions=NOBODY)
        except LOST as error:
            self._alerts.again(alert)
            _log.warning("owner not told", alert=alert.name, error=type(error).__name__)
        else:
            await self._alerts.told(alert)
