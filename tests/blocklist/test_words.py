"""Blocked words: what hits and what must not, what is refused as an entry and how long a hostile text takes."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.blocklist import MAX_ENTRIES, BadEntry, BlockedEntry, WordList, normalised, parse, parse_many
from bot.blocklist.entries import MAX_PATTERNS
from bot.ui.words.refusals import explain

HITS = [
    # as it is, and at its borders
    ("blood", "blood"),
    ("blood", "a river of BLOOD, at night"),
    ("blood", "(blood)"),
    ("blood", "blood-red"),
    ("blood", "red_blood_cell"),
    ("ass", "an ass's ears"),
    ("1488", "the number 1488"),
    ("b00b", "b00b"),
    ("b00b", "boob"),
    # dressed up
    ("blood", "BLÓÓD"),
    ("blood", "blo\u0336o\u0336d"),
    ("blood", "b\u200blo\u200bod"),
    ("blood", "bl\u00adood"),
    ("blood", "b\u2066lood\u2069"),
    ("blood", "bl\ufe0food"),
    ("blood", "bl\U000e0061ood"),
    ("blood", "bl\u094dood"),
    ("blood", "ｂｌｏｏｄ"),
    ("blood", "𝖇𝖑𝖔𝖔𝖉"),
    ("blood", "ⓑⓛⓞⓞⓓ"),
    ("blood", "🅑🅛🅞🅞🅓"),
    ("blood", "🅱🅻🅾🅾🅳"),
    ("blood", "🇧🇱🇴🇴🇩"),
    ("blood", "⒝⒧⒪⒪⒟"),
    ("gore", "ɢᴏʀᴇ"),
    ("año", "ANO"),
    ("straße", "STRASSE"),
    # look-alikes
    ("porn", "рorn"),
    ("porn", "pοrn"),
    ("porn", "pօrn"),
    ("porn", "ᏢORN"),
    ("cock", "соск"),
    ("cock", "a соск, please"),
    ("хуй", "хуй"),
    ("хуй", "ХУЙ!"),
    ("хуй", "xуй"),
    ("рот", "открой рот"),
    ("σκατά", "ΣΚΑΤΑ"),
    # leet
    ("blood", "bl00d"),
    ("ass", "a$$"),
    ("ass", "@ss!"),
    ("ass", "@$$"),
    ("ass", "!ass"),
    ("a$$", "ass"),
    ("shit", "sh1t"),
    ("shit", "sh!t!"),
    ("shit", "5h1t"),
    ("kill", "k1ll"),
    ("kill", "ki1l"),
    ("porn", "p0rn2"),
    ("p0rn", "porn"),
    ("whore", "wh0r3"),
    # stretched
    ("blood", "bloooood"),
    ("blood", "blllloooodddd"),
    ("ass", "asssss"),
    ("xxx", "xxxxx"),
    ("blood", "bl000ood"),
    # set apart
    ("blood", "b l o o d"),
    ("blood", "a b l o o d moon"),
    ("blood", "b.l.o.o.d"),
    ("blood", "b-l-o-o-d."),
    ("blood", "b_l_o_o_d"),
    ("blood", "b - l - o - o - d"),
    ("blood", "b🩸l🩸o🩸o🩸d"),
    ("blood", "b l o o d  m o o n"),
    ("shit", "s h 1 t"),
    ("ass", "a s s"),
    ("b.l.o.o.d", "blood"),
    # open ends
    ("blood*", "bloodshed"),
    ("blood*", "blood"),
    ("blood*", "bl00dy"),
    ("blood*", "b l o o d y"),
    ("*blood", "lifeblood"),
    ("*blood", "lifebl00d!"),
    ("*hot dog", "a shot dog"),
    # phrases
    ("hot dog", "two hot dog stands"),
    ("hot dog", "hot-dog"),
    ("hot dog", "hot, dog"),
    ("hot dog", "h0t  d0g"),
    ("hot dog", "a hot hot dog"),
    ("hot dog*", "hot dogs"),
    ("Mr. Bean", "Mr. Bean"),
    ("Mr. Bean", "Mr Bean"),
    ("don't", "Don’t".replace("’", "'")),
    # scripts without spaces, and others
    ("血", "一滴血が"),
    ("血腥", "血 腥"),
    ("バカ", "このﾊﾞｶめ"),
    ("เลือด", "มีเลือดบนพื้น"),
    ("blood", "これはbloodです"),
    ("हिंसा", "बहुत हिंसा है"),
    ("시발", "야 시발!"),
    ("시발", "\u1109\u1175\u1107\u1161\u11af"),
    ("دم", "دَم"),
    # patterns
    ("/bl(oo|u)d/", "so BLUDgeon"),
    ("/bl(oo|u)d/", "bl\u200bood"),
    ("/blood/", "blооd"),
    ("/ху[йи]/", "ХУЙ"),
    ("/señor/", "el señor"),
    ("/🍆/", "an 🍆"),
    ("/a{2,3}b/", "caab"),
]

MISSES = [
    ("ass", "class, assassin, glass, pass the assets, embassy, Assam"),
    ("ass", "as s"),
    ("ass", "as soon as she"),
    ("ass", "the Samsung A55 and the Sony A55"),
    ("ass", "as\ns"),
    ("rape", "grape, drapes, scrape, rapeseed, g r a p e"),
    ("cunt", "Scunthorpe"),
    ("sex", "Essex, Sussex, sextant, Middlesex"),
    ("cum", "cucumber, document, cumulus, circumspect"),
    ("tit", "title, titan, tit4n, constitution"),
    ("she", "s  h e is here"),
    ("heis", "s h e is here"),
    ("sheis", "s h e is here"),
    ("astory", "a 3 story house"),
    ("ae", "a 3 story house"),
    ("but", "a butt joint"),
    ("butt", "but"),
    ("god", "good"),
    ("good", "god"),
    ("as", "ass"),
    ("ed", "a 3D model"),
    ("cp", "cp1252"),
    ("10", "1000 lanterns"),
    ("ist", "1s t"),
    ("bood", "8000d"),
    ("slit", "silt"),
    ("hot dog", "it was hot. Dog days followed"),
    ("hot dog", "hot\ndog"),
    ("hot dog", "hotdog"),
    ("hot dog", "dog hot"),
    ("hot dog", "hot and dog"),
    ("hot dog", "shot dog, hot dogs"),
    ("blood*", "lifeblood"),
    ("*blood", "bloodshed"),
    ("shit", "5h17"),
    ("blood", "bl ood, blo od, bloody, bloods"),
    ("usa", "u.s"),
    ("add", "i'd a d d-day"),
    ("pot", "девушка открывает рот"),
    ("cop", "лес, сор и жара"),
    ("рот", "a pot on the stove"),
    ("рот", "девушка, crock pot"),
    ("血腥", "血。腥"),
    ("ข", "ข้"),
    ("시발", "시발점"),
    ("/^draw/", "please draw"),
    ("/blood/", "bl00d"),
]


def find(entries: str, text: str) -> BlockedEntry | None:
    return WordList(parse_many(entries)).find(text)


@pytest.mark.parametrize(("entry", "text"), HITS)
def test_a_blocked_word_is_found(entry: str, text: str) -> None:
    assert find(entry, text) == parse(entry)


@pytest.mark.parametrize(("entry", "text"), MISSES)
def test_a_harmless_text_passes(entry: str, text: str) -> None:
    assert find(entry, text) is None


def test_everyday_prompts_pass_a_rude_list() -> None:
    blocked = WordList(
        parse_many(
            "anal, anus, arse, ass, bitch, boob, butt, clit, cock, coon, crap, cum, cunt, dick, dyke, fag, fuck, gook, "
            "hell, ho, hoe, homo, jap, kill, kkk, kys, nazi, nig, nude, penis, piss, poof, poop, porn, pot, rape, sex, "
            "shit, slut, spic, tit, tits, twat, wank, whore, xxx, blow job, hot dog, сука, хуй, рот, 1488"
        )
    )
    for prompt in (
        "A classic Essex cottage with grape vines, analog photo, 35mm, f/1.4, ISO 400, 4k, 8K, 3D render",
        "an assassin in a glass cocktail bar, cockpit view, title: 'The Constitution of Scunthorpe'",
        "shiitake and basil on therapist's canvas, peacock, hancock tower, Dickens, raccoon, cocoon",
        "2 cats & 3 dogs @ the beach!!! $5 ice cream, 50% off, 10:45 a.m., U.S.A., e.g. a b c d e f g",
        "s h e is here, I'm a d j, plan A, B, C; vitamin D3, B12, K2; mp3, h2o, c4d, x264, R2D2, C3PO, 1st 2nd 3rd 5th",
        "Saturn V, Apollo 11, F-16, B-52, T-34, V8, 4x4, A55, S23, PS5, GTA5, 1980s, 90s, 14880",
        "Japanese garden in Niger, homogeneous Hello Kitty shell, hoedown, killjoy, skill, sextant, swank, shot dog",
        "cool, goood? brrr, zzz, hmmm, www.example.com/class/assets?id=455",
        "кот открывает ротик, жарко; сор и рис; Ψ άνθρωπος",
        "Häuser, señor, naïve façade, Ærø, Łódź, İstanbul, tiếng Việt",
    ):
        assert blocked.find(prompt) is None, prompt


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("a" * 101, "100"),
        ("***", "star"),
        ("*", "letter"),
        ("!?", "letter"),
        ("\u200b", "letter"),
        ("\u0301", "letter"),
        ("🍆", "`/🍆/`"),
        ("*word*", "star"),
        ("wo*rd", "star"),
        ("word**", "star"),
        ("a*", "nearly every"),
        ("c++", "single letter"),
        ("/" + "a" * 199 + "/", "200"),
        ("/", "slashes"),
        ("//", "slashes"),
        ("/open", "slashes"),
        ("/x/i", "slashes"),
        ("/(/", "RE2"),
        (r"/(a)\1/", "RE2"),
        ("/(?=a)b/", "RE2"),
        ("/a\ud800/", "RE2"),
        ("/a*/", "empty text"),
        ("/a|/", "empty text"),
        ("/^/", "empty text"),
        (r"/\b|x/", "nearly every"),
        ("/./", "nearly every"),
        (r"/\w/", "nearly every"),
        ("/[a-z]+/", "nearly every"),
        ("/ /", "nearly every"),
        ("/((a{1,30}){1,30}){2}/", "RE2"),
        ("/(abcdefghi){1,999}x/", "too large"),
        (r"/\pL{9}x/", "too large"),
    ],
)
def test_an_entry_that_cannot_be_used_is_refused_with_what_to_do_instead(text: str, said: str) -> None:
    with pytest.raises(BadEntry) as refused:
        parse(text)
    assert said in explain(refused.value)
    if text.strip() and text.isprintable():
        assert text[:20].strip() in explain(refused.value)


def test_a_refusal_never_breaks_out_of_its_quotation() -> None:
    with pytest.raises(BadEntry) as refused:
        parse("/`@everyone`\n(")
    assert explain(refused.value).count("`") % 2 == 0
    assert "\n" not in explain(refused.value)


def test_an_entry_keeps_what_the_moderator_wrote() -> None:
    assert parse("  Hot Dög ") == BlockedEntry("Hot Dög", "word")
    assert parse(" word* ") == BlockedEntry("word*", "word")
    assert parse(" /Bl(oo|u)d/ ") == BlockedEntry("/Bl(oo|u)d/", "pattern")


def test_many_are_read_between_commas_and_lines() -> None:
    texts = "Blood, hot dog\n\n/a{2,3}b/, /c,/ ,血、*end，word*,\r\n"
    assert [entry.text for entry in parse_many(texts)] == [
        *("Blood", "hot dog", "/a{2,3}b/", "/c,/", "血", "*end", "word*"),
    ]
    assert parse_many(" \n, ") == ()


def test_what_says_the_same_is_kept_once_but_not_a_look_alike_of_another_language() -> None:
    assert [entry.text for entry in parse_many("Blood, blood, BLÓÓD, bl\u200bood, blood*")] == ["Blood", "blood*"]
    assert [entry.text for entry in parse_many("pot, рот, РОТ, /pot/, /pot/")] == ["pot", "рот", "/pot/"]


def test_the_first_bad_one_of_many_is_named() -> None:
    with pytest.raises(BadEntry) as refused:
        parse_many("fine, /(/, /)/")
    assert refused.value.entry == "/(/"


def test_there_is_a_limit_to_entries_and_to_patterns() -> None:
    assert len(parse_many("\n".join(f"word{n}x" for n in range(MAX_ENTRIES)))) == MAX_ENTRIES
    with pytest.raises(BadEntry, match=f"size=2001, most={MAX_ENTRIES}"):
        parse_many(",".join(f"word{n}x" for n in range(MAX_ENTRIES + 1)))
    assert len(parse_many("\n".join(f"/word{n}x/" for n in range(MAX_PATTERNS)))) == MAX_PATTERNS
    with pytest.raises(BadEntry, match=f"most={MAX_PATTERNS}"):
        parse_many("\n".join(f"/word{n}x/" for n in range(MAX_PATTERNS + 1)))


def test_the_first_in_the_text_is_named_and_the_longest_of_several() -> None:
    entries = "moon, blood, blood moon, blood*, /moon/"
    assert find(entries, "a blood moon") == parse("blood moon")
    assert find(entries, "the moon, bloody") == parse("moon")
    assert find(entries, "moonlight") == parse("/moon/")


def test_an_empty_list_blocks_nothing() -> None:
    assert WordList(()).find("blood") is None


# --- properties ---

anything = st.text(max_size=60)
plain_words = st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=12)
unseen = st.sampled_from("\u200b\u200d\u2060\u00ad\ufe0f\u202e\u0301\u0336\u20dd\u034f\U000e0041\u0000\u094d")
DISGUISES = {"a": "аα", "c": "с", "e": "еε", "i": "і", "o": "оο", "p": "рρ", "s": "ѕ", "x": "х", "y": "у", "b": "ｂ𝐛ⓑ"}


@given(anything)
@example("か\u3099\u3099")
@example("\u1109\u1175\u11af")
@example("a\u094d\u0301\u094d")
@example("\ufdfa\u3316ﷺ")
@example("İıŞß")
@settings(max_examples=500)
def test_normalising_again_changes_nothing(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


def test_every_single_character_normalises_once_and_stays_small() -> None:
    for code in range(0x110000):
        once = normalised(chr(code))
        assert len(once) <= 3
        assert normalised(once) == once, hex(code)


@given(plain_words, st.data())
def test_case_accents_and_invisible_characters_never_hide_a_word(word: str, data: st.DataObject) -> None:
    dressed = "".join(
        data.draw(st.sampled_from((letter, letter.upper()))) + data.draw(st.text(unseen, max_size=2)) for letter in word
    )
    assert find(word, f"a picture of {dressed}, please") == parse(word)


@given(plain_words, st.data())
def test_look_alikes_never_hide_a_word(word: str, data: st.DataObject) -> None:
    dressed = "".join(data.draw(st.sampled_from(DISGUISES.get(letter, "") + letter)) for letter in word)
    assert find(word, f"a picture of {dressed}, please") == parse(word)


@given(plain_words, st.sampled_from([" ", ".", "-", "_", " - ", "·", "🩸"]))
def test_letters_set_apart_never_hide_a_word(word: str, gap: str) -> None:
    assume(len(word) >= 3)
    assert find(word, f"The big {gap.join(word)} there") == parse(word)


@given(plain_words, st.integers(3, 9), st.data())
def test_stretching_never_hides_a_word(word: str, times: int, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    assert find(word, word[:at] + word[at] * times + word[at + 1 :]) == parse(word)


@given(plain_words, plain_words, plain_words)
def test_a_plain_word_hits_nothing_but_itself(word: str, before: str, after: str) -> None:
    text = before + word + after
    assume(not any(text.count(letter * 3) for letter in text))
    assert find(word, text) is None
    assert find(f"{word}*", before + word) is None or (before + word).startswith(word)


@given(anything)
def test_any_entry_finds_itself(text: str) -> None:
    try:
        entry = parse(text)
    except BadEntry:
        assume(False)
        raise
    if entry.kind == "word" and "*" not in text:
        assert WordList([entry]).find(entry.text) == entry


@given(
    st.lists(st.text("aboо0 1血*", min_size=1, max_size=6), max_size=12), st.text("aboо0 1.血", max_size=30), st.data()
)
def test_the_order_of_the_list_does_not_matter(texts: list[str], text: str, data: st.DataObject) -> None:
    entries: list[BlockedEntry] = []
    for one in texts:
        try:
            entries.append(parse(one))
        except BadEntry:
            continue
    assert WordList(entries).find(text) == WordList(data.draw(st.permutations(entries))).find(text)


@given(anything)
def test_whatever_is_written_is_answered_or_refused_and_nothing_else(text: str) -> None:
    with suppress(BadEntry):
        WordList(parse_many(text)).find(text)


@given(st.text(st.characters(), max_size=200))
def test_any_text_can_be_looked_through(text: str) -> None:
    LARGE.find(text)
    LARGE.find(text + "\ud800")


# --- size and time ---


def _large() -> WordList:
    """1,000 words of all kinds and 50 patterns, made of few syllables so that many begin alike."""
    draw = random.Random(7)
    syllables = (
        "ba",
        "bi",
        "bo",
        "ka",
        "ke",
        "ko",
        "ra",
        "re",
        "ro",
        "ma",
        "mo",
        "sha",
        "tro",
        "pli",
        "gra",
        "nk",
        "st",
    )

    def word() -> str:
        return "".join(draw.choice(syllables) for _ in range(draw.randint(3, 4)))

    def han() -> str:
        return "".join(chr(draw.randint(0x4E00, 0x5200)) for _ in range(3))

    kinds = [lambda: word() + "*", lambda: "*" + word(), lambda: f"{word()} {word()}", han, *[word] * 16]
    words = [kinds[number % len(kinds)]() for number in range(1000)]
    patterns = [f"/{word()}(a|o)+{word()}/" for _ in range(25)] + [rf"/\b{word()}\s+{word()}s?\b/" for _ in range(25)]
    return WordList(parse_many("\n".join(words + patterns)))


LARGE = _large()

HOSTILE = {
    "one letter": "a",
    "letters apart": "b.a.",
    "words of one letter": "k r ",
    "stretched": "bbbaaa",
    "stretched words": "baaabbbooo ",
    "leet": "b1b0k3 ",
    "many readings": "k111r111 ",
    "signs": "@$!",
    "invisible": "b\u200b",
    "marks in the wrong order": "\u0315\u0316",
    "marks that spell, in the wrong order": "क\u094d\u093c",
    "ligatures": "\ufdfa",
    "squared words": "\u3316",
    "flags": "🇧🇦",
    "Korean letters": "\u1100\u1161",
    "one ideograph": "一",
    "mixed scripts": "bаkо ",
    "Russian": "шабаш "[::-1],
    "surrogates": "\ud800",
    "dots": ".",
    "begins like many": "bakab rakob trobam gramo ",
    "begins like many, in leet": "b4kab r4k0b tr0bam ",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_is_read_to_its_end_and_hides_nothing_behind_it(text: str) -> None:
    LARGE.find((text * 4000)[:4000])
    assert WordList([parse("lighthouse")]).find((text * 4000)[:3900] + "\nlighthouse")


def test_texts_of_random_characters_are_read() -> None:
    draw = random.Random(3)
    for last in (0x7F, 0x24FF, 0xD7FF, 0x10FFFF):
        LARGE.find("".join(chr(draw.randint(0, last)) for _ in range(4000)))
