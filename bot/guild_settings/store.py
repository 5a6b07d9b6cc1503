"""Each server's rules in force, kept at hand, and the one way to change them: with a record of who did it."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog
from pydantic import ValidationError

from bot.audit.moderator_log import LogNotice, ModeratorLog, NoticeKind
from bot.blocklist import WordList, check, parse
from bot.clock import Clock
from bot.errors import Late, NotNow, ValueRefused
from bot.guild_settings.rules import FIELDS, Rule, Rules, encoded, merged
from bot.models import AuditAction, AuditEntry, Block
from bot.storage import Connection, Database, audit, guild_rules

_log = structlog.get_logger(__name__)

_AT_HAND = 500
"""Servers whose rules are kept ready; a word list of a thousand entries is about a megabyte."""

_OPERATORS_TOO = {Rule.QUOTA, Rule.NEW_MEMBERS}
_NOBODYS_CHOICE = tuple(name for rule in Rule if rule not in _OPERATORS_TOO for name in FIELDS[rule])
"""What no operator sets otherwise: as it is by default, it need not be kept as the server's own."""

Edit = Callable[[Rules], Mapping[str, Any]]
"""Looks at the rules as they are and says which fields become what; runs inside the transaction, so it is quick."""


@dataclass(frozen=True, slots=True)
class EffectiveRules:
    """A server's rules, ready to be applied. ``version`` is another one after every change; 0 while nothing was set."""

    rules: Rules
    words: WordList
    version: int


@dataclass(frozen=True, slots=True)
class Change:
    """One field that was changed, as JSON values; of the blocked words, how many there are and which came or went."""

    field: str
    before: Any
    after: Any


class GuildSettings:
    """Reads the rules once per version, however many requests there are."""

    def __init__(self, database: Database, defaults: Rules, clock: Clock, moderator_log: ModeratorLog) -> None:
        self.defaults = defaults
        self._database = database
        self._clock = clock
        self._moderator_log = moderator_log
        self._ready: OrderedDict[int, EffectiveRules] = OrderedDict()
        self._reading: dict[int, asyncio.Lock] = {}
        self._plain = EffectiveRules(defaults, WordList(()), 0)

    async def of(self, guild_id: int | None) -> Rules:
        """The rules of a server; in direct messages the operator's defaults."""
        return (await self.effective(guild_id)).rules

    async def effective(self, guild_id: int | None) -> EffectiveRules:
        """The same, ready to be applied, with their version."""
        if guild_id is None:
            return self._plain
        version = await self._database.read(guild_rules.version, guild_id)
        return await self._at(guild_id, version)

    def at_hand(self, guild_id: int | None) -> EffectiveRules:
        """The rules as they were read last, if ever: who goes by them finds out by their version whether they hold."""
        if guild_id not in self._ready:
            return self._plain
        self._ready.move_to_end(guild_id)
        return self._ready[guild_id]

    async def rules_and_block(self, guild_id: int | None, member_id: int) -> tuple[EffectiveRules, Block | None]:
        """The rules of a server, and what keeps a member from making pictures there."""
        if guild_id is None:
            return self._plain, None
        version, block = await self._database.read(
            guild_rules.version_and_block, guild_id, member_id, self._clock.now()
        )
        return await self._at(guild_id, version), block

    async def change(
        self, guild_id: int, actor_id: int, edit: Edit, *, seen: int | None = None
    ) -> tuple[Rules, tuple[Change, ...]]:
        """Change fields, with an audit row each; raises ``BadInput`` before anything is kept.

        ``seen`` is the version that the one who changes had before their eyes; if it is no longer the one in force,
        raises ``NotNow``, so that nobody's change is overwritten unread.
        """
        await asyncio.to_thread(_check_words, edit(await self.of(guild_id)))

        def apply(rules: Rules, body: dict[str, Any]) -> dict[str, Any]:
            usual = encoded({name: getattr(self.defaults, name) for name in _NOBODYS_CHOICE})
            new = body | _checked(edit(rules))
            return {name: value for name, value in new.items() if name not in usual or value != usual[name]}

        return await self._rewrite(guild_id, actor_id, apply, seen)

    async def reset(self, guild_id: int, actor_id: int, rule: Rule | None) -> tuple[Rules, tuple[Change, ...]]:
        """Take back what the server has set, of one rule or of all."""
        gone = {name for one in ([rule] if rule else Rule) for name in FIELDS[one]}

        def apply(_: Rules, body: dict[str, Any]) -> dict[str, Any]:
            return {name: value for name, value in body.items() if name not in gone}

        return await self._rewrite(guild_id, actor_id, apply, None)

    async def forget(self, guild_id: int, gone_id: int) -> None:
        """A role or channel was deleted: take it off the rules; recorded as done by the bot itself.

        The last allowed channel stays, since an empty list would open every other.
        """

        def edit(rules: Rules) -> Mapping[str, Any]:
            allowed = tuple(one for one in rules.allowed_channels if one != gone_id)
            return {
                "role_credits": {role: limit for role, limit in rules.role_credits.items() if role != gone_id},
                "denied_channels": tuple(one for one in rules.denied_channels if one != gone_id),
                "allowed_channels": allowed or rules.allowed_channels,
                "log_channel": None if rules.log_channel == gone_id else rules.log_channel,
            }

        rules = await self.of(guild_id)
        if any(getattr(rules, name) != value for name, value in edit(rules).items()):
            await self.change(guild_id, 0, edit)
        if rules.allowed_channels == (gone_id,):
            self._moderator_log.post(LogNotice(guild_id, NoticeKind.LAST_CHANNEL_DELETED))

    async def _rewrite(
        self, guild_id: int, actor_id: int, apply: Callable[[Rules, dict[str, Any]], dict[str, Any]], seen: int | None
    ) -> tuple[Rules, tuple[Change, ...]]:
        before, after, changes = await self._database.write(
            _rewrite, guild_id, actor_id, self.defaults, apply, seen, self._clock.now()
        )
        for one in changes:
            _log.info("rule changed", guild=guild_id, by=actor_id, field=one.field)  # the values are in the audit
        if changes:
            told = tuple((one.field, _written(one.before), _written(one.after)) for one in changes)
            notice = LogNotice(guild_id, NoticeKind.RULES_CHANGED, actor_id, changes=told)
            self._moderator_log.post(notice)
            if before.log_channel not in {None, after.log_channel}:  # nobody silences the log unheard
                self._moderator_log.post(replace(notice, log_channel_id=before.log_channel))
        return after, changes

    async def _at(self, guild_id: int, version: int) -> EffectiveRules:
        """The rules at this version, or as they are read now; made ready once, however many ask."""
        if not version:
            self._ready.pop(guild_id, None)
            return self._plain
        if (ready := self._fresh(guild_id, version)) is not None:
            return ready
        lock = self._reading.setdefault(guild_id, asyncio.Lock())
        async with lock:
            if (ready := self._fresh(guild_id, version)) is not None:
                return ready
            version, body = await self._database.read(guild_rules.load, guild_id)
            rules = merged(self.defaults, body)
            ready = EffectiveRules(rules, await asyncio.to_thread(_compiled, rules.words), version)
            self._ready[guild_id] = ready
            if len(self._ready) > _AT_HAND:
                self._ready.popitem(last=False)
            self._reading.pop(guild_id, None)
        return ready

    def _fresh(self, guild_id: int, version: int) -> EffectiveRules | None:
        ready = self._ready.get(guild_id)
        if ready is None or ready.version != version:
            return None
        self._ready.move_to_end(guild_id)
        return ready


def _rewrite(
    connection: Connection,
    guild_id: int,
    actor_id: int,
    defaults: Rules,
    apply: Callable[[Rules, dict[str, Any]], dict[str, Any]],
    seen: int | None,
    now: int,
) -> tuple[Rules, Rules, tuple[Change, ...]]:
    """Change what a server has set, each change with its audit entry; gives the rules before and after."""
    version, body = guild_rules.load(connection, guild_id)
    if seen is not None and seen != version:
        raise NotNow(Late.RULES_CHANGED)
    before = merged(defaults, body)
    new = apply(before, body)
    after = merged(defaults, new)
    changes = _changes(before, after)
    if new != body:
        guild_rules.store(connection, guild_id, version, new, now)
    entries = [
        AuditEntry(
            guild_id, now, actor_id, AuditAction.RULE, one.field, before=_written(one.before), after=_written(one.after)
        )
        for one in changes
    ]
    audit.append(connection, *entries)
    return before, after, changes


def _compiled(words: tuple[str, ...]) -> WordList:
    return WordList([parse(one) for one in words])


def _check_words(values: Mapping[str, Any]) -> None:
    """Judge a whole list, which takes its time; raises ``BadEntry``."""
    check([parse(one) for one in values.get("words", ())])


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON; whatever the commands let through is caught here. Raises ``ValueRefused``."""
    try:
        return encoded(values)
    except ValidationError:
        raise ValueRefused from None


def _changes(before: Rules, after: Rules) -> tuple[Change, ...]:
    names = [name for rule in Rule for name in FIELDS[rule]]
    old, new = (encoded({name: getattr(rules, name) for name in names}) for rules in (before, after))
    return tuple(_change(name, old[name], new[name]) for name in names if old[name] != new[name])


def _change(field: str, before: Any, after: Any) -> Change:
    if field != "words":
        return Change(field, before, after)
    old, new = set(before), set(after)
    gone, came = [one for one in before if one not in new], [one for one in after if one not in old]
    return Change(field, {"entries": len(before), "gone": gone}, {"entries": len(after), "new": came})


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
