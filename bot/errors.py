"""Every error of ours, as a code with its data; ``bot.ui.words`` says what a member reads, and nothing else is shown.

AtelierError
├── ConfigurationError        a setting is wrong: the program does not start
├── DatabaseTooNew            the database was written by a newer Atelier
├── BadToken                  Discord does not know the bot's token
├── DiscordUnreachable        Discord does not answer
├── DrawingFailed             a chart or a family tree could not be drawn
├── Refusal                   a request that was not accepted; it cost nothing
│   ├── BadInput              an option is empty, too long or out of range
│   │   ├── PromptEmpty, PromptTooLong, OutOfRange, ValueRefused
│   │   ├── SourceAgeRestricted   the picture to start from may not leave its channel
│   │   ├── ModelNotAllowed       by the server's rules
│   │   └── BadEntry              a blocked word that cannot be used
│   ├── OutOfCredits          the member's limit, or the server's pool, is reached
│   ├── OverBudget            the operator's budget is reached
│   ├── TooManyJobs           the member has enough running
│   ├── NothingOffers         no configured provider offers what is asked
│   ├── NotYours              only the requester and moderators may do this
│   ├── NotFound              the job, picture or report does not exist (here)
│   ├── NotNow, NotBlocked    it is too late, or was done already
│   ├── Reserved              the picture's maker keeps it to themselves
│   ├── Blocked               the member may not make pictures in this server for now
│   ├── NotHere               no pictures are made in this channel
│   └── BlockedWords          the prompt holds what the server does not want
├── ProviderError             a provider did not make a picture; translated at the edge
│   ├── InvalidRequest        it does not take what was sent
│   ├── BadKey                it does not know the key
│   ├── OutOfFunds            the operator's account there is empty
│   ├── RateLimited           too much at once; carries ``retry_after``
│   ├── Moderated             refused for its content; carries ``reasons``
│   ├── Unavailable           down, or refusing connections; certainly not accepted
│   ├── TimedOut              took longer than is waited for
│   ├── Ambiguous             silence after sending: it may have been accepted and billed
│   ├── GenerationFailed      it took the task and could not make the picture
│   └── MalformedAnswer       an answer that makes no sense, or a picture that is none
└── SourceError               a picture to start from cannot be used; it cost nothing
    ├── SourceGone            it can no longer be read
    ├── SourceAnimated        it moves
    ├── SourceUnreadable      it is no picture, or a broken one
    └── SourceTooLarge        too many bytes or pixels
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import ClassVar

from bot.models import AuditAction, Failure, Model


class AtelierError(Exception):
    """Base of all errors of ours."""


class ConfigurationError(AtelierError):
    """One line a fault, each naming the variable and what it accepts; never a secret's value."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class DatabaseTooNew(AtelierError):
    """The database's schema is one this program does not know."""


class BadToken(AtelierError):
    """Discord does not know the bot's token."""


class DiscordUnreachable(AtelierError):
    """Discord does not answer."""


class DrawingFailed(AtelierError):
    """A chart or a family tree could not be drawn; the text is what the drawing process said, for the log."""


class Refusal(AtelierError):
    """A request that was not accepted. The class is the code, its fields are the data, and neither is a sentence:

    ``bot.ui.words.refusals`` has that, for each reader in their own language.
    """

    def __str__(self) -> str:
        return repr(self)


class BadInput(Refusal):
    """An option is empty, too long or out of range."""


class PromptEmpty(BadInput):
    """There is nothing to be seen in the prompt."""


@dataclass(eq=False)
class PromptTooLong(BadInput):
    """The prompt has more characters than a model takes."""

    length: int
    most: int


@dataclass(eq=False)
class OutOfRange(BadInput):
    """An option's number is not among those that it takes."""

    option: str
    least: int
    most: int


class ValueRefused(BadInput):
    """A server's rule cannot have this value."""


class SourceAgeRestricted(BadInput):
    """The picture to start from stands in an age-restricted channel, the request does not."""


@dataclass(eq=False)
class ModelNotAllowed(BadInput):
    """The server's rules allow other models only."""

    allowed: tuple[Model, ...]


class EntryProblem(Enum):
    """What is wrong with a blocked word or pattern, or with a list of them."""

    EMPTY = auto()
    TOO_LONG = auto()
    STARS = auto()
    NO_LETTER = auto()
    ONE_LETTER = auto()
    PATTERN_TOO_LONG = auto()
    PATTERN_NOT_WHOLE = auto()
    PATTERN_SYNTAX = auto()
    PATTERN_TOO_LARGE = auto()
    PATTERN_MATCHES_EMPTY = auto()
    PATTERN_MATCHES_ALL = auto()
    TOO_MANY = auto()
    TOO_MANY_PATTERNS = auto()


@dataclass(eq=False)
class BadEntry(BadInput):
    """A blocked word that cannot be used. ``size`` is of the entry or of the list, ``most`` what it may have."""

    code: EntryProblem
    entry: str = ""
    size: int = 0
    most: int = 0


@dataclass(eq=False)
class OutOfCredits(Refusal):
    """The request costs more than is left: of the member's limit, or of what all in the server share.

    ``back`` credits return at ``back_at`` (epoch ms), which is None where waiting does not help.
    """

    cost: int
    left: int
    limit: int
    shared: bool = False
    back: int = 0
    back_at: int | None = None


@dataclass(eq=False)
class OverBudget(Refusal):
    """The operator's budget for a rolling 24 hours has no room; ``share`` of it is spent."""

    share: float


@dataclass(eq=False)
class TooManyJobs(Refusal):
    """The member has as many jobs waiting or running as one may have."""

    limit: int


class Lacking(Enum):
    """What no configured provider has that the server allows."""

    PROVIDER = auto()
    MODEL = auto()
    TOLERANCE = auto()
    GUIDANCE = auto()
    ENHANCE = auto()
    COMBINATION = auto()


@dataclass(eq=False)
class NothingOffers(Refusal):
    """No configured provider offers what is asked."""

    code: Lacking
    model: Model


@dataclass(eq=False)
class NotYours(Refusal):
    """Only the requester, ``owner_id``, and moderators may do this."""

    owner_id: int
    action: AuditAction


class Missing(Enum):
    """What there is not."""

    JOB = auto()
    PICTURE = auto()
    CODE = auto()  # what was written is none
    NAMED = auto()  # by a code or a link that leads to no job of this server
    MESSAGE = auto()  # the picture was deleted
    SOURCE = auto()
    PARENT = auto()
    REPORT = auto()


@dataclass(eq=False)
class NotFound(Refusal):
    """There is no such job, picture or report here."""

    code: Missing


class Late(Enum):
    """Why something cannot be done now, or not any more."""

    ON_MAX = auto()
    NOT_FAILED = auto()
    FINISHED = auto()
    UNFINISHED = auto()
    RETRIED = auto()
    NO_CODE = auto()
    RULES_CHANGED = auto()
    MANY_REPORTS = auto()
    REPORTED = auto()
    ANSWERED = auto()
    IN_THE_MAKING = auto()


@dataclass(eq=False)
class NotNow(Refusal):
    """It is too late, or was done already."""

    code: Late


@dataclass(eq=False)
class NotBlocked(Refusal):
    """There is no block to be lifted."""

    member_id: int


@dataclass(eq=False)
class Reserved(Refusal):
    """The picture's maker does not want it remixed by others."""

    owner_id: int


@dataclass(eq=False)
class Blocked(Refusal):
    """The member may not make pictures in this server; ``until`` (epoch ms) None: until a moderator lifts it.

    ``reason`` is what a moderator wrote; empty where the bot itself paused the member.
    """

    until: int | None
    by_moderator: bool
    reason: str = ""


@dataclass(eq=False)
class NotHere(Refusal):
    """The server's rules allow no pictures in this channel; ``instead`` are ids of some where they may be made."""

    instead: tuple[int, ...]


@dataclass(eq=False)
class BlockedWords(Refusal):
    """The server's moderators do not want what the prompt holds; which of its words is theirs to know.

    ``paused_until`` (epoch ms) is set where this was one time too many.
    """

    paused_until: int | None = None


class ProviderError(AtelierError):
    """A provider's failure, in our terms. ``detail`` is for the log only."""

    failure: ClassVar[Failure] = Failure.INTERNAL

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidRequest(ProviderError):
    """The vendor does not take what was sent (400, 404, 422)."""

    failure = Failure.INVALID_REQUEST


class BadKey(ProviderError):
    """The vendor does not know the key."""

    failure = Failure.BAD_KEY


class OutOfFunds(ProviderError):
    """The operator's account at the vendor is empty."""

    failure = Failure.OUT_OF_FUNDS


class RateLimited(ProviderError):
    """Too many requests or active tasks. ``retry_after`` in seconds, None when the vendor said nothing."""

    failure = Failure.RATE_LIMITED

    def __init__(self, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Moderated(ProviderError):
    """Refused for its content. ``reasons`` are the vendor's words, for the log and the moderators."""

    failure = Failure.MODERATED

    def __init__(self, detail: str = "", *, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.reasons = reasons


class Unavailable(ProviderError):
    """The vendor is down or refuses connections; the request was certainly not accepted."""

    failure = Failure.UNAVAILABLE


class TimedOut(ProviderError):
    """The vendor, or our patience, gave up on a task."""

    failure = Failure.TIMED_OUT


class Ambiguous(ProviderError):
    """Silence after sending: the request may have been accepted, so it must never be sent again by itself."""

    failure = Failure.AMBIGUOUS


class GenerationFailed(ProviderError):
    """The vendor took the task, tried, and says that it failed."""

    failure = Failure.NOT_MADE


class MalformedAnswer(ProviderError):
    """The vendor's answer or picture makes no sense."""

    failure = Failure.MALFORMED


class SourceError(AtelierError):
    """A picture to start from cannot be used. Its text is for the log only."""

    failure: ClassVar[Failure] = Failure.SOURCE_UNREADABLE


class SourceGone(SourceError):
    """It can no longer be read."""

    failure = Failure.SOURCE_GONE


class SourceAnimated(SourceError):
    """It moves, and a model takes still pictures only."""

    failure = Failure.SOURCE_ANIMATED


class SourceUnreadable(SourceError):
    """It is no picture, a broken one, or of a kind that is not taken."""


class SourceTooLarge(SourceError):
    """It has too many bytes or pixels to be opened."""

    failure = Failure.SOURCE_TOO_LARGE
