"""Pure: may this be made, at which tolerance, by which providers; or a refusal that says why not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.errors import (
    Lacking,
    ModelNotAllowed,
    NothingOffers,
    OutOfRange,
    PromptEmpty,
    PromptTooLong,
    SourceAgeRestricted,
)
from bot.guild_settings.rules import Rules, Spoilers
from bot.models import PROMPT_MAX, SEED_MAX, ImageRequest, Place, Plan
from bot.providers.base import Capabilities

Offers = Mapping[str, Capabilities]
"""What each configured provider can do, in the operator's order of preference."""
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
"""Unicode's category Cc but the line feed; an expression, since a prompt has up to 4,000 letters."""


def decide(request: ImageRequest, rules: Rules, place: Place, offers: Offers, draw_seed: Callable[[], int]) -> Plan:
    """Turn a request into a plan, or raise a ``Refusal``."""
    request = cleaned(request)
    _check(request)
    if not place.age_restricted and any(one.age_restricted for one in request.references):
        raise SourceAgeRestricted
    tolerance = rules.tolerance_age_restricted if place.age_restricted else rules.tolerance
    if request.model not in rules.models:
        raise ModelNotAllowed(rules.models)
    allowed = in_order(rules, offers)
    if not allowed:
        raise NothingOffers(Lacking.PROVIDER, request.model)
    fitting = tuple(name for name, offer in allowed.items() if fits(offer, request, tolerance))
    if not fitting:
        raise NothingOffers(_lacking(request, tolerance, allowed), request.model)
    seed = request.seed if request.seed is not None else draw_seed()
    spoiler = covered(rules, place) or any(one.spoiler for one in request.references)
    return Plan(request, tolerance, fitting, seed, spoiler)


def in_order(rules: Rules, offers: Offers) -> Offers:
    """The providers that a server allows, in its order; all of them in the operator's where it has no opinion."""
    return {name: offers[name] for name in rules.providers if name in offers} if rules.providers else offers


def covered(rules: Rules, place: Place) -> bool:
    """Whether pictures are posted as spoilers at a place."""
    if rules.spoilers is Spoilers.AGE_RESTRICTED:
        return place.age_restricted
    return rules.spoilers is Spoilers.ALWAYS


def fits(offer: Capabilities, request: ImageRequest, tolerance: int) -> bool:
    """Whether a provider can make this without leaving out a wish or being more permissive than the rule."""
    return (
        request.model in offer.models
        and (request.guidance is None or offer.guidance)
        and (not request.enhance or offer.enhance)
        and len(request.references) <= offer.max_references
        and provider_tolerance(offer, tolerance, edit=bool(request.references)) is not None
    )


def provider_tolerance(offer: Capabilities, tolerance: int, *, edit: bool) -> int | None:
    """The provider's nearest value that is not more permissive than the server's rule; None if it has none."""
    scale = offer.edit_tolerance if edit else offer.text_tolerance
    return max((value for value in scale if value <= tolerance), default=None)


def cleaned(request: ImageRequest) -> ImageRequest:
    """A request with the prompt that will be sent."""
    prompt = readable(request.prompt)
    return request if prompt == request.prompt else replace(request, prompt=prompt)


def readable(prompt: str) -> str:
    """Without control characters, which nobody wrote on purpose; nothing at all where there is nothing to be seen."""
    kept = _CONTROLS.sub(lambda found: " " if found[0].isspace() else "", prompt)
    return kept if any(unicodedata.category(letter)[0] not in "CZ" for letter in kept) else ""


def _check(request: ImageRequest) -> None:
    if not request.prompt.strip():
        raise PromptEmpty
    if len(request.prompt) > PROMPT_MAX:
        raise PromptTooLong(len(request.prompt), PROMPT_MAX)
    for option, value, most in (
        ("count", request.count, 4),
        ("seed", request.seed, SEED_MAX),
        ("guidance", request.guidance, 20),
    ):
        if value is not None and not 1 <= value <= most:
            raise OutOfRange(option, 1, most)


def _lacking(request: ImageRequest, tolerance: int, offers: Offers) -> Lacking:
    """The one wish that no provider can fulfil, else the combination."""
    able = list(offers.values())
    edit = bool(request.references)
    if not any(request.model in offer.models for offer in able):
        return Lacking.MODEL
    if not any(provider_tolerance(offer, tolerance, edit=edit) is not None for offer in able):
        return Lacking.TOLERANCE
    if request.guidance is not None and not any(offer.guidance for offer in able):
        return Lacking.GUIDANCE
    if request.enhance and not any(offer.enhance for offer in able):
        return Lacking.ENHANCE
    return Lacking.COMBINATION
