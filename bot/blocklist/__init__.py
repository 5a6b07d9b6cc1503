"""The prompt gate: whether a text holds a word that a server's moderators have blocked. Pure; it only answers.

It stops what is written without much thought, or with little malice. Who is determined finds a way round any list; what
the picture shows is for the provider's safety filter. So where a catch would cost honest texts, honest texts win.

**What hits.** Both sides are ``normalised`` first: case, accents, full-width, mathematical and circled letters, what
is invisible, and look-alikes of other scripts make no difference. Beyond that a word hits

- as a whole word only: ``ass`` is not in ``class``; ``ass-kicker`` and ``ass's`` hold it. ``word*`` and ``*word`` open
  an end. A plural is another word (``ass*`` would hit ``assassin``): write ``ass, asses``. Korean and Arabic join
  particles to words, so a star is often wanted there. Chinese, Japanese, Thai, Lao, Khmer, Burmese and Tibetan put no
  spaces between words, so theirs hit anywhere, also within longer ones;
- in leet, ``4@→a 3→e 1!→i or l 0→o 5$→s 7→t``, in words of three characters or more with no more digits than letters:
  ``b00b`` and ``a$$``, not ``A55``, ``3D``, ``1000``. Digits and signs at its ends are passed over too: ``blood2``;
- stretched, where a letter stands three times or more: ``bloooood``, ``asss``. Twice is a spelling of its own: ``butt``
  is not ``but``, ``good`` not ``god``. So ``fuuck`` passes, and ``goood`` is both ``good`` and ``god``;
- set apart, at least three single letters with a space or up to two signs between: ``b l o o d``, ``b.l.o.o.d``. All of
  them together must be the word (but for an "a" or "i" before it), since ``g r a p e`` holds another one. Where two
  letters stand together nothing is joined, so ``as s`` and ``bl ood`` pass;
- as a phrase, with up to four other signs between its words, but not across the end of a sentence.

**Look-alikes.** A word that mixes scripts is a disguise, and hits. A word wholly in Cyrillic, Greek and the like hits a
Latin entry only if the text has no letter that shows its language: ``соск`` among look-alikes alone is ``cock``, in a
Russian sentence it is Russian. A word wholly in Latin letters never hits a Russian entry.

**What hits and should not.** Accents are nothing, so ``ano`` hits ``año``, and й is и. Names and homonyms are words: a
list with ``dick`` stops Moby Dick. A Chinese or Thai entry of one or two letters hits within harmless compounds.

**Patterns** are RE2, case-insensitive, and see the text as written, then folded, then, where a word mixes scripts, with
its look-alikes made Latin. Leet, stretched and set-apart spellings are theirs to say; ``\\b`` knows ASCII only. RE2's
time grows with the text and not with its malice; bounds on a program's size and number do the rest.

A list is built once and kept: about 20 ms, and some megabytes, for a thousand words.
"""

from bot.blocklist.entries import MAX_ENTRIES, BlockedEntry, check, parse, parse_many, sameness, written
from bot.blocklist.folding import normalised
from bot.blocklist.matching import WordList
from bot.blocklist.patterns import BadEntry, EntryProblem

__all__ = [
    "MAX_ENTRIES",
    "BadEntry",
    "BlockedEntry",
    "EntryProblem",
    "WordList",
    "check",
    "normalised",
    "parse",
    "parse_many",
    "sameness",
    "written",
]
