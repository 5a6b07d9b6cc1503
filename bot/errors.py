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
│   │   └── ModelNotAllowed       by the server's rules
│   ├── OutOfCredits          the member's limit, or the server's pool, is reached
│   │   └── OverBudget        the operator's budget is reached
│   ├── TooManyJobs           the member has enough running
│   ├── NothingOffers         no configured provider offers what is asked
│   ├── NotYours              only the requester and moderators may do this
│   ├── NotFound              the job or picture does not exist (here)
│   ├── NotNow                it is too late, or was done already
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
from enum import StrEnum, auto
from typing import ClassVar

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


class DrawingFailed(AtelierError):
    """A chart or a family tree could not be drawn; the text is what the drawing process said, for the log."""


class Refusal(AtelierError):
    """A request that was not accepted. The class is the code, its fields are the data, and neither is a sentence:

    ``bot.ui.words.refusals`` has that, for each reader in their own language.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.text = text


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


class OutOfCredits(Refusal):
    """The request costs more than is left."""


class OverBudget(OutOfCredits):
    """The operator's budget for a rolling 24 hours has no room; ``share`` of it is spent."""

    def __init__(self, text: str, share: float) -> None:
        super().__init__(text)
        self.share = share


class TooManyJobs(Refusal):
    """The member has as many jobs waiting or running as one may have."""


class Lacking(StrEnum):
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

    lacking: Lacking
    model: Model


class NotYours(Refusal):
    """Only the requester and the moderators may do this."""


class NotFound(Refusal):
    """There is no such job or picture here."""


class NotNow(Refusal):
    """The job is not in a state in which this can be done."""


class NoCodeFree(NotNow):
    """Every code that was drawn for a new job was taken."""


class Reserved(Refusal):
    """The picture's maker does not want it remixed by others."""


class Blocked(Refusal):
    """The member may not make pictures in this server, until a time or until a moderator lifts it."""


class NotHere(Refusal):
    """The server's rules allow no pictures in this channel."""


class BlockedWords(Refusal):
    """The server's moderators do not want what the prompt holds; which of its words is theirs to know."""


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
