"""Modals: checking what a bot opens, and gathering what a person fills in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playground.commands import CommandError
from playground.components import ROW, SELECTS, TEXT, TEXT_INPUT, Json
from playground.errors import FormErrors

LABEL, FILE_UPLOAD = 18, 19
MAX_FILES = 10
ATTACHMENT = 11
RESOLVED_SELECTS = {5: 6, 6: 8, 8: 7}
"""Selects of users, roles and channels, and the kind of what is chosen there, as options name kinds."""
Keep = Callable[[int, Any], str]
"""Takes in what was chosen, of a kind, and gives its id."""
IN_A_LABEL = (TEXT_INPUT, *SELECTS, 19, 21, 22, 23)
SINGLE_VALUED = (TEXT_INPUT, 21, 23)


@dataclass(slots=True, frozen=True)
class Modal:
    """A modal as it stands before a person."""

    title: str
    custom_id: str
    components: list[Json]

    @property
    def fields(self) -> dict[str, Json]:
        """The inputs by their custom id."""
        inputs = (node.get("component") or next(iter(node.get("components", ())), None) for node in self.components)
        return {field["custom_id"]: field for field in inputs if field and "custom_id" in field}

    def payload(self) -> Json:
        return {"title": self.title, "custom_id": self.custom_id, "components": self.components}

    def submission(self, values: dict[str, Any], keep: Keep) -> list[Json]:
        """The components of MODAL_SUBMIT, each with the value given for its custom id or its default."""
        if unknown := values.keys() - self.fields.keys():
            raise CommandError(f"the modal has no field {', '.join(sorted(unknown))}")
        return [_submitted(node, values, keep) for node in self.components]


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
    filled = {"type": field["type"], "id": field["id"], "custom_id": field["custom_id"]}
    given = values.get(field["custom_id"])
    if field["type"] == FILE_UPLOAD:
        return filled | {"values": [keep(ATTACHMENT, file) for file in _files(field, given)]}
    if field["type"] == TEXT_INPUT:
        _check_text(field, field.get("value", "") if given is None else str(given))
    if field["type"] in SINGLE_VALUED:
        default = False if field["type"] == 23 else field.get("value", "")
        return filled | {"value": default if given is None else given}
    if given is None:
        given = [option["value"] for option in field.get("options", ()) if option.get("default")]
        given = given or [default["id"] for default in field.get("default_values", ())]
    chosen = given if isinstance(given, list | tuple) else [given]
    if field["type"] in RESOLVED_SELECTS:
        return filled | {"values": [keep(RESOLVED_SELECTS[field["type"]], value) for value in chosen]}
    return filled | {"values": [str(value) for value in chosen]}


def _files(field: Json, given: Any) -> list[Any]:
    """The files of an upload field, as many as it takes; one that is not required may be left empty."""
    files = list(given) if isinstance(given, list | tuple) else [given] if given is not None else []
    # discord.py writes null where it was given nothing
    low, high = 1 if field.get("min_values") is None else field["min_values"], field.get("max_values") or 1
    if not low <= len(files) <= high and (files or field.get("required") is not False):
        raise CommandError(f"{field['custom_id']}: from {low} to {high} files")
    return files


def _check_text(field: Json, text: str) -> None:
    """Discord's own client does not send what its fields do not take."""
    low, high = field.get("min_length", 0), field.get("max_length", 4000)
    if field.get("required", True):
        low = max(low, 1)
    if not low <= len(text) <= high:
        raise CommandError(f"{field['custom_id']}: from {low} to {high} characters")


def read(data: Json) -> Modal:
    """The modal that a bot sent, or the refusal of it."""
    form = FormErrors()
    title = form.text(data, "title", ("data",), 1, 45, needed=True) or ""
    custom_id = form.text(data, "custom_id", ("data",), 1, 100, needed=True) or ""
    components = data.get("components") or []
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
        form.text(node, "description", path, 0, 100)
        kept["component"] = _read_field(form, node.get("component"), (*path, "component"), seen, number + 1)
    else:
        fields = node.get("components") or []
        form.length((*path, "components"), len(fields), 1, 1)
        kept["components"] = [
            _read_field(form, field, (*path, "components", at), seen, number + 1) for at, field in enumerate(fields)
        ]
        for at, field in enumerate(fields):
            form.text(field, "label", (*path, "components", at), 1, 45, needed=True)
    return kept


def _read_field(form: FormErrors, field: Any, path: tuple[str | int, ...], seen: set[str], number: int) -> Json:
    if not isinstance(field, dict) or field.get("type") not in IN_A_LABEL:
        form.add((*path, "type"), "UNION_TYPE_CHOICES", f'Value of field "type" must be one of {IN_A_LABEL}.')
        return {}
    custom_id = form.text(field, "custom_id", path, 1, 100, needed=True)
    if custom_id in seen:
        form.add((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
    seen.add(custom_id or "")
    form.text(field, "placeholder", path, 0, 150 if field["type"] in SELECTS else 100)
    form.text(field, "value", path, 0, 4000) if field["type"] == TEXT_INPUT else None
    if field["type"] == 3:
        options = field.get("options") or []
        form.length((*path, "options"), len(options), 1, 25)
    if field["type"] == FILE_UPLOAD:
        _check_counts(form, field, path)
    return {**field, "id": field.get("id") or number}


def _check_counts(form: FormErrors, field: Json, path: tuple[str | int, ...]) -> None:
    for key, least in (("min_values", 0), ("max_values", 1)):
        value = field.get(key)
        if value is not None and (not isinstance(value, int) or not least <= value <= MAX_FILES):
            form.add((*path, key), "NUMBER_TYPE_RANGE", f"int value should be between {least} and {MAX_FILES}.")
