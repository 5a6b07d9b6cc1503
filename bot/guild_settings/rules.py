"""Pure: a server's rules as values, what of them a server has set itself, and how they are kept.

Every rule has a default of the operator's. A server stores only what it has set, so that a change of the defaults
reaches every server that has no opinion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, get_type_hints

from pydantic import Field, TypeAdapter

from bot.models import Language, Member, Model, Place

CREDITS_MAX = 1_000_000
CHANNELS_MAX = 25
ROLES_MAX = 50
TOLERANCE_MAX = 6

Tolerance = Annotated[int, Field(ge=0, le=TOLERANCE_MAX)]
Credits = Annotated[int, Field(ge=0, le=CREDITS_MAX)]
HOUR_MS = 60 * 60 * 1000

Hours = Annotated[int, Field(ge=1, le=720)]
Ids = tuple[int, ...]


class Spoilers(StrEnum):
    """Which finished pictures are covered until somebody clicks them."""

    NEVER = "never"
    AGE_RESTRICTED = "age_restricted"
    ALWAYS = "always"


class Rule(StrEnum):
    """The rules as moderators know them; a value is the subcommand's name."""

    SAFETY = "safety"
    SPOILERS = "spoilers"
    QUOTA = "quota"
    ROLE_QUOTA = "role-quota"
    SERVER_QUOTA = "server-quota"
    CHANNELS = "channels"
    MODELS = "models"
    PROVIDERS = "providers"
    WORDS = "words"
    STRIKES = "strikes"
    NEW_MEMBERS = "new-members"
    LOG_CHANNEL = "log-channel"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules in force at one place: each field with its type, its bounds, the rule that it belongs to, its default.

    Fields of no rule are the operator's. ``own`` are those that the server itself has set.
    """

    tolerance: Annotated[Tolerance, Rule.SAFETY] = 2
    tolerance_age_restricted: Annotated[Tolerance, Rule.SAFETY] = 2
    """On the server's scale, 0 (strictest) to 6."""
    spoilers: Annotated[Spoilers, Rule.SPOILERS] = Spoilers.NEVER
    daily_credits: Annotated[Credits | None, Rule.QUOTA] = 20
    """A member's credits in a rolling 24 hours; None is unlimited, 0 is none."""
    role_credits: Annotated[Mapping[int, Credits | None], Rule.ROLE_QUOTA] = field(
        default_factory=dict[int, int | None]
    )
    """The same for members with a role, by the role's id; of several the highest counts."""
    pool_credits: Annotated[Credits | None, Rule.SERVER_QUOTA] = None
    """What all members together may use in a rolling 24 hours; None is unlimited."""
    allowed_channels: Annotated[Ids, Rule.CHANNELS] = ()
    """Ids of the channels (threads count as theirs) where pictures may be made; none: everywhere."""
    denied_channels: Annotated[Ids, Rule.CHANNELS] = ()
    models: Annotated[tuple[Model, ...], Rule.MODELS] = tuple(Model)
    providers: Annotated[tuple[str, ...], Rule.PROVIDERS] = ()
    """Names of the only providers to be used, in order of preference; none: the operator's choice."""
    words: Annotated[tuple[str, ...], Rule.WORDS] = ()
    """Blocked words and patterns, as the moderators wrote them."""
    strikes: Annotated[int, Field(ge=0, le=100), Rule.STRIKES] = 0
    """Refusals for content within ``strike_hours`` after which a member is paused; 0: never."""
    strike_hours: Annotated[Hours, Rule.STRIKES] = 24
    pause_hours: Annotated[Hours, Rule.STRIKES] = 24
    new_member_hours: Annotated[int, Field(ge=0, le=8760), Rule.NEW_MEMBERS] = 0
    """How long after they joined members may make pictures."""
    log_channel: Annotated[int | None, Rule.LOG_CHANNEL] = None
    log_prompts: Annotated[bool, Rule.LOG_CHANNEL] = False
    """Whether the log may quote what members wrote."""
    language: Annotated[Language, Rule.LANGUAGE] = Language.AUTOMATIC
    """What is spoken in public, and to the moderators; automatic: what Discord says of the server."""
    user_jobs: int = 3
    """A member's jobs that may be queued or running at once; the operator's."""
    daily_budget_microusd: int | None = None
    """Operator's cap on spend over all servers in a rolling 24 hours."""
    member_ceiling: int = 40
    """Operator's cap on a member's credits over all servers and messages in a rolling 24 hours."""
    server_ceiling: int = 400
    """Operator's cap on the credits of all members of a server together in a rolling 24 hours."""
    least_member_hours: int = 0
    """The operator's ``new_member_hours``, below which no server can go."""
    allowed_servers: Ids = ()
    """The only servers where pictures are made, messages neither; none: everywhere. The operator's."""
    user_install: bool = True
    """Whether pictures are made where only a member has installed the bot; the operator's."""
    own: frozenset[str] = frozenset()

    def spoken(self, otherwise: str | None) -> str | None:
        """The language of public messages: the server's choice, or what Discord says."""
        return otherwise if self.language is Language.AUTOMATIC else self.language


_ADAPTER = TypeAdapter(Rules)
_SCHEMA = _ADAPTER.json_schema()["properties"]
_NAMES = tuple(one.name for one in fields(Rules))
_HINTS = get_type_hints(Rules, include_extras=True)

FIELDS: Mapping[Rule, tuple[str, ...]] = MappingProxyType(
    {rule: tuple(name for name in _NAMES if rule in getattr(_HINTS[name], "__metadata__", ())) for rule in Rule}
)
"""Which fields each rule is made of."""
_OF_SERVERS = frozenset(name for names in FIELDS.values() for name in names)


def bounds(name: str) -> tuple[int, int]:
    """The least and the most that a field of numbers takes."""
    return _SCHEMA[name]["minimum"], _SCHEMA[name]["maximum"]


Body = Mapping[str, Any]
"""What a server has set, as JSON values by field."""


def merged(defaults: Rules, body: Body) -> Rules:
    """The defaults with a server's own settings over them."""
    known = {name: value for name, value in body.items() if name in _OF_SERVERS}
    plain = {name: getattr(defaults, name) for name in _NAMES}
    return _ADAPTER.validate_python(plain | known | {"own": frozenset(known)})


def encoded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of some fields as JSON values. Raises ``ValueError`` (pydantic's) for one that is out of range."""
    plain = {name: getattr(Rules(), name) for name in _NAMES}
    whole: dict[str, Any] = _ADAPTER.dump_python(_ADAPTER.validate_python(plain | dict(values)), mode="json")
    return {name: whole[name] for name in values}


@dataclass(frozen=True, slots=True)
class Limit:
    """A member's credits in a rolling 24 hours, and which rule says so. ``credits`` None is unlimited."""

    credits: int | None
    role_id: int | None = None
    """The role whose limit it is; else the server's or the operator's."""
    own: bool = False
    """Whether the server has set it."""


def limit_of(rules: Rules, member: Member) -> Limit:
    """The highest of the member's roles' limits, else the server's, else the operator's default."""
    theirs = [(rules.role_credits[role], role) for role in member.role_ids if role in rules.role_credits]
    if not theirs:
        return Limit(rules.daily_credits, own="daily_credits" in rules.own)
    credits, role = max(theirs, key=lambda one: (one[0] is None, one[0] or 0))
    return Limit(credits, role, own=True)


def welcome_at(rules: Rules, member: Member, place: Place, now: int) -> int | None:
    """When (epoch ms) a new member may make pictures; None where they may now.

    Discord gives a guest no time of joining: they have just come.
    """
    wait = max(rules.new_member_hours, rules.least_member_hours) * HOUR_MS
    if not wait or place.guild_id is None:
        return None
    until = (now if member.joined_at is None else member.joined_at) + wait
    return until if until > now else None


def channel_refused(rules: Rules, place: Place) -> bool:
    """Whether pictures may not be made at a place; a thread counts as itself and as the channel it belongs to."""
    here = {place.channel_id, place.parent_id}
    if here & set(rules.denied_channels):
        return True
    return bool(rules.allowed_channels) and not here & set(rules.allowed_channels)
