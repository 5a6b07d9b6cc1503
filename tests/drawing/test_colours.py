"""Colours: each member's and each provider's own, and told apart by everybody."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.drawing.palette import PROVIDERS, REST, member_colours, provider_colours
from bot.models.usage import UsageChart, series_of
from tests.support.usages import KNOWN, names, usages


def test_a_provider_keeps_its_colour_whoever_else_is_there():
    alone = {name: provider_colours([name])[name] for name in KNOWN}
    assert len(set(alone.values())) == len(KNOWN)
    assert provider_colours(KNOWN) == alone
    assert provider_colours(reversed(KNOWN)) == alone


@given(st.lists(names, max_size=7, unique=True))
def test_seven_providers_have_seven_colours(several: list[str]):
    assert len(set(provider_colours(several).values())) == len(several)


@given(usages)
def test_the_layers_are_all_providers_with_the_smallest_as_one(one: UsageChart):
    layers = series_of(one)
    assert len(layers) <= 6
    assert len({key for layer in layers for key in layer.keys}) == sum(len(layer.keys) for layer in layers)
    assert sum(layer.of(day) for layer in layers for day in one.days) == one.pictures
    assert sum(layer.share(one).pictures for layer in layers) == sum(part.pictures for part in one.providers)


def test_every_member_has_a_colour_of_their_own_that_stays():
    many = member_colours([5 << 40, 7, 9, 11])
    assert len(set(many.values())) == 4
    assert member_colours([5 << 40])[5 << 40] == many[5 << 40]


# How red, green and blue light mix for people without one kind of cone: Machado, Oliveira and Fernandes, 2009.
EYES = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


def dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def seen(colour: str, eyes: str) -> tuple[float, ...]:
    """A colour in Oklab, in which distances are those that are seen."""
    light = [
        part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4
        for part in bytes.fromhex(colour[1:])
    ]
    light = [min(1.0, max(0.0, dot(row, light))) for row in EYES[eyes]]
    to_cones = (
        (0.41222147, 0.53633254, 0.05144599),
        (0.2119035, 0.6806995, 0.10739696),
        (0.08830246, 0.28171884, 0.62997870),
    )
    cones = [dot(row, light) ** (1 / 3) for row in to_cones]
    to_lab = (
        (0.21045426, 0.79361779, -0.00407205),
        (1.9779985, -2.42859221, 0.45059371),
        (0.02590404, 0.78277177, -0.80867577),
    )
    return tuple(dot(row, cones) for row in to_lab)


@pytest.mark.parametrize("eyes", EYES)
def test_no_two_colours_look_alike_to_anybody(eyes: str):
    for one, other in combinations((*PROVIDERS, REST), 2):
        assert math.dist(seen(one, eyes), seen(other, eyes)) > 0.1
