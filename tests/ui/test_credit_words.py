"""What members and moderators read of credits: one limit, the one that holds."""

from __future__ import annotations

from dataclasses import replace

from discord import ui

from bot.credits.account import CreditUsage
from bot.credits.ceilings import CeilingUsage
from bot.errors import Ceiling
from bot.guild_settings.rules import Limit
from bot.models.usage import Day, UsageChart
from bot.moderation.usage import UsageSummary
from bot.ui.views import moderation
from bot.ui.views.quota import quota

UNLIMITED = CreditUsage(11, 0, 0, Limit(None, own=True), None, None)


def text_of(view: ui.LayoutView) -> str:
    return str(view.to_components())


def test_where_the_operators_limit_holds_nothing_else_is_called_the_limit() -> None:
    held = CreditUsage(11, 0, 0, UNLIMITED.limit, None, None, ceilings=(CeilingUsage(Ceiling.SERVER, 1989, 2000),))
    said = text_of(quota(held))
    assert "**1,989 of 2,000 credits left**" in said
    assert "the operator's holds" in said
    assert "Your limit is" not in said
    assert "unlimited" not in said


def test_where_the_servers_rule_holds_it_is_named() -> None:
    said = text_of(quota(CreditUsage(1, 0, 0, Limit(3, own=True), 2, None)))
    assert "Your limit is this server's rule." in said


def test_without_a_limit_moderators_read_what_is_used_and_of_one_day_its_date_once() -> None:
    chart = UsageChart("", "", (Day("30 Nov", {}, 0.0),), (), ())
    summary = moderation.titled(UsageSummary(chart, ()), "Usage")
    said = text_of(moderation.usage(summary, UNLIMITED, 7))
    assert "**11** credits are used at the moment; there is no limit." in said
    assert said.count("30 Nov (UTC)") == 2  # beside the chart, and in its description
    assert " to " not in summary.chart.subtitle
    one = moderation.usage(summary, replace(UNLIMITED, used=1), 7)
    assert "**1** credit is used at the moment; there is no limit." in text_of(one)
