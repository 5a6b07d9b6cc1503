"""The form that changes a rule, and what it asks for when it comes back."""

from __future__ import annotations

from discord import ui

from bot.admission.policy import Offers
from bot.guild_settings.rules import Rule, Rules
from bot.guild_settings.store import Edit
from bot.ui.forms import PREFIX, Filled
from bot.ui.rules import DECLARED
from bot.ui.rules.declaration import Context
from bot.ui.words import _

KIND = "rule"
_FORM_SECONDS = 15 * 60.0


def build(rule: Rule, rules: Rules, version: int, offers: Offers) -> ui.Modal:
    """The form, filled with what holds now; it carries the version that it shows."""
    declared = DECLARED[rule]
    modal = ui.Modal(title=_(declared.title), custom_id=f"{PREFIX}{KIND}:{rule}:{version}", timeout=_FORM_SECONDS)
    for label in declared.labels(rules, offers):
        modal.add_item(label)
    return modal


def edit_of(form: Filled, context: Context) -> tuple[Edit, int | None]:
    """What a form asks for, and the version of the rules that it showed, where that matters. Raises ``Declined``."""
    name, _colon, version = form.target.partition(":")
    declared = DECLARED[Rule(name)]
    edit = declared.filled(form, context)
    return edit, int(version) if version and not declared.merges(form) else None
