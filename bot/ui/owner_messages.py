"""Tells the bot's owner, by direct message, what needs them."""

from __future__ import annotations

import discord
import structlog

from bot.audit.operator_alerts import Alert, OperatorAlerts
from bot.models import Failure
from bot.ui.interactions import owner_of
from bot.ui.reply import LOST, NOBODY
from bot.ui.views.card import note
from bot.ui.words import N_, _, percentage

_log = structlog.get_logger(__name__)

_REFUSES = {
    Failure.BAD_KEY: N_(
        "{provider} does not accept the bot's key. Pictures go elsewhere, or fail, until the key is right."
    ),
    Failure.OUT_OF_FUNDS: N_(
        "{provider} says that the account is empty. Pictures go elsewhere, or fail, until it is topped up."
    ),
}


class OwnerMessenger:
    """Each alert once; it is in the log in any case."""

    def __init__(self, client: discord.Client, alerts: OperatorAlerts) -> None:
        self._client = client
        self._alerts = alerts

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self._tell(await self._alerts.waiting())

    async def _tell(self, alert: Alert) -> None:
        try:
            info = await self._client.application_info()
            channel = await self._client.create_dm(discord.Object(owner_of(info).id))
            view = note(_("**Your bot needs you**") + f"\n{_text(alert)}")
            await channel.send(view=view, allowed_mentions=NOBODY)
        except LOST as error:
            self._alerts.again(alert)
            _log.warning("owner not told", alert=alert.name, error=type(error).__name__)
        except Exception:
            self._alerts.again(alert)
            raise
        else:
            await self._alerts.told(alert)


def _text(alert: Alert) -> str:
    if alert.failure is not None:
        return _(_REFUSES[alert.failure], provider=alert.provider)
    if alert.invalid_requests:
        return _(
            "Discord refused {count} of my calls within 10 minutes; at 10,000 it shuts me out for a while. "
            "Somebody may be flooding me, or I lack permissions: the log says which calls they were.",
            count=alert.invalid_requests,
        )
    if alert.spent == 1:
        return _(
            "All of DAILY_BUDGET_USD has been spent within 24 hours. Requests that do not fit are refused until older "
            "spending is more than a day old."
        )
    return _("{share} of DAILY_BUDGET_USD has been spent within 24 hours.", share=percentage(alert.spent or 0))
