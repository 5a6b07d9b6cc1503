"""What a member reads for each refusal and failure: every one has a sentence, whatever its data."""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import errors
from bot.errors import Lacking, Refusal
from bot.models import Failure, Model
from bot.ui.words.failures import failed
from bot.ui.words.refusals import SENTENCES, Declined, explain

CATEGORIES = {errors.BadInput}
"""They only gather others, and are raised by nobody."""


def kinds(base: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    for kind in base.__subclasses__():
        if kind is not Declined:
            yield kind
            yield from kinds(kind)


STILL_WORDED = {
    *(errors.OutOfCredits, errors.OverBudget, errors.TooManyJobs, errors.NotYours, errors.NotFound, errors.NotNow),
    *(errors.Reserved, errors.Blocked, errors.NotHere, errors.BlockedWords),
}
"""Those that carry a sentence for as long as the rooms that raise them are rebuilt."""
EVERY = [kind for kind in kinds() if kind not in CATEGORIES | STILL_WORDED]


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_refusal_has_a_sentence_whatever_its_data(kind: type[Refusal], data: st.DataObject) -> None:
    said = explain(data.draw(st.builds(kind)))
    assert said[0].isupper() or said[0] == "`"
    assert said.endswith(".")
    assert " None" not in said


@pytest.mark.parametrize("kind", SENTENCES, ids=lambda kind: kind.__name__)
def test_a_sentence_names_only_what_its_refusal_carries(kind: type[Refusal]) -> None:
    named = {name for _text, name, *_ in string.Formatter().parse(SENTENCES[kind]) if name}
    assert named <= set(getattr(kind, "__dataclass_fields__", ()))


@pytest.mark.parametrize("failure", Failure)
def test_every_failure_has_a_sentence(failure: Failure) -> None:
    assert failed(failure).endswith(".")


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (errors.PromptTooLong(4001, 4000), "That prompt has 4,001 characters; 4,000 is the most."),
        (errors.ModelNotAllowed((Model.PRO, Model.MAX)), "This server allows only the model `pro`, `max`."),
        (errors.NothingOffers(Lacking.MODEL, Model.MAX), "No image service here offers the model `max`."),
        (Declined("There is no {what} here.", what="kite"), "There is no kite here."),
    ],
)
def test_what_would_be_allowed_is_said(refusal: Refusal, said: str) -> None:
    assert explain(refusal) == said


def test_a_refusal_in_the_log_says_its_kind_and_its_data() -> None:
    refusal: Any = errors.OutOfRange("count", 1, 4)
    assert "OutOfRange(option='count', least=1, most=4)" in repr(refusal)
