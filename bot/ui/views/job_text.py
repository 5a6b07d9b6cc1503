"""The lines that messages about jobs share: the quoted prompt, who asked, where it came from, counts of pictures."""

from __future__ import annotations

from bot.generation.service import bad_source_of
from bot.models import Job, Origin, Picture
from bot.ui.markup import elided, in_code, mention, one_line, quoted
from bot.ui.words import N_, _, listed, ngettext

ALT_LENGTH = 900
_PROMPT_SHOWN = 600
_NAME_SHOWN = 60

_CAME_FROM = {
    Origin.REROLL: N_("again from {source}"),
    Origin.VARIATION: N_("varied from {source}"),
    Origin.REMIX: N_("remixed from {source}"),
    Origin.MAX: N_("made on max from {source}"),
}


_POSITIONS = {
    2: (N_("left"), N_("right")),
    3: (N_("left"), N_("top right"), N_("bottom right")),
    4: (N_("top left"), N_("top right"), N_("bottom left"), N_("bottom right")),
}
"""Where Discord shows the pictures of a message, by how many there are."""


def positions(job: Job) -> dict[int, str]:
    """Where each of several pictures stands, by its number: the files are the vendor's, so no number is on them."""
    shown = _POSITIONS.get(len(job.pictures), ())
    return {picture.number: _(where) for picture, where in zip(job.pictures, shown, strict=False)}


def legend(job: Job) -> str:
    """Which number is where, in small letters; nothing under a single picture."""
    return "-# " + " · ".join(f"**{number}**\u00a0{where}" for number, where in positions(job).items())


def names(job: Job) -> dict[int, str]:
    """What a job's pictures are called in a menu, by their numbers."""
    where = positions(job)
    if not where:
        return {picture.number: _("This picture") for picture in job.pictures}
    return {
        number: _("Picture {number} – {position}", number=number, position=place) for number, place in where.items()
    }


def bad_source(job: Job, *, named: bool) -> str:
    """Which of several pictures to start from cannot be used; empty where there is one, or it is not known.

    ``named`` says what its file is called, to the requester, where it is theirs.
    """
    number = bad_source_of(job)
    if number is None:
        return ""
    source = job.request.references[number - 1]
    theirs = source.owner_id in (None, job.member_id)
    name = source.code or (source.filename if theirs else None)
    if name is None or not named:
        return _("Picture {number}", number=number)
    return _("Picture {number} (`{name}`)", number=number, name=in_code(elided(name, _NAME_SHOWN)))


def quote(job: Job, length: int = _PROMPT_SHOWN) -> str:
    """The prompt as a quotation."""
    return quoted(job.request.prompt, length)


def alt_text(job: Job, picture: Picture) -> str:
    """What a screen reader says of a picture; at most 1024 characters (Discord reference)."""
    prompt = elided(one_line(job.request.prompt), ALT_LENGTH)
    if job.request.count == 1:
        return prompt
    return _("{prompt} (picture {number} of {count})", prompt=prompt, number=picture.number, count=job.request.count)


def byline(job: Job, *, finished: bool = False) -> str:
    """Who asked for what, in small letters; of finished pictures also what they are, their seed and code."""
    asked = job.request
    parts = [person(job.member_id), asked.model.value]
    if asked.aspect_ratio:
        parts.append(asked.aspect_ratio.value)
    if asked.count > 1:
        parts.append(pictures(asked.count))
    if finished:
        parts = [_("AI-generated"), *parts, _("seed\u00a0{seed}", seed=str(job.seed)), job.code]
    return "-# " + " · ".join(parts) + came_from(job)


def came_from(job: Job) -> str:
    """What a job was made of, behind a dot; nothing where it began with words."""
    asked = job.request
    if asked.origin is Origin.EDIT:
        return " · " + _("edited")
    source = asked.parent
    if asked.origin is Origin.REMIX and asked.references:
        source = listed(dict.fromkeys(one.code or _("a picture") for one in asked.references))
    if source is None or asked.origin not in _CAME_FROM:
        return ""
    return f" · {_(_CAME_FROM[asked.origin], source=source)}"


def started_from(job: Job) -> str:
    """The pictures that a job started from: ours by their codes, others by their number."""
    ours = [f"`{one.code}`" for one in job.request.references if one.code is not None]
    others = len(job.request.references) - len(ours)
    if others:
        ours.append(ngettext("an uploaded picture", "{count} uploaded pictures", others))
    return listed(ours)


def person(member_id: int | None) -> str:
    """The member, or a word where they had their data erased."""
    return mention(member_id) if member_id and member_id > 0 else _("somebody")


def pictures(count: int) -> str:
    """How many pictures."""
    return ngettext("{count} picture", "{count} pictures", count)
