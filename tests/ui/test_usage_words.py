"""A usage chart in words: one line, short, with the chart's numbers."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings

from bot.models.usage import Day, UsageChart
from bot.ui.views.usage_words import captions, words
from bot.ui.words import use_language
from tests.support.drawings import share, usage
from tests.support.usages import SHAPES, usages


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_has_words(name: str):
    assert 0 < len(words(SHAPES[name])) <= 1000


@given(usages)
@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_words_are_one_line_of_at_most_a_thousand_characters(one: UsageChart):
    text = words(one)
    assert len(text) <= 1000
    controls = {letter for letter in text if unicodedata.category(letter)[0] == "C"}
    assert controls <= {"\u2068", "\u2069"}
    assert text.count("\u2068") == text.count("\u2069")


def test_words_say_the_numbers_of_the_chart():
    one = usage({"bfl": 1200, "vtrix": 34}, 0, 66)
    assert words(one) == (
        "Anna's Server: the last days. 1,300 pictures; 2 members; 3 days; 2,600 credits; $52.00. "
        "Providers: bfl 1,266 (2,532 credits, $50.64), vtrix 34 (68 credits, $1.36). "
        "Members: user 0 650 (1,300 credits, $26.00), user 1 650 (1,300 credits, $26.00). "
        "Days: 1 Nov 1,234 ($49.36), 3 Nov 66 ($2.64)."
    )


def test_words_of_a_large_server_name_its_first_members_and_busiest_days_and_count_the_rest():
    text = words(SHAPES["huge"])
    assert "124,000,000 pictures; 500 members; 31 days; 248,000,000 credits; $4.96M." in text
    assert text.count("user") >= 5
    assert "Busiest days: " in text
    assert text.endswith(" more.")


def test_words_of_nothing_say_so():
    assert words(SHAPES["nothing"]) == "Anna's Server: the last days. No pictures were made."


def test_a_name_without_letters_is_a_rank_and_one_from_right_to_left_stays_by_itself():
    members = (share("\x00", 2), share("مرحبا", 1))
    text = words(UsageChart("Server", "", usage(3).days, members, ()))
    assert "Members: member 1 2 (" in text
    assert "\u2068مرحبا\u2069 1 (" in text


@pytest.mark.parametrize(
    ("code", "paid", "counted"),
    [("en-US", "$1,234", "12,345"), ("de", "$1.234", "12.345"), ("fr", "$1\u00a0234", "12\u00a0345")],
    ids=str,
)
def test_numbers_on_the_chart_have_the_signs_of_the_language(code: str, paid: str, counted: str) -> None:
    chart = UsageChart("", "", (Day("30 Nov", {"bfl": 12_345}, 1234.4),), (), ())
    with use_language(code):
        written = captions(chart)
        assert paid in written.totals
        assert f"({paid})" in words(chart)
    assert written.number("12,345") == counted
    assert written.number("$0.004") == ("$0.004" if code == "en-US" else "$0,004")
