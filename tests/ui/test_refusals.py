"""What a member reads for each refusal and failure: every one has a sentence, whatever its data."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import errors
from bot.blocklist import EntryProblem
from bot.errors import Ceiling, Lacking, Late, Missing, Refusal, Theirs, Unserved
from bot.models import Failure, Model
from bot.ui.words.failures import failed
from bot.ui.words.refusals import SENTENCES, Declined, Mistake, Several, both, each_of, explain

CODES = (Ceiling, EntryProblem, Lacking, Late, Missing, Theirs, Unserved)


def kinds(base: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    for kind in base.__subclasses__():
        if kind not in {
            Declined,
            Mistake,
            Several,
            errors.BadInput,
        }:  # what is said already, and what only gathers others
            yield kind
        yield from kinds(kind)


@pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind.__name__)
@settings(deadline=None)  # the first of each kind builds its strategy
@given(data=st.data())
def test_every_refusal_has_a_sentence_whatever_its_data(kind: type[Refusal], data: st.DataObject) -> None:
    said = explain(data.draw(st.builds(kind)))
    assert said.strip()
    assert " None" not in said


@pytest.mark.parametrize("code", [one for codes in CODES for one in codes], ids=str)
def test_every_code_has_a_sentence(code: Enum) -> None:
    assert SENTENCES[code].endswith((".", "`."))


@pytest.mark.parametrize("kind", [one for one in SENTENCES if isinstance(one, type)], ids=lambda kind: kind.__name__)
def test_a_sentence_names_only_what_its_refusal_carries(kind: type[Refusal]) -> None:
    named = {name for _text, name, *_ in string.Formatter().parse(SENTENCES[kind]) if name}
    assert named <= {one.removesuffix("_id") for one in getattr(kind, "__dataclass_fields__", ())}


@pytest.mark.parametrize("failure", Failure)
def test_every_failure_has_a_sentence(failure: Failure) -> None:
    assert failed(failure).endswith(".")


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (errors.PromptTooLong(4001, 4000), "That prompt has 4,001 characters; the limit is 4,000."),
        (errors.ModelNotAllowed((Model.PRO, Model.MAX)), "This server allows only the model `pro`, `max`."),
        (errors.NothingOffers(Lacking.MODEL, Model.MAX), "No image service here offers the model `max`."),
        (errors.OutOfCredits(4, 0, 0), "Making pictures is switched off for you here."),
        (errors.OutOfCredits(4, 1, 3), "This costs 4 credits and you have 1 of 3 left. Ask for fewer pictures."),
        (
            errors.OutOfCredits(1, 0, 3, back=1, back_at=5_000),
            "This costs 1 credit and you have 0 of 3 left. 1 more comes back <t:5:R>.",
        ),
        (
            errors.OutOfCredits(2, 1, 1000, shared=True, back_at=5_000),
            "The members of this server together have 1 of 1,000 credits left for now. More come back <t:5:R>.",
        ),
        (
            errors.OverCeiling(Ceiling.MEMBER, 2, 1, 40, back=3, back_at=5_000),
            "The bot's operator gives each member 40 credits in 24 hours over all servers and messages together. You "
            "have 1 left; this costs 2. 3 more come back <t:5:R>.",
        ),
        (
            errors.OverCeiling(Ceiling.SERVER, 4, 3, 3),
            "The bot's operator gives each server 3 credits in 24 hours. This one has 3 left; this costs 4. Ask for "
            "fewer pictures.",
        ),
        (
            errors.TooManyJobs(1),
            "You already have a request waiting or running. Please wait for it, or cancel it.",
        ),
        (errors.NotHere((5, 6)), "No pictures are made in this channel. Please use <#5>, <#6>."),
        (
            errors.Blocked(5_000, by_moderator=True, reason="see [here](https://x.y)\n"),
            "A moderator has blocked you from making pictures in this server until <t:5:f>. "
            r"The reason: see \[here\](https\://x.y)",
        ),
        (
            errors.Blocked(None, by_moderator=True),
            "A moderator has blocked you from making pictures in this server until a moderator lifts it.",
        ),
        (Declined("There is no {what} here.", what="kite"), "There is no kite here."),
    ],
)
def test_what_would_be_allowed_is_said(refusal: Refusal, said: str) -> None:
    assert explain(refusal) == said


def test_a_refusal_in_the_log_says_its_kind_and_its_data() -> None:
    refusal: Any = errors.OutOfRange("count", 1, 4)
    assert "OutOfRange(option='count', least=1, most=4)" in repr(refusal)


# More than one


def refusing(*texts: str) -> Callable[[], int]:
    """A step that refuses, for one thing or for several."""

    def step() -> int:
        if len(texts) == 1:
            raise Declined(texts[0])
        return sum(each_of(map(refusing, texts)))

    return step


def told(*steps: Callable[[], int]) -> str:
    with pytest.raises(Refusal) as caught:
        each_of(steps)
    return explain(caught.value)


def test_what_is_refused_alone_is_said_as_it_is() -> None:
    assert told(lambda: 1, refusing("No."), lambda: 2) == "No."


def test_each_of_several_refusals_has_a_line_whatever_they_are_within() -> None:
    assert told(refusing("One."), lambda: 1, refusing("Two.", "Three.")) == "- One.\n- Two.\n- Three."


def test_what_two_fields_have_in_common_is_said_once() -> None:
    assert told(refusing("Gone."), refusing("Gone.")) == "Gone."


def test_what_no_other_words_would_change_is_not_gathered() -> None:
    def late() -> int:
        raise errors.TooLate(1)

    with pytest.raises(errors.TooLate):
        each_of([refusing("One."), late])


def test_where_nothing_is_refused_all_is_given() -> None:
    assert each_of([lambda: 1, lambda: 2]) == [1, 2]
    assert both(lambda: 1, lambda: "two") == (1, "two")
