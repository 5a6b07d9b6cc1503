"""The policy: who may make what, and never more permissively than the rule."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.admission import policy
from bot.config import KEY_OF
from bot.errors import (
    BadInput,
    Lacking,
    ModelNotAllowed,
    NothingOffers,
    OutOfRange,
    PromptEmpty,
    PromptTooLong,
    Refusal,
    SourceAgeRestricted,
)
from bot.guild_settings.rules import TOLERANCE_MAX, Rules, Spoilers
from bot.models import SEED_MAX, ImageRequest, Model, Place, Reference
from bot.providers.aimlapi import Aimlapi
from bot.providers.base import Capabilities
from bot.providers.bfl import Bfl
from bot.providers.sandbox import Sandbox
from bot.providers.vtrix import Vtrix
from tests.support import providers as vendors

OFFERS = {
    "bfl": Bfl.capabilities,
    "aimlapi": Aimlapi.capabilities,
    "vtrix": Vtrix.capabilities,
    "sandbox": Sandbox.capabilities,
}
HERE = Place(1, 2)
REFERENCE = (Reference("https://cdn.discordapp.com/a.png"),)

tolerances = st.integers(0, TOLERANCE_MAX)
models = st.sampled_from(Model)


def decide(request: ImageRequest, rules: Rules | None = None, place: Place = HERE) -> policy.Plan:
    return policy.decide(request, rules or Rules(), place, OFFERS, lambda: 77)


# The safety rule and each provider's scale


def test_every_provider_that_can_be_configured_is_looked_at_here() -> None:
    assert set(OFFERS) == {*KEY_OF, "sandbox"}
    assert set(vendors.VENDORS) == set(KEY_OF)


@pytest.mark.parametrize("name", OFFERS)
@pytest.mark.parametrize("rule", range(TOLERANCE_MAX + 1))
@pytest.mark.parametrize("edit", [False, True])
def test_a_provider_gets_its_greatest_value_that_is_not_above_the_rule(name: str, rule: int, *, edit: bool) -> None:
    sent = policy.provider_tolerance(OFFERS[name], rule, edit=edit)
    scale = OFFERS[name].edit_tolerance if edit else OFFERS[name].text_tolerance
    allowed = [value for value in scale if value <= rule]
    assert sent == (max(allowed) if allowed else None)


scales = st.builds(range, st.integers(0, 4), st.integers(0, 9), st.integers(1, 3)).filter(len)


@given(scales, scales, tolerances, tolerances, st.booleans())
def test_no_scale_that_a_vendor_may_have_is_met_more_permissively_than_the_rule(
    text: range, edits: range, rule: int, laxer: int, edit: bool
) -> None:
    offer = replace(OFFERS["sandbox"], text_tolerance=text, edit_tolerance=edits)
    scale = edits if edit else text
    sent = policy.provider_tolerance(offer, rule, edit=edit)
    if sent is None:
        assert min(scale) > rule
    else:
        assert sent in scale
        assert sent <= rule
        assert not any(sent < value <= rule for value in scale)
    if laxer >= rule and sent is not None:
        again = policy.provider_tolerance(offer, laxer, edit=edit)
        assert again is not None
        assert again >= sent


def tolerance_in(body: Any) -> int:
    """The one value that a vendor is sent, wherever in its request that stands."""
    found: list[int] = []

    def look(one: Any) -> None:
        if isinstance(one, dict):
            found.extend(int(value) for key, value in one.items() if key == "safety_tolerance")
        for each in one.values() if isinstance(one, dict) else one if isinstance(one, list) else ():
            look(each)

    look(body)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("name", KEY_OF)
@pytest.mark.parametrize("model", Model)
@pytest.mark.parametrize("pictures", [0, 1, 4])
async def test_what_is_on_the_wire_is_never_above_the_rule(name: str, model: Model, pictures: int) -> None:
    stand_in, provider = vendors.VENDORS[name]
    references = (vendors.REFERENCE,) * pictures
    for rule in range(TOLERANCE_MAX + 1):
        tolerance = policy.provider_tolerance(OFFERS[name], rule, edit=pictures > 0)
        if tolerance is None:
            continue
        async with stand_in() as vendor, httpx.AsyncClient() as client:
            wanted = vendors.change(model=model, tolerance=tolerance, references=references)
            await provider(client, vendor.key, vendor.url).submit(wanted, timeout=5)
        sent = tolerance_in(vendor.submits[0].body)
        assert sent == tolerance <= rule
        assert not (name == "bfl" and pictures and sent > 2)


# The whole plan

places = st.builds(Place, st.just(1), st.just(2) | st.none(), age_restricted=st.booleans())
rules_of_servers = st.builds(
    Rules,
    tolerance=tolerances,
    tolerance_age_restricted=tolerances,
    spoilers=st.sampled_from(Spoilers),
    models=st.lists(models, min_size=1, unique=True).map(tuple),
    providers=st.lists(st.sampled_from([*OFFERS, "elsewhere"]), max_size=5).map(tuple),
)
requests = st.builds(
    ImageRequest,
    st.just("a kite"),
    model=models,
    count=st.integers(1, 4),
    guidance=st.none() | st.floats(1, 20),
    enhance=st.booleans(),
    references=st.integers(0, 5).map(lambda count: REFERENCE * count),
)
orders = st.permutations(list(OFFERS)).flatmap(
    lambda order: st.integers(1, len(order)).map(lambda count: {name: OFFERS[name] for name in order[:count]})
)


@given(requests, rules_of_servers, places, orders)
def test_a_plan_names_in_order_exactly_those_providers_that_can_keep_the_rules(
    request: ImageRequest, rules: Rules, place: Place, offers: dict[str, Capabilities]
) -> None:
    rule = rules.tolerance_age_restricted if place.age_restricted else rules.tolerance
    order = list(dict.fromkeys(name for name in rules.providers if name in offers)) if rules.providers else list(offers)
    wanted = tuple(name for name in order if request.model in rules.models and can(offers[name], request, rule))
    if not wanted:
        with pytest.raises(NothingOffers if request.model in rules.models else BadInput):
            policy.decide(request, rules, place, offers, lambda: 77)
        return
    plan = policy.decide(request, rules, place, offers, lambda: 77)
    assert plan.providers == wanted
    assert plan.tolerance == rule
    here = (Spoilers.ALWAYS, Spoilers.AGE_RESTRICTED) if place.age_restricted else (Spoilers.ALWAYS,)
    assert plan.spoiler == (rules.spoilers in here)
    for name in plan.providers:
        value = policy.provider_tolerance(offers[name], plan.tolerance, edit=bool(request.references))
        assert value is not None
        assert value <= rule
        assert not (name == "bfl" and request.references and value > 2)


def can(offer: Capabilities, request: ImageRequest, rule: int) -> bool:
    """Whether a provider fulfils every wish and has a value within the rule."""
    scale = offer.edit_tolerance if request.references else offer.text_tolerance
    return (
        scale[0] <= rule
        and (offer.guidance or request.guidance is None)
        and (offer.enhance or not request.enhance)
        and len(request.references) <= offer.max_references
    )


@given(requests, rules_of_servers, rules_of_servers, places)
def test_a_stricter_rule_never_lets_in_another_provider(
    request: ImageRequest, one: Rules, other: Rules, place: Place
) -> None:
    strict = replace(one, tolerance=min(one.tolerance, other.tolerance), tolerance_age_restricted=0)
    lax = replace(one, tolerance=max(one.tolerance, other.tolerance), tolerance_age_restricted=TOLERANCE_MAX)
    assert set(providers_of(request, strict, place)) <= set(providers_of(request, lax, place))


def providers_of(request: ImageRequest, rules: Rules, place: Place) -> tuple[str, ...]:
    try:
        return decide(request, rules, place).providers
    except Refusal:
        return ()


def test_the_strictest_rule_rules_out_those_that_begin_at_one() -> None:
    assert decide(ImageRequest("a kite"), Rules(tolerance=0)).providers == ("bfl", "sandbox")


def test_black_forest_labs_never_gets_more_than_two_with_a_picture() -> None:
    assert policy.provider_tolerance(OFFERS["bfl"], 6, edit=True) == 2
    assert policy.provider_tolerance(OFFERS["bfl"], 6, edit=False) == 6


def test_a_server_names_the_only_providers_to_be_used_and_their_order() -> None:
    assert decide(ImageRequest("x"), Rules(providers=("sandbox", "bfl"))).providers == ("sandbox", "bfl")
    assert decide(ImageRequest("x"), Rules(providers=("elsewhere", "vtrix"))).providers == ("vtrix",)
    assert decide(ImageRequest("x")).providers == tuple(OFFERS)
    with pytest.raises(NothingOffers) as refused:
        decide(ImageRequest("x"), Rules(providers=("elsewhere",)))
    assert refused.value.code is Lacking.PROVIDER


@pytest.mark.parametrize("model", Model)
def test_a_model_that_the_server_does_not_allow_is_refused_with_the_one_it_does(model: Model) -> None:
    other = next(one for one in Model if one is not model)
    with pytest.raises(ModelNotAllowed) as refused:
        decide(ImageRequest("x", model), Rules(models=(other,)))
    assert refused.value.allowed == (other,)
    assert decide(ImageRequest("x", other), Rules(models=(other,))).request.model is other


@pytest.mark.parametrize(
    ("spoilers", "age_restricted", "covered"),
    [
        (Spoilers.NEVER, False, False),
        (Spoilers.NEVER, True, False),
        (Spoilers.AGE_RESTRICTED, False, False),
        (Spoilers.AGE_RESTRICTED, True, True),
        (Spoilers.ALWAYS, False, True),
        (Spoilers.ALWAYS, True, True),
    ],
)
def test_pictures_are_covered_as_the_server_wants_it_at_that_place(
    spoilers: Spoilers, *, age_restricted: bool, covered: bool
) -> None:
    place = Place(1, 2, age_restricted=age_restricted)
    assert decide(ImageRequest("x"), Rules(spoilers=spoilers), place).spoiler is covered


def test_an_age_restricted_picture_goes_nowhere_else() -> None:
    request = ImageRequest("x", references=(replace(REFERENCE[0], age_restricted=True),))
    assert decide(request, place=Place(1, 2, age_restricted=True)).request == request
    with pytest.raises(SourceAgeRestricted):
        decide(request, place=Place(3, 2))


def test_an_age_restricted_channel_has_its_own_rule() -> None:
    rules = Rules(tolerance=1, tolerance_age_restricted=5)
    assert decide(ImageRequest("a kite"), rules).tolerance == 1
    assert decide(ImageRequest("a kite"), rules, Place(1, 2, age_restricted=True)).tolerance == 5


def test_a_wish_goes_only_to_those_that_fulfil_it() -> None:
    assert decide(ImageRequest("a kite", guidance=5)).providers == ("aimlapi", "sandbox")
    assert "aimlapi" not in decide(ImageRequest("a kite", enhance=True)).providers


def test_an_own_seed_is_kept_and_else_one_is_drawn() -> None:
    assert decide(ImageRequest("a kite", seed=5)).seed == 5
    assert decide(ImageRequest("a kite")).seed == 77


@pytest.mark.parametrize(
    ("request_", "refusal"),
    [
        (ImageRequest(" \n"), PromptEmpty()),
        (ImageRequest("x" * 4001), PromptTooLong(4001, 4000)),
        (ImageRequest("x", count=0), OutOfRange("count", 1, 4)),
        (ImageRequest("x", count=5), OutOfRange("count", 1, 4)),
        (ImageRequest("x", seed=0), OutOfRange("seed", 1, SEED_MAX)),
        (ImageRequest("x", seed=SEED_MAX + 1), OutOfRange("seed", 1, SEED_MAX)),
        (ImageRequest("x", guidance=0.5), OutOfRange("guidance", 1, 20)),
        (ImageRequest("x", guidance=21), OutOfRange("guidance", 1, 20)),
    ],
)
def test_what_is_out_of_range_is_refused_with_the_range(request_: ImageRequest, refusal: BadInput) -> None:
    with pytest.raises(BadInput) as refused:
        decide(request_)
    assert (type(refused.value), vars(refused.value)) == (type(refusal), vars(refusal))


def test_a_wish_that_nobody_fulfils_is_named() -> None:
    offers = {"vtrix": Vtrix.capabilities}
    for request, rules, lacking in (
        (ImageRequest("x", guidance=3), Rules(), Lacking.GUIDANCE),
        (ImageRequest("x", references=REFERENCE * 5), Rules(), Lacking.COMBINATION),
        (ImageRequest("x"), Rules(tolerance=0), Lacking.TOLERANCE),
    ):
        with pytest.raises(NothingOffers) as refused:
            policy.decide(request, rules, HERE, offers, lambda: 1)
        assert refused.value.code is lacking


def test_a_max_picture_costs_two_credits() -> None:
    assert decide(ImageRequest("x", model=Model.MAX, count=3)).credits == 6


@pytest.mark.parametrize("prompt", ["\u200b\u200d", " \u00ad\n", "\x00\x07"])
def test_a_prompt_in_which_nothing_is_to_be_seen_is_empty(prompt: str) -> None:
    with pytest.raises(PromptEmpty):
        decide(ImageRequest(prompt))


def test_control_characters_are_left_out() -> None:
    assert decide(ImageRequest("a \x07red\nkite\x00")).request.prompt == "a red\nkite"
