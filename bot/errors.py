"""Every error of ours, each with what a member may read; nothing else is ever shown to a member.

AtelierError
├── ConfigurationError        a setting is wrong: the program does not start
├── DatabaseTooNew            the database was written by a newer Atelier
├── BadToken                  Discord does not know the bot's token
├── DiscordUnreachable        Discord does not answer
├── DrawingFailed             a chart or a family tree could not be drawn
├── Refusal                   a request that was not accepted; it cost nothing
│   ├── BadInput              an option is out of range
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

from typing import ClassVar

from bot.models import Failure


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
    """Why a request was not accepted, in words for the member who asked."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class BadInput(Refusal):
    """An option is empty, too long or out of range."""


class OutOfCredits(Refusal):
    """The request costs more than is left."""


class OverBudget(OutOfCredits):
    """The operator's budget for a rolling 24 hours has no room; ``share`` of it is spent."""

    def __init__(self, text: str, share: float) -> None:
        super().__init__(text)
        self.share = share


class TooManyJobs(Refusal):
    """The member has as many jobs waiting or running as one may have."""


class NothingOffers(Refusal):
    """No configured provider offers this combination."""


class NotYours(Refusal):
    """Only the requester and the moderators may do this."""


class NotFound(Refusal):
    """There is no such job or picture here."""


class NotNow(Refusal):
    """The job is not in a state in which this can be done."""


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


FAILURE_TEXTS: dict[Failure, str] = {
    Failure.INVALID_REQUEST: "The image service did not accept this combination of options.",
    Failure.BAD_KEY: "The image service does not accept this bot's key. Its operator has been told.",
    Failure.OUT_OF_FUNDS: "The bot's account at the image service is empty. Its operator has been told.",
    Failure.RATE_LIMITED: "The image service is very busy. Please try again in a few minutes.",
    Failure.MODERATED: "The image service's safety check refused this. Please change the words and try again.",
    Failure.UNAVAILABLE: "The image service cannot be reached. Please try again in a few minutes.",
    Failure.TIMED_OUT: "The image service took too long, so this was given up.",
    Failure.AMBIGUOUS: "The image service stopped answering in the middle, so this was given up.",
    Failure.NOT_MADE: "The image service tried and could not make this picture.",
    Failure.MALFORMED: "The image service sent back something that is not a picture.",
    Failure.INTERRUPTED: "The bot was restarted at the wrong moment, so this was given up.",
    Failure.SOURCE_GONE: "The picture to start from can no longer be read.",
    Failure.SOURCE_ANIMATED: "The picture to start from moves. Please take a still picture.",
    Failure.SOURCE_UNREADABLE: "The file to start from is broken, or no picture. PNG, JPEG, WebP, HEIC and still "
    "GIF can be used.",
    Failure.SOURCE_TOO_LARGE: "The picture to start from is too large. Please make it smaller than 64 megapixels.",
    Failure.UNDELIVERABLE: "The finished picture could not be posted here.",
    Failure.INTERNAL: "Something went wrong on our side. Its operator has been told.",
}
"""What a member reads for each failure; the renderer adds that nothing was charged."""
