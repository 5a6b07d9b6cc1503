"""Letters that are read as Latin ones: tables only. Which text they are asked of is decided in ``folding``."""

from __future__ import annotations

from typing import Final


def _by_sign(signs_of: dict[str, str]) -> dict[str, str]:
    return {sign: letter for letter, signs in signs_of.items() for sign in signs}


LATIN_VARIANTS: Final = _by_sign(
    {
        "a": "ɑᴀ",
        "b": "ƀɓʙ",
        "c": "ᴄϲ",  # Unicode takes ϲ and ϳ apart into letters that look like nothing Latin
        "d": "đɗᴅð",
        "e": "ɛǝəᴇ",
        "f": "ƒꜰ",
        "g": "ɡɠɢ",
        "h": "ħɦʜ",
        "i": "ıɨɩɪ",
        "j": "ȷɉᴊϳ",
        "k": "ƙᴋ",
        "l": "łƚɫɭʟ",
        "m": "ɱᴍ",
        "n": "ŋƞɲɳɴ",
        "o": "øɵɔᴏ",
        "p": "ƥᴘ",
        "q": "ɋꞯ",
        "r": "ɼɽɾʀ",
        "s": "ʂꜱ",
        "t": "ŧƭʈᴛ",
        "u": "ʉʊᴜ",
        "v": "ʋᴠ",
        "w": "ⱳᴡ",
        "y": "ƴɏʏ",
        "z": "ƶʐʒᴢ",
        "ae": "æ",
        "oe": "œ",
        "th": "þ",
    }
)
"""Latin letters that Unicode does not take apart by itself, lower case, each to its plain spelling."""

OTHER_SCRIPTS: Final = _by_sign(
    {
        "a": "аαᎪꓮ",  # each time Cyrillic, Greek, Armenian, Cherokee (whose large letters are its folded ones), Lisu
        "b": "вьβᏏᏴꓐ",
        "c": "сҫᏟꓚ",
        "d": "ԁᎠꓓ",
        "e": "еєҽεᎬꓰ",
        "f": "ꓝ",
        "g": "ցᏀꓖ",
        "h": "нһћհᎻꓧ",
        "i": "іιᎥꓲ",
        "j": "јյᎫꓙ",
        "k": "кκᏦꓗ",
        "l": "ӏᏞꓡ",
        "m": "мᎷꓟ",
        "n": "пηոꓠ",
        "o": "оөοօꓳ",
        "p": "рρᏢꓑ",
        "q": "ԛզ",
        "r": "гᎡᏒꓣ",
        "s": "ѕᏕᏚꓢ",
        "t": "тτᎢꓔ",
        "u": "υμսꓴ",
        "v": "ѵνᏙꓦ",
        "w": "ԝшωաᎳᏔꓪ",
        "x": "хχꓫ",
        "y": "уүγᎽꓬ",
        "z": "ζᏃꓜ",
    }
)
"""Folded letters of other scripts, each to the one Latin letter that it is taken for."""

SQUARED: Final = {
    chr(first + place): chr(ord("a") + place) for first in (0x1F150, 0x1F170, 0x1F1E6) for place in range(26)
}
"""White letters on black, and the halves of flags: pictures to Unicode, letters to who reads them."""

GAPS: Final = {"_": "-", "\u2800": " ", "।": ".", "॥": "."}
"""Signs that stand between words, though by their category or their block they do not."""
