"""A server's rules as values: its own over the operator's defaults, how they are kept, and whose limit counts."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.guild_settings.rules import (
    CREDITS_MAX,
    FIELDS,
    TOLERANCE_MAX,
    Limit,
    Rule,
    Rules,
    Spoilers,
    channel_refused,
    encoded,
    limit_of,
    merged,
)
from bot.models import Language, Member, Model, Place

OPERATORS = {"user_jobs", "daily_budget_microusd", "member_ceiling", "server_ceiling"} | {
    "least_member_hours", "allowed_servers", "user_install",
}  # fmt: skip
OF_SERVERS = sorted(name for names in FIELDS.values() for name in names)

ids = st.integers(1, 2**63 - 1)
several_ids = st.lists(ids, max_size=4, unique=True).map(tuple)
limits = st.none() | st.integers(0, CREDITS_MAX)
tolerances = st.integers(0, TOLERANCE_MAX)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "tolerance": tolerances,
    "tolerance_age_restricted": tolerances,
    "spoilers": st.sampled_from(Spoilers),
    "daily_credits": limits,
    "role_credits": st.dictionaries(ids, limits, max_size=4),
    "pool_credits": limits,
    "allowed_channels": several_ids,
    "denied_channels": several_ids,
    "models": st.lists(st.sampled_from(Model), min_size=1, unique=True).map(tuple),
    "providers": st.lists(st.sampled_from(["bfl", "aimlapi", "vtrix", "sandbox"]), unique=True).map(tuple),
    "words": st.lists(st.text(max_size=20), max_size=4).map(tuple),
    "strikes": st.integers(0, 100),
    "strike_hours": st.integers(1, 720),
    "pause_hours": st.integers(1, 720),
    "new_member_hours": st.integers(0, 8760),
    "log_channel": st.none() | ids,
    "log_prompts": st.booleans(),
    "language": st.sampled_from(Language),
}
settings_of_a_server = st.fixed_dictionaries({}, optional=VALUES)
defaults_of_an_operator = st.builds(
    replace,
    st.just(Rules()),
    daily_credits=st.integers(0, CREDITS_MAX),
    user_jobs=st.integers(1, 100),
    daily_budget_microusd=st.none() | st.integers(0, 10**12),
)


def kept(values: dict[str, Any]) -> dict[str, Any]:
    """What a server has set, as it comes back from the database."""
    return json.loads(json.dumps(encoded(values), ensure_ascii=False))


def test_every_field_belongs_to_one_rule_or_to_the_operator() -> None:
    assert len(OF_SERVERS) == len(set(OF_SERVERS))
    assert set(OF_SERVERS) | OPERATORS | {"own"} == {one.name for one in fields(Rules)}
    assert set(OF_SERVERS) == set(VALUES)
    assert set(FIELDS) == set(Rule)


@given(settings_of_a_server, defaults_of_an_operator)
def test_what_is_kept_comes_back_as_it_was(values: dict[str, Any], defaults: Rules) -> None:
    rules = merged(defaults, kept(values))
    assert rules == replace(defaults, **values, own=frozenset(values))
    for name, value in values.items():
        assert type(getattr(rules, name)) is type(value)
    assert all(type(role) is int for role in rules.role_credits)
    assert all(isinstance(model, Model) for model in rules.models)


@given(settings_of_a_server)
def test_keeping_twice_changes_nothing(values: dict[str, Any]) -> None:
    once = kept(values)
    rules = merged(Rules(), once)
    assert kept({name: getattr(rules, name) for name in values}) == once


@given(settings_of_a_server, defaults_of_an_operator, defaults_of_an_operator)
def test_what_a_server_has_set_stands_whatever_the_defaults_become(
    values: dict[str, Any], before: Rules, after: Rules
) -> None:
    body = kept(values)
    old, new = merged(before, body), merged(after, body)
    for one in fields(Rules):
        if one.name in {*values, "own"}:
            assert getattr(old, one.name) == getattr(new, one.name)
        else:
            assert getattr(new, one.name) == getattr(after, one.name)


@given(defaults_of_an_operator)
def test_a_server_without_an_opinion_has_the_defaults(defaults: Rules) -> None:
    assert merged(defaults, {}) == defaults


@given(settings_of_a_server, st.dictionaries(st.text(min_size=1).map("x-{}".format), st.integers() | st.none()))
def test_fields_that_nobody_knows_are_passed_over(values: dict[str, Any], foreign: dict[str, Any]) -> None:
    body = kept(values)
    assert merged(Rules(), foreign | body) == merged(Rules(), body)


def test_a_server_cannot_say_for_itself_what_it_has_set() -> None:
    assert "tolerance" not in merged(Rules(), {"own": ["tolerance"]}).own


OUT_OF_RANGE = [
    ("tolerance", -1),
    ("tolerance", TOLERANCE_MAX + 1),
    ("tolerance_age_restricted", -1),
    ("tolerance_age_restricted", TOLERANCE_MAX + 1),
    ("spoilers", "sometimes"),
    ("daily_credits", -1),
    ("daily_credits", CREDITS_MAX + 1),
    ("role_credits", {1: -1}),
    ("role_credits", {1: CREDITS_MAX + 1}),
    ("role_credits", {"everyone": 1}),
    ("pool_credits", -1),
    ("pool_credits", CREDITS_MAX + 1),
    ("allowed_channels", ("general",)),
    ("denied_channels", ("general",)),
    ("models", ("schnell",)),
    ("strikes", -1),
    ("strikes", 101),
    ("strike_hours", 0),
    ("strike_hours", 721),
    ("pause_hours", 0),
    ("pause_hours", 721),
    ("new_member_hours", -1),
    ("new_member_hours", 8761),
    ("log_channel", "general"),
]


@pytest.mark.parametrize(("name", "value"), OUT_OF_RANGE)
def test_what_is_out_of_range_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValidationError):
        encoded({name: value})
    with pytest.raises(ValidationError):
        merged(Rules(), {name: value})


@given(st.data())
def test_one_value_out_of_range_spoils_the_whole_change(data: st.DataObject) -> None:
    name, value = data.draw(st.sampled_from(OUT_OF_RANGE))
    values = data.draw(settings_of_a_server)
    with pytest.raises(ValidationError):
        encoded(values | {name: value})


# Whose limit counts

few_roles = st.sampled_from([1, 2, 3, 4, 5])
role_limits = st.dictionaries(few_roles, limits)
member_roles = st.lists(few_roles, unique=True).map(tuple)


@given(limits, role_limits, member_roles)
def test_of_several_roles_the_highest_limit_counts_and_unlimited_is_the_highest(
    everyone: int | None, roles: dict[int, int | None], theirs: tuple[int, ...]
) -> None:
    limit = limit_of(Rules(daily_credits=everyone, role_credits=roles), Member(1, "m", theirs))
    mine = [roles[role] for role in theirs if role in roles]
    if not mine:
        assert limit == Limit(everyone)
        return
    assert limit.credits == (None if None in mine else max(one for one in mine if one is not None))
    assert limit.role_id in theirs
    assert roles[limit.role_id] == limit.credits
    assert limit.own


@given(role_limits, st.permutations([1, 2, 3, 4, 5]), st.integers(0, 5))
def test_the_order_of_a_members_roles_does_not_matter(
    roles: dict[int, int | None], order: list[int], count: int
) -> None:
    rules, theirs = Rules(role_credits=roles), tuple(order[:count])
    there, back = (limit_of(rules, Member(1, "m", one)) for one in (theirs, theirs[::-1]))
    assert there.credits == back.credits


@given(role_limits, member_roles, few_roles)
def test_another_role_never_takes_credits_away(
    roles: dict[int, int | None], theirs: tuple[int, ...], another: int
) -> None:
    rules = Rules(daily_credits=0, role_credits=roles)
    before = limit_of(rules, Member(1, "m", theirs)).credits
    after = limit_of(rules, Member(1, "m", (*theirs, another))).credits
    assert after is None or (before is not None and after >= before)


def test_a_roles_limit_counts_even_where_it_is_below_everybodys() -> None:
    rules = Rules(daily_credits=20, role_credits={7: 0})
    assert limit_of(rules, Member(1, "m", (7,))) == Limit(0, 7, own=True)
    assert limit_of(rules, Member(1, "m", (8,))) == Limit(20)


def test_a_limit_says_whether_the_server_has_set_it() -> None:
    assert limit_of(merged(Rules(), {}), Member(1, "m")) == Limit(20)
    assert limit_of(merged(Rules(), {"daily_credits": 20}), Member(1, "m")) == Limit(20, own=True)
    assert limit_of(merged(Rules(), {"daily_credits": None}), Member(1, "m")) == Limit(None, own=True)


# Where pictures may be made

few_channels = st.integers(1, 6)
lists_of_channels = st.lists(few_channels, max_size=4, unique=True).map(tuple)
places = st.builds(
    lambda channel, parent: Place(channel, 100, in_thread=parent is not None, parent_id=parent),
    few_channels,
    st.none() | few_channels,
)


@given(lists_of_channels, lists_of_channels, places)
def test_a_thread_counts_as_itself_and_as_its_channel(
    allowed: tuple[int, ...], denied: tuple[int, ...], place: Place
) -> None:
    def listed(channels: tuple[int, ...]) -> bool:
        return place.channel_id in channels or (place.parent_id is not None and place.parent_id in channels)

    rules = Rules(allowed_channels=allowed, denied_channels=denied)
    assert channel_refused(rules, place) == (listed(denied) or (allowed != () and not listed(allowed)))


@pytest.mark.parametrize(
    ("allowed", "denied", "place", "refused"),
    [
        ((), (), Place(1, 100), False),
        ((1,), (), Place(1, 100), False),
        ((1,), (), Place(2, 100), True),
        ((), (1,), Place(1, 100), True),
        ((1,), (1,), Place(1, 100), True),
        ((1,), (), Place(9, 100, in_thread=True, parent_id=1), False),
        ((), (1,), Place(9, 100, in_thread=True, parent_id=1), True),
        ((1,), (9,), Place(9, 100, in_thread=True, parent_id=1), True),
        ((1,), (9,), Place(8, 100, in_thread=True, parent_id=1), False),
        ((9,), (1,), Place(9, 100, in_thread=True, parent_id=1), True),
        ((9,), (), Place(8, 100, in_thread=True, parent_id=1), True),
    ],
)
def test_a_denied_channel_is_closed_even_where_it_is_allowed_as_well(
    allowed: tuple[int, ...], denied: tuple[int, ...], place: Place, *, refused: bool
) -> None:
    assert channel_refused(Rules(allowed_channels=allowed, denied_channels=denied), place) is refused
