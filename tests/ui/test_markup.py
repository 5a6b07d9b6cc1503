"""What a person wrote is shown as letters: fuzzed against the rules by which Discord draws a message."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.ui.markup import elided, escaped, in_code, link, one_line, quoted

ADDRESS = "https://discord.com/channels/1/2/3"
_LINE_START = {
    "heading": r"#{1,3}(?=\s)",
    "small": r"-#(?=\s)",
    "list": r"(?:[*+-]|\d+\.)(?=\s)",
    "quotation": r">(?:>>)?(?=\s)",
}
_ANYWHERE = {
    "escape": r"\\([^0-9A-Za-z\s])",
    "mention": r"<(?:@[!&]?|#)\d+>|@(?:everyone|here)",
    "tag": r"<(?:a?:\w+:\d+|t:-?\d+(?::\w)?|/[^>]+:\d+|id:\w+)>",
    "address": r"<?(?:https?|steam|discord)://[^\s<>]+",
    "masked link": r"\[(?:\\.|[^\]\\])*\]\(\s*<?(?:\\.|[^\s)\\])*",
    "bare bracket link": r"\]\(",
    "code": r"(`+)(?:[^`]|(?!\1)`)*\1|```",
    "bold or italic": r"\*+(?=\S)|_+(?=\S)",
    "struck or covered": r"~~|\|\|",
}
"""A strict model of the client's parser (simple-markdown with Discord's rules): left to right, at each place whichever
matches; an escaped sign is a letter. It draws a little more than the client does, never less."""
FIRST = re.compile("|".join(f"(?P<r{i}>{one})" for i, one in enumerate(_LINE_START.values())))
REST = re.compile("|".join(f"(?P<r{i}>(?:{one}))" for i, one in enumerate(_ANYWHERE.values())).replace(r"\1", "`"))

SIGNS = st.sampled_from(
    [*"\\*_~|`>#[]()<@-:/.!&+1 a\n", "https://evil.example", "](https://x.y)", "[Free-Nitro]", "<x:/", "@everyone",
     "<@1>", "```", "||", "# ", "-# ", "> ", "1. ", "- ", "<t:1:R>", "<:a:1>", "</x:1>", "\u202e", "é"]
)  # fmt: skip
TEXT = st.one_of(st.lists(SIGNS, max_size=25).map("".join), st.text(max_size=60))


def drawn(text: str) -> tuple[list[str], str]:
    """What Discord would draw in a text, and the letters that are left to read."""
    found: list[str] = []
    letters, at = "", 0
    while at < len(text):
        indented = not text[text.rfind("\n", 0, at) + 1 : at].strip()
        match = (FIRST.match(text, at) if indented else None) or REST.match(text, at)
        if match is None:
            letters, at = letters + text[at], at + 1
            continue
        if match[0].startswith("\\"):
            letters, at = letters + match[0][1], at + 2
            continue
        found.append(match[0])
        letters, at = letters + match[0], match.end()
    return found, letters


@pytest.mark.parametrize(
    "text",
    ["<x:/[Free-Nitro](https://evil.example)>", "https://a.example/*x*[y](https://z.example)", "a [b](https://x.y) c",
     "# Big", "> said", "1. one", "- one", "@everyone", "<@123>", "`x`", "||x||", "~~x~~", "**x**", "_x_", "-# small"],
)  # fmt: skip
def test_the_model_draws_what_discord_draws(text: str) -> None:
    assert drawn(text)[0]


@given(text=TEXT)
@example("<x:/[Free-Nitro](https://evil.example)>")
@example("https://a.example/[x](https://evil.example)")
@example("\\[x](https://evil.example)")
@example("  1. one\n\t- two")
def test_nothing_that_somebody_wrote_is_drawn_and_all_of_it_can_be_read(text: str) -> None:
    assert drawn(escaped(text)) == ([], text)


@given(text=TEXT, length=st.integers(1, 80))
def test_a_quotation_holds_one_quotation_and_nothing_else(text: str, length: int) -> None:
    shown = quoted(text, length)
    assert "\n" not in shown
    assert drawn(shown[2:]) == ([], elided(one_line(text), length))


@given(text=TEXT)
def test_no_text_ends_the_code_that_it_stands_in(text: str) -> None:
    shown = in_code(text)
    assert shown
    assert "`" not in shown
    assert "\n" not in shown


@given(text=TEXT)
@example("a](https://evil.example)")
@example("a\\")
def test_a_link_leads_where_the_bot_says(text: str) -> None:
    shown = link(one_line(text), ADDRESS)
    label, _, address = shown[1:].rpartition("](")
    assert address == f"{ADDRESS})"
    assert drawn(label)[0] == []
    assert not re.search(r"(?<!\\)(?:\\\\)*[\[\]]", label)
