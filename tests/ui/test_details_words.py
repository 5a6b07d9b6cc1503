"""What the recipe of a picture says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.models import ImageFormat, ImageRequest, Job, JobState, Model, Origin, Picture, Place
from bot.ui.views.details import details
from bot.ui.words import use_language

ASKED = ImageRequest(prompt="a fox", origin=Origin.IMAGINE, model=Model.PRO)
JOB = Job(
    1,
    "k7m2q",
    JobState.DONE,
    7,
    "Alice",
    Place(5, 6),
    ASKED,
    2,
    ("sandbox",),
    9,
    0,
    pictures=(Picture("k7m2q-1", 1, 1, 9, 1248, 1024, ImageFormat.JPEG, "sandbox", 2_000_000),),
)


@pytest.mark.parametrize(
    ("code", "size"), [("en-US", "1,953 KiB"), ("fr", "1\u202f953 Kio"), ("es-ES", "1.953 KiB")], ids=str
)
def test_pixels_are_written_without_separators_in_every_language(code: str, size: str) -> None:
    with use_language(code):
        said = str(details(JOB, compare=False).to_components())
    assert f"1248 × 1024 · {size}".replace("\u202f", "\\u202f") in said


def test_a_ratio_that_was_not_chosen_is_feminine_where_the_word_is() -> None:
    with use_language("es-ES"):
        assert "proporción **automática**" in str(details(JOB, compare=False).to_components())


@pytest.mark.parametrize(
    ("code", "guidance", "said"),
    [("en-US", 4.0, "Guidance **4**"), ("en-US", 2.5, "Guidance **2.5**"), ("de", 2.5, "**2,5**")],
    ids=["whole", "with a point", "with a comma"],
)
def test_guidance_is_written_as_the_language_writes_numbers(code: str, guidance: float, said: str) -> None:
    job = replace(JOB, request=replace(ASKED, guidance=guidance))
    with use_language(code):
        assert said in str(details(job, compare=False).to_components())
