"""The rules in words, the panel and its forms: within Discord's limits whatever a server has set, and true to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from discord import ui
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.admission.policy import Offers
from bot.errors import Refusal
from bot.guild_settings.rules import CHANNELS_MAX, CREDITS_MAX, FIELDS, ROLES_MAX, Rule, Rules, Spoilers, encoded
from bot.guild_settings.store import Change
from bot.models import Language, Model
from bot.providers.aimlapi import Aimlapi
from bot.providers.bfl import Bfl
from bot.providers.sandbox import Sandbox
from bot.providers.vtrix import Vtrix
from bot.ui.forms import PREFIX, Filled
from bot.ui.rules import DECLARED, entry, field_value
from bot.ui.rules import FIELDS as SHOWN
from bot.ui.rules.blocked_words import words_of
from bot.ui.rules.declaration import NO_MARKS, Context, Marks
from bot.ui.rules.fields import credits_of
from bot.ui.rules.services import providers_of
from bot.ui.views import settings as panel
from bot.ui.views.card import TEXT_MAX
from bot.ui.words import _, use_language
from bot.ui.words.refusals import explain
from playground import modals
from playground.components import ComponentReader, walk
from playground.errors import FormErrors

OFFERS: Offers = {one.name: one.capabilities for one in (Bfl, Aimlapi, Vtrix, Sandbox)}
VERSION = 12
ID = 1_099_511_627_776_000_000
FULL = Rules(
    tolerance=0,
    tolerance_age_restricted=6,
    spoilers=Spoilers.AGE_RESTRICTED,
    daily_credits=CREDITS_MAX,
    role_credits={ID + n: CREDITS_MAX for n in range(ROLES_MAX)},
    pool_credits=CREDITS_MAX,
    allowed_channels=tuple(ID + 100 + n for n in range(CHANNELS_MAX)),
    denied_channels=tuple(ID + 200 + n for n in range(CHANNELS_MAX)),
    models=(Model.MAX,),
    providers=("vtrix", "bfl", "sandbox", "aimlapi"),
    words=tuple(f"{n} {'unwanted ' * 9}" for n in range(2000)),
    strikes=100,
    strike_hours=720,
    pause_hours=720,
    log_channel=ID + 300,
    log_prompts=True,
    own=frozenset(name for names in FIELDS.values() for name in names),
)
EVERYTHING = dict.fromkeys([*FULL.role_credits, *FULL.allowed_channels, *FULL.denied_channels, ID + 300], " (gone)")
TITLES = [one.title for one in DECLARED.values()]
TORN = re.compile(r"<[#@]&?\d*…")


def read(rules: Rules, marks: Marks = NO_MARKS) -> list[dict[str, Any]]:
    """The panel as Discord takes it, or refuses it."""
    errors = FormErrors()
    components = ComponentReader(errors, {}, v2=True).read(panel.show(rules, OFFERS, marks).to_components())
    errors.check()
    return components


def text_of(rules: Rules, marks: Marks = NO_MARKS) -> str:
    return "\n".join(one["content"] for one in walk(read(rules, marks)) if one["type"] == 10)


def test_every_rule_and_field_has_a_name_of_its_own() -> None:
    assert list(DECLARED) == list(Rule)
    assert {rule: tuple(one.name for one in each.fields) for rule, each in DECLARED.items()} == FIELDS
    assert len(set(TITLES)) == len(Rule)
    assert len({one.title for one in SHOWN.values()}) == len(SHOWN)


@pytest.mark.parametrize("rules", [Rules(), FULL], ids=["nothing set", "everything set"])
def test_the_panel_is_within_discords_limits(rules: Rules) -> None:
    text = text_of(rules, EVERYTHING)
    assert all(title in text for title in TITLES)
    [choice] = [one for one in walk(read(rules)) if one["type"] == 3]
    assert [one["value"] for one in choice["options"]] == list(Rule)
    assert all(one["description"] for one in choice["options"])


def test_what_is_set_is_marked_and_what_is_usual_is_not() -> None:
    text = text_of(replace(Rules(), denied_channels=(ID,), own=frozenset({"denied_channels", "pause_hours"})))
    marked = {title for title in TITLES if f"**● {title}**" in text}
    assert marked == {DECLARED[Rule.CHANNELS].title, DECLARED[Rule.STRIKES].title}


def test_a_long_rule_is_not_cut_while_there_is_room_for_it() -> None:
    rules = replace(Rules(), allowed_channels=FULL.allowed_channels, denied_channels=FULL.denied_channels)
    text = text_of(rules)
    assert f"Not in <#{rules.denied_channels[0]}>" in text
    assert not TORN.search(text)


# What a rule does, in words


def safety_effect(rules: Rules) -> str:
    return DECLARED[Rule.SAFETY].effect(rules, OFFERS, NO_MARKS)


@pytest.mark.parametrize(
    ("rule", "rules", "words"),
    [
        (Rule.QUOTA, Rules(daily_credits=0), "Members without a role that says otherwise cannot make pictures."),
        (Rule.QUOTA, Rules(daily_credits=None), "Members may make as many pictures as they like."),
        (Rule.SERVER_QUOTA, Rules(pool_credits=0), "Nobody can make pictures."),
        (
            Rule.ROLE_QUOTA,
            Rules(role_credits={5: None, 6: 0}),
            "<@&5> unlimited, <@&6> 0. Of several roles, the highest",
        ),
        (Rule.CHANNELS, Rules(allowed_channels=(5,)), "Pictures may be made in <#5>."),
        (Rule.CHANNELS, Rules(denied_channels=(5, 6)), "Everywhere except in <#5>, <#6>."),
        (Rule.MODELS, Rules(models=(Model.MAX, Model.PRO)), "`pro` and `max` may be used."),
        (Rule.PROVIDERS, Rules(), "The usual order: `bfl`, `aimlapi`, `vtrix`, `sandbox`."),
        (
            Rule.PROVIDERS,
            Rules(providers=("vtrix", "gone")),
            "`vtrix`, then `gone`. Not configured at the moment: `gone`.",
        ),
        (Rule.WORDS, Rules(words=("blood",)), "1 entry. Whoever uses one is refused, without being told which."),
        (Rule.STRIKES, Rules(pause_hours=1), "Off: nobody is paused by the bot itself."),
        (Rule.STRIKES, Rules(strikes=1), "**1** refusal for content within 24 h pauses a member for 24 h."),
        (Rule.LOG_CHANNEL, Rules(log_prompts=True), "None: nobody is told of refusals, reports or changes."),
        (Rule.LOG_CHANNEL, Rules(log_channel=5), "<#5>, without quoting what members wrote."),
        (Rule.SPOILERS, Rules(spoilers=Spoilers.AGE_RESTRICTED), "Pictures in age-restricted channels are covered"),
    ],
)
def test_a_rule_says_what_it_does(rule: Rule, rules: Rules, words: str) -> None:
    assert words in DECLARED[rule].effect(rules, OFFERS, NO_MARKS)


def test_the_panel_holds_no_blocked_word() -> None:
    assert "blood" not in text_of(Rules(words=("blood",)))


@pytest.mark.parametrize(
    ("level", "words"),
    [
        (0, "`bfl` is sent 0 · `aimlapi` is not used: it cannot be that strict · `vtrix` is not used: it"),
        (1, "`bfl` is sent 1 · `aimlapi` is sent 1 · `vtrix` is sent 1 · `sandbox` is sent 1"),
        (3, "`bfl` is sent 3 for words, 2 for edits · `aimlapi` is sent 3"),
        (6, "`bfl` is sent 6 for words, 2 for edits · `aimlapi` is sent 6"),
    ],
)
def test_the_safety_rule_says_what_each_service_is_sent(level: int, words: str) -> None:
    text = safety_effect(Rules(tolerance=level, tolerance_age_restricted=level))
    assert words in text
    assert f"**{level}** of 6 in all channels (0 is strictest)" in text


def test_the_safety_rule_speaks_of_the_services_that_are_used() -> None:
    text = safety_effect(Rules(providers=("sandbox", "vtrix")))
    assert "-# `sandbox` is sent 2 · `vtrix` is sent 2" in text
    assert "bfl" not in text


# What a change did


def test_no_change_is_said_as_such() -> None:
    assert panel.changed((), Rules(), OFFERS, NO_MARKS) == "Nothing changed: it was like that already."


@pytest.mark.parametrize(
    ("field", "before", "after", "words"),
    [
        ("daily_credits", 20, None, "credits for a member: **20** → **unlimited**"),
        ("pool_credits", None, 1_000_000, "credits for everybody together: **unlimited** → **1,000,000**"),
        ("role_credits", {}, {"5": None, "6": 0}, "credits by role: none → <@&5> unlimited, <@&6> 0"),
        ("allowed_channels", [5], [], "allowed channels: <#5> → none"),
        ("models", ["pro", "max"], ["max"], "models: `pro`, `max` → `max`"),
        ("providers", [], ["bfl"], "image services: usual → `bfl`"),
        (
            "words",
            {"entries": 2, "gone": ["gore"]},
            {"entries": 3, "new": ["blood", "a*"]},
            "blocked words: 2 entries (−`gore`) → 3 entries (+`blood`, +`a*`)",
        ),
        ("spoilers", "never", "age_restricted", "spoilers: **never** → **in age-restricted channels**"),
        ("strikes", 0, 3, "strikes before a pause: **0** → **3**"),
        ("log_channel", 5, None, "log channel: <#5> → none"),
        ("language", "automatic", "pt-BR", "language: **automatic** → **Portuguese**"),
        ("log_prompts", False, True, "prompts in the log: **no** → **yes**"),
    ],
)
def test_a_change_says_from_what_to_what(field: str, before: Any, after: Any, words: str) -> None:
    assert words in panel.changed((Change(field, before, after),), Rules(), OFFERS, NO_MARKS).splitlines()


def test_everything_at_once_fits_on_a_card() -> None:
    fields = [name for names in FIELDS.values() for name in names]
    old, new = (
        encoded({name: getattr(Rules(), name) for name in fields}),
        {name: getattr(FULL, name) for name in fields},
    )
    changes = [Change(name, old[name], encoded(new)[name]) for name in fields if name != "words"]
    changes.append(Change("words", {"entries": 0, "gone": []}, {"entries": 2000, "new": list(FULL.words)}))
    assert len(panel.changed(changes, FULL, OFFERS, EVERYTHING)) <= TEXT_MAX
    assert "and 13 more" in field_value("allowed_channels", list(FULL.allowed_channels))
    assert "and 38 more" in field_value("role_credits", dict(FULL.role_credits))


def test_a_long_list_of_words_is_shown_as_far_as_it_goes() -> None:
    def shown(*words: str) -> str:
        return "\n".join(
            one.content for one in panel.word_list(words).walk_children() if isinstance(one, ui.TextDisplay)
        )

    assert shown(*FULL.words).startswith("**2,000 blocked entries**\n`0 unwanted")
    assert len(shown(*FULL.words)) <= TEXT_MAX
    assert shown(*FULL.words).endswith("` …")
    assert shown("blood", "/a,b/") == "**2 blocked entries**\n`blood`, `/a,b/`"
    assert shown() == "No words are blocked."


# The forms


def opened(rule: Rule, rules: Rules) -> modals.Modal:
    """A rule's form as Discord takes it, or refuses it."""
    return modals.read(entry.form_for(entry.target_of(rule, VERSION), rules, OFFERS).to_dict())


def filled(modal: modals.Modal, **values: Any) -> Filled:
    """What comes back, with the fields that are not named as they were."""
    sent = [node["component"] for node in modal.submission(values, lambda _kind, value, _field: str(value))]
    given = {one["custom_id"]: (one["value"],) if "value" in one else tuple(one["values"]) for one in sent}
    kind, _, target = modal.custom_id.removeprefix(PREFIX).partition(":")
    return Filled(kind, target, given, {})


def context(rules: Rules) -> Context:
    """Nothing is asked of the server: what a form shows already was looked at before."""
    return Context(cast(Any, None), rules, OFFERS)


@pytest.mark.parametrize("rules", [Rules(), FULL], ids=["nothing set", "everything set"])
@pytest.mark.parametrize("rule", Rule)
def test_each_form_is_within_discords_limits(rule: Rule, rules: Rules) -> None:
    modal = opened(rule, rules)
    assert modal.title == DECLARED[rule].title
    assert modal.custom_id == f"atelier:form:rule:{rule}:{VERSION}"


@pytest.mark.parametrize("language", [one for one in Language if one is not Language.AUTOMATIC])
@pytest.mark.parametrize("rule", [Rule.QUOTA, Rule.SERVER_QUOTA])
def test_no_limit_comes_back_from_a_form_as_it_was_shown(rule: Rule, language: Language) -> None:
    with use_language(language):
        rules = Rules(daily_credits=None, pool_credits=None)
        values = entry.filled(filled(opened(rule, rules)), context(rules))[0](rules)
        assert list(values.values()) == [None]


@pytest.mark.parametrize("language", [one for one in Language if one is not Language.AUTOMATIC])
@pytest.mark.parametrize("rule", [Rule.QUOTA, Rule.SERVER_QUOTA, Rule.ROLE_QUOTA])
def test_a_form_names_the_word_for_no_limit_as_it_shows_it(rule: Rule, language: Language) -> None:
    with use_language(language):
        hints = [one["description"] for one in opened(rule, Rules()).components if "description" in one]
        assert any(_("unlimited") in one for one in hints)


@pytest.mark.parametrize("language", [one for one in Language if one is not Language.AUTOMATIC])
def test_a_role_can_be_given_credits_without_a_limit_in_any_language(language: Language) -> None:
    with use_language(language):
        written = opened(Rule.ROLE_QUOTA, Rules()).submission(
            {"roles": [str(ID)], "credits": _("unlimited")}, lambda _kind, value, _field: str(value)
        )
        assert credits_of(written[-1]["component"]["value"]) is None


def words_in(modal: modals.Modal) -> str:
    return "\n".join(one["content"] for one in modal.components if one["type"] == 10)


def test_the_form_of_credits_by_role_lists_all_that_have_some() -> None:
    assert words_in(opened(Rule.ROLE_QUOTA, Rules())) == "No role has credits of its own."
    words = words_in(opened(Rule.ROLE_QUOTA, Rules(role_credits={ID: None, ID + 1: 0})))
    assert words == f"Now: <@&{ID}> unlimited, <@&{ID + 1}> 0. Roles that you do not choose stay as they are."
    assert all(f"<@&{one}> 1,000,000" in words_in(opened(Rule.ROLE_QUOTA, FULL)) for one in FULL.role_credits)


limits = st.none() | st.integers(0, CREDITS_MAX)
hours = st.integers(1, 720)
channels = st.lists(st.integers(ID, ID + 10**6), unique=True, max_size=2 * CHANNELS_MAX)
entries = (
    "blood",
    "gore*",
    "*gram",
    "two words",
    "/kni(fe|ves)/",
    "/a{2,3}x/",
    "血",
    "naïve",
    "a-b",
    "/x\\/y/",
    "a$$",
)


@st.composite
def rules_of_a_server(draw: st.DrawFn) -> Rules:
    places, models = draw(channels), draw(st.sets(st.sampled_from(Model), min_size=1))
    middle = draw(st.integers(max(0, len(places) - CHANNELS_MAX), min(len(places), CHANNELS_MAX)))
    return Rules(
        tolerance=draw(st.integers(0, 6)),
        tolerance_age_restricted=draw(st.integers(0, 6)),
        spoilers=draw(st.sampled_from(Spoilers)),
        daily_credits=draw(limits),
        pool_credits=draw(limits),
        allowed_channels=tuple(places[:middle]),
        denied_channels=tuple(places[middle:]),
        models=tuple(one for one in Model if one in models),
        providers=tuple(draw(st.lists(st.sampled_from(list(OFFERS)), unique=True))),
        words=tuple(draw(st.lists(st.sampled_from(entries), unique=True))),
        strikes=draw(st.integers(0, 100)),
        strike_hours=draw(hours),
        pause_hours=draw(hours),
        log_channel=draw(st.none() | st.integers(ID, ID + 99)),
        log_prompts=draw(st.booleans()),
    )


@settings(deadline=None)
@given(rules_of_a_server())
def test_a_form_that_is_sent_as_it_was_opened_changes_nothing(rules: Rules) -> None:
    for rule in set(Rule) - {Rule.ROLE_QUOTA}:
        edit, seen = entry.filled(filled(opened(rule, rules)), context(rules))
        values = edit(rules)
        assert seen == VERSION
        assert set(values) == set(FIELDS[rule])
        assert values == {name: getattr(rules, name) for name in values}
        assert encoded(values)


@settings(deadline=None)
@given(rules_of_a_server())
def test_every_panel_is_within_discords_limits(rules: Rules) -> None:
    assert all(title in text_of(rules) for title in TITLES)


@pytest.mark.parametrize("text", ["0", "007", "1,000,000", "1 000", " 5 ", "Unlimited", " UNLIMITED"])
def test_credits_are_read_as_people_write_them(text: str) -> None:
    wanted = {"0": 0, "007": 7, "1,000,000": CREDITS_MAX, "1 000": 1000, " 5 ": 5}.get(text)
    assert credits_of(text) == wanted


def read_or_refused(read: Callable[[], Any], words: str) -> Any:
    """What was read; None where it was refused in words."""
    try:
        return read()
    except Refusal as refusal:
        if words not in explain(refusal):
            raise
        return None


@given(st.text(max_size=12) | st.from_regex(r"\A[0-9٠-٩,. +-]{1,12}\Z"))
def test_whatever_is_written_as_credits_is_in_range_or_refused_in_words(text: str) -> None:
    found = read_or_refused(lambda: credits_of(text), "Credits are a number")
    assert found is None or 0 <= found <= CREDITS_MAX


@given(st.text(max_size=60) | st.lists(st.sampled_from([*OFFERS, "dall-e", ""])).map(", ".join))
def test_whatever_is_written_as_services_is_known_or_refused_in_words(text: str) -> None:
    found = read_or_refused(lambda: providers_of(text, OFFERS), "image service")
    assert set(found or ()) <= set(OFFERS)
    assert len(set(found or ())) == len(found or ())


@settings(deadline=None)
@given(st.text(max_size=80) | st.text("ab/*,.|()\\ \n", max_size=30))
def test_whatever_is_written_as_words_is_an_entry_or_refused_in_words(text: str) -> None:
    found = read_or_refused(lambda: words_of(text), "")
    # As the form shows them the next time, they are the same.
    assert found is None or words_of("\n".join(found)) == found


@given(st.text(max_size=4) | st.integers(-10, 1000).map(str))
def test_whatever_is_written_as_strikes_is_a_number_or_refused_in_words(text: str) -> None:
    sent = Filled(entry.KIND, f"strikes:{VERSION}", dict.fromkeys(FIELDS[Rule.STRIKES], (text,)), {})
    values = read_or_refused(lambda: entry.filled(sent, context(Rules()))[0](Rules()), "is not a number from")
    assert values is None or encoded(values) == values
