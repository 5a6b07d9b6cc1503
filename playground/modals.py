"""Modals: checking what a bot opens, and gathering what a person fills in."""

from dataclasses import dataclass
from typing import Any

from playground import choices
from playground.choices import FILES, RADIO, SELECTS, TICKS, Keep
from playground.commands import CommandError
from playground.components import ROW, TEXT, TEXT_INPUT
from playground.errors import FormErrors
from playground.wire import Json, is_object

LABEL, CHECKBOX = 18, 23
IN_A_LABEL = (TEXT_INPUT, *SELECTS, FILES, RADIO, TICKS, CHECKBOX)


@dataclass(slots=True, frozen=True)
class Modal:
    """A modal as it stands before a person."""

    title: str
    custom_id: str
    components: list[Json]

    @property
    def fields(self) -> dict[str, Json]:
        """The inputs by their custom id."""
        return {field["custom_id"]: field for field in map(_field_of, self.components) if field}

    def payload(self) -> Json:
        return {"title": self.title, "custom_id": self.custom_id, "components": self.components}

    def named(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values by custom id, whether each was named by that or by what stands above its field."""
        labels = {
            (node.get("label") or field.get("label")): field["custom_id"]
            for node, field in zip(self.components, map(_field_of, self.components), strict=True)
            if field
        }
        return {name if name in self.fields else labels.get(name, name): value for name, value in values.items()}

    def submission(self, values: dict[str, Any], keep: Keep) -> list[Json]:
        """The components of MODAL_SUBMIT, each with the value given for its custom id or its default."""
        if unknown := values.keys() - self.fields.keys():
            raise CommandError(f"the modal has no field {', '.join(sorted(unknown))}")
        return [_submitted(node, values, keep) for node in self.components]


def _field_of(node: Json) -> Json | None:
    """The one field in a row or under a label; words have none."""
    return node.get("component") or next(iter(node.get("components", ())), None)


def _submitted(node: Json, values: dict[str, Any], keep: Keep) -> Json:
    match node["type"]:
        case 1:
            filled = [_filled(field, values, keep) for field in node["components"]]
            return {"type": ROW, "id": node["id"], "components": filled}
        case 18:
            return {"type": LABEL, "id": node["id"], "component": _filled(node["component"], values, keep)}
        case _:
            return {"type": node["type"], "id": node["id"]}


def _filled(field: Json, values: dict[str, Any], keep: Keep) -> Json:
    filled: Json = {"type": field["type"], "id": field["id"], "custom_id": field["custom_id"]}
    given = values.get(field["custom_id"])
    if field["type"] == TEXT_INPUT:
        text = (field.get("value") or "") if given is None else str(given)
        _check_text(field, text)
        return filled | {"value": text}
    if field["type"] == CHECKBOX:
        return filled | {"value": bool(field.get("default") if given is None else given)}
    picked = choices.chosen(field, given, keep, may_be_left=field.get("required") is False)
    if field["type"] == RADIO:
        return filled | {"value": picked[0] if picked else None}
    return filled | {"values": picked}


def _check_text(field: Json, text: str) -> None:
    """Discord's own client does not send what its fields do not take."""
    low, high = field.get("min_length") or 0, field.get("max_length") or 4000
    needed = field.get("required") is not False
    if needed:
        low = max(low, 1)
    if not low <= len(text) <= high and (text or needed):
        raise CommandError(f"{field['custom_id']}: from {low} to {high} characters")


def read(data: Json) -> Modal:
    """The modal that a bot sent, or the refusal of it."""
    form = FormErrors()
    title = form.text(data, "title", ("data",), 1, 45, needed=True) or ""
    custom_id = form.text(data, "custom_id", ("data",), 1, 100, needed=True) or ""
    components: list[Json] = data.get("components") or []
    form.length(("data", "components"), len(components), 1, 5)
    read_components: list[Json] = []
    seen: set[str] = set()
    for index, node in enumerate(components):
        path = ("data", "components", index)
        if node.get("type") not in (ROW, TEXT, LABEL):
            form.add((*path, "type"), "UNION_TYPE_CHOICES", 'Value of field "type" must be one of (1, 10, 18).')
            continue
        read_components.append(_read_node(form, node, path, seen, 2 * index + 1))
    form.check()
    return Modal(title, custom_id, read_components)


def _read_node(form: FormErrors, node: Json, path: tuple[str | int, ...], seen: set[str], number: int) -> Json:
    kept = {**node, "id": node.get("id") or number}
    if node["type"] == TEXT:
        form.text(node, "content", path, 1, 4000, needed=True)
        return kept
    if node["type"] == LABEL:
        form.text(node, "label", path, 1, 45, needed=True)
        form.text(node, "description", path, 1, 100)
        kept["component"] = _read_field(form, node.get("component"), (*path, "component"), seen, number + 1)
    else:
        fields: list[Json] = node.get("components") or []
        form.length((*path, "components"), len(fields), 1, 1)
        kept["components"] = [
            _read_field(form, field, (*path, "components", at), seen, number + 1) for at, field in enumerate(fields)
        ]
        for at, field in enumerate(fields):
            form.text(field, "label", (*path, "components", at), 1, 45, needed=True)
    return kept


def _check_input(form: FormErrors, field: Json, path: tuple[str | int, ...]) -> None:
    """Note the faults of a text input: its style, its bounds, and what stands in it beforehand."""
    if field.get("style") not in (1, 2):
        form.add((*path, "style"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2}.")
    low = form.number(field, "min_length", path, 0, 4000) or 0
    high = form.number(field, "max_length", path, 1, 4000) or 4000
    if low > high:
        form.add((*path, "max_length"), "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {low}.")
    elif field.get("value"):
        form.text(field, "value", path, low, high)


def _read_field(form: FormErrors, field: Any, path: tuple[str | int, ...], seen: set[str], number: int) -> Json:
    if not is_object(field) or field.get("type") not in IN_A_LABEL:
        form.add((*path, "type"), "UNION_TYPE_CHOICES", f'Value of field "type" must be one of {IN_A_LABEL}.')
        return {}
    custom_id = form.text(field, "custom_id", path, 1, 100, needed=True)
    if custom_id in seen:
        form.add((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
    seen.add(custom_id or "")
    form.text(field, "placeholder", path, 0, 150 if field["type"] in SELECTS else 100)
    if field["type"] == TEXT_INPUT:
        _check_input(form, field, path)
    if field["type"] in (*SELECTS, FILES, RADIO, TICKS):
        choices.check(form, field, path)
    return {**field, "id": field.get("id") or number} | choices.stored(field)
