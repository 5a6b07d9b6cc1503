"""The sentence for each refusal: what a member reads where a request was not accepted."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from typing import Any, TypeVar

from bot import errors
from bot.blocklist import EntryProblem
from bot.errors import BadInput, Ceiling, Lacking, Late, Missing, Refusal, Theirs, Unserved
from bot.ui import markup
from bot.ui.words import N_, _, ngettext, sentences

_LINES = 10
"""So many things that are wrong are told at once."""
T = TypeVar("T")
U = TypeVar("U")


class Declined(Refusal):
    """What commands and forms themselves refuse: a marked sentence, and the values that are filled in."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values


class Mistake(Declined):
    """What somebody wrote, chose or attached cannot be taken; something else could."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message, **values)

    @classmethod
    def of(cls, refusal: Declined) -> Mistake:
        """A refusal of which the caller knows that it is about what was filled in."""
        return refusal if isinstance(refusal, Mistake) else cls(refusal.message, **refusal.values)


class Several(Mistake):
    """More than one thing in a form, or of a command's options, cannot be taken; each has a line of its own."""

    def __init__(self, each: Sequence[Refusal]) -> None:
        super().__init__("")
        self.each = each


@contextmanager
def about(field: str) -> Generator[None]:
    """What is refused within this is said of one of several fields or files."""
    try:
        yield
    except Declined as refusal:
        raise Mistake(N_("**{field}**: {problem}"), field=field, problem=explain(refusal)) from None


def each_of(steps: Iterable[Callable[[], T]]) -> list[T]:
    """What all of them give, in their order; where several refuse, raises what all of these say, and not the first."""
    given: list[T] = []
    refused: list[Refusal] = []
    for step in steps:
        try:
            given.append(step())
        except Several as refusal:
            refused += refusal.each
        except (Declined, BadInput) as refusal:
            refused.append(refusal)
    if refused:
        raise refused[0] if len(refused) == 1 else Several(refused)
    return given


def both(one: Callable[[], T], other: Callable[[], U]) -> tuple[T, U]:
    """The same of two that give different things."""
    steps: list[Callable[[], Any]] = [one, other]
    first, second = each_of(steps)
    return first, second


SENTENCES: Mapping[type[Refusal] | Enum, str] = {
    errors.PromptEmpty: N_("Please describe the picture: the prompt is empty."),
    errors.PromptTooLong: N_("That prompt has {length} characters; the limit is {most}."),
    errors.OutOfRange: N_("`{option}` goes from {least} to {most}."),
    errors.ValueRefused: N_("That is out of range."),
    errors.SourceAgeRestricted: N_(
        "That picture stands in an age-restricted channel. It can be remixed there, not here."
    ),
    errors.ModelNotAllowed: N_("This server allows only the model `{allowed}`."),
    errors.NotHere: N_("No pictures are made in this channel. Please use {instead}."),
    errors.Reserved: N_("{member} keeps their pictures to themselves, so they cannot be remixed by others."),
    errors.NotBlocked: N_("{member} is neither blocked nor paused here."),
    Unserved.SERVER: N_("Pictures are made only in the servers that this bot's owner has chosen."),
    Unserved.USER_INSTALL: N_("Pictures are made only where this bot itself is a member."),
    Theirs.CANCEL: N_("Only {member} and the moderators can cancel this."),
    Theirs.DELETE: N_("Only {member} and the moderators can delete this."),
    Theirs.RETRY: N_("Only {member} and the moderators can try this again."),
    Theirs.MENTION: N_("Only {member} can ask to be mentioned."),
    Ceiling.MEMBER: N_(
        "The bot's operator gives each member {limit} credits in 24 hours over all servers and messages together. You "
        "have {left} left; this costs {cost}."
    ),
    Ceiling.SERVER: N_(
        "The bot's operator gives each server {limit} credits in 24 hours. This one has {left} left; this costs {cost}."
    ),
    errors.CannotWrite: N_(
        "I cannot save anything at the moment, so this was not done and nothing was charged. Please try again in a few "
        "minutes."
    ),
    errors.OverBudget: N_("This bot has reached its budget for today. Please try again later."),
    errors.TooFast: N_("That is more than I can do at once. Please try again {again_at}."),
    errors.TooLate: N_("I could not answer in time, so nothing was done and nothing was charged. Please ask again."),
    errors.VeryBusy: N_(
        "I am very busy: this would take about {minutes} minutes. Nothing was charged; please try again later."
    ),
    EntryProblem.EMPTY: N_("The entry is empty: write a word, a phrase or a `/pattern/`."),
    EntryProblem.TOO_LONG: N_("{entry} has {size} characters; the limit is {most}. Please shorten it."),
    EntryProblem.STARS: N_("{entry} may have one star, at its start or its end. For more, write a `/pattern/`."),
    EntryProblem.NO_LETTER: N_("{entry} has no letter or digit. A sign can be blocked by a pattern, like `/🍆/`."),
    EntryProblem.ONE_LETTER: N_("{entry} is a single letter, as signs do not count: it would block nearly every text."),
    EntryProblem.PATTERN_TOO_LONG: N_(
        "The pattern {entry} has {size} characters; the limit is {most}. Please split it."
    ),
    EntryProblem.PATTERN_NOT_WHOLE: N_(
        "{entry} is not a whole pattern: write it between two slashes, like `/bl(oo|u)d/`."
    ),
    EntryProblem.PATTERN_SYNTAX: N_(
        "The pattern {entry} is not a regular expression that can be used here (RE2 syntax; no look-around, no \\1)."
    ),
    EntryProblem.PATTERN_TOO_LARGE: N_(
        "The pattern {entry} is too large; use smaller repetitions and fewer alternatives, or several patterns."
    ),
    EntryProblem.PATTERN_MATCHES_EMPTY: N_(
        "The pattern {entry} matches the empty text and would block everything; include at least one letter that must "
        "be there."
    ),
    EntryProblem.PATTERN_MATCHES_ALL: N_(
        "The pattern {entry} matches nearly every text; please make it more specific."
    ),
    EntryProblem.TOO_MANY: N_("That makes {size} entries; the limit is {most}. Please leave some out."),
    EntryProblem.TOO_MANY_PATTERNS: N_(
        "That makes {size} patterns; the limit is {most}. There may be many more plain words."
    ),
    Lacking.PROVIDER: N_("None of the image services that this server allows is available here."),
    Lacking.MODEL: N_("No image service here offers the model `{model}`."),
    Lacking.TOLERANCE: N_(
        "This server's safety rule is stricter than any image service here can be. A moderator can change it."
    ),
    Lacking.GUIDANCE: N_("No image service here offers `guidance`. Please leave it out."),
    Lacking.ENHANCE: N_("No image service here offers `enhance`. Please leave it out."),
    Lacking.COMBINATION: N_("No image service here offers this combination of options. Please leave one of them out."),
    Missing.JOB: N_("I do not know this picture here."),
    Missing.NAMED: N_(
        "I cannot find that picture, or you cannot see it. Please check its code, such as `k7m2q-1`, or the link to "
        "its message; it may be deleted."
    ),
    Missing.REQUEST: N_(
        "I cannot find that request here. Please check its code, such as `k7m2q`, or the link to its message."
    ),
    Missing.MESSAGE: N_("That picture was deleted."),
    Missing.SOURCE: N_(
        "There is no picture here to start from yet. Make one with `/imagine`, or name one as `source`."
    ),
    Missing.PARENT: N_("One of the pictures was deleted, so there is nothing to compare."),
    Missing.REPORT: N_("I do not know this report."),
    Late.ON_MAX: N_("This picture was made on `max` already."),
    Late.NOT_FAILED: N_("This did not fail, so there is nothing to try again."),
    Late.FINISHED: N_("This is already finished."),
    Late.UNFINISHED: N_("This is still being made. Use `Cancel` first."),
    Late.RETRIED: N_("This is already being tried again."),
    Late.THINNED: N_(
        "This is too old to be made again: its words are no longer kept. `/remix` can still go on from the picture."
    ),
    Late.BROKEN_FILE: N_("That file cannot be used, so trying again cannot help. Please ask with another one."),
    Late.NOT_WORKING: N_("Something on our side is not working at the moment. Please try again."),
    Late.RULES_CHANGED: N_("Somebody changed the rules in the meantime. Press `Refresh` on the panel and try again."),
    Late.MANY_REPORTS: N_("You have reported a lot within the last hour. Please wait, or ask a moderator directly."),
    Late.REPORTED: N_("You have reported this already. The moderators know."),
    Late.ANSWERED: N_("That was done already."),
    Late.IN_THE_MAKING: N_("You have a picture in progress. Please wait for it or cancel it, then ask again."),
    Late.NOT_CURRENT: N_("This thread goes on from another picture already."),
    Late.NO_FORMER: N_("There is no picture before this one."),
}
"""Where one sentence serves for a refusal or for its code; the other fields are filled in by their names."""


def explain(refusal: Refusal) -> str:
    """Why a request was not accepted, and what would be allowed."""
    match refusal:
        case Several():
            return _several(refusal.each)
        case Declined():
            return _(refusal.message, **refusal.values)
        case errors.OutOfCredits(shared=True):
            return _out_of_shared(refusal)
        case errors.OutOfCredits():
            return _out_of_credits(refusal)
        case errors.OverCeiling():
            return _over_ceiling(refusal)
        case errors.TooNew():
            return _(
                "You joined this server only recently. You can make pictures here from {time}.",
                time=markup.timestamp(refusal.until),
            )
        case errors.TooManyJobs():
            return ngettext(
                "You already have a request waiting or running. Please wait for it, or cancel it.",
                "You already have {count} requests waiting or running. Please wait for one, or cancel one.",
                refusal.limit,
            )
        case errors.Blocked():
            return _blocked(refusal)
        case errors.BlockedWords():
            return _blocked_words(refusal)
        case errors.NotHere(instead=()):
            return _("No pictures are made in this channel. Please use another one.")
        case _:
            fields = {name.removesuffix("_id"): _shown(name, value) for name, value in vars(refusal).items()}
            return _(SENTENCES[fields.get("code", type(refusal))], **fields)


def _several(each: Sequence[Refusal]) -> str:
    """A line for each; what two fields have in common is said once."""
    lines = [*dict.fromkeys(map(explain, each))]
    if len(lines) == 1:
        return lines[0]
    more = len(lines) - _LINES
    shown = [f"- {one}" for one in lines[:_LINES]]
    return "\n".join([*shown, _("… and {count} more", count=more)] if more > 0 else shown)


def _shown(name: str, value: Any) -> Any:
    """A field of a refusal as it stands in a sentence."""
    match name:
        case "member_id":
            return markup.mention(value)
        case "again_at":
            return markup.timestamp(value, "R")
        case "instead":
            return ", ".join(map(markup.channel, value))
        case "allowed":
            return "`, `".join(value)
        case "entry":
            return f"`{markup.elided(markup.in_code(value), 40)}`"
        case _:
            return value


def _out_of_credits(refusal: errors.OutOfCredits) -> str:
    if not refusal.limit:
        return _("Making pictures is switched off for you here.")
    text = ngettext(
        "This costs {count} credit and you have {left} of {limit} left.",
        "This costs {count} credits and you have {left} of {limit} left.",
        refusal.cost,
        left=refusal.left,
        limit=refusal.limit,
    )
    if refusal.cost > refusal.limit:
        return sentences(text, _("Ask for fewer pictures."))
    if refusal.back_at is None:
        return text
    time = markup.timestamp(refusal.back_at, "R")
    back = ngettext("{count} more comes back {time}.", "{count} more come back {time}.", refusal.back, time=time)
    return sentences(text, back)


def _out_of_shared(refusal: errors.OutOfCredits) -> str:
    if not refusal.limit:
        return _("Making pictures is switched off in this server.")
    text = ngettext(
        "The members of this server together have {left} of {count} credit left for now.",
        "The members of this server together have {left} of {count} credits left for now.",
        refusal.limit,
        left=refusal.left,
    )
    if refusal.back_at is None:
        return text
    return sentences(text, _("More come back {time}.", time=markup.timestamp(refusal.back_at, "R")))


def _over_ceiling(refusal: errors.OverCeiling) -> str:
    text = _(SENTENCES[refusal.code], left=refusal.left, limit=refusal.limit, cost=refusal.cost)
    if refusal.cost > refusal.limit:
        return sentences(text, _("Ask for fewer pictures.") if refusal.limit else "")
    if refusal.back_at is None:
        return text
    time = markup.timestamp(refusal.back_at, "R")
    back = ngettext("{count} more comes back {time}.", "{count} more come back {time}.", refusal.back, time=time)
    return sentences(text, back)


def _blocked(refusal: errors.Blocked) -> str:
    until = _("until a moderator lifts it")
    if refusal.until is not None:
        until = _("until {time}", time=markup.timestamp(refusal.until))
    if not refusal.by_moderator:
        return _("You are paused from making pictures in this server {until}, after several refusals.", until=until)
    text = _("A moderator has blocked you from making pictures in this server {until}.", until=until)
    reason = markup.escaped(markup.one_line(refusal.reason))
    return sentences(text, _("The reason: {reason}", reason=reason) if reason else "")


def after_strike(last_warning: bool, paused_until: int | None) -> str:
    """What a refusal for content leads to by the strike rule; empty where to nothing yet."""
    if last_warning:
        return _("One more and you are paused.")
    if paused_until is None:
        return ""
    return _("That was one too many: you are paused until {time}.", time=markup.timestamp(paused_until))


def _blocked_words(refusal: errors.BlockedWords) -> str:
    text = _("This server's moderators do not want pictures of this.")
    advice = _("Please change the words.") if refusal.paused_until is None else ""
    return sentences(text, advice, after_strike(refusal.last_warning, refusal.paused_until))
