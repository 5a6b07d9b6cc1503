"""A server's rules as moderators see and set them, each declared once; CONTRIBUTING shows how a rule is added."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bot.guild_settings.rules import Rule
from bot.ui.rules.blocked_words import BlockedWords
from bot.ui.rules.channels import LogChannel, PictureChannels
from bot.ui.rules.credits import Quota, RoleQuota, ServerQuota
from bot.ui.rules.declaration import DeclaredRule, Field
from bot.ui.rules.language import PublicLanguage
from bot.ui.rules.safety import Covered, NewMembers, Safety, Strikes
from bot.ui.rules.services import Models, Providers
from bot.ui.words import _

_ALL: tuple[type[DeclaredRule], ...] = (
    *(Safety, Covered, Quota, RoleQuota, ServerQuota, PictureChannels),
    *(Models, Providers, BlockedWords, Strikes, NewMembers, LogChannel, PublicLanguage),
)
DECLARED: Mapping[Rule, DeclaredRule] = MappingProxyType({one.rule: one() for one in _ALL})
"""Every rule, in the order of the panel."""
FIELDS: Mapping[str, Field] = MappingProxyType({one.name: one for each in DECLARED.values() for one in each.fields})


def field_name(name: str) -> str:
    """A field's name as people read it; of one that is no longer known, the name it is kept by."""
    return _(FIELDS[name].title) if name in FIELDS else name


def field_value(name: str, value: Any) -> str:
    """A field's JSON value as people read it; short, since it stands in lists."""
    return FIELDS[name].shown(value) if name in FIELDS else str(value)
