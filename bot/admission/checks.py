"""What every request passes before it is accepted: blocks, channels, words, consent, and the policy.

It decides and remembers nothing but refusals for content; credits are looked at in the transaction that reserves them.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from bot.admission import policy
from bot.admission.standing import OWN_WORDS, Standing
from bot.audit.moderator_log import LogNotice, ModeratorLog, NoticeKind
from bot.clock import Clock
from bot.errors import Blocked, BlockedWords, NotHere, NotServed, Refusal, Reserved, TooNew, Unserved
from bot.guild_settings.rules import Rules, channel_refused, welcome_at
from bot.guild_settings.store import EffectiveRules, GuildSettings
from bot.models import SEED_MAX, Block, ImageRequest, Member, Place, Plan, Reference, job_code_in
from bot.providers.base import Capabilities
from bot.storage import Connection, Database, jobs, members

_INSTEAD = 5
"""So many other channels are named where no pictures are made."""


class Admission:
    """The same for commands, buttons, forms, menus and replies."""

    def __init__(
        self,
        database: Database,
        guild_settings: GuildSettings,
        standing: Standing,
        moderator_log: ModeratorLog,
        offers: Mapping[str, Capabilities],
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._database = database
        self._guild_settings = guild_settings
        self._standing = standing
        self._moderator_log = moderator_log
        self._offers = offers
        self._clock = clock
        self._rng = rng

    async def admit(
        self, request: ImageRequest, member: Member, place: Place, writer: int, *, anew: bool = False
    ) -> tuple[Plan, EffectiveRules]:
        """A plan and the rules that it was made by; or a ``Refusal``. ``writer`` is whose words these are.

        The rules may have changed since they were read, and nobody has asked for a block, unless this is done ``anew``:
        the transaction that accepts the plan looks at both. So nobody is refused by rules that may not hold any more.
        """
        request = policy.cleaned(request)  # all look at what will be sent
        at_hand = self._guild_settings.at_hand(place.guild_id)
        if not anew and (plan := self._foreseen(request, member, place, at_hand)) is not None:
            return plan, at_hand
        effective, block = await self._guild_settings.rules_and_block(place.guild_id, member.id)
        self._check_place(effective.rules, block, member, place)
        await self._check_words(request, member, place, effective, own=writer == member.id)
        await self.check_consent(request.references, member)
        return self._plan(request, place, effective), effective

    async def may_ask(self, member: Member, place: Place, references: Sequence[Reference]) -> None:
        """What can be said before a form is filled in; raises a ``Refusal``."""
        effective, block = await self._guild_settings.rules_and_block(place.guild_id, member.id)
        self._check_place(effective.rules, block, member, place)
        await self.check_consent(references, member)

    async def blocked(self, member: Member, place: Place) -> Blocked | None:
        """What keeps a member from making pictures here; None where nothing does."""
        _, block = await self._guild_settings.rules_and_block(place.guild_id, member.id)
        return None if block is None else _blocked(block)

    async def check_consent(self, references: Sequence[Reference], member: Member) -> None:
        """Whether pictures may be started from, whichever way they came in; raises ``Reserved``."""
        if not references:
            return
        reserved = await self._database.read(_reserved_owners, references, member.id)
        if reserved:
            raise Reserved(min(reserved))

    def tell_moderators(self, refusal: Refusal, member: Member, place: Place) -> None:
        """Let the moderators hear of a refusal, as far as it is their business."""
        if place.guild_id is None or isinstance(refusal, BlockedWords):  # that one was told already
            return
        if isinstance(refusal, Blocked | NotHere):
            kind = NoticeKind.ASKED_WHILE_BLOCKED if isinstance(refusal, Blocked) else NoticeKind.ASKED_ELSEWHERE
            self._moderator_log.post(LogNotice(place.guild_id, kind, member.id, place.channel_id))

    def _foreseen(self, request: ImageRequest, member: Member, place: Place, at_hand: EffectiveRules) -> Plan | None:
        """The plan where nothing in the rules at hand is against it, and no picture's maker has to be asked."""
        if request.references or at_hand.words.find(request.prompt) is not None:
            return None
        try:
            self._check_place(at_hand.rules, None, member, place)
            return self._plan(request, place, at_hand)
        except Refusal:
            return None

    def _plan(self, request: ImageRequest, place: Place, effective: EffectiveRules) -> Plan:
        return policy.decide(request, effective.rules, place, self._offers, self._draw_seed)

    def _check_place(self, rules: Rules, block: Block | None, member: Member, place: Place) -> None:
        """Whether this member may make pictures in this place at all; raises a ``Refusal``."""
        if rules.allowed_servers and place.guild_id not in rules.allowed_servers:
            raise NotServed(Unserved.SERVER)
        if not rules.user_install and not place.reachable:
            raise NotServed(Unserved.USER_INSTALL)
        if block is not None:
            raise _blocked(block)
        until = welcome_at(rules, member, place, self._clock.now())
        if until is not None:
            raise TooNew(until)
        if channel_refused(rules, place):
            raise _not_here(rules)

    async def _check_words(
        self, request: ImageRequest, member: Member, place: Place, effective: EffectiveRules, *, own: bool
    ) -> None:
        entry = effective.words.find(request.prompt)
        if entry is None or place.guild_id is None:
            return
        own = own and request.origin in OWN_WORDS
        kind = NoticeKind.BLOCKED_ENTRY if own else NoticeKind.BLOCKED_ENTRY_AGAIN
        prompt = request.prompt if effective.rules.log_prompts and own else None
        self._moderator_log.post(LogNotice(place.guild_id, kind, member.id, place.channel_id, entry.text, prompt))
        if not own:
            raise BlockedWords
        strike = await self._standing.strike(place.guild_id, member.id, effective.rules)
        raise BlockedWords(strike.paused_until, strike.last_warning)

    def _draw_seed(self) -> int:
        return self._rng.randint(1, SEED_MAX)


def _reserved_owners(connection: Connection, references: Sequence[Reference], member_id: int) -> set[int]:
    """Who, of those whose pictures these are, lets nobody else remix them."""
    owners = {_owner(connection, one) for one in references} - {None, member_id}
    return members.reserved(connection, [owner for owner in owners if owner is not None])


def _owner(connection: Connection, reference: Reference) -> int | None:
    """Whose a picture is. One of ours that was forwarded or uploaded again is known by its file's name."""
    code = None if reference.code else job_code_in(reference.url)
    job = jobs.by_code(connection, code) if code else None
    return reference.owner_id if job is None else job.member_id


def _blocked(block: Block) -> Blocked:
    by_moderator = bool(block.actor_id)
    return Blocked(block.until, by_moderator, block.reason if by_moderator else "")


def _not_here(rules: Rules) -> NotHere:
    return NotHere(tuple(one for one in rules.allowed_channels if one not in rules.denied_channels)[:_INSTEAD])
