"""The sentence for each refusal: what a member reads where a request was not accepted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch

from bot import errors
from bot.errors import Lacking, Refusal
from bot.ui.words import N_, _, number


class Declined(Refusal):
    """What commands and forms themselves refuse: a marked sentence, and the values that are filled in."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values


SENTENCES: Mapping[type[Refusal], str] = {
    errors.PromptEmpty: N_("Please describe the picture: the prompt is empty."),
    errors.PromptTooLong: N_("That prompt has {length} characters; {most} is the most."),
    errors.OutOfRange: N_("`{option}` goes from {least} to {most}."),
    errors.ValueRefused: N_("That is out of range."),
    errors.SourceAgeRestricted: N_(
        "That picture stands in an age-restricted channel. It can be remixed there, not here."
    ),
    errors.NoCodeFree: N_("Something is in the way on our side. Please try again."),
}
"""Where one sentence serves; the fields of a refusal are filled in by their names."""

_LACKING: Mapping[Lacking, str] = {
    Lacking.PROVIDER: N_("None of the image services that this server allows is available here."),
    Lacking.MODEL: N_("No image service here offers the model `{model}`."),
    Lacking.TOLERANCE: N_(
        "This server's safety rule is stricter than any image service here can be. A moderator can change it."
    ),
    Lacking.GUIDANCE: N_("No image service here offers `guidance`. Please leave it out."),
    Lacking.ENHANCE: N_("No image service here offers `enhance`. Please leave it out."),
    Lacking.COMBINATION: N_("No image service here offers this combination of options. Please leave one of them out."),
}


@singledispatch
def explain(refusal: Refusal) -> str:
    """Why a request was not accepted, and what would be allowed."""
    sentence = SENTENCES.get(type(refusal))
    if sentence is None:
        return refusal.text
    return _(sentence, **{name: number(one) if isinstance(one, int) else one for name, one in vars(refusal).items()})


@explain.register
def _declined(refusal: Declined) -> str:
    return _(refusal.message, **refusal.values)


@explain.register
def _model(refusal: errors.ModelNotAllowed) -> str:
    return _("This server allows only the model `{models}`.", models="`, `".join(refusal.allowed))


@explain.register
def _nothing_offers(refusal: errors.NothingOffers) -> str:
    return _(_LACKING[refusal.lacking], model=refusal.model)
