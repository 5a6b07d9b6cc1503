"""Pure: a job as the message that people see. All words of finished, waiting and failed messages live here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.credits.account import CreditUsage
from bot.gallery.library import FoundPicture, Page
from bot.gallery.threads import ThreadActivity
from bot.generation.service import Receipt, failure_of
from bot.guild_settings.rules import Limit
from bot.models import Failure, Job, JobState, Model, Origin, Picture
from bot.models.family import Family, parts
from bot.ui import controls
from bot.ui.views.card import PICTURE, QUIET, TEXT_MAX, TROUBLE, Row, card
from bot.ui.words import failures

_PROMPT_SHOWN = 600
_ALT_LENGTH = 900

_CAME_FROM = {
    Origin.REROLL: "again from",
    Origin.VARIATION: "varied from",
    Origin.REMIX: "remixed from",
    Origin.MAX: "made on max from",
}


def message(job: Job) -> ui.LayoutView:
    """The message of an ended job."""
    if job.state is JobState.CANCELLED:
        return cancelled(job)
    return finished(job) if job.pictures else failed(job)


def waiting(receipt: Receipt) -> ui.LayoutView:
    """The placeholder. Discord counts the time by itself, so it needs no edits."""
    job, ahead = receipt.job, receipt.ahead
    since = f"<t:{job.created_at // 1000}:R>"
    if ahead and receipt.ready_at is not None:
        state = f"**In the queue** · {_pictures(ahead)} ahead · ready about <t:{receipt.ready_at // 1000}:R>"
    elif ahead:
        state = f"**In the queue** · {_pictures(ahead)} ahead · asked {since}"
    else:
        state = f"**Painting{_what(job)}** · begun {since}"
    return card(QUIET, ui.TextDisplay(f"{state}\n{_quote(job)}\n{_byline(job)}"), Row(controls.Cancel(job.code)))


def finished(job: Job) -> ui.LayoutView:
    """The pictures, what they were made of, and what to do with them."""
    items = [
        discord.MediaGalleryItem(
            f"attachment://{picture.filename}", description=alt_text(job, picture), spoiler=job.spoiler
        )
        for picture in job.pictures
    ]
    words = [_byline(job, seed=True)]
    missing = job.request.count - len(job.pictures)
    if missing:
        words.insert(0, _missing(missing, failure_of(job)))
    return card(
        PICTURE, ui.TextDisplay(_quote(job)), ui.MediaGallery(*items), ui.TextDisplay("\n".join(words)), *_actions(job)
    )


def _actions(job: Job) -> list[ui.Item[Any]]:
    """The rows under finished pictures: make more, go on from here, choose a variation, choose for the thread."""
    numbers = [picture.number for picture in job.pictures]
    more: list[ui.Item[Any]] = [controls.Reroll(job.code)]
    more += [controls.Vary(job.code, number) for number in numbers]
    onward: list[ui.Item[Any]] = [controls.Remix(job.code)]
    if job.place.guild_id is not None and job.place.reachable and not job.place.in_thread:
        onward.append(controls.Thread(job.code))
    if job.request.model is Model.PRO:
        onward.append(controls.Max(job.code))
    onward += [controls.Details(job.code), controls.Delete(job.code)]
    rows: list[ui.Item[Any]] = [Row(*more), Row(*onward), Row(controls.VaryChoice(job.code, numbers))]
    if job.place.in_thread:
        rows.append(Row(*(controls.Use(job.code, number) for number in numbers)))
    return rows


def failed(job: Job) -> ui.LayoutView:
    """What happened, that it cost nothing, and the way to try again."""
    failure = failure_of(job) or job.failure or Failure.INTERNAL
    text = f"**No picture this time**\n{failures.failed(failure)} Nothing was charged."
    return card(
        TROUBLE,
        ui.TextDisplay(f"{text}\n{_quote(job)}\n{_byline(job)}"),
        Row(controls.TryAgain(job.code), controls.Delete(job.code)),
    )


def cancelled(job: Job) -> ui.LayoutView:
    """A job that somebody ended."""
    return card(QUIET, ui.TextDisplay(f"**Cancelled** · nothing was charged\n{_quote(job)}\n{_byline(job)}"))


def details(job: Job) -> ui.LayoutView:
    """The whole recipe, for whoever asks."""
    asked = job.request
    lines = [
        "**How this was made**",
        _quote(job, 1500),
        f"Model **{asked.model}** · ratio **{asked.aspect_ratio or 'automatic'}** · format **{asked.format}**",
        f"Guidance **{asked.guidance or 'automatic'}** · prompt enhanced **{'yes' if asked.enhance else 'no'}** · "
        f"safety tolerance **{job.tolerance}**",
        f"Asked by {_maker(job)} <t:{job.created_at // 1000}:f>{_came_from(job)}",
    ]
    if started := _started_from(job):
        lines.append(f"Started from {started}")
    if asked.vary is not None:
        lines.append(f"The words sent along asked for a **{asked.vary}** variation.")
    lines += [
        f"`{picture.code}` · seed `{picture.seed}` · {picture.width} × {picture.height} · {_kib(picture.size)} · "
        f"made by {SERVICES.get(picture.provider, picture.provider)}"
        for picture in job.pictures
    ]
    rows = [Row(controls.Compare(job.code))] if job.pictures and _started_from(job) else []
    return card(PICTURE, ui.TextDisplay("\n".join(lines)), *rows)


def quota(usage: CreditUsage, blocked: str | None = None) -> ui.LayoutView:
    """A member's credits: what is left, why so many, and when more come; and what keeps them from using any."""
    whole = usage.limit.credits
    if whole is None:
        lines = ["**Your credits here are unlimited**"]
    elif whole == 0:
        lines = ["**Making pictures is switched off for you here**"]
    else:
        whole += usage.granted
        lines = [f"**{usage.left} of {whole} credits left**", _bar(usage.left or 0, whole)]
    lines.append(f"Used in the last 24 hours: **{usage.used}**")
    if usage.reserved:
        lines.append(f"Reserved by pictures in the making: **{usage.reserved}**")
    if usage.granted and whole:
        lines.append(f"Given to you by the moderators, still open: **{usage.granted}**")
    if usage.next_return_at is not None and whole:
        at = usage.next_return_at // 1000
        lines.append(f"**{usage.next_return}** more back <t:{at}:R>, at <t:{at}:T>")
    if usage.pool is not None:
        left = max(0, usage.pool - usage.pool_used)
        lines.append(f"Everybody here together: **{left} of {usage.pool}** left")
    if blocked is not None:
        lines.insert(0, f"{blocked}\n")
    lines.append(f"-# {_whose_limit(usage.limit)}")
    lines.append("-# A `pro` picture costs 1 credit, a `max` picture 2. Pictures that fail cost nothing.")
    return card(PICTURE, ui.TextDisplay("\n".join(lines)))


def alt_text(job: Job, picture: Picture) -> str:
    """What a screen reader says of a picture; at most 1024 characters (Discord reference)."""
    number = f" (picture {picture.number} of {job.request.count})" if job.request.count > 1 else ""
    return f"{_elided(_shown_prompt(job), _ALT_LENGTH)}{number}"


SERVICES = {"bfl": "Black Forest Labs", "aimlapi": "AI/ML API", "vtrix": "Vtrix", "sandbox": "the sandbox"}


def _quote(job: Job, length: int = _PROMPT_SHOWN) -> str:
    return "> " + discord.utils.escape_markdown(_elided(_shown_prompt(job), length))


def _shown_prompt(job: Job) -> str:
    return _on_one_line(job.request.prompt)


def _on_one_line(text: str) -> str:
    """A prompt must not be able to draw a message of its own."""
    return " ".join(text.split())


def _elided(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _byline(job: Job, *, seed: bool = False) -> str:
    asked = job.request
    made = [_maker(job), asked.model.value]
    if asked.aspect_ratio:
        made.append(asked.aspect_ratio.value)
    if asked.count > 1:
        made.append(_pictures(asked.count))
    if seed:
        made += [f"seed {job.seed}", job.code]
    return "-# " + " · ".join(made) + _came_from(job)


def _came_from(job: Job) -> str:
    asked = job.request
    if asked.origin is Origin.EDIT:
        return " · edited"
    word = _CAME_FROM.get(asked.origin)
    if asked.origin is Origin.REMIX and asked.references:
        codes = [one.code or "a picture" for one in asked.references]
        return f" · {word} {' and '.join(dict.fromkeys(codes))}"
    return f" · {word} {asked.parent}" if word and asked.parent else ""


def _started_from(job: Job) -> str:
    """The pictures that a job started from: ours by their codes, others by their number."""
    ours = [f"`{one.code}`" for one in job.request.references if one.code is not None]
    others = len(job.request.references) - len(ours)
    if others:
        ours.append("an uploaded picture" if others == 1 else f"{others} uploaded pictures")
    return " and ".join(ours)


def _maker(job: Job) -> str:
    """The member, or a word where they had their data erased."""
    return f"<@{job.member_id}>" if job.member_id else "somebody"


def _missing(count: int, failure: Failure | None) -> str:
    one = count == 1
    why = failures.failed(failure or Failure.INTERNAL)
    return f"{'One picture is' if one else f'{count} pictures are'} missing, and not charged. {why}"


def _what(job: Job) -> str:
    return "" if job.request.count == 1 else f" {_pictures(job.request.count)}"


def _pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count} pictures"


def _whose_limit(limit: Limit) -> str:
    if limit.role_id is not None:
        return f"Your limit comes from the role <@&{limit.role_id}>."
    return "Your limit is this server's rule." if limit.own else "Your limit is the usual one."


def _bar(left: int, limit: int) -> str:
    full = 0 if not limit else round(20 * min(left, limit) / limit)
    return f"`{'█' * full}{'░' * (20 - full)}`"


def _kib(size: int) -> str:
    return f"{size / 1024:,.0f} KiB"


def header(activity: ThreadActivity, seen: FoundPicture, *, with_picture: bool) -> ui.LayoutView:
    """The head of a collaborative thread."""
    items: list[ui.Item[Any]] = [ui.TextDisplay("**Remixed together** · this is the current picture")]
    if with_picture:
        shown = discord.MediaGalleryItem(
            f"attachment://{seen.picture.filename}",
            description=alt_text(seen.job, seen.picture),
            spoiler=seen.job.spoiler,
        )
        items.append(ui.MediaGallery(shown))
    else:
        items.append(ui.TextDisplay("-# Its message was deleted. Choose another one with `Use`."))
    people = " · ".join(
        f"{f'<@{member}>' if member else 'somebody'} ({count})" for member, count in activity.participants[:20]
    )
    words = [_quote(seen.job, 300), f"-# {_maker(seen.job)} · {seen.picture.code}{_came_from(seen.job)}"]
    if activity.remix_thread.root != seen.picture.code:
        words[1] += f" · it all began with {activity.remix_thread.root}"
    words.append(f"Taken part: {people}" if people else "Nobody has remixed it yet. Say what should change!")
    items.append(ui.TextDisplay("\n".join(words)))
    items.append(Row(controls.Remix(seen.job.code, seen.picture.number), controls.Details(seen.job.code)))
    return card(PICTURE, *items)


def family(view: Family, shown: int, *, covered: bool) -> ui.LayoutView:
    """The family tree with, in words, who contributed what; covered where one of its pictures is."""
    total = len(view.relatives)
    lines = [f"**The family of {view.current}** · {_pictures(total)}"]
    if shown < total:
        lines[0] += f", the nearest {shown} are drawn"
    for part in parts(view)[:_PARTS_SHOWN]:
        said = " · ".join(f"“{_elided(_on_one_line(text), 60)}”" for text in part.instructions[:3] if text)
        more = f" and {len(part.instructions) - 3} more" if len(part.instructions) > 3 else ""
        who = f"<@{part.member_id}>" if part.member_id else "somebody"
        words = f" – {discord.utils.escape_markdown(said)}{more}" if said else ""
        lines.append(f"{who}: {_pictures(part.pictures)}{words}")
    tree = discord.MediaGalleryItem("attachment://family.png", description=_family_alt(view), spoiler=covered)
    return card(PICTURE, ui.MediaGallery(tree), ui.TextDisplay("\n".join(lines)[:TEXT_MAX]))


def comparison(job: Job) -> ui.LayoutView:
    """What a picture was made from beside what became of it."""
    words = f"**Before, and after** · {job.code}\n{_quote(job)}"
    shown = discord.MediaGalleryItem(
        "attachment://comparison.jpg",
        description=_elided(f"Left what it started from, right what became of it: {_shown_prompt(job)}", _ALT_LENGTH),
        spoiler=job.spoiler,
    )
    return card(PICTURE, ui.MediaGallery(shown), ui.TextDisplay(words))


def history(
    page: Page, member_id: int, addresses: Sequence[str | None], words: str, *, own: bool, first: bool
) -> ui.LayoutView:
    """A page of somebody's pictures; ``addresses`` are where Discord shows each job's first picture now."""
    whose = "Your pictures" if own else f"The pictures of <@{member_id}>"
    title = f"**{whose}**" + (f" with “{discord.utils.escape_markdown(words)}”" if words else "")
    if not page.jobs:
        return card(QUIET, ui.TextDisplay(f"{title}\nThere are none here yet." if not words else f"{title}\nNone."))
    items = [
        discord.MediaGalleryItem(address, description=alt_text(job, job.pictures[0]), spoiler=job.spoiler)
        for job, address in zip(page.jobs, addresses, strict=True)
        if address is not None
    ]
    lines = [title, *(_history_line(job) for job in page.jobs)]
    shown: list[ui.Item[Any]] = [ui.MediaGallery(*items)] if items else []
    shown.append(ui.TextDisplay("\n".join(lines)[:TEXT_MAX]))
    turn: list[ui.Item[Any]] = [] if first else [controls.HistoryPage(member_id, None, words, label="Newest")]
    if page.more:
        turn.append(controls.HistoryPage(member_id, page.jobs[-1].id, words, label="Older"))
    return card(PICTURE, *shown, *([Row(*turn)] if turn else []))


def which_on_max(job: Job) -> ui.LayoutView:
    """Asks which of several pictures to make again; each costs, so it is never all of them at once."""
    buttons = [controls.Max(job.code, one.number, label=f"Max {one.number}") for one in job.pictures]
    text = f"**Which one on `max`?** Each costs {Model.MAX.credits} credits and keeps its words and its seed."
    return card(PICTURE, ui.TextDisplay(text), Row(*buttons))


def erase_question(member_id: int) -> ui.LayoutView:
    """What erasing does, before it is done."""
    text = (
        "**Delete your data?**\nYour words and your name are taken out of everything kept here, and the messages with "
        "your pictures are deleted where I can reach them; files that you brought are forgotten. Pictures that others "
        "made from yours, with the words they took over, stay theirs. Threads keep their names, and moderators their "
        "record. Credits used in the last 24 hours keep counting until then. This cannot be undone."
    )
    return card(TROUBLE, ui.TextDisplay(text), Row(controls.Erase(member_id)))


def _history_line(job: Job) -> str:
    place = job.place.guild_id or "@me"
    link = f"https://discord.com/channels/{place}/{job.message_channel_id or job.place.channel_id}/{job.message_id}"
    words = discord.utils.escape_markdown(_elided(_shown_prompt(job), 70).replace("[", "(").replace("]", ")"))
    count = f" · {_pictures(len(job.pictures))}" if len(job.pictures) > 1 else ""
    return f"[{words}]({link}) · `{job.code}` · <t:{job.created_at // 1000}:R>{count}"


def _family_alt(view: Family) -> str:
    ordered = sorted(view.relatives, key=lambda one: one.created_at)
    steps = "; ".join(f"{one.member_name}: {_elided(_on_one_line(one.instruction), 50)}" for one in ordered)
    return _elided(f"Family tree of {len(ordered)} pictures. {steps}", _ALT_LENGTH)


_PARTS_SHOWN = 15


EXPORT_NAME = "atelier-export.json"


def exported() -> ui.LayoutView:
    """A member's own data."""
    text = "**All that is kept of you** · requests, pictures and credits"
    return card(PICTURE, ui.TextDisplay(text), ui.File(f"attachment://{EXPORT_NAME}"))
