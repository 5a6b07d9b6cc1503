"""Buttons and selects: how they look and what their ids carry. The cogs register what a click does.

Each id carries all that is needed, so a control works after any restart and on messages of any age.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Protocol, Self, cast

import discord
from discord import ui

from bot.guild_settings.rules import Rule
from bot.models import Variation
from bot.ui.interactions import Interaction
from bot.ui.words import N_, _

_Style = discord.ButtonStyle
_VARIATIONS = {
    Variation.SUBTLE: N_("subtle – small details change"),
    Variation.STRONG: N_("bold – a new composition"),
}
_ONE: Mapping[int, str] = MappingProxyType({1: ""})
_NUMBERS = {"number", "member_id", "before", "report_id"}
_CODE = r"(?P<code>[2-9a-z]{5,12})"


class Presses(Protocol):
    """The client, as far as controls need it: it knows what each action does."""

    async def pressed(self, control: Control, interaction: Interaction) -> None:
        """Do what the control is for."""
        ...


class Control(Protocol):
    """Something that was clicked; ``action`` says what for."""

    action: ClassVar[str]


class _Remade:
    """What all controls share: they are built from their ids, and dispatched by the client.

    The groups of a template are named as the arguments of its class.
    """

    action: ClassVar[str]

    @classmethod
    async def from_custom_id(cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /) -> Self:  # noqa: ARG003
        """Build the control from its id."""
        given = {name: int(text) if name in _NUMBERS else text for name, text in match.groupdict().items() if text}
        return cls(**given)

    async def callback(self, interaction: Interaction) -> Any:
        """Let the client call the handler."""
        await cast(Presses, interaction.client).pressed(self, interaction)


class _Button(_Remade, ui.DynamicItem[ui.Button[Any]], template=r"atelier:none"):
    """A button whose id is its action and some values."""

    label: ClassVar[str]
    style: ClassVar[discord.ButtonStyle] = _Style.secondary

    def __init__(self, *values: object, label: str | None = None) -> None:
        custom_id = ":".join(["atelier", self.action, *("" if one is None else str(one) for one in values)])
        super().__init__(ui.Button(label=label or _(self.label), style=self.style, custom_id=custom_id))


class JobButton(_Button, template=r"atelier:none"):
    """What all buttons of a job share. ``number`` is the picture's from 1, where a button is for one picture."""

    def __init__(self, code: str, number: int | None = None, *, label: str | None = None) -> None:
        self.code = code
        self.number = number
        if number is None:
            super().__init__(code, label=label)
        else:
            super().__init__(code, number, label=label or _(self.label, number=number))


class Cancel(JobButton, template=rf"atelier:cancel:{_CODE}"):
    """Ends a waiting job."""

    action, label = "cancel", N_("Cancel")


class TellMe(JobButton, template=rf"atelier:tell:{_CODE}"):
    """Lets the requester be mentioned when the picture is ready, if it takes long."""

    action, label = "tell", N_("Tell me")


class TryAgain(JobButton, template=rf"atelier:retry:{_CODE}"):
    """Asks again for a failed job."""

    action, label, style = "retry", N_("Try again"), _Style.primary


class Reroll(JobButton, template=rf"atelier:reroll:{_CODE}"):
    """Makes a job anew with fresh seeds."""

    action, label = "reroll", N_("Reroll")


class Vary(JobButton, template=rf"atelier:vary:{_CODE}:(?P<number>[1-4])"):
    """Makes a bold variation of one picture; under a single one it is called `Vary`."""

    action, label = "vary", N_("V{number}")
    alone = N_("Vary")


class Remix(JobButton, template=rf"atelier:remix:{_CODE}(?::(?P<number>[1-4]))?"):
    """Opens the form for a remix; with a number, of that very picture."""

    action, label, style = "remix", N_("Remix"), _Style.primary


class Thread(JobButton, template=rf"atelier:thread:{_CODE}"):
    """Opens a thread in which people remix together."""

    action, label = "thread", N_("Thread")


class Use(JobButton, template=rf"atelier:use:{_CODE}:(?P<number>[1-4])"):
    """Makes one picture the thread's current one; under a single one it is called `Use`."""

    action, label = "use", N_("Use {number}")
    alone = N_("Use")


class Undo(JobButton, template=rf"atelier:undo:{_CODE}:(?P<number>[1-4])"):
    """Makes the picture before a thread's current one current again."""

    action, label = "undo", N_("Undo")


class Max(JobButton, template=rf"atelier:max:{_CODE}(?::(?P<number>[1-4]))?"):
    """Makes a picture again on the finer model; without a number and with several pictures it asks which."""

    action, label = "max", N_("Max")


class Details(JobButton, template=rf"atelier:details:{_CODE}"):
    """Shows the whole recipe."""

    action, label = "details", N_("Details")


class Compare(JobButton, template=rf"atelier:compare:{_CODE}"):
    """Shows what a picture was made from beside what became of it."""

    action, label = "compare", N_("Compare")


class TimeLapse(JobButton, template=rf"atelier:lapse:{_CODE}:(?P<number>[1-4])"):
    """Shows how a picture came about, as one that moves."""

    action, label = "lapse", N_("Time-lapse")


class FamilyChoice(_Remade, ui.DynamicItem[ui.Select[Any]], template=r"atelier:family"):
    """Chooses a picture of a family tree to go on from."""

    action: ClassVar[str] = "family"

    def __init__(self, options: Sequence[discord.SelectOption] = ()) -> None:
        shown = list(options) or [discord.SelectOption(label="-", value="-")]
        super().__init__(ui.Select(custom_id="atelier:family", placeholder=_("Go on from …"), options=shown))

    @staticmethod
    def chosen(interaction: Interaction) -> str:
        """The code of the picture that was chosen."""
        return str(cast(dict[str, Any], interaction.data)["values"][0])


class More(JobButton, template=rf"atelier:more:{_CODE}"):
    """Shows the card with everything that is wanted less often."""

    action, label = "more", N_("More")


class ReportPicture(JobButton, template=rf"atelier:report-picture:{_CODE}"):
    """Opens the form that tells the moderators of a picture."""

    action, label = "report-picture", N_("Report")


class Delete(JobButton, template=rf"atelier:delete:{_CODE}"):
    """Asks whether the message is to be removed."""

    action, label, style = "delete", N_("Delete"), _Style.danger


class DeleteNow(JobButton, template=rf"atelier:delete-now:{_CODE}"):
    """Removes the message."""

    action, label, style = "delete-now", N_("Delete"), _Style.danger


class VaryChoice(_Remade, ui.DynamicItem[ui.Select[Any]], template=rf"atelier:varied:{_CODE}"):
    """Chooses a picture and how far its variation goes."""

    action: ClassVar[str] = "varied"

    def __init__(self, code: str, pictures: Mapping[int, str] = _ONE) -> None:
        """``pictures`` are what its pictures are called, by their numbers; a single one needs no name."""
        self.code = code
        options = [
            discord.SelectOption(
                label=_(kind) if len(pictures) == 1 else name,
                description=None if len(pictures) == 1 else _(kind),
                value=f"{number}:{strength}",
            )
            for number, name in pictures.items()
            for strength, kind in _VARIATIONS.items()
        ]
        super().__init__(
            ui.Select(custom_id=f"atelier:{self.action}:{code}", placeholder=_("Make a variation …"), options=options)
        )

    @staticmethod
    def chosen(interaction: Interaction) -> tuple[int, Variation]:
        """The picture's number and the strength that were chosen."""
        data = cast(dict[str, Any], interaction.data)
        number, _, strength = str(data["values"][0]).partition(":")
        return int(number), Variation(strength)


class FixIt(_Button, template=r"atelier:fix:(?P<key>\d{1,20})"):
    """Opens a refused form again, filled in; ``key`` says which."""

    action, label, style = "fix", N_("Fix it"), _Style.primary

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)


class HistoryPage(_Button, template=r"atelier:history:(?P<member_id>\d{1,20}):(?P<before>\d{0,19}):(?P<words>.{0,50})"):
    """Turns to another page of somebody's pictures; ``before`` is the last job's id of this one."""

    action, label = "history", N_("Older")

    def __init__(self, member_id: int, before: int | None = None, words: str = "", *, label: str | None = None) -> None:
        self.member_id = member_id
        self.before = before
        self.words = words
        super().__init__(member_id, before, words, label=label)


class RuleChoice(_Remade, ui.DynamicItem[ui.Select[Any]], template=r"atelier:rule"):
    """Chooses the rule to change."""

    action: ClassVar[str] = "rule"

    def __init__(self, options: Sequence[discord.SelectOption] = ()) -> None:
        shown = list(options) or [discord.SelectOption(label="-", value="-")]
        super().__init__(ui.Select(custom_id="atelier:rule", placeholder=_("Change a rule …"), options=shown))

    @staticmethod
    def chosen(interaction: Interaction) -> Rule:
        """The rule that was chosen."""
        return Rule(cast(dict[str, Any], interaction.data)["values"][0])


class RulesRefresh(_Button, template=r"atelier:rules"):
    """Shows the rules as they are now: another moderator may have changed them."""

    action, label = "rules", N_("Refresh")


class ResetAll(_Button, template=r"atelier:reset"):
    """Confirms that all of a server's rules become usual again."""

    action, label, style = "reset", N_("Reset everything"), _Style.danger


class AuditPage(_Button, template=r"atelier:audit:(?P<before>\d{1,19}):(?P<kind>[a-z]{0,20}):(?P<member_id>\d{0,20})"):
    """Turns to the next page of the record; ``before`` is the last entry's id of this one."""

    action, label = "audit", N_("Older")

    def __init__(self, before: int, kind: str | None = None, member_id: int | None = None) -> None:
        self.before = before
        self.kind = kind
        self.member_id = member_id
        super().__init__(before, kind, member_id)


class ReportAnswer(_Button, template=r"atelier:report:(?P<what>remove|block|dismiss):(?P<report_id>\d{1,19})"):
    """What a moderator does about a report."""

    action = "report"
    _LABELS: ClassVar = {"remove": N_("Remove"), "block": N_("Block"), "dismiss": N_("Dismiss")}

    def __init__(self, report_id: int, what: str) -> None:
        self.report_id = report_id
        self.what = what
        super().__init__(what, report_id, label=_(self._LABELS[what]))
        self.item.style = _Style.secondary if what == "dismiss" else _Style.danger


class Erase(_Button, template=r"atelier:erase:(?P<member_id>\d{1,20})"):
    """Confirms that a member's data is to be deleted."""

    action, label, style = "erase", N_("Delete my data"), _Style.danger

    def __init__(self, member_id: int) -> None:
        self.member_id = member_id
        super().__init__(member_id)


ALL: tuple[type[ui.DynamicItem[Any]], ...] = (
    Cancel, TellMe, TryAgain, Reroll, Vary, VaryChoice, Remix, Thread, Use, Undo, Max, Details, Compare, TimeLapse,
    More, ReportPicture, Delete, DeleteNow, FixIt, FamilyChoice, HistoryPage, Erase, RuleChoice, RulesRefresh, ResetAll,
    AuditPage, ReportAnswer,
)  # fmt: skip
