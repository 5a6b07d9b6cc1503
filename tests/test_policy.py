"""The policy: who may make what, and never more permissively than the rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import policy
from bot.errors import BadInput, NothingOffers
from bot.models import SEED_MAX, ImageRequest, Model, Place, Reference, Rules
from bot.providers.aimlapi import Aimlapi
from bot.providers.bfl import Bfl
from bot.providers.sandbox import Sandbox
from bot.providers.vtrix import Vtrix

OFFERS = {
    "bfl": Bfl.capabilities,
    "aimlapi": Aimlapi.capabilities,
    "vtrix": Vtrix.capabilities,
    "sandbox": Sandbox.capabilities,
}
HERE = Place(1, 2)
REFERENCE = (Reference("https://cdn.discordapp.com/a.png"),)


def decide(request: ImageRequest, rules: Rules | None = None, place: Place = HERE) -> policy.Plan:
    return policy.decide(request, rules or Rules(), place, OFFERS, lambda: 77)


@given(st.sampled_from(list(OFFERS)), st.integers(0, 6), st.booleans())
def test_no_provider_is_sent_more_than_the_rule_allows(name: str, rule: int, edit: bool) -> None:
    sent = policy.provider_tolerance(OFFERS[name], rule, edit=edit)
    scale = OFFERS[name].edit_tolerance if edit else OFFERS[name].text_tolerance
    if sent is None:
        assert min(scale) > rule
    else:
        assert sent in scale
        assert sent <= rule
        assert not any(sent < value <= rule for value in scale)


def test_the_strictest_rule_rules_out_those_that_begin_at_one() -> None:
    assert decide(ImageRequest("a kite"), Rules(tolerance=0)).providers == ("bfl", "sandbox")


def test_black_forest_labs_never_gets_more_than_two_with_a_picture() -> None:
    assert policy.provider_tolerance(OFFERS["bfl"], 6, edit=True) == 2
    assert policy.provider_tolerance(OFFERS["bfl"], 6, edit=False) == 6


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
    ("request_", "words"),
    [
        (ImageRequest(" \n"), "empty"),
        (ImageRequest("x" * 4001), "4,000"),
        (ImageRequest("x", count=0), "`count`"),
        (ImageRequest("x", count=5), "`count`"),
        (ImageRequest("x", seed=0), "`seed`"),
        (ImageRequest("x", seed=SEED_MAX + 1), "`seed`"),
        (ImageRequest("x", guidance=0.5), "`guidance`"),
        (ImageRequest("x", guidance=21), "`guidance`"),
    ],
)
def test_what_is_out_of_range_is_refused_in_words(request_: ImageRequest, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        decide(request_)


def test_a_wish_that_nobody_fulfils_is_named() -> None:
    offers = {"vtrix": Vtrix.capabilities}
    for request, words in (
        (ImageRequest("x", guidance=3), "guidance"),
        (ImageRequest("x", references=REFERENCE * 5), "combination"),
    ):
        with pytest.raises(NothingOffers, match=words):
            policy.decide(request, Rules(), HERE, offers, lambda: 1)
    with pytest.raises(NothingOffers, match="stricter"):
        policy.decide(ImageRequest("x"), Rules(tolerance=0), HERE, offers, lambda: 1)


def test_a_max_picture_costs_two_credits() -> None:
    assert decide(ImageRequest("x", model=Model.MAX, count=3)).credits == 6
