"""The ratio that an edit keeps, as each vendor takes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.models import AspectRatio
from bot.providers.base import ReferenceImage
from bot.providers.inputs import nearest_name, own_ratio


def picture(width: int, height: int) -> ReferenceImage:
    return ReferenceImage(b"", width, height)


@pytest.mark.parametrize(
    ("size", "name"),
    [
        ((7, 3), "21:9"),
        ((3, 7), "9:21"),
        ((2100, 900), "21:9"),
        ((1024, 768), "4:3"),
        ((1000, 1000), "1:1"),
        ((1080, 1920), "9:16"),
        ((5, 4), "5:4"),
        ((3000, 100), "21:9"),
        ((100, 3000), "9:21"),
    ],
)
def test_a_ratio_that_has_a_name_is_sent_by_it(size: tuple[int, int], name: str) -> None:
    assert own_ratio(None, [picture(*size)]) == name


@pytest.mark.parametrize(
    ("size", "name"),
    [((768, 1024), "3:4"), ((1000, 1100), "1:1"), ((5, 4), "4:3"), ((700, 1000), "2:3"), ((3000, 100), "21:9")],
)
def test_where_only_names_are_taken_the_nearest_is_sent(size: tuple[int, int], name: str) -> None:
    assert nearest_name(None, [picture(*size)]) == name


@given(st.sampled_from(AspectRatio), st.integers(1, 300))
def test_a_picture_in_a_named_ratio_keeps_it_with_every_vendor(ratio: AspectRatio, scale: int) -> None:
    width, height = (int(side) * scale for side in ratio.value.split(":"))
    assert own_ratio(None, [picture(width, height)]) == nearest_name(None, [picture(width, height)]) == ratio.value


def test_a_ratio_that_was_asked_for_wins() -> None:
    assert own_ratio(AspectRatio.R16_9, [picture(1, 1)]) == "16:9"
    assert nearest_name(AspectRatio.R16_9, [picture(1, 1)]) == "16:9"
    assert own_ratio(None, []) is nearest_name(None, []) is None
