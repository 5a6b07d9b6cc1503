"""Every error of ours, as a code with its data; ``bot.ui.words`` says what a member reads, and nothing else is shown.

AtelierError
├── ConfigurationError, DatabaseTooNew, BadToken, DiscordUnreachable     the program does not start, or not go on
├── BackupFailed                           a copy of the database could not be made or restored
├── DrawingFailed                          a chart or a family tree could not be drawn
├── IsolatedCallFailed                     a function raised, died or took too long in its own process
├── Refusal                                a request that was not accepted; it cost nothing
│   ├── BadInput                           an option is empty, too long or out of range
│   │   └── PromptEmpty, PromptTooLong, OutOfRange, ValueRefused, SourceAgeRestricted, ModelNotAllowed, and
│   │       BadEntry in ``bot.blocklist``
│   ├── OutOfCredits, OverCeiling, OverBudget, TooManyJobs, NothingOffers
│   ├── TooFast, TooLate, VeryBusy
│   ├── NotYours, NotFound, NotNow, NotBlocked
│   ├── Reserved, Blocked, NotHere, NotServed, TooNew, BlockedWords
│   └── CannotWrite                        the database takes nothing at the moment
├── ProviderError                          a provider did not make a picture; translated at the edge
│   ├── InvalidRequest, BadKey, OutOfFunds, RateLimited, Moderated, Unavailable
│   └── TimedOut, Ambiguous, GenerationFailed, MalformedAnswer
└── SourceError                            a picture to start from cannot be used; it cost nothing
    └── SourceGone, SourceAnimated, SourceUnreadable, SourceTooLarge
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import ClassVar, dataclass_transform

from bot.models import Failure, Model


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


class SetupStopped(AtelierError):
    """`atelier init` got an answer that it cannot use, and nobody can be asked again."""


class BackupFailed(AtelierError):
    """A copy of the database could not be made or restored; the text is for the operator."""


class DrawingFailed(AtelierError):
    """A chart or a family tree could not be drawn; the text is what the drawing process said, for the log."""


class IsolatedCallFailed(AtelierError):
    """A function in a process of its own gave nothing.

    ``kind`` is the name of the error that it raised; None where its process could not be started, died, or took
    too long and was ended.
    """

    def __init__(self, kind: str | None, detail: str) -> None:
        super().__init__(f"{kind}: {detail}" if kind else detail)
        self.kind = kind
        self.detail = detail


@dataclass_transform(eq_default=False)
class Refusal(AtelierError):
    """A request that was not accepted. The class is the code, its fields are the data, and neither is a sentence:

    ``bot.ui.words.refusals`` has that, for each reader in their own language.
    """

    def __init_subclass__(cls) -> None:
        dataclass(eq=False)(cls)

    def __str__(self) -> str:
        return repr(self)


class BadInput(Refusal):
    """An option is empty, too long or out of range."""


class PromptEmpty(BadInput):
    """There is nothing to be seen in the prompt."""


class PromptTooLong(BadInput):
    """The prompt has more characters than a model takes."""

    length: int
    most: int


class OutOfRange(BadInput):
    """An option's number is not among those that it takes."""

    option: str
    least: int
    most: int


class ValueRefused(BadInput):
    """A server's rule cannot have this value."""


class SourceAgeRestricted(BadInput):
    """The picture to start from stands in an age-restricted channel, the request does not."""


class ModelNotAllowed(BadInput):
    """The server's rules allow other models only."""

    allowed: tuple[Model, ...]


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


class Ceiling(Enum):
    """A limit of the operator's, which no rule of a server lifts."""

    MEMBER = auto()  # of one member, over all servers and messages
    SERVER = auto()  # of all members of one server together


class OverCeiling(Refusal):
    """The request costs more than the operator's ceiling leaves; ``back`` credits return at ``back_at`` (epoch ms)."""

    code: Ceiling
    cost: int
    left: int
    limit: int
    back: int = 0
    back_at: int | None = None


class OverBudget(Refusal):
    """The operator's budget for a rolling 24 hours is used up; ``share`` of it is spent."""

    share: float


class TooManyJobs(Refusal):
    """The member has as many jobs waiting or running as one may have."""

    limit: int


class TooFast(Refusal):
    """The member, or the whole server, asks more often than is allowed; the next may come ``again_at`` (epoch ms)."""

    again_at: int


class TooLate(Refusal):
    """The interaction is too old to be answered in time, so nothing was begun."""

    age_ms: int


class VeryBusy(Refusal):
    """So much waits already that this would take too long."""

    minutes: int


class Lacking(Enum):
    """What no configured provider has that the server allows."""

    PROVIDER = auto()
    MODEL = auto()
    TOLERANCE = auto()
    GUIDANCE = auto()
    ENHANCE = auto()
    COMBINATION = auto()


class NothingOffers(Refusal):
    """No configured provider offers what is asked."""

    code: Lacking
    model: Model


class Theirs(Enum):
    """What only a job's requester and the moderators may do."""

    CANCEL = auto()
    DELETE = auto()
    RETRY = auto()
    MENTION = auto()
    """The requester's alone."""


class NotYours(Refusal):
    """The job is ``member_id``'s."""

    code: Theirs
    member_id: int


class Missing(Enum):
    """What there is not."""

    JOB = auto()
    NAMED = auto()  # what was written leads to none, or to one that the asker may not see: which, is not told
    MESSAGE = auto()  # the picture was deleted
    REQUEST = auto()  # the same of what was asked for
    SOURCE = auto()
    PARENT = auto()
    REPORT = auto()


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
    THINNED = auto()
    """Its words are kept no longer."""
    BROKEN_FILE = auto()
    NOT_WORKING = auto()
    RULES_CHANGED = auto()
    MANY_REPORTS = auto()
    REPORTED = auto()
    ANSWERED = auto()
    IN_THE_MAKING = auto()
    NOT_CURRENT = auto()
    NO_FORMER = auto()


class NotNow(Refusal):
    """It is too late, or was done already."""

    code: Late


class NotBlocked(Refusal):
    """There is no block to be lifted."""

    member_id: int


class Reserved(Refusal):
    """The picture's maker does not want it remixed by others."""

    member_id: int


class Blocked(Refusal):
    """The member may not make pictures in this server; ``until`` (epoch ms) None: until a moderator lifts it.

    ``reason`` is what a moderator wrote; empty where the bot itself paused the member.
    """

    until: int | None
    by_moderator: bool
    reason: str = ""


class NotHere(Refusal):
    """The server's rules allow no pictures in this channel; ``instead`` are ids of some where they may be made."""

    instead: tuple[int, ...]


class Unserved(Enum):
    """Where the operator lets nobody make pictures."""

    SERVER = auto()  # all but ALLOWED_SERVERS
    USER_INSTALL = auto()  # where the bot itself is no member


class NotServed(Refusal):
    """The operator lets nobody make pictures in this place."""

    code: Unserved


class TooNew(Refusal):
    """The member joined the server too short a while ago; they may make pictures from ``until`` (epoch ms) on."""

    until: int


class BlockedWords(Refusal):
    """The server's moderators do not want what the prompt holds; which of its words is theirs to know.

    ``paused_until`` (epoch ms) is set where this was one time too many, ``last_warning`` where the next one will be.
    """

    paused_until: int | None = None
    last_warning: bool = False


class HeardTwice(AtelierError):
    """What asked was accepted already, mostly by another process with the same token: nothing is to be said."""


class CannotWrite(Refusal):
    """The database takes nothing at the moment (disk full, locked, not reachable); nothing was changed.

    ``fault`` is what the driver says, for the log.
    """

    fault: str = ""

    def __str__(self) -> str:
        return self.fault


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
    number: int | None = None
    """Which of a request's pictures it is, from 1, where that is known."""


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
