"""With what pictures are made: models, and image services in their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from discord import app_commands, ui

from bot.admission.policy import Offers
from bot.guild_settings.rules import Rule, Rules
from bot.guild_settings.store import Edit
from bot.models import Model
from bot.ui.forms import Filled, line, select
from bot.ui.markup import escaped
from bot.ui.rules.declaration import Context, DeclaredRule, Field, Given, Marks, Option, setting
from bot.ui.words import N_, _, listed, sentences
from bot.ui.words.refusals import Declined

_ABOUT = {Model.PRO: N_("Fast, 1 credit a picture"), Model.MAX: N_("Finest, 2 credits a picture")}


class _Names(Field):
    """Names from a list; their form and options are the rule's."""

    def shown(self, value: Sequence[str]) -> str:
        return ", ".join(f"`{one}`" for one in value) or _("usual")


class Models(DeclaredRule):
    rule = Rule.MODELS
    title = N_("Models")
    description = N_("Which models may be used")
    fields = (_Names("models", title=N_("models")),)

    def effect(self, rules: Rules, offers: Offers, marks: Marks) -> str:
        return _("{models} may be used.", models=listed(f"`{one}`" for one in Model if one in rules.models))

    def labels(self, rules: Rules, offers: Offers) -> Sequence[ui.Label[Any]]:
        choices = [(one.value, one.value, one in rules.models) for one in Model]
        return [ui.Label(text=_("Models that may be used"), component=select("models", choices, most=len(choices)))]

    def filled(self, form: Filled, context: Context) -> Edit:
        chosen = form.values.get("models", ())
        return setting({"models": tuple(one for one in Model if one in chosen)})

    def options(self) -> Sequence[Option]:
        return [Option(one.value, bool, about) for one, about in _ABOUT.items()]

    def typed(self, given: Given, context: Context) -> Edit | None:
        def edit(rules: Rules) -> Mapping[str, Any]:
            chosen = tuple(one for one in Model if given.get(one.value, one in rules.models))
            if not chosen:
                raise Declined(
                    N_("At least one model must be allowed. To stop all pictures, set the server quota to 0.")
                )
            return {"models": chosen}

        return edit if given else None


class Providers(DeclaredRule):
    rule = Rule.PROVIDERS
    title = N_("Image services")
    description = N_("Which image services are used, in which order")
    fields = (_Names("providers", title=N_("image services")),)

    def effect(self, rules: Rules, offers: Offers, marks: Marks) -> str:
        if not rules.providers:
            return _("The usual order: {names}.", names=", ".join(f"`{name}`" for name in offers))
        text = _("Only {names}.", names=reduce(_then, (f"`{name}`" for name in rules.providers)))
        missing = ", ".join(f"`{name}`" for name in rules.providers if name not in offers)
        return sentences(text, _("Not configured at the moment: {names}.", names=missing) if missing else "")

    def labels(self, rules: Rules, offers: Offers) -> Sequence[ui.Label[Any]]:
        hint = _("Available: {names}. Empty: the usual order.", names=", ".join(offers))
        names = line("providers", ", ".join(rules.providers), 200, required=False)
        return [ui.Label(text=_("In this order, separated by commas"), description=hint[:100], component=names)]

    def filled(self, form: Filled, context: Context) -> Edit:
        return setting({"providers": providers_of(form.text("providers"), context.offers)})

    def options(self) -> Sequence[Option]:
        about = N_("Names separated by commas, best first; `usual` for the operator's order")
        return (Option("order", app_commands.Range[str, 1, 200], about),)

    def typed(self, given: Given, context: Context) -> Edit | None:
        order = given.get("order")
        if order is None:
            return None
        names = () if order.strip().lower() == "usual" else providers_of(order, context.offers)
        return setting({"providers": names})


def _then(earlier: str, later: str) -> str:
    return _("{earlier}, then {later}", earlier=earlier, later=later)


def providers_of(text: str, offers: Offers) -> tuple[str, ...]:
    """Names in an order, without repeats; empty for the usual. Raises ``Declined``."""
    names = [name.strip().strip("`").lower() for name in text.replace("\n", ",").split(",") if name.strip()]
    unknown = [name for name in names if name not in offers]
    if unknown:
        raise Declined(
            N_("I do not know the image service “{name}”. I can use: {known}."),
            name=escaped(unknown[0][:30]),
            known=", ".join(f"`{name}`" for name in offers),
        )
    if len(set(names)) != len(names):
        raise Declined(N_("Name each image service once."))
    return tuple(names)
